"""Multiplies an imported corpus inside the database, which is many times faster than importing it.

`python -m tests.benchmarks.multiplied SESSIONS` doubles the sessions of the configured database,
with what is theirs, until there are so many: each copy a little earlier than its original, and of
each session's messages the first six, so that 200,000 sessions have some 1.4 million messages.
Contacts, agents and the catalogue stay as they are.
"""

import asyncio
from collections.abc import Iterator
from math import ceil, log2
from typing import Annotated, Any

import typer

from models.custom_field import SessionFieldValue
from models.database import Database, Transaction
from models.fields import InstantField
from models.form import FormSubmission
from models.goal import GoalOutcome
from models.journey import JourneyVisit
from models.knowledge_gap import KnowledgeGap
from models.label import SessionLabel
from models.message import Message
from models.reasoning import ReasoningTrace
from models.record import Dialect, Record, columns, table_name
from models.session import Session
from models.session_event import SessionEvent
from server.settings import Settings

_COPIED: tuple[type[Record], ...] = (
    Session, Message, SessionEvent, ReasoningTrace, SessionLabel, SessionFieldValue, GoalOutcome,
    JourneyVisit, FormSubmission, KnowledgeGap,
)  # fmt: skip
_MESSAGES = 6
_EARLIER_MS = 37 * 60 * 1000
_KEY_COUNTER_BITS = 21


async def multiply(database: Database, sessions: int) -> None:
    """Double what is there until there are at least so many sessions; a transaction each time."""
    there = (await database.lane().fetch('SELECT COUNT(*) FROM "session"'))[0][0]
    for number in range(ceil(log2(sessions / there))):
        async with database.transaction() as transaction:
            for model in _COPIED:
                await _copy(transaction, model, number)
    await database.analyze()


async def _copy(transaction: Transaction, model: type[Record], number: int) -> None:
    names = ", ".join(f'"{name}"' for name in columns(model))
    values = ", ".join(_copied_columns(model, transaction.dialect, number))
    await transaction.fetch(
        f'INSERT INTO "{table_name(model)}" ({names}) SELECT {values} FROM "{table_name(model)}"'
        f" WHERE {_which(model)}"
    )
    await transaction.fetch(f'ANALYZE "{table_name(model)}"')  # else PostgreSQL plans for the old


def _copied_columns(model: type[Record], dialect: Dialect, number: int) -> Iterator[str]:
    earlier = _EARLIER_MS << number  # else a copy of a copy would meet another
    by = f"{earlier}" if dialect == "sqlite" else f"interval '{earlier} milliseconds'"
    keys, instants = {"id", *_references(model)}, _instants(model)
    for name in columns(model):
        if name in keys:
            yield f'"{name}" - {earlier << _KEY_COUNTER_BITS}'
        elif name in instants:
            yield f'"{name}" - {by}'
        else:
            yield f"source || '-{number}'" if name == "source" and model is Session else f'"{name}"'


def _instants(model: type[Record]) -> set[str]:
    fields: dict[str, Any] = model.declared().fields_map
    return {name for name, field in fields.items() if isinstance(field, InstantField)}


def _references(model: type[Record]) -> Iterator[str]:
    """The columns that point at what is copied too."""
    fields: dict[str, Any] = model.declared().fields_map
    for name in model.declared().fk_fields:
        if fields[name].related_model in _COPIED:
            yield fields[name].source_field


def _which(model: type[Record]) -> str:
    """Of messages the first, and what belongs to one only with its message."""
    if model is Message:
        return f"sequence <= {_MESSAGES}"
    if "message_id" in columns(model):
        # By key for each row: PostgreSQL would read an IN list of so many again and again.
        of_it = 'SELECT m.sequence FROM "message" m WHERE m.id = message_id'
        return f"message_id IS NULL OR ({of_it}) <= {_MESSAGES}"
    return "TRUE"


def main(sessions: Annotated[int, typer.Argument(help="How many there are to be.")]) -> None:
    """Multiply the sessions of the configured database."""

    async def run() -> None:
        async with Database(Settings().database_url) as database:
            await multiply(database, sessions)

    asyncio.run(run())


if __name__ == "__main__":
    typer.run(main)
