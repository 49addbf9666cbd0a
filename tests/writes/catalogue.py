"""The catalogue's mutations as tests send them, and what the log says of them."""

from typing import Any

import orjson

from loaders.viewer import Viewer
from models.change import Change
from models.global_id import encode_id
from models.record import selection
from tests.writes.refused_writes import Refusal, mutation

LABEL = "label { id name description color autoApply isArchived }"
FIELD = """customField { id key name description appliesTo type options isRequired autoExtract
  isPersonalData isArchived }"""
NODE = """node { id __typename ... on Goal { key name value isArchived }
  ... on JourneyBlock { key name journey } ... on Form { key name } }"""
LABEL_CREATE = mutation("labelCreate", LABEL, "LabelInput")
LABEL_UPDATE = mutation("labelUpdate", LABEL)
LABEL_DELETE = mutation("labelDelete", "deletedId")
FIELD_CREATE = mutation("customFieldCreate", FIELD, "CustomFieldInput")
FIELD_UPDATE = mutation("customFieldUpdate", FIELD)
FIELD_DELETE = mutation("customFieldDelete", "deletedId")
UPSERT = mutation("definitionUpsert", NODE, "DefinitionInput")

PLAN = {"key": "plan", "name": "Plan", "appliesTo": "SESSION", "type": "SELECT"}
SEATS = {"key": "seats", "name": "Seats", "appliesTo": "CONTACT", "type": "NUMBER"}
BOOK = {"kind": "GOAL", "key": "book", "name": "Book"}
UNKNOWN = encode_id("Label", 5)
NO_ID = "'nonsense' is not an id of this API."
ARABIC = "#\u0661\u0662\u0663\u0664\u0665\u0666"
NO_COLOR = "a colour is # and six hexadecimal digits, such as #1A7F37"


async def log(viewer: Viewer) -> list[tuple[str, str, list[str], Any, Any]]:
    """Entity, kind, fields, and values before and after, of every change."""
    sql = f'SELECT {selection(Change, "c")} FROM "change" c WHERE c.workspace_id = ? ORDER BY c.seq'
    told: list[tuple[str, str, list[str], Any, Any]] = []
    for change in await viewer.records(Change, sql, (viewer.workspace_id,)):
        values = await viewer.fetch(
            'SELECT before, after FROM "change_value" WHERE id = ?', (change.id,)
        )
        before, after = map(orjson.loads, values[0]) if values else (None, None)
        told.append((change.entity_type, change.kind, change.fields, before, after))
    return told


def with_ids(refusals: list[Refusal], ids: dict[str, str]) -> list[Refusal]:
    """Messages that quote the id they refuse."""
    return [
        (
            document,
            given,
            [
                {**one, "message": one["message"].replace("{}", repr(ids.get("session")))}
                for one in errors
            ],
        )
        for document, given, errors in refusals
    ]
