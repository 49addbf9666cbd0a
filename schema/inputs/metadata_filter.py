"""Filters on the metadata of a session or contact."""

from typing import Annotated

from pydantic import Field

from schema.inputs.document import document, optional, required
from schema.inputs.filter import FloatFilter, StringFilter

MetadataPath = Annotated[str, Field(min_length=1, max_length=1000)]


@document("path: dotted path into metadata.")
class MetadataFilter:
    """Match of one metadata value."""

    path: MetadataPath = required("Keys of nested objects, joined by dots, such as order.id.")
    text: StringFilter | None = optional("Of a text; a value of another type is missing.")
    number: FloatFilter | None = optional("Of a number.")
    boolean: bool | None = optional("Of true or false.")
    exists: bool | None = optional("True: the path is there, if only with null. False: it is not.")


MetadataFilters = Annotated[list[MetadataFilter], Field(max_length=200)]
