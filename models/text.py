"""How text is compared where spelling should not matter."""

import unicodedata


def fold(text: str) -> str:
    """NFKD, marks removed, case folded: "Ångström" and "ANGSTROM" are one word.

    Registered as a deterministic SQL function on every SQLite connection; `contains`,
    `startsWith`, label uniqueness and name order compare folded text.
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
