"""How the events of a stream are executed: several that are told together, at once.

graphql-core executes a subscription once per event, and remembers what it has collected of the
document for each event as long as the stream lasts. Here an event of graphql-core is a list of
rows. What is selected is collected once, the relations of all rows are read level by level, and
then each row is completed to a result of its own; the data of the whole are these results.
"""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from typing import Any, cast

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    OperationType,
    get_named_type,
    is_abstract_type,
    is_object_type,
)
from graphql.execution.collect_fields import GroupedFieldSet, collect_fields

from schema.execution import LevelExecutor, Step, is_awaitable, read_relations


class EventExecutor(LevelExecutor):
    """Executes subscriptions by lists of rows, and everything else as its base does."""

    _root: tuple[GraphQLObjectType, GroupedFieldSet] | None = None

    def build_per_event_executor(self, payload: Any) -> "EventExecutor":
        """A copy for an event, with what is selected at the root."""
        self._root = self._root or self._collected_root()
        return cast("EventExecutor", cast("Any", super()).build_per_event_executor(payload))

    def execute_operation(self, serially: bool | None = None) -> Any:  # noqa: FBT001  # graphql-core's signature
        """The result; of a subscription, its data are the results of the rows."""
        if self.operation.operation is OperationType.SUBSCRIPTION:
            return self._execute_rows(self.root_value)
        return super().execute_operation(serially)

    def _collected_root(self) -> tuple[GraphQLObjectType, GroupedFieldSet]:
        type_ = self.schema.subscription_type
        assert type_ is not None  # graphql-core has subscribed by it
        selected = collect_fields(
            self.schema, self.fragments, self.variable_values, type_, self.operation
        )
        return type_, selected.grouped_field_set

    async def _execute_rows(self, rows: Sequence[Any]) -> ExecutionResult:
        for steps, concerned in self._to_read(rows):
            await read_relations(self._here, steps, concerned)
        results = [self.build_per_event_executor(row)._execute_row() for row in rows]
        waiting = [place for place, result in enumerate(results) if is_awaitable(result)]
        if waiting:
            async with asyncio.TaskGroup() as group:
                tasks = [(place, group.create_task(results[place])) for place in waiting]
            for place, task in tasks:
                results[place] = task.result()
        # Their errors stay with them: Strawberry would log each, also those to be tried again.
        return ExecutionResult(cast("Any", results), None)

    def _to_read(self, rows: Sequence[Any]) -> Iterator[tuple[tuple[Step, ...], list[Any]]]:
        """The relations selected on each type that rows may have, and its rows."""
        assert self._root is not None
        root, selected = self._root
        [details] = selected.values()  # a subscription has one field
        field = root.fields[details[0].node.name.value]
        named = cast("object", get_named_type(field.type))
        if is_object_type(named):
            yield self._steps_of(named, details), list(rows)
        elif is_abstract_type(named):
            for type_ in self.schema.get_possible_types(named):
                if steps := self._steps_of(type_, details):
                    is_type_of = cast("Any", type_.is_type_of)
                    yield steps, [row for row in rows if is_type_of(row, None)]

    def _execute_row(self) -> Any:
        assert self._root is not None
        type_, selected = self._root
        try:
            data = self.execute_fields(type_, self.root_value, None, selected, None)
        except GraphQLError as error:
            return self._failed(error)
        return self._finished(data) if is_awaitable(data) else self.build_response(data)

    async def _finished(self, data: Awaitable[Any]) -> Any:
        try:
            return self.build_response(await data)
        except GraphQLError as error:
            return self._failed(error)

    def _failed(self, error: GraphQLError) -> Any:
        self.collected_errors.add(error, None)
        return self.build_response(None)
