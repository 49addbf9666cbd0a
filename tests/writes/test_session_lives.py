"""Random lives of a session, step by step beside a plain model that derives every fact itself."""

import asyncio
import secrets
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from loaders.viewer import Viewer
from models.database import Database
from models.database_url import DatabaseUrl
from models.enums import Scope
from resolvers.administration import create_workspace
from resolvers.context import Context
from schema.build import build_schema
from subscriptions.hub import Hub
from tests.conftest import data_of
from tests.reads.rows import Rows
from tests.writes.client import APPEND, CONTACT, END, RECORD, START
from tests.writes.life import AGENTS, HANDOFFS, Life, Said
from tests.writes.refused_writes import mutation

FACTS = """query($id: ID!) { session(id: $id) {
  status startedAt endedAt lastActivityAt messageCount contactMessageCount hasResponses
  firstResponseTime handledBy hasMissingKnowledge handoffs { kind }
  participants { actorType messageCount } statusHistory { from to }
  labels { label { name } } lead { isLead isOpportunity exclusion }
  revenue { additionalSecuredRevenue } comments { totalCount } version
  messages { nodes { id externalId sequence deletedAt } }
  timeline(first: 100) { nodes { ... on Message { externalId deletedAt } } }
} }"""
SETTINGS = {"reopen_window": 86_400, "conversion_ratio": 0.5, "recognition": 0.8}
LENGTH = 240
"""Seconds that a life lasts at most; all of it has just happened, so nothing falls silent."""
SECONDS = st.integers(0, LENGTH)
SENDERS = st.sampled_from(["CONTACT", *AGENTS])
LABELS = ("Urgent", "Refund")
LEAD = st.fixed_dictionaries(
    {},
    optional={
        "isLead": st.booleans(),
        "isOpportunity": st.booleans(),
        "exclusion": st.sampled_from(["REFUSED", "UNAVAILABLE", None]),
    },
).filter(
    lambda given: (
        not (
            (
                given.get("isLead") is False
                and (given.get("isOpportunity") or given.get("exclusion"))
            )
            or (given.get("isOpportunity") and given.get("exclusion"))
        )
    )
)


class SessionLife(RuleBasedStateMachine):
    """One session of one workspace."""

    runner: asyncio.Runner
    database: Database
    hub: Hub

    def __init__(self) -> None:
        super().__init__()
        self.life = Life()
        self.schema = build_schema()
        self.start = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=LENGTH + 5)
        self.runner.run(self._open())

    async def _open(self) -> None:
        workspace = await create_workspace(self.database, f"life {secrets.token_hex(6)}")
        vars(workspace)["settings_json"] = SETTINGS
        self.viewer = Viewer(self.database, workspace, "tester", frozenset(Scope))
        rows = Rows(self.viewer)
        for name in LABELS:
            rows.label(name)
        await rows.save()
        contact = {**CONTACT, "attributes": {"email": "ada@example.org"}}
        given = {"contact": contact, "channelType": "WEB", "startedAt": self.start.isoformat()}
        answer = await self._ask(START, {"input": given})
        self.id = answer["sessionStart"]["session"]["id"]

    async def _ask(self, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        result = await self.schema.execute(
            document, variable_values=variables, context_value=Context(self.viewer, self.hub)
        )
        return data_of(result)

    def write(self, document: str, **given: Any) -> dict[str, Any]:
        """The payload of a mutation without errors."""
        data = self.runner.run(self._ask(document, {"input": given}))
        payload: dict[str, Any] = next(iter(data.values()))
        assert payload["userErrors"] == []
        return payload

    def update(self, **given: Any) -> None:
        self.write(mutation("sessionUpdate", "session { id }"), id=self.id, **given)

    def instant(self, at: int) -> str:
        return (self.start + timedelta(seconds=at)).isoformat()

    def seconds(self, instant: str) -> int:
        return int((datetime.fromisoformat(instant) - self.start).total_seconds())

    @rule(sender=SENDERS, at=SECONDS, is_missing=st.booleans())
    def say(self, sender: str, at: int, is_missing: bool) -> None:
        if not self.life.is_open:
            self.life.reopen()
        said = Said(f"m-{len(self.life.messages)}", sender, at, is_missing)
        self.life.messages.append(said)
        self._append(said)

    def _append(self, said: Said) -> dict[str, Any]:
        message = {
            "externalId": said.key,
            "senderType": said.sender,
            "sentAt": self.instant(said.at),
            "isMissingKnowledge": said.is_missing,
        }
        return self.write(APPEND, session={"id": self.id}, messages=[message])

    @precondition(lambda self: self.life.messages)
    @rule(data=st.data())
    def say_again(self, data: st.DataObject) -> None:
        said = data.draw(st.sampled_from(self.life.messages))
        assert self._append(said)["isReplay"] is True

    @precondition(lambda self: self.life.messages)
    @rule(data=st.data(), is_deleted=st.booleans(), is_missing=st.booleans())
    def change(self, data: st.DataObject, is_deleted: bool, is_missing: bool) -> None:
        said = data.draw(st.sampled_from(self.life.messages))
        said.is_deleted, said.is_missing = is_deleted, is_missing
        given = {"deleted": is_deleted, "isMissingKnowledge": is_missing}
        self.write(mutation("messageUpdate", "message { id }"), id=self.keys[said.key], **given)

    @precondition(lambda self: self.life.is_open)
    @rule(kind=st.sampled_from(HANDOFFS), at=SECONDS)
    def hand_over(self, kind: str, at: int) -> None:
        self.life.handoffs.append((at, kind))
        event = {"kind": kind, "at": self.instant(at), "actorType": "HUMAN_AGENT"}
        self.write(RECORD, session={"id": self.id}, events=[event])

    @precondition(lambda self: self.life.is_open)
    @rule(status=st.sampled_from(["COMPLETED", "FAILED", "CANCELLED"]))
    def end(self, status: str) -> None:
        self.life.end(status)
        self.write(END, session={"id": self.id}, status=status)

    @rule(added=st.sets(st.sampled_from(LABELS)))
    def label(self, added: set[str]) -> None:
        self.life.labels = added
        self.update(addLabels=sorted(added), removeLabels=sorted({*LABELS} - added))

    @rule(given=LEAD)
    def qualify(self, given: dict[str, Any]) -> None:
        self.life.lead(given)
        self.update(**given)

    @rule(value=st.integers(0, 10_000), is_test=st.booleans())
    def value(self, value: int, is_test: bool) -> None:
        self.life.lead_value, self.life.is_test = Decimal(value) / 100, is_test
        self.update(leadValue=str(self.life.lead_value), isTest=is_test)

    @rule(assessment=st.sampled_from(["YES_A", "YES_B", "NO", None]))
    def assess(self, assessment: str | None) -> None:
        self.life.assessment = assessment
        self.update(humanAssessment=assessment)

    @rule()
    def comment(self) -> None:
        self.life.comments += 1
        self.write(mutation("sessionCommentAdd", "comment { id }"), sessionId=self.id, body="x")

    @invariant()
    def every_fact_is_what_the_model_says(self) -> None:
        session = self.runner.run(self._ask(FACTS, {"id": self.id}))["session"]
        messages = session["messages"]["nodes"]
        self.keys = {message["externalId"]: message["id"] for message in messages}
        assert self._told(session) == self.life.facts()

    def _told(self, session: dict[str, Any]) -> dict[str, Any]:
        lead, revenue = session["lead"], session["revenue"]["additionalSecuredRevenue"]
        timeline = session["timeline"]["nodes"]
        spoken = Counter[str]()
        for person in session["participants"]:
            spoken[person["actorType"]] += person["messageCount"]
        same = (
            "status", "messageCount", "contactMessageCount", "hasResponses", "handledBy",
            "hasMissingKnowledge",
        )  # fmt: skip
        return {
            **{name: session[name] for name in same},
            "isOpen": session["endedAt"] is None,
            "history": [(step["from"], step["to"]) for step in session["statusHistory"]],
            "lastActivity": self.seconds(session["lastActivityAt"]),
            "sequences": [message["sequence"] for message in session["messages"]["nodes"]],
            "timeline": [item["externalId"] for item in timeline if item and not item["deletedAt"]],
            "firstResponse": session["firstResponseTime"],
            "spoken": {who: count for who, count in spoken.items() if count},
            "hasHandoff": bool(session["handoffs"]),
            "labels": sorted(applied["label"]["name"] for applied in session["labels"]),
            "lead": (lead["isLead"], lead["isOpportunity"], lead["exclusion"]),
            "revenue": None if revenue is None else Decimal(revenue),
            "comments": session["comments"]["totalCount"],
        }


def test_every_derived_fact_follows_a_random_life(database_url: DatabaseUrl) -> None:
    with asyncio.Runner() as runner:
        database = Database(database_url)
        runner.run(database.open())
        SessionLife.runner, SessionLife.database, SessionLife.hub = runner, database, Hub(database)
        try:
            run_state_machine_as_test(
                SessionLife,
                settings=settings(
                    max_examples=12,
                    stateful_step_count=20,
                    derandomize=True,
                    database=None,
                    deadline=None,
                    phases=[Phase.generate],  # shrinking whole lives takes minutes
                    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
                ),
            )
        finally:
            runner.run(database.close())
