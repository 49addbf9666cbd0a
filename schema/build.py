"""Builds the schema; a function, because building on import would tie the order of imports."""

import strawberry
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from schema.comment import Comment
from schema.enums import describe_enums
from schema.execution import resolve_plainly
from schema.execution_of_events import EventExecutor
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.session_event import SessionEvent
from schema.subscription import Subscription
from schema.workspace import Workspace

CACHED_DOCUMENTS = 512
"""Parsed and validated documents kept, of each; clients send few different ones."""


def build_schema() -> strawberry.Schema:
    """The schema of every door."""
    describe_enums()
    schema = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Comment, SessionEvent, Workspace],
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[_parser_cache, _validation_cache],
        execution_context_class=EventExecutor,
    )
    resolve_plainly(schema._schema)  # pyright: ignore[reportPrivateUsage]  # there is no other way
    return schema


def _parser_cache() -> ParserCache:
    return ParserCache(maxsize=CACHED_DOCUMENTS)


def _validation_cache() -> ValidationCache:
    return ValidationCache(maxsize=CACHED_DOCUMENTS)
