"""Attachments in the schema."""

from datetime import timedelta

import strawberry

from schema.fields import column
from schema.scalars import Url


@strawberry.type(description="A file by its address, such as an image or a recording.")
class Attachment:
    """Read from `models.attachment.Attachment`."""

    url: Url = column("Where the file can be fetched.")
    mime_type: str | None = column("Media type, such as image/png.")
    name: str | None = column("File name.")
    size_bytes: float | None = column("Size in bytes.")
    duration: timedelta | None = column("Length of audio or video.")
