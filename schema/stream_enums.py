"""The enums of streams, described like those of `schema/enums.py`."""

from typing import Any

from models.enums import ResyncReason, SessionChangeKind
from schema.described import Described

STREAM_ENUMS: tuple[Described[Any], ...] = (
    Described(
        SessionChangeKind,
        "What a change means for a live list, judged on the session as it is now; every kind may"
        " come twice without harm.",
        {
            SessionChangeKind.ENTERED: (
                "Matches now, and a field that the filter reads was touched: add or replace."
            ),
            SessionChangeKind.UPDATED: (
                "Matches now; nothing that the filter reads was touched: add or replace."
            ),
            SessionChangeKind.LEFT: (
                "Does not match now, and a field that the filter reads was touched, or time passed"
                " it: remove if present."
            ),
            SessionChangeKind.DELETED: "Deleted: remove if present.",
        },
    ),
    Described(
        ResyncReason,
        "Why a live list has to be read again.",
        {
            ResyncReason.CURSOR_EXPIRED: "The change log no longer reaches back to `after`.",
            ResyncReason.SLOW_CONSUMER: "This reader fell too far behind.",
            ResyncReason.FILTER_CHANGED: (
                "What the filter means, or what sessions show, changed for very many at once:"
                " settings, a saved view, or a contact, agent or label of more than 1,000 sessions."
            ),
        },
    ),
)
