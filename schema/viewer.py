"""The caller in the schema."""

import strawberry

from models.enums import Scope
from resolvers.viewer import held_scopes
from schema.fields import column, derived
from schema.workspace import Workspace


@strawberry.type(description="Whoever asks.")
class Viewer:
    """Read from `loaders.viewer.Viewer`."""

    actor: str = column("Who writes are attributed to: the API key's name, or the token's subject.")
    workspace: Workspace = column("The tenant; nothing outside of it can be seen.")
    scopes: list[Scope] = derived(held_scopes, "What the key may do.")
