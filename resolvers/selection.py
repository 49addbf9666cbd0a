"""What an operation selects below a field, for the little that must be read before the rows."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionNode,
)

from resolvers.context import Info


def selects(info: Info, name: str) -> bool:
    """Whether the field's own selection names `name`; directives are not looked at."""
    # Strawberry's own `info.selected_fields` converts everything below the field.
    raw: GraphQLResolveInfo[Any] = vars(info)["_raw_info"]
    return any(
        selection.name.value == name
        for node in raw.field_nodes
        if node.selection_set is not None
        for selection in _fields(raw, node.selection_set.selections, set())
    )


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
