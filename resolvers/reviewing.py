"""One review applied to a loaded session: columns, agent, metadata, labels and custom fields.

Labels and custom fields must exist here; only ingest creates what it names.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from loaders.references import Wanted
from loaders.session_state import is_reachable
from models.agent import Agent
from models.custom_field import CustomField
from models.enums import CustomFieldTarget, SessionEventKind, UserErrorCode, ValueSource
from models.errors import NotFound, Path, Rejected, TooMany, Violation
from models.field_value import value_of
from models.fields import Json
from models.label import Label, SessionLabel
from models.review import review
from models.text import fold
from resolvers.naming import want_agent_id
from resolvers.references import References, key_of
from resolvers.session_work import SessionWork
from resolvers.writing import Writing
from schema.inputs.custom_field import CustomFieldValueInput
from schema.inputs.document import client_name
from schema.scalars import check_json_object

MAX_LABELS = 50
MAX_CUSTOM_FIELDS = 200


def wanted_by(stated: Mapping[str, Any]) -> Wanted:
    """What a review names."""
    wanted = Wanted()
    for names in (stated.get("add_labels"), stated.get("remove_labels")):
        wanted.labels.update(map(fold, names or ()))
    wanted.fields.update(value.key for value in stated.get("custom_fields") or ())
    want_agent_id(wanted, stated.get("agent_id"))
    return wanted


class Review:
    """What is stated, checked once and applied to one session or to many."""

    def __init__(self, writing: Writing, stated: Mapping[str, Any], path: Path) -> None:
        self._writing = writing
        self._stated = stated
        self._path = path

    async def of(self, work: SessionWork) -> None:
        """Apply it; raise DomainError."""
        stated = {**self._stated, **await self._excluded(work)}
        viewer, now = self._writing.viewer, self._writing.now
        try:
            review(work.session, stated, viewer.actor, now)
        except Rejected as error:
            raise Rejected([self._under_path(v) for v in error.violations]) from None
        self._assign_agent(work)
        self._write_metadata(work)
        self._change_labels(work)
        self._set_values(work)

    def _under_path(self, violation: Violation) -> Violation:
        field = tuple(map(client_name, violation.field))
        return Violation(violation.code, violation.message, (*self._path, *field))

    async def _excluded(self, work: SessionWork) -> Mapping[str, Any]:
        """A lead whom nobody can reach is no opportunity, unless the person says otherwise."""
        stated = self._stated
        if not stated.get("is_lead") or {"is_opportunity", "exclusion"} & stated.keys():
            return {}
        transaction = self._writing.changes.transaction
        reachable = await is_reachable(transaction, work.session.contact_id)
        return {} if reachable else {"exclusion": "NO_CONTACT_INFO"}

    def _assign_agent(self, work: SessionWork) -> None:
        if "agent_id" not in self._stated:
            return
        text = self._stated["agent_id"]
        agent = None if text is None else _agent(work.references, text, (*self._path, "agentId"))
        vars(work.session)["agent_id"] = agent.id if agent else None

    def _write_metadata(self, work: SessionWork) -> None:
        session = work.session
        if "metadata" in self._stated:
            vars(session)["metadata"] = self._stated["metadata"] or {}
        if "merge_metadata" in self._stated:
            merged = merge_patch(session.metadata, self._stated["merge_metadata"])
            try:
                vars(session)["metadata"] = check_json_object(merged)
            except ValueError as error:
                where = (*self._path, "mergeMetadata")
                message = f"Merged with what is there: {error}."
                raise Rejected([Violation(UserErrorCode.INVALID, message, where)]) from None

    # ── labels ──────────────────────────────────────────────────────────────

    def _change_labels(self, work: SessionWork) -> None:
        added = self._labels(work.references, "add_labels")
        removed = self._labels(work.references, "remove_labels")
        if both := {label.id for label in added} & {label.id for label in removed}:
            name = next(label.name for label in added if label.id in both)
            message = f"The label {name} is to be put on and to be taken off."
            where = (*self._path, "removeLabels")
            raise Rejected([Violation(UserErrorCode.CONFLICT, message, where)])
        for label in added:
            self._put_on(work, label)
        for label in removed:
            self._take_off(work, label)
        if added and len(work.earlier.labels) > MAX_LABELS:
            message = f"A session has at most {MAX_LABELS} labels."
            raise TooMany(message, (*self._path, "addLabels"))

    def _labels(self, references: References, name: str) -> Sequence[Label]:
        names = self._stated.get(name) or ()
        path = (*self._path, client_name(name))
        return [_label(references, text, (*path, str(i))) for i, text in enumerate(names)]

    def _put_on(self, work: SessionWork, label: Label) -> None:
        if any(row.label_id == label.id for row in work.earlier.labels):
            return
        viewer, now = self._writing.viewer, self._writing.now
        by = {"source": ValueSource.HUMAN, "applied_by": viewer.actor, "applied_at": now}
        work.earlier.labels.append(work.row(SessionLabel, label_id=label.id, **by))
        work.touch("labels")
        self._tell(work, SessionEventKind.LABEL_ADDED, {"label": label.name})
        work.stated[f"labels.{label.name}"] = (False, True)

    def _take_off(self, work: SessionWork, label: Label) -> None:
        row = next((row for row in work.earlier.labels if row.label_id == label.id), None)
        if row is None:
            return
        work.earlier.labels.remove(row)
        work.remove(row, "labels")
        self._tell(work, SessionEventKind.LABEL_REMOVED, {"label": label.name})
        work.stated[f"labels.{label.name}"] = (True, False)

    # ── custom fields ───────────────────────────────────────────────────────

    def _set_values(self, work: SessionWork) -> None:
        given: Sequence[CustomFieldValueInput] = self._stated.get("custom_fields") or ()
        for position, item in enumerate(given):
            self._set_value(work, item, (*self._path, "customFields", str(position)))

    def _set_value(self, work: SessionWork, given: CustomFieldValueInput, path: Path) -> None:
        field = _field(work.references, given.key, (*path, "key"))
        known = next((row for row in work.earlier.values if row.field_id == field.id), None)
        before = None if known is None else value_of(known)
        written = work.set_value(given, ValueSource.HUMAN, path, self._writing.now)
        if given.value is None and known is not None:
            work.earlier.values.remove(known)
            work.remove(known, "custom_fields")
            written = None
        after = None if written is None else value_of(written)
        if before != after:
            data: dict[str, Json] = {"key": given.key, "value": after}
            self._tell(work, SessionEventKind.CUSTOM_FIELD_SET, data)
            work.stated[f"customFields.{given.key}"] = (before, after)

    def _tell(self, work: SessionWork, kind: SessionEventKind, data: dict[str, Json]) -> None:
        work.happened(kind, self._writing.now, data, self._writing.viewer.actor_type)


def merge_patch(target: Json, patch: Json) -> Json:
    """RFC 7396: objects are merged, nulls take keys away, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    there = cast("dict[str, Json]", target) if isinstance(target, dict) else {}
    merged = dict(there)
    for name, value in cast("dict[str, Json]", patch).items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def _label(references: References, name: str, path: Path) -> Label:
    label = references.known.labels.get(fold(name))
    if label is None:
        raise NotFound(f"There is no label {name}.", path)
    return label


def _agent(references: References, text: str, path: Path) -> Agent:
    agent = references.known.agents.get(key_of(text, "Agent", path))
    if agent is None:
        raise NotFound("There is no such agent.", path)
    return agent


def _field(references: References, key: str, path: Path) -> CustomField:
    field = references.known.fields.get((CustomFieldTarget.SESSION, key))
    if field is None:
        raise NotFound(f"Sessions have no custom field {key}.", path)
    return field
