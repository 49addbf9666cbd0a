"""The filter on where a session's contact came from."""

from schema.inputs.document import document, optional
from schema.inputs.filter import StringFilter


@document("Which campaign; the fields are ANDed.")
class UtmFilter:
    """Match of the UTM parameters."""

    source: StringFilter | None = optional("By utm_source.")
    medium: StringFilter | None = optional("By utm_medium.")
    campaign: StringFilter | None = optional("By utm_campaign.")
    term: StringFilter | None = optional("By utm_term.")
    content: StringFilter | None = optional("By utm_content.")
