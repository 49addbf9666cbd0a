"""How many operations a document has is told without parsing it, and just as exactly."""

import time

import pytest
from graphql import GraphQLSyntaxError, OperationDefinitionNode, parse
from hypothesis import given
from hypothesis import strategies as st

from server.operation import InvalidRequest, Operation

PIECES = [
    "query A", "query,B", "mutation C", "subscription D", "fragment F on T", "query query",
    "query fragment", "{ a }", "{a{b}c}", '{ a(b: "}") }', '{ a(b: "\\"{ query") }',
    '{ a(b: """ query X { " \\""" } """) }', "{ query: fragment }", "($a: In = {b: {c: 1}})",
    "@d(a: {b: 1})", "# query E { a }\n", "\ufeff", ",", " ", "\n", '""', "($query: String)",
]  # fmt: skip
HOSTILE = {
    "many operations": "".join(f"query A{number}{{a}}" for number in range(12_000)),
    "one long operation": "query A{" + "a " * 100_000 + "}",
    "unclosed block strings": '"""\n' + '\\"""\n' * 40_000,
    "unclosed strings": '"a\\\n' * 40_000,
    "quotes": '"' * 250_001,
    "backslashes": '"' + "\\" * 250_000,
    "comments": "#query mutation\n" * 15_000,
    "opening": "query A" + "{a(" * 60_000,
    "closing": "})" * 120_000,
    "nothing": " " * 250_000,
}


def is_refused(query: str) -> bool:
    try:
        Operation(query).require_choice()
    except InvalidRequest:
        return True
    return False


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_what_parses_is_counted_as_the_parser_counts_it(pieces: list[str]) -> None:
    document = " ".join(pieces)
    try:
        definitions = parse(document).definitions
    except GraphQLSyntaxError:
        is_refused(document)
        return
    operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
    assert is_refused(document) is (len(operations) > 1)


def test_a_named_operation_is_a_choice() -> None:
    Operation("query A { a } query B { b }", name="B").require_choice()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_cost_little(name: str) -> None:
    began = time.process_time()
    is_refused(HOSTILE[name])

    assert time.process_time() - began < 0.3  # measured: at most 0.03
