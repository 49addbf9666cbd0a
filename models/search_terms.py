"""What a search query asks for: words and phrases, all of which a session must have somewhere.

Nothing in a query is an operator but the quotes around a phrase; `*`, `-`, `OR`, `NEAR` and a
quote without its partner are text like any other.
"""

import re

from models.text import fold

MAX_QUERY = 1000
"""Characters."""
MAX_TERMS = 100
_TERM = re.compile(r'(?<!\S)"([^"]*)"(?!\S)|\S+')


def search_terms(query: str) -> tuple[str, ...]:
    """Folded, in the order of the query; those that are part of another add nothing and go."""
    texts = (match[1] if match[1] is not None else match[0] for match in _TERM.finditer(query))
    folded = dict.fromkeys(" ".join(fold(text).split()) for text in texts)
    return tuple(
        term for term in folded if term and not any(term in o for o in folded if o != term)
    )
