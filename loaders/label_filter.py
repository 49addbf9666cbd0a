"""Conditions on the labels of a session or contact, by subqueries that do not look at the row.

`some`: a label exists for which the match is true. `none`: not some. `every`: no label for which
it is not true.
"""

from typing import Any

from loaders.comparison import Compile, comparing, comparing_ids, compiled, given
from loaders.condition import TRUE, Condition, every
from loaders.viewer import Viewer

_LABEL_FIELDS: dict[str, Compile] = {
    "id": comparing_ids("l.id", "labels", "Label"),
    "name": comparing("l.name", "label.name", folded="l.name_folded"),
}


def labelled(key: str, link: str, owner: str, *, reads: str, joins: frozenset[str]) -> Compile:
    """For rows whose `key` stands in the column `owner` of the table `link`."""

    def exists(viewer: Viewer, match: Condition) -> Condition:
        labels = (
            f'SELECT x."{owner}" FROM "{link}" x JOIN "label" l ON l."id" = x."label_id"'
            f' WHERE l."workspace_id" = ? AND {match.sql}'
        )
        parameters = (viewer.workspace_id, *match.parameters)
        return Condition(f"{key} IN ({labels})", parameters, joins, match.reads | {reads})

    def part(viewer: Viewer, name: str, value: Any) -> Condition:
        if name == "is_empty":
            any_label = exists(viewer, TRUE)
            return ~any_label if value else any_label
        match = compiled(viewer, value, _LABEL_FIELDS)
        if name == "every":
            failing = Condition(f"({match.sql}) IS NOT TRUE", match.parameters, reads=match.reads)
            return ~exists(viewer, failing)
        return ~exists(viewer, match) if name == "none" else exists(viewer, match)

    def compile_(viewer: Viewer, filter_: Any) -> Condition:
        return every(part(viewer, name, value) for name, value in given(filter_))

    return compile_
