"""What a query is taken apart into."""

import pytest

from models.search_terms import search_terms


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("refund invoice", ("refund", "invoice")),
        ('  "Refund  of" Straße ', ("refund of", "strasse")),
        ("Ångström CAFÉ", ("angstrom", "cafe")),
        ("退款 🎉", ("退款", "🎉")),
        ('"half open', ('"half', "open")),
        ('in"side"quotes', ('in"side"quotes',)),
        ("NEAR(a OR b*) ^x -y", ("near(a", "or", "b*)", "^x", "-y")),
        ("back\\slash 100% a_b", ("back\\slash", "100%", "a_b")),
        ("fund refund funds", ("refund", "funds")),
        ("refund refund", ("refund",)),
        ("", ()),
        (' \t\u00a0 "" " "', ()),
        ("\u0301", ()),
    ],
)
def test_a_query_is_words_and_phrases_and_nothing_is_an_operator(
    query: str, terms: tuple[str, ...]
) -> None:
    assert search_terms(query) == terms
