"""Filters on the labels of a session or contact."""

from schema.inputs.document import document, optional
from schema.inputs.filter import IDFilter, StringFilter


@document("Which label; the fields are ANDed.")
class LabelFilter:
    """Match of one label."""

    id: IDFilter | None = optional("By global id.")
    name: StringFilter | None = optional("By name.")


@document("What must be true of all labels together; the fields are ANDed.")
class LabelListFilter:
    """Match of all labels."""

    some: LabelFilter | None = optional("At least one label matches.")
    every: LabelFilter | None = optional("No label fails to match; true without labels.")
    none: LabelFilter | None = optional("No label matches; true without labels.")
    is_empty: bool | None = optional("True: there is no label. False: there is one.")
