"""The vocabulary of filters, for whoever builds one."""

from loaders.filter_vocabulary import FilterTerm, session_vocabulary
from models.enums import Scope
from resolvers.context import Info


async def session_filter_vocabulary(info: Info) -> list[FilterTerm]:
    """What can be asked of a session."""
    viewer = info.context.viewer
    viewer.require(Scope.SESSIONS_READ)
    return await session_vocabulary(viewer)
