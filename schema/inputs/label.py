"""Labels to make and to change."""

from typing import Annotated

from pydantic import AfterValidator
from strawberry import ID

from schema.inputs.document import document, optional, refuse_null, required
from schema.scalars import Description, LabelName

_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")


def _check_color(text: str) -> str:
    if len(text) != 7 or text[0] != "#" or not _HEXADECIMAL.issuperset(text[1:]):
        raise ValueError("a colour is # and six hexadecimal digits, such as #1A7F37")
    return text


Color = Annotated[str, AfterValidator(_check_color)]


@document("A label to make.")
class LabelInput:
    """What a label is."""

    name: LabelName = required(
        "Name, 3 to 48 characters; unique, ignoring case and accents, archived labels included."
    )
    description: Description | None = optional(
        "What it means, at most 256 characters; analyzers apply it by this."
    )
    color: Color | None = optional("Colour it is shown in, such as #1A7F37.")
    auto_apply: bool | None = optional("May an analyzer apply it?", default=False)


def _label_keeps_its_parts(given: object) -> None:
    refuse_null(given, "name", "auto_apply", "is_archived")


@document(
    "What to change of a label: only the fields present; null clears.",
    partial=True,
    rule=_label_keeps_its_parts,
)
class LabelUpdateInput:
    """A changed label; it stays where it was applied."""

    id: ID = required("Global id.")
    name: LabelName | None = optional(
        "Name, 3 to 48 characters; unique, ignoring case and accents."
    )
    description: Description | None = optional("What it means, at most 256 characters.")
    color: Color | None = optional("Colour it is shown in, such as #1A7F37.")
    auto_apply: bool | None = optional("May an analyzer apply it?")
    is_archived: bool | None = optional("No longer offered; where it was applied it stays.")
