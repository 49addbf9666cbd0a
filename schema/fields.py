"""The few ways to declare a field; there are no others, and an architecture test sees to it.

    column    an attribute of the row
    derived   a pure function of the row
    related   a relation, read by a batch function of `loaders/`, one SELECT per level
    paged     a nested connection, read by a batch function with page arguments
    resolved  a root field or a true computation; never a relation
    streamed  a root field of subscriptions

A resolver returns the row and the class annotation says its GraphQL type: `Any` here is where the
two meet. How the schema is executed can change without touching a declaration.
"""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from enum import Enum
from inspect import Parameter, Signature
from operator import attrgetter
from typing import Annotated, Any, NamedTuple, cast

import strawberry
from pydantic.alias_generators import to_camel
from strawberry import UNSET

from loaders.batch import Batch
from loaders.keyset import PageArguments
from models.enums import Scope
from models.errors import BadRequest
from resolvers.context import Context, Info
from resolvers.selection import selects

First = Annotated[
    int | None, strawberry.argument(description="How many, from the start: 1 to 100, default 50.")
]
After = Annotated[
    str | None,
    strawberry.argument(description="A cursor of this connection; the page starts after it."),
]
Last = Annotated[
    int | None,
    strawberry.argument(description="How many, from the end: 1 to 100. Excludes `first`."),
]
Before = Annotated[
    str | None,
    strawberry.argument(description="A cursor of this connection; the page ends before it."),
]
Offset = Annotated[
    int | None,
    strawberry.argument(
        description="Rows to leave out before a numbered page. Excludes cursors and `last`."
    ),
]

Derive = Callable[..., Any]
Resolver = Callable[..., Any]


class Here(NamedTuple):
    """What a resolver needs of GraphQL's `info` when it has no arguments."""

    context: Context


class Relation(NamedTuple):
    """What can be read for many rows at once, before any of them is looked at."""

    load: Batch
    by: str


class Plain(NamedTuple):
    """How a field is read when no argument is given; `schema/execution.py` makes its resolver.

    Strawberry's way to a resolver costs more than the resolver, and none of it is needed here.
    """

    bind: Callable[[str], Resolver]
    """From the field's Python name to `resolve(row, info)`."""
    allow: Scope | None = None
    relation: Relation | None = None
    is_page: bool = False
    """Whether it depends on the selection below it, and so on GraphQL's own `info`."""


PLAIN = "plain"
"""Where a field's metadata has its `Plain`."""


class Argument(NamedTuple):
    """An argument with a default that stands in the SDL."""

    annotation: Any
    default: Any


Arguments = Mapping[str, Any]
"""Name to annotation, or to an `Argument`; what has no default may be left out."""


class Paging(Enum):
    """Which page arguments a connection takes."""

    FORWARDS = ("first", "after")
    BOTH_WAYS = ("first", "after", "last", "before")
    NUMBERED = ("first", "after", "last", "before", "offset")


_PAGE_ARGUMENTS: Arguments = {
    "first": First, "after": After, "last": Last, "before": Before, "offset": Offset,
}  # fmt: skip


def column(
    description: str,
    attribute: str | None = None,
    *,
    name: str | None = None,
    mask: Derive | None = None,
    allow: Scope | None = None,
) -> Any:
    """The row's attribute, of the field's own name unless `attribute` says otherwise.

    `name` is what clients call it where Python cannot. `mask` is applied to a present value
    unless the viewer has PII_READ.
    """

    def bind(python_name: str) -> Resolver:
        get = attrgetter(attribute or python_name)

        def resolve(row: Any, _here: Here) -> Any:
            return get(row)

        def masked(row: Any, here: Here) -> Any:
            value = get(row)
            if mask is None or value is None or here.context.viewer.may(Scope.PII_READ):
                return value
            return mask(value)

        return resolve if mask is None else masked

    return _plain(Plain(bind, allow), description, name)


def derived(
    function: Derive,
    description: str,
    *,
    allow: Scope | None = None,
    arguments: Arguments | None = None,
) -> Any:
    """`function(row)`, or `function(row, **arguments)` when the field has arguments.

    A function with a parameter `viewer` receives it.
    """

    def resolve(row: Any, _info: Info, **given: Any) -> Any:
        return function(row, **given)

    def resolve_for(row: Any, info: Info, **given: Any) -> Any:
        return function(row, viewer=info.context.viewer, **given)

    takes_viewer = "viewer" in Signature.from_callable(function).parameters
    plain = Plain(_always(resolve_for if takes_viewer else resolve), allow)
    return _field(plain, description, arguments)


def related(
    load: Batch,
    description: str,
    *,
    by: str = "id",
    allow: Scope | None = None,
    arguments: Arguments | None = None,
) -> Any:
    """What `load` gives for the row's attribute `by`; a null key is a null relation."""

    def resolve(row: Any, info: Info, **given: Any) -> Any:
        key = getattr(row, by)
        return None if key is None else info.context.value(load, key, **given)

    return _field(Plain(_always(resolve), allow, Relation(load, by)), description, arguments)


def paged(
    load: Batch,
    description: str,
    *,
    paging: Paging = Paging.BOTH_WAYS,
    allow: Scope | None = None,
    arguments: Arguments | None = None,
) -> Any:
    """A connection of the row's children; `arguments` come on top of the page's."""

    def resolve(row: Any, info: Info, **given: Any) -> Any:
        page, values = _page_and_rest(info, paging, given)
        return info.context.load(load, row.id, page=page, **values)

    arguments = {**_page_arguments(paging), **(arguments or {})}
    return _field(Plain(_always(resolve), allow, is_page=True), description, arguments)


def resolved(function: Resolver, description: str, *, paging: Paging | None = None) -> Any:
    """`function(info, …)` says who may, which rows and what changed.

    A parameter that is None by default may be left out. With `paging`, the page arguments arrive
    as one parameter, `page`. A first parameter `root` receives the row.
    """
    exposed = [
        parameter.replace(default=_shown_default(parameter.default))
        for parameter in Signature.from_callable(function).parameters.values()
        if paging is None or parameter.name != "page"
    ]

    def resolve(*fixed: Any, **given: Any) -> Any:
        values = _given(given)
        if paging is None:
            return function(*fixed, **values)
        page, values = _page_and_rest(values["info"], paging, values)
        return function(*fixed, page=page, **values)

    pages = _parameters(_page_arguments(paging) if paging else {})
    return _declared(resolve, description, [*exposed, *pages])


def streamed(function: Callable[..., AsyncGenerator[list[Any]]], description: str) -> Any:
    """`function(info, …)` yields lists of rows, each row an event (`schema/execution.py`)."""
    return strawberry.subscription(resolver=function, description=description)


def itself(row: Any) -> Any:
    """For `derived`: a part of the row that is always there; its type reads the row's columns."""
    return row


def where_present(attribute: str) -> Derive:
    """For `derived`: a part of the row that is there when the attribute is."""

    def part(row: Any) -> Any:
        return None if getattr(row, attribute) is None else row

    return part


def _page_arguments(paging: Paging) -> Arguments:
    return {name: _PAGE_ARGUMENTS[name] for name in paging.value}


def _page_and_rest(
    info: Info, paging: Paging, values: dict[str, Any]
) -> tuple[PageArguments, dict[str, Any]]:
    chosen = {name: values.pop(name, None) for name in paging.value}
    return PageArguments(**chosen, with_position=selects(info, "changeCursor")), values


class _ListDefault(list[Any]):
    """A default that is a list; Strawberry hashes parameters, and lists have no hash."""

    __hash__ = object.__hash__  # type: ignore[assignment]  # lists declare that they have none


def _shown_default(default: Any) -> Any:
    """None would stand in the SDL as `= null`."""
    if default is None:
        return UNSET
    if not isinstance(default, list):
        return default
    return _ListDefault(cast("list[object]", default))


def _given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What the client gave; raise BadRequest for U+0000, which PostgreSQL cannot even compare.

    Inputs check their own texts (`schema/scalars.py`).
    """
    given = {name: value for name, value in arguments.items() if value is not UNSET}
    for name, value in given.items():
        texts = cast("list[object]", value) if isinstance(value, list) else [value]
        if any(isinstance(text, str) and "\0" in text for text in texts):
            raise BadRequest(f"`{to_camel(name)}` may not contain U+0000.")
    return given


def _parameters(arguments: Arguments) -> list[Parameter]:
    declared = {
        name: given if isinstance(given, Argument) else Argument(given, UNSET)
        for name, given in arguments.items()
    }
    return [
        Parameter(name, Parameter.KEYWORD_ONLY, default=given.default, annotation=given.annotation)
        for name, given in declared.items()
    ]


def _always(resolve: Resolver) -> Callable[[str], Resolver]:
    def bind(_python_name: str) -> Resolver:
        return resolve

    return bind


def _field(plain: Plain, description: str, arguments: Arguments | None) -> Any:
    if not arguments:
        return _plain(plain, description)
    resolve, allow = plain.bind(""), plain.allow

    def resolve_given(root: Any, info: Info, **given: Any) -> Any:
        if allow is not None:
            info.context.viewer.require(allow)
        return resolve(root, info, **_given(given))

    fixed = [
        Parameter("root", Parameter.POSITIONAL_OR_KEYWORD, annotation=Any),
        Parameter("info", Parameter.POSITIONAL_OR_KEYWORD, annotation=Info),
    ]
    return _declared(resolve_given, description, [*fixed, *_parameters(arguments)], plain)


def _plain(plain: Plain, description: str, name: str | None = None) -> Any:
    return strawberry.field(description=description, name=name, metadata={PLAIN: plain})


def _declared(
    resolve: Resolver,
    description: str,
    parameters: Iterable[Parameter],
    plain: Plain | None = None,
) -> Any:
    """A Strawberry field whose resolver has this signature."""
    listed = list(parameters)
    setattr(resolve, "__signature__", Signature(listed))  # noqa: B010  # not an attribute of Callable
    resolve.__annotations__ = {parameter.name: parameter.annotation for parameter in listed}
    metadata = {PLAIN: plain} if plain else {}
    return strawberry.field(resolver=resolve, description=description, metadata=metadata)
