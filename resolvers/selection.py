"""What an operation selects below a field, for the little that must be read before the rows."""

from collections.abc import Iterator
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionNode,
)

from resolvers.context import Info


def selects(info: Info, name: str) -> bool:
    """Whether the field's own selection names `name`; directives are not looked at.

    `info` is graphql-core's where the field has been given no arguments.
    """
    # Strawberry's own `info.selected_fields` converts everything below the field.
    raw = cast("GraphQLResolveInfo[Any]", getattr(info, "_raw_info", info))
    return any(
        selection.name.value == name
        for node in raw.field_nodes
        if node.selection_set is not None
        for selection in _fields(raw, node.selection_set.selections, set())
    )


def names_below(info: Info) -> frozenset[str]:
    """Every field name anywhere below the field."""
    raw = cast("GraphQLResolveInfo[Any]", getattr(info, "_raw_info", info))
    names: set[str] = set()
    pending: list[SelectionNode] = list(raw.field_nodes)
    fragments = dict(raw.fragments)
    while pending:
        node = pending.pop()
        if isinstance(node, FragmentSpreadNode):
            fragment = fragments.pop(node.name.value, None)  # each once
            selected = fragment and fragment.selection_set
        else:
            assert isinstance(node, FieldNode | InlineFragmentNode)
            selected = node.selection_set
            if isinstance(node, FieldNode):
                names.add(node.name.value)
        pending += selected.selections if selected else ()
    return frozenset(names)


def _fields(
    raw: GraphQLResolveInfo[Any], selections: tuple[SelectionNode, ...], seen: set[str]
) -> Iterator[FieldNode]:
    """The fields of a selection set, those of its fragments included, each fragment once."""
    for selection in selections:
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, FragmentSpreadNode):
            fragment = selection.name.value
            if fragment not in seen:
                seen.add(fragment)
                yield from _fields(raw, raw.fragments[fragment].selection_set.selections, seen)
        elif isinstance(selection, InlineFragmentNode):
            yield from _fields(raw, selection.selection_set.selections, seen)
