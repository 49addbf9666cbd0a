"""From an Authorization header to a viewer."""

from collections.abc import Collection
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from cachetools import TTLCache

from loaders.api_key import key_by_hash, keys_by_id
from loaders.viewer import Viewer
from models.api_key import ApiKey, hash_token
from models.database import Database
from models.errors import Unauthenticated
from models.workspace import Workspace

Found = tuple[ApiKey, Workspace]

_REMEMBERED_SECONDS = 2.0  # a revoked key works at most this much longer
_REMEMBERED_KEYS = 10_000
_REFUSAL = "Send a valid API key as `Authorization: Bearer KEY`."

_remembered: TTLCache[tuple[Database, str], Found] = TTLCache[tuple[Database, str], Found](
    _REMEMBERED_KEYS, _REMEMBERED_SECONDS
)
_workspaces = WeakValueDictionary[tuple[Database, int], Workspace]()


async def authenticate(database: Database, authorization: str | None) -> Viewer:
    """The viewer of `Bearer KEY`; raise Unauthenticated, which says nothing else."""
    scheme, _separator, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated(_REFUSAL)
    key, workspace = await _find(database, hash_token(token.strip()))
    if not key.is_valid(datetime.now(UTC)):
        raise Unauthenticated(_REFUSAL)
    return Viewer(database, workspace, key.name, frozenset(key.scopes), key_id=key.id)


async def valid_keys(database: Database, ids: Collection[int]) -> set[int]:
    """Which of these keys may still be used."""
    now = datetime.now(UTC)
    return {key.id for key in await keys_by_id(database.lane(), ids) if key.is_valid(now)}


async def _find(database: Database, token_hash: str) -> Found:
    known = _remembered.get((database, token_hash))
    if known is None:
        known = await key_by_hash(database.lane(), token_hash)
        if known is None:
            raise Unauthenticated(_REFUSAL)
        known = _remembered[database, token_hash] = known[0], _shared(database, known[1])
    return known


def _shared(database: Database, read: Workspace) -> Workspace:
    """One row per workspace for all its viewers, so that all know the newest settings."""
    workspace = _workspaces.setdefault((database, read.id), read)
    workspace.renew(read)
    return workspace
