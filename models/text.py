"""How text is compared where spelling should not matter."""

import unicodedata


def fold(text: str) -> str:
    """NFKD, marks removed, case folded, in that order: "Ångström" and "ANGSTROM" are one word.

    Folding case before decomposing would leave the capitals that compatibility characters hide.
    The result is that of folding each character by itself, and folding it again changes nothing.

    Registered as a deterministic SQL function on every SQLite connection; `contains`,
    `startsWith`, label uniqueness and name order compare folded text.
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
