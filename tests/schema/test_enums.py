"""Clients see a description of every enum and of every value."""

from enum import StrEnum

import pytest
from strawberry.types.enum import has_enum_definition

import models.enums
from models.enums import SessionStatus
from schema.enums import describe_enums

VOCABULARY = [
    item
    for item in vars(models.enums).values()
    if isinstance(item, type) and issubclass(item, StrEnum) and item is not StrEnum
]


@pytest.mark.parametrize("enum", VOCABULARY)
def test_every_value_of_the_vocabulary_is_described(enum: type[StrEnum]) -> None:
    describe_enums()

    assert has_enum_definition(enum)
    definition = enum.__strawberry_definition__
    assert definition.description
    assert [value.name for value in definition.values if not value.description] == []


def test_describing_twice_keeps_the_definition_that_declarations_refer_to() -> None:
    describe_enums()
    assert has_enum_definition(SessionStatus)
    definition = SessionStatus.__strawberry_definition__

    describe_enums()

    assert SessionStatus.__strawberry_definition__ is definition
    assert definition.values[0].description == "In progress: endedAt is null."
