"""`fold` in Python and in SQL are one function, for all of Unicode."""

import pytest

from loaders.viewer import Viewer
from models.text import fold

SURROGATES = range(0xD800, 0xE000)
EVERYTHING = [chr(point) for point in range(1, 0x110000) if point not in SURROGATES]
LENGTH = 256


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("", ""),
        ("Ada LOVELACE", "ada lovelace"),
        ("Ångström", "angstrom"),
        ("Straße", "strasse"),
        ("ΜΆΪΟΣ", "μαιοσ"),
        ("İstanbul", "istanbul"),
        ("ﬁle №5", "file no5"),
        ("\u210cello", "hello"),
        ("\uac01", "\u1100\u1161\u11a8"),
        ("\U0001d518\U0001d52b\U0001d526", "uni"),
    ],
)
def test_case_marks_and_compatibility_forms_do_not_matter(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_folding_twice_changes_nothing_more() -> None:
    assert [character for character in EVERYTHING if fold(fold(character)) != fold(character)] == []


async def test_the_database_folds_every_character_as_python_does(viewer: Viewer) -> None:
    texts = ["".join(EVERYTHING[i : i + LENGTH]) for i in range(0, len(EVERYTHING), LENGTH)]
    sql = (
        "SELECT fold(value) FROM json_each(?)"
        if viewer.dialect == "sqlite"
        else "SELECT fold(t) FROM unnest(?::text[]) WITH ORDINALITY AS u(t, n) ORDER BY n"
    )

    rows = await viewer.fetch(sql, (texts,))

    differing = [text for text, row in zip(texts, rows, strict=True) if row[0] != fold(text)]
    assert differing == []


async def test_a_missing_text_stays_missing(viewer: Viewer) -> None:
    rows = await viewer.fetch("SELECT fold(NULL)")

    assert rows[0][0] is None
