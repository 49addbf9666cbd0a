"""What the schema's types are read from, and what a row tells about one of its attributes."""

from functools import cached_property
from types import NoneType, UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from tortoise.fields.relational import RelationalField

from loaders import (
    facets,
    filter_vocabulary,
    keyset,
    metrics,
    search_match,
    series,
    viewer,
)
from models import (
    attachment,
    audit,
    contact,
    custom_field,
    errors,
    form,
    goal,
    journey,
    knowledge_gap,
    label,
    participant,
    reasoning,
    reasoning_step,
    score,
    session,
    session_display,
    usage,
    workspace,
)
from models.record import Record
from resolvers import session_changes as change_pages
from resolvers import written
from subscriptions import session as session_streams

PARTS: dict[str, type] = {
    "AnalyzerBinding": workspace.AnalyzerBinding,
    "AppliedLabel": label.SessionLabel,
    "Assessment": session.Session,
    "Attachment": attachment.Attachment,
    "ChannelTimeout": workspace.ChannelTimeout,
    "ConditionResult": reasoning_step.ConditionResult,
    "ContactHandle": contact.ContactHandle,
    "CustomFieldValue": custom_field.SessionFieldValue,
    "FilterTerm": filter_vocabulary.FilterTerm,
    "Facet": facets.Facet,
    "FacetBucket": facets.Bucket,
    "FieldChange": audit.FieldChange,
    "FormSubmission": form.FormSubmission,
    "GoalOutcome": goal.GoalOutcome,
    "Highlight": session_display.Highlight,
    "IngestResult": written.IngestedAnswer,
    "JourneyVisit": journey.JourneyVisit,
    "KnowledgeGap": knowledge_gap.KnowledgeGap,
    "KnowledgeSource": reasoning_step.KnowledgeSource,
    "LeadInfo": session.Session,
    "PageInfo": keyset.Page,
    "PageRange": keyset.PageRange,
    "Participant": participant.Participant,
    "Quality": session.Session,
    "ReasoningStep": reasoning_step.ReasoningStep,
    "ReasoningTrace": reasoning.ReasoningTrace,
    "RevenueAttribution": session.Session,
    "Score": score.Score,
    "SearchMatch": search_match.Match,
    "Sentiment": session.Session,
    "Series": series.Series,
    "SeriesPoint": series.Point,
    "SessionChangePage": change_pages.SessionChangePage,
    "SessionErrorInfo": session.Session,
    "SessionMetrics": metrics.Metrics,
    "SessionStatusEvent": session_streams.StatusChange,
    "StatusTransition": session_display.StatusTransition,
    "Summary": session.Session,
    "TimeSeries": series.TimeSeries,
    "Usage": usage.Usage,
    "UserError": errors.Violation,
    "Utm": session.Session,
    "Viewer": viewer.Viewer,
    "WorkspaceSettings": workspace.Settings,
}
"""Of every type that does not say it itself, as nodes and members of unions do."""


class Attribute(NamedTuple):
    """What is known of an attribute before there is a row."""

    nullable: bool | None
    """None where its annotation leaves it open."""
    awaitable: bool = False
    """A relation of Tortoise: reading it would be one statement per row."""


def row_types() -> list[type[Record]]:
    """Every table."""
    found, queue = list[type[Record]](), [Record]
    while queue:
        children = queue.pop().__subclasses__()
        queue.extend(children)
        found.extend(child for child in children if not child.declared().abstract)
    return found


def row_of(type_name: str, origin: type) -> type | None:
    """The class of the rows that resolvers return for the type."""
    if type_name.endswith("Connection"):
        return keyset.Page
    if type_name.endswith("Payload"):
        return written.Written
    if type_name.endswith("Edge"):
        return keyset.Edge
    return PARTS.get(type_name) or getattr(origin, "row_type", None)


def attribute(row: type[Any], name: str) -> Attribute | None:
    """None when rows of the class have no such attribute."""
    if issubclass(row, Record):
        field = row.declared().fields_map.get(name)
        if field is not None:
            return Attribute(field.null, isinstance(field, RelationalField))
    computed: Any = getattr(row, name, None)
    if isinstance(computed, property):
        return Attribute(may_be_none(get_type_hints(computed.fget).get("return")))
    if isinstance(computed, cached_property):
        return Attribute(may_be_none(get_type_hints(computed.func).get("return")))
    hints = get_type_hints(row)
    return Attribute(may_be_none(hints[name])) if name in hints else None


def may_be_none(annotation: Any) -> bool | None:
    """Whether values of the annotation can be None; None when it does not tell."""
    if annotation is Any or annotation is None or isinstance(annotation, TypeVar):
        return None
    if get_origin(annotation) in {Union, UnionType}:
        return NoneType in get_args(annotation)
    return False
