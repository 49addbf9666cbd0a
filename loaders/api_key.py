"""Reads of API keys, before there is a viewer: the key says which workspace it is for."""

from collections.abc import Collection, Sequence

from loaders.condition import among
from models.api_key import ApiKey
from models.database import Rows, records
from models.record import columns, decoder, selection
from models.workspace import Workspace

_JOIN = 'FROM "api_key" k JOIN "workspace" w ON w.id = k.workspace_id'


async def key_by_hash(source: Rows, token_hash: str) -> tuple[ApiKey, Workspace] | None:
    """The key of a token and its workspace."""
    found = await _keys(source, "WHERE k.token_hash = ?", (token_hash,))
    return found[0] if found else None


async def keys_by_id(source: Rows, ids: Collection[int]) -> list[ApiKey]:
    """Those keys that exist, in no order."""
    rest = f"WHERE {among(source.dialect, 'k.id')}"
    return [key for key, _workspace in await _keys(source, rest, (sorted(ids),))]


async def all_keys(source: Rows) -> Sequence[tuple[ApiKey, Workspace]]:
    """Every key of every workspace, oldest first: for the operator's command line."""
    return await _keys(source, "ORDER BY k.id", ())


async def workspace_by_name(source: Rows, name: str) -> Workspace | None:
    """The workspace of a name."""
    sql = f'SELECT {selection(Workspace, "w")} FROM "workspace" w WHERE w.name = ?'
    found = await records(source, Workspace, sql, (name,))
    return found[0] if found else None


async def workspace_count(source: Rows) -> int:
    """How many workspaces there are."""
    return int((await source.fetch('SELECT COUNT(*) FROM "workspace"'))[0][0])


async def _keys(
    source: Rows, rest: str, values: Sequence[object]
) -> list[tuple[ApiKey, Workspace]]:
    key, workspace = decoder(ApiKey, source.dialect), decoder(Workspace, source.dialect)
    split = len(columns(ApiKey))
    sql = f"SELECT {selection(ApiKey, 'k')}, {selection(Workspace, 'w')} {_JOIN} {rest}"
    found = await source.fetch(sql, values)
    return list(zip(key(found), workspace([row[split:] for row in found]), strict=True))
