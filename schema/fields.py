"""The few ways to declare a field; there are no others, and an architecture test sees to it.

    column    the row's attribute of the same name
    derived   a pure function of the row
    related   a relation, read by a batch function of `loaders/`, one SELECT per level
    paged     a nested connection, read by a batch function with page arguments
    resolved  a root field or a true computation; never a relation

A resolver returns the row and the class annotation says its GraphQL type: `Any` here is where the
two meet. How the schema is executed can change without touching a declaration.
"""

from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from loaders.batch import Batch
from loaders.keyset import PageArguments
from models.enums import Scope
from resolvers.context import Info

First = Annotated[
    int | None, strawberry.argument(description="How many, from the start: 1 to 100, default 50.")
]
After = Annotated[
    str | None, strawberry.argument(description="A cursor of this connection; the page starts after it.")
]
Last = Annotated[
    int | None, strawberry.argument(description="How many, from the end: 1 to 100. Excludes `first`.")
]
Before = Annotated[
    str | None, strawberry.argument(description="A cursor of this connection; the page ends before it.")
]

Derive = Callable[..., Any]


def column(
    description: str,
    *,
    mask: Derive | None = None,
    allow: Scope | None = None,
    deprecation: str | None = None,
) -> Any:
    """The row's attribute; `mask` is applied to a present value unless the viewer has PII_READ."""
    if mask is None and allow is None:
        return strawberry.field(description=description, deprecation_reason=deprecation)

    def resolve(root: Any, info: Info) -> Any:
        _require(info, allow)
        value = getattr(root, info.python_name)
        hidden = mask is not None and value is not None and not info.context.viewer.may(Scope.PII_READ)
        return mask(value) if mask is not None and hidden else value

    return strawberry.field(resolver=resolve, description=description, deprecation_reason=deprecation)


def derived(
    function: Derive, description: str, *, allow: Scope | None = None, arguments: Mapping[str, Any] | None = None
) -> Any:
    """`function(row)`, or `function(row, viewer, **arguments)` when the field has arguments.

    A function whose second parameter is `viewer` receives it.
    """
    takes_viewer = "viewer" in Signature.from_callable(function).parameters

    def resolve(root: Any, info: Info, **given: Any) -> Any:
        _require(info, allow)
        values = _given(given)
        if takes_viewer:
            return function(root, viewer=info.context.viewer, **values)
        return function(root, **values)

    return _field(resolve, description, arguments or {})


def related(
    load: Batch,
    description: str,
    *,
    by: str = "id",
    allow: Scope | None = None,
    arguments: Mapping[str, Any] | None = None,
) -> Any:
    """What `load` gives for the row's attribute `by`; a null key is a null relation."""

    def resolve(root: Any, info: Info, **given: Any) -> Any:
        _require(info, allow)
        key = getattr(root, by)
        return None if key is None else info.context.load(load, key, **_given(given))

    return _field(resolve, description, arguments or {})


def paged(
    load: Batch,
    description: str,
    *,
    by: str = "id",
    allow: Scope | None = None,
    backwards: bool = True,
    arguments: Mapping[str, Any] | None = None,
) -> Any:
    """A connection of the row's children; `arguments` come on top of the page's."""

    def resolve(root: Any, info: Info, **given: Any) -> Any:
        _require(info, allow)
        values = _given(given)
        names = ("first", "after", "last", "before")
        page = PageArguments(**{name: values.pop(name, None) for name in names})
        return info.context.load(load, getattr(root, by), page=page, **values)

    forward: dict[str, Any] = {"first": First, "after": After}
    both = {**forward, "last": Last, "before": Before}
    return _field(resolve, description, {**(both if backwards else forward), **(arguments or {})})


def resolved(function: Callable[..., Any], description: str) -> Any:
    """A root field: `function(info, …)` says who may, which rows and what changed."""
    return strawberry.field(resolver=function, description=description)


def _require(info: Info, scope: Scope | None) -> None:
    if scope is not None:
        info.context.viewer.require(scope)


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not UNSET}


def _field(resolve: Callable[..., Any], description: str, arguments: Mapping[str, Any]) -> Any:
    """A Strawberry field whose resolver takes `arguments` (name to annotation), all optional."""
    fixed = [
        Parameter("root", Parameter.POSITIONAL_OR_KEYWORD, annotation=Any),
        Parameter("info", Parameter.POSITIONAL_OR_KEYWORD, annotation=Info),
    ]
    given = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=UNSET, annotation=annotation)
        for name, annotation in arguments.items()
    ]
    setattr(resolve, "__signature__", Signature([*fixed, *given]))  # noqa: B010
    resolve.__annotations__ = {parameter.name: parameter.annotation for parameter in (*fixed, *given)}
    return strawberry.field(resolver=resolve, description=description)
