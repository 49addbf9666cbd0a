"""Forms in the schema."""

from datetime import datetime
from typing import ClassVar

import strawberry

from loaders.message import messages_by_id
from loaders.table import joined
from models.form import Form as FormRow
from schema.fields import column, derived, related
from schema.node import Node
from schema.scalars import Json
from schema.upward import LaterMessage


@strawberry.type(description="A form that sessions can submit.")
class Form(Node):
    """Read from its row."""

    row_type: ClassVar = FormRow

    key: str = column("Stable machine name.")
    name: str = column("Name for people.")


@strawberry.type(description="What a session submitted with a form.")
class FormSubmission:
    """Read from its row."""

    form: Form = derived(joined("form"), "The form.")
    submitted_at: datetime = column("When it was submitted.")
    values: Json = column("The fields and what was entered.")
    message: LaterMessage | None = related(
        messages_by_id, "The message it was submitted with.", by="message_id"
    )
