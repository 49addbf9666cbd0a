"""The compiler of contact filters, for lists of contacts and for sessions by their contact."""

from collections.abc import Sequence

from loaders.comparison import (
    TOO_LONG,
    comparing,
    comparing_ids,
    compiled,
    flagged,
    is_too_long,
    literal,
)
from loaders.condition import Condition, some
from loaders.custom_field_filter import custom_fields
from loaders.label_filter import labelled
from loaders.metadata_filter import metadata
from loaders.place import Compile
from loaders.prepared_filter import Prepared
from loaders.row_set import Kind, OrderTerm, RowSet, check_order
from loaders.standing import STANDING_CONTACT
from loaders.table import table, with_values
from loaders.viewer import Viewer
from models.contact import Contact
from models.enums import ContactOrderField, CustomFieldTarget, OrderDirection
from models.errors import BadRequest
from models.record import Dialect
from models.schema_objects import NULLS_FIRST_INSTANT
from schema.inputs.contact_filter import ContactFilter
from schema.inputs.contact_order import ContactOrder

_SESSION_COUNT = (
    '(SELECT COUNT(*) FROM "session" x'
    ' WHERE x."workspace_id" = c."workspace_id" AND x."contact_id" = c."id")'
)
_NOT_MERGED = Condition("c.merged_into_id IS NULL")
_NEWEST_FIRST = OrderTerm("created_at", "c.created_at", Kind.INSTANT, descending=True)


def contact_fields(key: str, *joins: str) -> dict[str, Compile]:
    """Field name to compiler; `c` is the contact's table, `key` an expression for its id."""
    return {
        "id": comparing_ids(key, "contact_id", "Contact", standing=STANDING_CONTACT),
        "external_id": comparing("c.external_id", "contact.external_id", *joins),
        "name": comparing("c.name", "contact.name", *joins, folded="c.name_folded"),
        "email": comparing("c.email", "contact.email", *joins),
        "phone": comparing("c.phone", "contact.phone", *joins),
        "labels": labelled(key, "contact_label", "contact_id", reads="contact.labels"),
        "custom_fields": custom_fields(CustomFieldTarget.CONTACT, key, prefix="contact."),
        "metadata": metadata("c.metadata", "contact.metadata", *joins),
        "created_at": comparing("c.created_at", "contact.created_at", *joins),
        "last_seen_at": comparing("c.last_seen_at", "contact.last_seen_at", *joins),
        "is_blocked": flagged("c.is_blocked", "contact.is_blocked", *joins),
    }


CONTACT_FIELDS = contact_fields("c.id")


def contacts_of(
    viewer: Viewer, wanted: Prepared[ContactFilter] | None, order: Sequence[ContactOrder]
) -> RowSet[Contact]:
    """The contacts that match, in order; by default the newest first."""
    check_order(order)
    terms = tuple(_term(viewer.dialect, term) for term in order) or (_NEWEST_FIRST,)
    counted = {term.attribute: term.column for term in terms if term.column == _SESSION_COUNT}
    return RowSet(
        with_values(table(viewer.dialect, Contact, "c"), counted),
        _matching(viewer, wanted),
        terms,
        (viewer.workspace_id, "contacts", wanted and wanted.identity),
    )


def named_like(text: str, *, with_addresses: bool) -> Condition:
    """Contacts (`c`) whose name contains the text, or also whose e-mail or phone; or BadRequest."""
    pattern = f"%{literal(text)}%"
    if is_too_long(pattern):
        raise BadRequest(f"`search`: {TOO_LONG}")
    columns = ["c.name_folded"]
    if with_addresses:
        columns += ["fold(c.email)", "fold(c.phone)"]
    return some(Condition(f"{column} LIKE ? ESCAPE '\\'", (pattern,)) for column in columns)


def _matching(viewer: Viewer, wanted: Prepared[ContactFilter] | None) -> Condition:
    own = Condition("c.workspace_id = ?", (viewer.workspace_id,)) & _NOT_MERGED
    if wanted is None:
        return own
    return own & compiled(wanted.place(viewer), wanted.filter, CONTACT_FIELDS)


def _term(dialect: Dialect, wanted: ContactOrder) -> OrderTerm:
    descending = wanted.direction is OrderDirection.DESC
    match wanted.field:
        case ContactOrderField.NAME:
            return name_term(dialect, "name_folded", descending=descending)
        case ContactOrderField.CREATED_AT:
            return OrderTerm("created_at", "c.created_at", Kind.INSTANT, descending)
        case ContactOrderField.LAST_SEEN_AT:
            absent = NULLS_FIRST_INSTANT[dialect]
            return OrderTerm("last_seen_at", "c.last_seen_at", Kind.INSTANT, descending, absent)
        case ContactOrderField.SESSION_COUNT:
            return OrderTerm("session_count", _SESSION_COUNT, Kind.WHOLE, descending)


def name_term(dialect: Dialect, attribute: str, *, descending: bool) -> OrderTerm:
    """By the contact's folded name, in the order of code points on both databases."""
    column = "c.name_folded" if dialect == "sqlite" else 'c.name_folded COLLATE "C"'
    return OrderTerm(attribute, column, Kind.TEXT, descending, "''")
