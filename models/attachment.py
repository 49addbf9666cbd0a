"""Attachments: files by their address, kept as JSON on the message or session they belong to."""

from dataclasses import dataclass
from datetime import timedelta

from models.fields import Json


@dataclass(frozen=True)
class Attachment:
    """One file, such as an image or a recording."""

    url: str
    mime_type: str | None
    name: str | None
    size_bytes: float | None
    duration: timedelta | None


def attachments_from(stored: Json) -> list[Attachment]:
    """From the JSON column."""
    return [
        Attachment(
            url=item["url"],
            mime_type=item.get("mimeType"),
            name=item.get("name"),
            size_bytes=item.get("sizeBytes"),
            duration=_duration(item.get("durationMs")),
        )
        for item in stored
    ]


def _duration(milliseconds: int | None) -> timedelta | None:
    return None if milliseconds is None else timedelta(milliseconds=milliseconds)
