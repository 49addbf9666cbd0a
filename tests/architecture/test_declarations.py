"""Rows flow, types declare: each field is declared in a known way and its row can answer it."""

import ast
from inspect import iscoroutinefunction, signature
from typing import get_type_hints

from models.record import Record
from schema.node import Node
from tests.architecture.declared import ROOTS, Declared, declared
from tests.architecture.rows import PARTS, attribute, may_be_none, row_of
from tests.architecture.source import attribute_path, sources

FIELD_MAKERS = {
    "strawberry.field": ("schema/fields.py", "schema/inputs/document.py"),
    "strawberry.mutation": (),
    "strawberry.subscription": ("schema/fields.py",),
}
"""Where fields are made; everywhere else, a helper of these files is called."""

METHODS = {"is_type_of"}
"""Types declare; what they do is say which rows are theirs."""

BEYOND_DECLARATIONS = {
    "schema/subscription.py",
    "schema/execution.py",
    "schema/execution_of_events.py",
}
"""Streams yield rows, and the executor runs what the types declare."""

COMPUTED = {
    "SessionConnection.range": "two counts of the page, read only when it is selected",
    "SessionMetrics.durationSecondsQuantile": "a figure, read in one batch with the others",
    "SessionMetrics.goalCompletionRate": "a figure, read in one batch with the others",
}
"""Fields outside the roots that are `resolved`: true computations, never relations."""

SURE = {
    "Summary.text": "a summary is there when its text is",
    "Summary.source": "written together with the text",
    "Summary.generatedAt": "written together with the text",
    "Sentiment.label": "a sentiment is there when its label is",
    "Sentiment.source": "written together with the label",
    "SessionErrorInfo.code": "an error is there when its code is",
    "SessionConnection.changeCursor": "a page knows its position when that is selected",
    "ContactConnection.changeCursor": "a page knows its position when that is selected",
    "MessageConnection.changeCursor": "a page knows its position when that is selected",
    "TimelineConnection.changeCursor": "a page knows its position when that is selected",
}
"""Non-null fields over attributes that may be null in other rows, and why here they are not."""

LOOSE = {
    "Channel.externalId": "a channel is made only when its id was given; later ones may have none",
    "LeadInfo.currency": "the contract leaves it open for leads without a value",
}
"""Nullable fields over attributes that are never null, and why the contract has them so."""


def fields_of(*helpers: str) -> list[Declared]:
    """Outside the roots."""
    return [
        field for field in declared() if field.helper in helpers and field.type_name not in ROOTS
    ]


def row(field: Declared) -> type:
    found = row_of(field.type_name, field.origin)
    assert found is not None, field.path
    return found


def test_fields_are_made_by_the_helpers_only() -> None:
    unknown = [
        f.path for f in declared() if f.helper == "unknown" and f.type_name != "Subscription"
    ]
    makers = [
        f"{source.name}:{call.lineno} {maker}"
        for source in sources()
        if source.is_in("schema")
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Attribute)
        and source.name not in FIELD_MAKERS.get(maker := attribute_path(call), (source.name,))
    ]

    assert unknown == []
    assert makers == []


def test_types_have_no_behaviour() -> None:
    methods = [
        f"{source.name}:{function.lineno} {function.name}"
        for source in sources()
        if source.is_in("schema") and source.name not in BEYOND_DECLARATIONS
        for class_ in ast.walk(source.tree)
        if isinstance(class_, ast.ClassDef)
        for function in class_.body
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and function.name not in METHODS
    ]

    assert methods == []


def test_every_type_is_read_from_a_known_row() -> None:
    types = {field.type_name: field.origin for field in declared()}
    unknown = [
        name for name in types if name not in {*ROOTS, "Node"} and not row_of(name, types[name])
    ]

    assert unknown == []
    assert PARTS.keys() - types.keys() == set()


def test_every_node_is_a_table_of_its_own_name() -> None:
    nodes = {
        field.type_name: field.origin for field in declared() if issubclass(field.origin, Node)
    }
    del nodes["Node"]

    rows = {name: origin.row_type for name, origin in nodes.items()}
    assert {name for name, row in rows.items() if not issubclass(row, Record)} == set()
    others = {name: row.__name__ for name, row in rows.items() if row.__name__ != name}
    assert others == {"AuditEntry": "Change"}  # which makes its ids itself


def test_columns_are_attributes_of_their_rows() -> None:
    columns = {field.path: attribute(row(field), field.attribute) for field in fields_of("column")}

    assert [path for path, known in columns.items() if known is None] == []


def test_no_column_is_a_relation_that_would_be_awaited_row_by_row() -> None:
    columns = {field.path: attribute(row(field), field.attribute) for field in fields_of("column")}

    assert [path for path, known in columns.items() if known is not None and known.awaitable] == []


def test_a_field_can_be_null_exactly_when_what_it_shows_can() -> None:
    sure, loose = set[str](), set[str]()
    for field in fields_of("column", "derived"):
        shown = _may_show_none(field)
        if shown is True and not field.nullable:
            sure.add(field.path)
        if shown is False and field.nullable:
            loose.add(field.path)

    assert sure == SURE.keys()
    assert loose == LOOSE.keys()


def test_the_key_of_a_relation_is_an_attribute_that_is_null_only_where_the_relation_may_be() -> (
    None
):
    related = fields_of("related", "paged")
    keys = {field.path: attribute(row(field), field.attribute) for field in related}

    assert [path for path, key in keys.items() if key is None or key.awaitable] == []
    absent = {path for path, key in keys.items() if key is not None and key.nullable}
    assert [field.path for field in related if field.path in absent and not field.nullable] == []


def test_relations_are_read_by_batch_functions() -> None:
    batches = {field.path: field.load for field in fields_of("related", "paged")}

    assert {
        path: f"{load.__module__}.{load.__qualname__}"
        for path, load in batches.items()
        if not iscoroutinefunction(load)
        or next(iter(signature(load).parameters)) != "viewer"
        or load.__module__.partition(".")[0] not in {"loaders", "resolvers"}
    } == {}


def test_derived_fields_await_nothing() -> None:
    assert [f.path for f in fields_of("derived") if iscoroutinefunction(f.function)] == []


def test_outside_the_roots_only_true_computations_are_resolved() -> None:
    assert {field.path for field in fields_of("resolved")} == COMPUTED.keys()


def _may_show_none(field: Declared) -> bool | None:
    if field.helper == "derived":
        return may_be_none(get_type_hints(field.function).get("return"))
    known = attribute(row(field), field.attribute)
    return None if known is None else known.nullable
