"""The message guard lets through what the protocol knows, whatever else arrives."""

from contextlib import suppress

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from server.frames import InvalidFrame, checked_frame, next_frames, next_message
from server.operation import Operation
from subscriptions.cohort import Batch

TYPES = ["connection_init", "ping", "pong", "subscribe", "complete", "next", "nonsense"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["query", "variables", "id", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
MESSAGES = JSON | st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES) | JSON}, optional={"id": JSON, "payload": JSON, "extra": JSON}
)


@given(MESSAGES)
def test_what_passes_has_the_members_and_types_that_the_handler_counts_on(message: object) -> None:
    with suppress(InvalidFrame):
        frame = checked_frame(message)

        assert frame["type"] in TYPES[:5]
        assert set(frame) <= {"type", "id", "payload"}
        if frame["type"] == "subscribe":
            assert isinstance(frame["payload"], Operation)
        elif "payload" in frame:
            assert isinstance(frame["payload"], dict)
        if frame["type"] in {"subscribe", "complete"}:
            assert isinstance(frame["id"], str)
            assert frame["id"]


@pytest.mark.parametrize("operation_id", ["1", "b6f0d9c2-6b6a-4a7c-9d1f-2f1f0e8a1c55", 'ü"\\'])
def test_events_are_framed_as_the_protocol_has_it_whatever_their_length(operation_id: str) -> None:
    encoded = orjson.dumps(operation_id)
    around = len(next_message(encoded, b""))
    lengths = [around, 125, 126, 127, 65_535, 65_536]
    batch = Batch([b"x" * (length - around) for length in lengths if length >= around])

    framed = next_frames(encoded, batch)

    messages = [next_message(encoded, body) for body in batch.bodies]
    assert framed == b"".join(
        Frame(Opcode.TEXT, message).serialize(mask=False) for message in messages
    )
    assert next_frames(encoded, batch) == framed


def test_sockets_with_ids_of_one_length_are_each_told_under_their_own() -> None:
    batch = Batch([b'{"data":{}}', b'{"data":null}'])

    framed = [next_frames(orjson.dumps(name), batch) for name in ("ab", "cd", "e")]

    assert framed[1] == framed[0].replace(b'"ab"', b'"cd"')
    assert framed[2].endswith(b'{"id":"e","type":"next","payload":{"data":null}}')
