"""The caller itself, and where it stands in the change log."""

from loaders.change import change_position
from loaders.viewer import Viewer
from models.enums import Scope
from resolvers.context import Info


def viewer(info: Info) -> Viewer:
    """Who asks; needs no scope."""
    return info.context.viewer


def held_scopes(caller: Viewer) -> list[Scope]:
    """As they were given to the key, in the order of the enum."""
    return [scope for scope in Scope if scope in caller.scopes]


async def change_cursor(info: Info) -> str:
    """The head of the log."""
    return (await change_position(info.context.viewer)).encode()
