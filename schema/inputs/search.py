"""Search inside sessions."""

from typing import Annotated

from pydantic import AfterValidator, Field

from models.enums import SearchField
from models.search_terms import MAX_QUERY, MAX_TERMS, search_terms
from schema.inputs.document import document, optional, required


def check_query(query: str) -> str:
    """Raise ValueError when there is nothing to look for, or too much."""
    terms = search_terms(query)
    if not terms:
        raise ValueError("a search needs at least one character to look for")
    if len(terms) > MAX_TERMS:
        raise ValueError(f"a search takes at most {MAX_TERMS} different words, not {len(terms)}")
    return query


SearchQuery = Annotated[str, Field(max_length=MAX_QUERY), AfterValidator(check_query)]
SearchFields = Annotated[list[SearchField], Field(min_length=1, max_length=50)]


@document(
    "Words in any order, all of which must be found, parts of words included and case and accents"
    ' aside; "in quotes" a phrase. Each word may be found in another field.'
)
class SearchInput:
    """What to look for, and where."""

    query: SearchQuery = required("What to look for; at most 1,000 characters.")
    in_: SearchFields | None = optional("Default: every field except MESSAGE_TEXT.", name="in")
