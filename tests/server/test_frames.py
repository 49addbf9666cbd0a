"""The message guard lets through what the protocol knows, whatever else arrives."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from server.frames import InvalidFrame, checked_frame
from server.operation import Operation

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
