"""Conditions on the labels of a session or contact."""

from loaders.comparison import comparing, comparing_ids
from loaders.element_filter import Elements, listed
from loaders.place import Compile

_LABEL_FIELDS: dict[str, Compile] = {
    "id": comparing_ids("l.id", "labels", "Label"),
    "name": comparing("l.name", "label.name", folded="l.name_folded"),
}


def labelled(key: str, link: str, owner: str, *, reads: str) -> Compile:
    """For rows whose `key` stands in the column `owner` of the table `link`."""
    source = f'"{link}" x JOIN "label" l ON l."id" = x."label_id"'
    return listed(key, Elements(source, f'x."{owner}"', "l.workspace_id", reads, _LABEL_FIELDS))
