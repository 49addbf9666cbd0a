"""How the schema is executed: plain fields directly, the relations of a list all at once.

Strawberry calls each field through a wrapper, and graphql-core makes a task of each relation of
each row: both cost far more than the rows. So what a field declares is called directly wherever no
argument is given, and the relations selected on the rows of a list are read for all of them, level
by level, before the first row is completed, which then waits for nothing.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeGuard, cast

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import Path
from strawberry import UNSET
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from loaders.batch import Batch
from models.enums import Scope
from models.record import Record
from resolvers.context import Context
from schema.fields import PLAIN, Here, Plain, Resolver

_READY = "ready"

Leaf = Callable[[Any, Here], Any]
"""From a row to what stands in the answer; raises where that may not be null."""
Parts = tuple[dict[str, Leaf], GroupedFieldSet]


class Ready(NamedTuple):
    """What a field that is given no argument does; `leaf` where that is all there is to it."""

    plain: Plain
    resolve: Resolver
    leaf: Leaf | None


class Step(NamedTuple):
    """A selected field that is a relation, or has some further below."""

    ready: Ready
    below: "tuple[Step, ...]"
    beside: tuple[str, ...] = ()
    """By what its neighbours of the same batch function are read: they share its statement."""


def resolve_plainly(schema: GraphQLSchema) -> None:
    """Call what the fields declare directly wherever no argument is given."""
    for type_ in schema.type_map.values():
        for field in type_.fields.values() if is_object_type(type_) else ():
            declared = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
            if isinstance(declared, StrawberryField) and PLAIN in declared.metadata:
                plain: Plain = declared.metadata[PLAIN]
                resolve = _allowed(plain.allow, plain.bind(declared.python_name))
                defaults = _defaults(declared)
                if not defaults:  # else one is always given
                    field.resolve = _either(resolve, field.resolve) if field.args else resolve
                ready: Resolver = partial(resolve, **defaults) if defaults else resolve
                field.extensions[_READY] = Ready(plain, ready, _leaf(schema, field, plain, ready))


def _defaults(declared: StrawberryField) -> dict[str, Any]:
    return {
        argument.python_name: argument.default
        for argument in declared.arguments
        if argument.default is not UNSET
    }


def _allowed(scope: Scope | None, resolve: Resolver) -> Resolver:
    if scope is None:
        return resolve

    def resolve_if_allowed(row: Any, here: Here, **defaults: Any) -> Any:
        here.context.viewer.require(scope)
        return resolve(row, here, **defaults)

    return resolve_if_allowed


def _leaf(
    schema: GraphQLSchema, field: GraphQLField, plain: Plain, resolve: Resolver
) -> Leaf | None:
    written = str(cast("Any", field).type)
    type_ = schema.type_map.get(written.rstrip("!"))
    if plain.relation is not None or type_ is None or not is_leaf_type(type_):
        return None
    coerce, may_be_null = _coercion(type_), not written.endswith("!")

    def read(row: Any, here: Here) -> Any:
        value = resolve(row, here)
        coerced = None if value is None else coerce(value)
        if coerced is None and not (value is None and may_be_null):
            raise TypeError
        return coerced

    return read


def _coercion(type_: GraphQLLeafType) -> Callable[[Any], Any]:
    """Strawberry looks through all members of an enum for each value."""
    if isinstance(type_, GraphQLEnumType):
        names = {member.value: name for name, member in type_.values.items()}
        return lambda member: names[member.value]
    return type_.coerce_output_value


def _either(plain: Resolver, with_arguments: Any) -> Resolver:
    def resolve(row: Any, info: Any, **given: Any) -> Any:
        return with_arguments(row, info, **given) if given else plain(row, info)

    return resolve


class LevelExecutor(StrawberryGraphQLCoreExecutionContext):
    """Completes values as graphql-core does, in fewer and larger strides; one per operation."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.is_awaitable = is_awaitable
        self._here = Here(self.context_value)
        self._parts: dict[tuple[GraphQLObjectType, int], Parts] = {}
        self._steps: dict[tuple[GraphQLObjectType, int], tuple[Step, ...]] = {}
        self._kept: list[object] = []
        """What is known by its `id` must not go away."""

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,
    ) -> Any:
        """Read the plain leaves of a row, and leave its other fields to graphql-core.

        Where a leaf fails, graphql-core gets them all: it knows whom an error befalls.
        """
        execute = cast("Any", super()).execute_fields
        leaves, others = self._parts_of(parent_type, grouped_field_set)
        try:
            found = {name: leaf(source_value, self._here) for name, leaf in leaves.items()}
        except Exception:
            return execute(parent_type, source_value, path, grouped_field_set, position_context)
        if not others:
            return found
        completed = execute(parent_type, source_value, path, others, position_context)
        if not found:
            return completed
        in_order: dict[str, Any] = {**dict.fromkeys(grouped_field_set), **found}
        if not is_awaitable(completed):
            return {**in_order, **completed}

        async def when_completed() -> dict[str, Any]:
            return {**in_order, **await completed}

        return when_completed()

    def complete_list_value(  # noqa: PLR0913, PLR0917  # graphql-core's signature
        self,
        return_type: GraphQLList[Any],
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete a list, once the relations of its rows have been read."""
        complete_list = cast("Any", super()).complete_list_value

        def complete() -> Any:
            return complete_list(
                return_type, field_details_list, info, path, result, position_context
            )

        steps = self._steps_of(get_named_type(return_type), field_details_list)
        if not steps or not _is_list(result):
            return complete()

        async def read_and_complete() -> Any:
            await read_relations(self._here, steps, result)
            completed = complete()
            return await completed if is_awaitable(completed) else completed

        return read_and_complete()

    def _parts_of(self, type_: GraphQLObjectType, selected: GroupedFieldSet) -> Parts:
        """The fields that are plain leaves, and the others."""
        known = (type_, id(selected))
        parts = self._parts.get(known)
        if parts is None:
            leaves = {
                name: leaf
                for name, details in selected.items()
                if (ready := _ready(type_, details)) and (leaf := ready.leaf)
            }
            others = {name: details for name, details in selected.items() if name not in leaves}
            parts = self._parts[known] = (leaves, others)
            self._kept.append(selected)
        return parts

    def _steps_of(self, type_: Any, details: FieldDetailsList) -> tuple[Step, ...]:
        """The relations selected on a type, and what leads to some."""
        if not is_object_type(type_):
            return ()
        known = (type_, id(details))
        steps = self._steps.get(known)
        if steps is None:
            selected = self.collect_subfields(type_, details).grouped_field_set.values()
            steps = self._steps[known] = _together(tuple(self._worthwhile(type_, selected)))
            self._kept.append(details)
        return steps

    def _worthwhile(
        self, type_: GraphQLObjectType, selected: Iterable[FieldDetailsList]
    ) -> Iterator[Step]:
        for details in selected:
            ready = _ready(type_, details)
            if ready is not None and not ready.plain.is_page:
                field = type_.fields[details[0].node.name.value]
                below = self._steps_of(get_named_type(field.type), details)
                if below or ready.plain.relation:
                    yield Step(ready, below)


def _together(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """With what each step can read for the ones after it."""
    shared: dict[tuple[Batch, Scope | None], list[str]] = {}
    for (plain, _, _), _, _ in steps:
        if plain.relation is not None:
            shared.setdefault((plain.relation.load, plain.allow), []).append(plain.relation.by)
    return tuple(
        step
        if (relation := step.ready.plain.relation) is None
        else step._replace(beside=tuple(shared[relation.load, step.ready.plain.allow]))
        for step in steps
    )


def _ready(type_: GraphQLObjectType, details: FieldDetailsList) -> Ready | None:
    """Of a selected field; None where it is none of ours, or arguments are given."""
    node = details[0].node
    field = type_.fields.get(node.name.value)
    return None if field is None or node.arguments else field.extensions.get(_READY)


def is_awaitable(value: Any) -> TypeGuard[Awaitable[Any]]:
    """Not a row: Tortoise's can be awaited, only to give themselves."""
    return not isinstance(value, Record) and optimized_is_awaitable(value)


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


async def read_relations(here: Here, steps: Iterable[Step], rows: Sequence[Any]) -> None:
    """Read the relations of the rows, and those of what they lead to."""
    context: Context = here.context
    for (plain, resolve, _), below, beside in steps:
        if plain.allow is not None and not context.viewer.may(plain.allow):
            continue  # each row's field says so
        if plain.relation is None:
            values = [resolve(row, here) for row in rows]
        else:
            load, by = plain.relation
            if len(beside) > 1:
                await context.values(load, _keys(rows, beside))
            values = await context.values(load, _keys(rows, (by,)))
        if below:
            await read_relations(here, below, list(_rows(values)))


def _keys(rows: Sequence[Any], names: Iterable[str]) -> list[Any]:
    return [key for name in names for row in rows if (key := getattr(row, name)) is not None]


def _rows(values: Iterable[Any]) -> Iterator[Any]:
    """The values and the members of lists, without nulls and failures."""
    for value in values:
        if _is_list(value):
            yield from _rows(value)
        elif value is not None and not isinstance(value, Exception):
            yield value
