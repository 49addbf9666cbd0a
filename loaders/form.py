"""Forms, and what sessions submitted with them."""

from collections.abc import Sequence

from loaders.batch import by_id, first_of_each
from loaders.row_set import Kind, OrderTerm, parts_of
from loaders.viewer import Viewer
from models.form import Form, FormSubmission


async def forms_by_id(viewer: Viewer, keys: Sequence[int]) -> list[Form | None]:
    """Forms by key."""
    return await by_id(viewer, Form, keys)


async def submissions_of_sessions(
    viewer: Viewer, keys: Sequence[int]
) -> list[list[FormSubmission]]:
    """In the order of submission, with their form; the first 1,000."""
    submitted = OrderTerm("submitted_at", "t.submitted_at", Kind.INSTANT)
    rows = parts_of(viewer, FormSubmission, submitted, relation="form")
    return await first_of_each(viewer, rows, "t.session_id", keys)
