"""What clients are told about an enum."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True)
class Described(Generic[E]):
    """An enum's text, and one for every value."""

    enum: type[E]
    text: str
    values: Mapping[E, str]
