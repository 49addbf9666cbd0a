"""The life of one session as a plain model: what is true of it, told from what was done to it.

It shares no code with the application. Times are seconds after the start.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

AGENTS = ("AI_AGENT", "HUMAN_AGENT")
HANDOFFS = ("HANDOFF_REQUESTED", "HANDOFF_ACCEPTED", "HANDED_BACK")


@dataclass
class Said:
    """A message."""

    key: str
    sender: str
    at: int
    is_missing: bool = False
    is_deleted: bool = False


@dataclass
class Life:
    """Everything that was done."""

    messages: list[Said] = field(default_factory=list[Said])
    handoffs: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    labels: set[str] = field(default_factory=set[str])
    history: list[tuple[str | None, str]] = field(default_factory=lambda: [(None, "ACTIVE")])
    status: str = "ACTIVE"
    is_test: bool = False
    is_lead: bool = False
    is_opportunity: bool = False
    exclusion: str | None = None
    lead_value: Decimal = Decimal(0)
    assessment: str | None = None
    comments: int = 0

    @property
    def is_open(self) -> bool:
        return self.status == "ACTIVE"

    def end(self, status: str) -> None:
        self.history.append((self.status, status))
        self.status = status

    def reopen(self) -> None:
        self.end("ACTIVE")

    def lead(self, given: dict[str, Any]) -> None:
        """A lead is an opportunity unless it is excluded, or somebody says what it is."""
        is_lead = given.get("isLead", self.is_lead or bool(given.get("isOpportunity")))
        exclusion = given.get("exclusion", self.exclusion)
        said = given.get("isOpportunity")
        if said or not is_lead:
            exclusion = None
        if said is None:
            said = exclusion is None if {"isLead", "exclusion"} & given.keys() else None
        self.is_lead, self.exclusion = is_lead, exclusion
        self.is_opportunity = is_lead and (self.is_opportunity if said is None else said)

    @property
    def transcript(self) -> list[Said]:
        there = [(said.at, place, said) for place, said in enumerate(self.messages)]
        return [said for _at, _place, said in sorted(there) if not said.is_deleted]

    def facts(self) -> dict[str, Any]:
        """As the query of the test selects them."""
        transcript = self.transcript
        times = [said.at for said in self.messages] + [at for at, _kind in self.handoffs]
        return {
            "status": self.status,
            "isOpen": self.is_open,
            "history": self.history,
            "messageCount": len(transcript),
            "contactMessageCount": sum(said.sender == "CONTACT" for said in transcript),
            "hasResponses": any(said.sender == "CONTACT" for said in transcript),
            "lastActivity": max([0, *times]),
            "sequences": list(range(1, len(self.messages) + 1)),
            "timeline": [said.key for said in transcript],
            "firstResponse": self._first_response(),
            "handledBy": self._handled_by(),
            "spoken": self._spoken(),
            "hasHandoff": bool(self.handoffs),
            "hasMissingKnowledge": any(said.is_missing for said in transcript),
            "labels": sorted(self.labels),
            "lead": (self.is_lead, self.is_opportunity, self.exclusion),
            "revenue": self._revenue(),
            "comments": self.comments,
        }

    def _first_response(self) -> float | None:
        asked: int | None = None
        for said in self.transcript:
            if said.sender == "CONTACT" and asked is None:
                asked = said.at
            if said.sender in AGENTS and asked is not None:
                return float(said.at - asked)
        return None

    def _handled_by(self) -> str:
        joined = [(at, 0, "HUMAN_AGENT") for at, kind in self.handoffs if kind == HANDOFFS[1]]
        spoke = [(said.at, 1, said.sender) for said in self.transcript if said.sender in AGENTS]
        order = [who for _at, _rank, who in sorted(joined + spoke, key=lambda seen: seen[:2])]
        if not order:
            return "NOBODY"
        both = len(set(order)) == 2
        if order[0] == "AI_AGENT":
            return "AI_THEN_HUMAN" if both else "AI_ONLY"
        return "HUMAN_THEN_AI" if both else "HUMAN_ONLY"

    def _spoken(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for said in self.transcript:
            counts[said.sender] = counts.get(said.sender, 0) + 1
        return counts

    def _revenue(self) -> Decimal | None:
        if self.is_test or not self.is_opportunity:
            return Decimal(0)
        if self.assessment is None:
            return None
        success = Decimal(0 if self.assessment == "NO" else 1)
        return self.lead_value * success * Decimal("0.5") * Decimal("0.8")
