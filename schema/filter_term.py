"""The terms of filters in the schema."""

import strawberry

from schema.fields import column


@strawberry.type(description="Something that sessions can be filtered by.")
class FilterTerm:
    """Read from `loaders.filter_vocabulary.FilterTerm`."""

    path: str = column(
        "The way into the filter, such as contact.email, customFields[plan] or metadata[order.id]."
    )
    type: str = column("The input type or scalar that it takes.")
    description: str = column("What it asks.")
    operators: list[str] = column("The fields of that type; empty where the value itself is given.")
    example_values: list[str] = column("Some values, all of them where there are few.")
