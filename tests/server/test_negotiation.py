"""Which media type answers which Accept header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.negotiation import MediaType, accepts_events, negotiate

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
EVENTS = "text/event-stream"


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL};q=0.8, {JSON};q=0.9", JSON),
        (f"{JSON}, */*;q=0.1", JSON),
        (f"{JSON}, */*", JSON),
        (f"{GRAPHQL};q=0.5, */*;q=0.1", GRAPHQL),
        (f"{JSON};q=0, */*", GRAPHQL),
        ("application/json, multipart/mixed", JSON),
        (f"  {GRAPHQL.upper()} ; charset=utf-8 ", GRAPHQL),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        (EVENTS, EVENTS),
        (f"{EVENTS}, */*", EVENTS),
        (f"{GRAPHQL}, {JSON}, {EVENTS}, multipart/mixed", GRAPHQL),
        (f"{JSON};q=0.5, {EVENTS}", EVENTS),
        (f"{JSON}, {EVENTS};q=0.5", JSON),
        (f"{EVENTS};q=0", None),
        ("text/*", None),
        ("text/html", None),
        (f"{JSON};q=0", None),
        ("*/*;q=0", None),
        (f"{JSON};q=high", None),
        (f"{JSON};q=nan", None),
        (",;,", None),
    ],
)
def test_the_media_type_follows_the_accept_header(accept: str, answer: str | None) -> None:
    assert negotiate(accept) == answer


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        ("", False),
        ("*/*", False),
        ("text/*", False),
        (f"{EVENTS};q=0", False),
        (f"{JSON}, {EVENTS};q=0.1", True),
        (EVENTS.upper(), True),
    ],
)
def test_events_are_for_those_who_name_them(accept: str, answer: bool) -> None:
    assert accepts_events(accept) is answer


@given(st.text(alphabet="aj/*,;=q.019 +", max_size=60))
def test_no_accept_header_is_too_strange(accept: str) -> None:
    assert negotiate(accept) in {None, *MediaType}
