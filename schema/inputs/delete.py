"""What names the object that a mutation deletes."""

from strawberry import ID

from schema.inputs.document import document, required


@document("An object to delete.")
class DeleteInput:
    """The object's id."""

    id: ID = required("Global id.")
