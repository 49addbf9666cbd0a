"""Settings: what is decided, what is refused, and who goes by them from then on."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from loaders.api_key import workspace_by_name
from loaders.viewer import Viewer
from models.enums import AnalyzerKind, Scope
from models.workspace import Settings
from resolvers.administration import create_key
from server.auth import authenticate
from subscriptions.hub import Hub
from tests.conftest import GraphQL, data_of
from tests.live.streams import Door
from tests.reads.client import global_id
from tests.reads.rows import Rows, minutes
from tests.workers.sweeping import T0, after, let_others_rest, pass_time, sessions, silent
from tests.writes.catalogue import log
from tests.writes.client import START, error, start
from tests.writes.refused_writes import (
    Refusal,
    assert_forbidden,
    assert_refused,
    mutation,
    payload_of,
)

UPDATE = mutation(
    "workspaceSettingsUpdate",
    """workspace { id settings {
      idleAfter closeAfter maxDuration channelTimeouts { channelType closeAfter maxDuration }
      reopenWindow shortBelow longFrom currency conversionRatio recognition defaultLeadValue
      conversationUrlTemplate sessionUrlTemplate messageRetention sessionRetention timezone
      analyzers { kind provider enabled options } } }""",
    "WorkspaceSettingsInput",
)
BUILTIN: list[dict[str, Any]] = [
    {"kind": kind.value, "provider": "builtin", "enabled": True, "options": None}
    for kind in AnalyzerKind
]
DEFAULTS: dict[str, Any] = {
    "idleAfter": "PT10M", "closeAfter": None, "maxDuration": None, "reopenWindow": "PT0S",
    "shortBelow": "PT1M", "longFrom": "PT5M", "currency": "USD", "conversionRatio": 1.0,
    "recognition": 1.0, "defaultLeadValue": "0", "conversationUrlTemplate": None,
    "sessionUrlTemplate": None, "messageRetention": None, "sessionRetention": None,
    "timezone": "UTC", "analyzers": BUILTIN,
}  # fmt: skip
DECIDED: dict[str, Any] = {
    "idleAfter": "PT1.5S", "closeAfter": "PT2H", "maxDuration": "P2D", "reopenWindow": "PT1H",
    "shortBelow": "PT10S", "longFrom": "PT10S", "currency": "EUR", "conversionRatio": 0.25,
    "recognition": 0.0, "defaultLeadValue": "12.5",
    "conversationUrlTemplate": "https://inbox.example.com/{conversationId}?x={externalId}",
    "sessionUrlTemplate": "https://crm.example.com/s/{sessionId}",
    "messageRetention": "P30D", "sessionRetention": "P365D", "timezone": "Europe/Berlin",
    "analyzers": [{**binding, "enabled": False} for binding in BUILTIN],
}  # fmt: skip


async def decided(graphql: GraphQL, given: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The settings after an update."""
    payload = await payload_of(graphql, UPDATE, given, **more)
    assert payload["userErrors"] == []
    settings: dict[str, Any] = payload["workspace"]["settings"]
    return settings


async def elsewhere(viewer: Viewer) -> Viewer:
    """The same caller in another process, which knows the settings as they are now."""
    read = await workspace_by_name(viewer.database.lane(), viewer.workspace.name)
    assert read is not None
    return replace(viewer, workspace=read)


async def test_what_is_stated_is_decided_and_null_goes_back_to_the_default(
    graphql: GraphQL, viewer: Viewer
) -> None:
    timeouts = [{"channelType": "PHONE", "closeAfter": "PT5M", "maxDuration": None}]
    all_of_them = await decided(graphql, {**DECIDED, "channelTimeouts": timeouts})
    again = await payload_of(graphql, UPDATE, {**DECIDED, "channelTimeouts": timeouts})
    one = await decided(graphql, {"currency": "CHF"})
    back = await decided(graphql, dict.fromkeys((*DECIDED, "channelTimeouts")))

    by_channel = {t.pop("channelType"): t for t in all_of_them.pop("channelTimeouts")}
    assert all_of_them == DECIDED
    assert by_channel["PHONE"] == {"closeAfter": "PT5M", "maxDuration": None}
    assert by_channel["WEB"] == {"closeAfter": "PT2H", "maxDuration": "P2D"}
    assert again["changeCursor"] is None
    assert {**one, "channelTimeouts": None} == {
        **DECIDED, "currency": "CHF", "channelTimeouts": None,
    }  # fmt: skip
    by_channel = {t.pop("channelType"): t for t in back.pop("channelTimeouts")}
    assert back == DEFAULTS
    assert by_channel["PHONE"] == {"closeAfter": None, "maxDuration": "PT4H"}
    everything, currency, nothing = await log(viewer)
    assert everything[:2] == ("WORKSPACE", "UPDATED")
    assert len(everything[2]) == 17
    assert everything[3]["idle_after"] == "PT10M"
    assert everything[4]["idle_after"] == "PT1.5S"
    assert everything[4]["channel_timeouts"] == timeouts
    assert currency == (
        "WORKSPACE", "UPDATED", ["currency"], {"currency": "EUR"}, {"currency": "CHF"},
    )  # fmt: skip
    assert (nothing[3]["currency"], nothing[4]["currency"]) == ("CHF", "USD")
    stored = await elsewhere(viewer)
    assert (stored.settings, stored.workspace.settings_json) == (Settings(), {})


def invalid(message: str, *field: str) -> list[dict[str, Any]]:
    return [error("INVALID", message, "input", *field)]


def outside(least: str, most: str, *field: str) -> list[dict[str, Any]]:
    return invalid(f"this duration lies between {least} and {most}", *field)


NO_LINK = "a link is an http or https URL, which may contain {} and {{externalId}}"
SESSION_LINK = NO_LINK.format("{sessionId}")
TIMEOUT = {"channelType": "WEB", "closeAfter": "PT1H"}
TOPIC = {"kind": "TOPIC", "provider": "builtin", "enabled": True}
NO_ANALYZER = "There is no analyzer 'nobody'; there are builtin, http, openai."
NO_KEY = "String should match pattern '^[A-Za-z0-9_.-]+$'"
BOTH = "`shortBelow` is at most `longFrom`: a session would be both."
WRONG: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
        ({"idleAfter": "PT0S"}, outside("PT1S", "P30D", "idleAfter")),
        ({"idleAfter": "P31D"}, outside("PT1S", "P30D", "idleAfter")),
        ({"closeAfter": "PT0.999S"}, outside("PT1S", "P365D", "closeAfter")),
        ({"maxDuration": "P366D"}, outside("PT1S", "P365D", "maxDuration")),
        ({"reopenWindow": "P31D"}, outside("PT0S", "P30D", "reopenWindow")),
        ({"longFrom": "P8D"}, outside("PT0S", "P7D", "longFrom")),
        ({"messageRetention": "PT23H"}, outside("P1D", "P36500D", "messageRetention")),
        ({"sessionRetention": "PT0S"}, outside("P1D", "P36500D", "sessionRetention")),
        ({"shortBelow": "PT6M"}, invalid(BOTH, "shortBelow")),
        ({"shortBelow": "PT6M", "longFrom": "PT5M59S"}, invalid(BOTH, "shortBelow")),
        ({"longFrom": "PT59S"}, invalid(BOTH, "longFrom")),
        ({"currency": "usd"}, invalid("String should match pattern '^[A-Z]{3}$'", "currency")),
        ({"currency": "EURO"}, invalid("String should match pattern '^[A-Z]{3}$'", "currency")),
        (
            {"conversionRatio": 1.01},
            invalid("Input should be less than or equal to 1", "conversionRatio"),
        ),
        (
            {"recognition": -0.1},
            invalid("Input should be greater than or equal to 0", "recognition"),
        ),
        ({"defaultLeadValue": "-1"}, invalid("this amount is not negative", "defaultLeadValue")),
        *(
            (
                {"timezone": zone},
                invalid("this is not an IANA time zone, such as Europe/Berlin", "timezone"),
            )
            for zone in ("Europe/Kyivv", "", "../../etc/passwd", "/etc/localtime", "UTC+1")
        ),
        *(
            ({"sessionUrlTemplate": link}, invalid(SESSION_LINK, "sessionUrlTemplate"))
            for link in (
                "https://example.com/{conversationId}", "https://example.com/{", "javascript:x",
                "https://example.com/a b", "", "https://example.com/" + "x" * 2030,
            )
        ),
        (
            {"conversationUrlTemplate": "https://example.com/{sessionId}"},
            invalid(NO_LINK.format("{conversationId}"), "conversationUrlTemplate"),
        ),
        (
            {"channelTimeouts": [TIMEOUT, {"channelType": "WEB"}]},
            invalid("a channel stands in the list twice", "channelTimeouts"),
        ),
        (
            {"channelTimeouts": [{**TIMEOUT, "maxDuration": "PT0S"}]},
            outside("PT1S", "P365D", "channelTimeouts", "0", "maxDuration"),
        ),
        (
            {"analyzers": [TOPIC, {**TOPIC, "provider": "http"}]},
            invalid("a kind of analyzer stands in the list twice", "analyzers"),
        ),
        (
            {"analyzers": [{**TOPIC, "provider": "a b"}]},
            invalid(NO_KEY, "analyzers", "0", "provider"),
        ),
        (
            {"analyzers": [{**TOPIC, "options": [1]}]},
            invalid("this is a JSON object", "analyzers", "0", "options"),
        ),
        (
            {"analyzers": [{**TOPIC, "provider": "nobody"}]},
            [error("NOT_FOUND", NO_ANALYZER, "input", "analyzers", "0", "provider")],
        ),
        (
            {"analyzers": [{**TOPIC, "provider": "http", "options": {}}]},
            [error("REQUIRED", "Field required", "input", "analyzers", "0", "options", "url")],
        ),
]  # fmt: skip
REFUSED: list[Refusal] = [(UPDATE, given, errors) for given, errors in WRONG]


async def test_what_cannot_be_decided_is_refused_and_changes_nothing(
    graphql: GraphQL, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    silent(rows, next_transition_at=after(10))
    await rows.save()

    await assert_refused(graphql, viewer, REFUSED, {})

    (session,) = await sessions(viewer)
    assert session.next_transition_at == after(10)
    assert (await elsewhere(viewer)).workspace.settings_json == {}
    await assert_forbidden(graphql, viewer, Scope.ADMIN, [(UPDATE, {"currency": "EUR"})])


async def test_open_sessions_adopt_what_was_decided_and_no_others(
    graphql: GraphQL, viewer: Viewer, stranger: Viewer
) -> None:
    await let_others_rest(viewer)
    now = viewer.now()
    rows, foreign = Rows(viewer), Rows(stranger)
    quiet: dict[str, Any] = {
        "started_at": now, "last_activity_at": now, "next_transition_at": now + minutes(10),
    }  # fmt: skip
    for of in (rows, foreign):
        silent(of, **quiet, closes_at=now + minutes(30))
    rows.ended(length=minutes(1))
    await rows.save()
    await foreign.save()

    await decided(graphql, {"timezone": "Europe/Berlin"})
    untouched = [session.next_transition_at for session in await sessions(viewer)]
    await decided(graphql, {"closeAfter": "PT2H", "idleAfter": "PT1H", "currency": "EUR"})
    await pass_time(viewer, viewer.now())

    assert untouched == [None, now + minutes(10)]
    ended, adopted = await sessions(viewer)
    assert (adopted.closes_at, adopted.next_transition_at) == (
        now + minutes(120),
        now + minutes(60),
    )
    assert (adopted.activity, adopted.currency) == ("LIVE", "EUR")
    assert (ended.next_transition_at, ended.currency, ended.version) == (None, "USD", 1)
    (other,) = await sessions(stranger)
    assert (other.next_transition_at, other.version) == (now + minutes(10), 1)
    assert stranger.settings == Settings()


async def test_a_writer_who_knows_older_settings_starts_again_by_the_new_ones(
    graphql: GraphQL, viewer: Viewer
) -> None:
    stale = await elsewhere(viewer)
    await decided(graphql, {"closeAfter": "PT2H", "currency": "EUR"})
    assert stale.settings.currency == "USD"

    answer = data_of(await graphql(START, start(externalId="s-1"), by=stale))["sessionStart"]

    assert answer["userErrors"] == []
    (session,) = await sessions(viewer)
    assert session.closes_at == session.started_at + timedelta(hours=2)
    assert (session.currency, stale.settings.currency) == ("EUR", "EUR")
    assert session.version == 1


async def test_sessions_that_start_while_settings_change_go_by_the_new_ones_in_the_end(
    graphql: GraphQL, viewer: Viewer
) -> None:
    await let_others_rest(viewer)
    writers = [await elsewhere(viewer) for _ in range(4)]

    async def starting(writer: Viewer, name: str) -> None:
        for number in range(3):
            given = start(externalId=f"{name}-{number}", contact={"externalId": name})
            assert data_of(await graphql(START, given, by=writer))["sessionStart"]["session"]

    await asyncio.gather(
        *(starting(writer, str(position)) for position, writer in enumerate(writers)),
        decided(graphql, {"closeAfter": "PT2H"}),
    )
    await pass_time(viewer, viewer.now())

    found = await sessions(viewer)
    assert len(found) == 12
    assert {s.closes_at and s.closes_at - s.last_activity_at for s in found} == {timedelta(hours=2)}


LENGTHS = """query($filter: SessionFilter, $after: ChangeCursor!) {
  sessions(filter: $filter) { nodes { lengthClass } changeCursor }
  sessionChanges(after: $after, filter: $filter) { resyncRequired } }"""


async def test_a_reader_of_another_process_sees_rows_as_new_as_their_cursor(
    graphql: GraphQL, viewer: Viewer
) -> None:
    rows = Rows(viewer)
    rows.ended(length=minutes(2))
    await rows.save()
    stale = await elsewhere(viewer)
    before = data_of(await graphql("{ changeCursor }"))["changeCursor"]
    await decided(graphql, {"shortBelow": "PT3M"})

    asked = {"filter": {"lengthClass": {"eq": "SHORT"}}, "after": before}
    answer = data_of(await graphql(LENGTHS, asked, by=stale))

    assert answer["sessions"]["nodes"] == [{"lengthClass": "SHORT"}]
    assert answer["sessionChanges"] == {"resyncRequired": True}
    asked["after"] = answer["sessions"]["changeCursor"]
    page = data_of(await graphql(LENGTHS, asked, by=stale))["sessionChanges"]
    assert page == {"resyncRequired": False}


STATUS = """subscription($id: ID!) { sessionStatusChanged(sessionId: $id) {
  to session { url lengthClass } } }"""


async def test_running_streams_go_by_the_new_settings(
    graphql: GraphQL, viewer: Viewer, hub: Hub
) -> None:
    rows = Rows(viewer)
    session = rows.session(started_at=T0)
    await rows.save()
    stale = await elsewhere(viewer)
    door = Door(hub)

    async with (
        door.subscribed(stale, STATUS, id=global_id(session)) as status,
        door.subscribed(await elsewhere(viewer), filter={"isOpen": True}) as live,
    ):
        assert (await live.next())["__typename"] == "StreamCheckpoint"
        following = asyncio.create_task(status.next())
        await decided(graphql, {"sessionUrlTemplate": "https://crm.example.com/{sessionId}"})
        resync = await live.next()
        end = "mutation($input: SessionEndInput!) { sessionEnd(input: $input) { isReplay } }"
        await graphql(end, {"input": {"session": {"id": global_id(session)}}})
        told = await following

    assert (resync["__typename"], resync["reason"]) == ("ResyncRequired", "FILTER_CHANGED")
    url = f"https://crm.example.com/{global_id(session)}"
    assert told == {"to": "COMPLETED", "session": {"url": url, "lengthClass": "LONG"}}


async def test_all_keys_of_a_process_know_the_newest_settings_at_once(
    graphql: GraphQL, viewer: Viewer
) -> None:
    tokens = [await create_key(viewer.database, viewer.workspace, str(n), []) for n in range(2)]
    first, second = [await authenticate(viewer.database, f"Bearer {token}") for token in tokens]
    admin = replace(viewer, workspace=first.workspace)

    await decided(graphql, {"currency": "EUR"}, by=admin)

    again = await authenticate(viewer.database, f"Bearer {tokens[1]}")
    assert [one.settings.currency for one in (first, second, again)] == ["EUR"] * 3
