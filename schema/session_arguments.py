"""Arguments of nested fields: what sessions, their parts and custom fields take."""

from typing import Annotated

import strawberry

from loaders.keyset import DEFAULT_PAGE
from models.enums import DurationUnit
from resolvers.session import Filter, Order
from schema.fields import Argument, Arguments, First
from schema.inputs.message_filter import MessageFilter
from schema.inputs.session_event_filter import SessionEventFilter

SESSION_ORDER: Arguments = {"order_by": Order}
SESSION_FILTER: Arguments = {"filter": Filter}
SESSION_LIST: Arguments = {**SESSION_FILTER, **SESSION_ORDER}
FIELD_KEYS: Arguments = {
    "keys": Annotated[
        list[str] | None,
        strawberry.argument(description="Keys of the fields wanted; by default all."),
    ],
}
DURATION_UNIT: Arguments = {
    "unit": Argument(
        Annotated[DurationUnit | None, strawberry.argument(description="Unit of the number.")],
        DurationUnit.SECONDS,
    ),
}
SCORE_NAME: Arguments = {
    "name": Annotated[
        str | None, strawberry.argument(description="Only scores of this name; by default all.")
    ],
}
FIRST_FIFTY: Arguments = {"first": Argument(First, DEFAULT_PAGE)}
MESSAGE_LIST: Arguments = {
    "filter": Annotated[
        MessageFilter | None, strawberry.argument(description="Which messages; by default all.")
    ],
}
EVENT_LIST: Arguments = {
    **FIRST_FIFTY,
    "filter": Annotated[
        SessionEventFilter | None, strawberry.argument(description="Which events; by default all.")
    ],
}
