"""Labels: how many sessions they are on."""

from dataclasses import replace

from loaders.viewer import Viewer
from models.enums import Scope
from tests.conftest import GraphQL
from tests.reads.client import data_of, errors_of
from tests.reads.rows import Rows

COUNTS = """
query ($filter: SessionFilter) { labels { name sessionCount(filter: $filter) } }
"""


async def test_labels_count_the_sessions_of_a_filter_in_one_statement(
    viewer: Viewer, stranger: Viewer, graphql: GraphQL
) -> None:
    rows, foreign = Rows(viewer), Rows(stranger)
    billing, urgent, _unused = rows.label("Billing"), rows.label("Urgent"), rows.label("Unused")
    contact = rows.contact("Ada")
    for topic, archived, labels in (
        ("Refund", False, [billing, urgent]),
        ("Delivery", False, [billing]),
        ("Refund", True, [billing]),
    ):
        session = rows.session(contact, topic=topic, is_archived=archived)
        for label in labels:
            rows.applied(session, label)
    foreign.applied(foreign.session(), foreign.label("Billing"))
    await rows.save()
    await foreign.save()
    statements: list[str] = []
    viewer.database.on_statement = statements.append

    for filter, counts in (
        (None, {"Billing": 2, "Urgent": 1, "Unused": 0}),
        ({"topic": {"eq": "Refund"}}, {"Billing": 1, "Urgent": 1, "Unused": 0}),
        ({"contact": {"name": {"eq": "Ada"}}, "isArchived": True},
         {"Billing": 1, "Urgent": 0, "Unused": 0}),
    ):  # fmt: skip
        answer = data_of(await graphql(COUNTS, {"filter": filter}))
        assert {row["name"]: row["sessionCount"] for row in answer["labels"]} == counts
    assert len(statements) == 2 * 3


async def test_counting_needs_the_scope_of_numbers(viewer: Viewer, graphql: GraphQL) -> None:
    rows = Rows(viewer)
    rows.label("Billing")
    await rows.save()
    reader = replace(viewer, scopes=frozenset({Scope.SESSIONS_READ}))

    assert ("FORBIDDEN", "This needs the scope METRICS_READ.") in errors_of(
        await graphql(COUNTS, by=reader)
    )
