"""The command line, run as its users run it."""

from pathlib import Path

import orjson
import pytest

from tests.server.process import run, serving
from tests.writes.documents import document


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path}/cli.db"


def ndjson(*documents: object) -> bytes:
    return b"".join(d if isinstance(d, bytes) else orjson.dumps(d) + b"\n" for d in documents)


async def test_migrate_says_what_it_did_and_then_has_nothing_to_do(url: str) -> None:
    first, second = await run(url, "migrate"), await run(url, "migrate")

    assert (first.code, first.out) == (
        0,
        "Applied 0001_core, 0002_saved_views, 0003_search, 0004_next_transition,"
        " 0005_change_parts, 0006_review, 0007_settings_version, 0008_event_kinds.\n",
    )
    assert (second.code, second.out) == (0, "Nothing to apply.\n")


async def test_import_reads_standard_input_and_counts(url: str) -> None:
    documents = ndjson(document("s-1"), document("s-2"))

    first = await run(url, "import", "-", given=documents)
    second = await run(url, "import", "-", given=documents)

    assert (first.code, first.out) == (0, "created 2, updated 0, skipped 0, failed 0\n")
    assert (second.code, second.out) == (0, "created 0, updated 0, skipped 2, failed 0\n")


async def test_import_tells_each_bad_line_and_goes_on(url: str) -> None:
    bad = document("s-2", end={"status": "COMPLETED", "endedAt": "2020-01-01T00:00:00Z"})
    lines = ndjson(
        document("s-1"), b"not json\n", bad, b"\xff\xfe\n", b'{"start":{}}\n', document("s-3")
    )

    done = await run(url, "import", "-", given=lines)

    assert (done.code, done.out) == (1, "created 2, updated 0, skipped 0, failed 4\n")
    told = done.err.splitlines()
    assert told[0].startswith("line 2: Invalid JSON")
    assert told[1] == "line 3 (s-2): end.endedAt: A session cannot end before it started."
    assert told[2].startswith("line 4: Invalid JSON")
    assert {line.split(":")[0] for line in told[3:]} == {"line 5"}


async def test_import_can_fail_on_or_update_known_sessions(url: str) -> None:
    await run(url, "import", "-", given=ndjson(document("s-1")))

    failed = await run(url, "import", "-", "--on-conflict", "fail", given=ndjson(document("s-1")))
    changed = ndjson(document("s-1", start={"topic": "Refund"}))
    updated = await run(url, "import", "-", "--on-conflict", "update", given=changed)

    assert (failed.code, failed.out) == (1, "created 0, updated 0, skipped 0, failed 1\n")
    told = "line 1 (s-1): start.externalId: A session of this source and externalId exists.\n"
    assert failed.err == told
    assert (updated.code, updated.out) == (0, "created 0, updated 1, skipped 0, failed 0\n")


async def test_keys_are_made_listed_and_revoked(url: str) -> None:
    made = await run(url, "keys", "create", "--name", "ci", "--scopes", "INGEST,sessions_read")
    token = made.out.strip()
    listed = await run(url, "keys", "list")
    revoked = await run(url, "keys", "revoke", token[:11])
    again = await run(url, "keys", "revoke", token[:11])

    assert (made.code, made.out, made.err) == (0, f"{token}\n", "")
    assert token.startswith("sg_")
    assert listed.out == f"{token[:11]}\tdefault\tci\tvalid\tINGEST,SESSIONS_READ\n"
    assert (revoked.code, again.code) == (0, 1)
    assert token not in listed.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["keys", "create", "--name", "x", "--workspace", "none"],
            "There is no workspace named 'none'",
        ),
        (
            ["keys", "create", "--name", "x", "--scopes", "ALL"],
            "'ALL' is no scope; there are SESSIONS_READ",
        ),
        (["import", "missing.ndjson"], "missing.ndjson: No such file or directory"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence(
    url: str, arguments: list[str], sentence: str
) -> None:
    done = await run(url, *arguments)

    assert done.code == 2
    assert sentence in done.err
    assert len(done.err.splitlines()) == 1


async def test_a_workspace_is_made_once(url: str) -> None:
    first = await run(url, "workspace", "create", "acme")
    second = await run(url, "workspace", "create", "acme")

    assert (first.code, second.code) == (0, 2)
    assert second.err == "There is a workspace named 'acme' already.\n"


async def test_the_demo_is_loaded_once(url: str) -> None:
    first, second = await run(url, "demo"), await run(url, "demo")

    assert first.out == "60 sessions loaded, 0 were there already.\n"
    assert second.out == "0 sessions loaded, 60 were there already.\n"


async def test_schema_prints_the_snapshot(url: str) -> None:
    snapshot = Path(__file__).parents[2] / "schema" / "schema.graphql"

    assert (await run(url, "schema")).out == snapshot.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"DATABSE_URL": "x"}, "SESSIONGRAPH_DATABSE_URL"),
        ({"PORT": "eight"}, "SESSIONGRAPH_PORT"),
        ({"WORKERS": "2"}, "SQLite"),
    ],
)
async def test_a_wrong_setting_stops_the_start_with_one_sentence(
    url: str, settings: dict[str, str], sentence: str
) -> None:
    done = await run(url, "serve", settings=settings)

    assert done.code == 2
    assert sentence in done.err
    assert len(done.err.splitlines()) == 1


async def test_commands_work_while_a_server_runs_on_the_same_file(url: str) -> None:
    async with serving(url):
        imported = await run(url, "import", "-", given=ndjson(document("s-1")))
        key = await run(url, "keys", "create", "--name", "ci")
        demo = await run(url, "demo")

    assert (imported.code, key.code, demo.code) == (0, 0, 0)
