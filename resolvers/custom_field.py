"""Custom field values as a viewer may see them: personal data is masked without PII_READ."""

from loaders.table import joined
from loaders.viewer import Viewer
from models.contact import mask_address
from models.custom_field import CustomField, FieldValue
from models.enums import Scope
from models.field_value import display_of, value_of
from models.fields import Json

_field_of = joined("field")


def field_key(row: FieldValue) -> str:
    """The key of the value's field."""
    return _declared(row).key


def shown_value(row: FieldValue, viewer: Viewer) -> Json:
    """The value in the JSON type of its field."""
    return _masked(row) if _is_hidden(row, viewer) else value_of(row)


def shown_text(row: FieldValue, viewer: Viewer) -> str:
    """The value as text."""
    return _masked(row) if _is_hidden(row, viewer) else display_of(row)


def _declared(row: FieldValue) -> CustomField:
    declared: CustomField = _field_of(row)
    return declared


def _is_hidden(row: FieldValue, viewer: Viewer) -> bool:
    return _declared(row).is_personal_data and not viewer.may(Scope.PII_READ)


def _masked(row: FieldValue) -> str:
    return mask_address(display_of(row))
