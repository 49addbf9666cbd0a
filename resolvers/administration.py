"""What the operator does on the command line: workspaces and their keys."""

from collections.abc import Sequence
from datetime import UTC, datetime

from loaders.api_key import workspace_by_name
from loaders.viewer import Viewer
from models.api_key import READ_SCOPES, ApiKey, hash_token, new_token, shown_prefix
from models.database import Contention, Database
from models.enums import Scope
from models.errors import NotFound, Taken
from models.keys import new_key
from models.record import make
from models.workspace import Head, Workspace

DEFAULT_WORKSPACE = "default"


async def create_workspace(database: Database, name: str) -> Workspace:
    """A workspace with its change log; raise Taken when the name is in use."""
    row = make(Workspace, id=new_key(), name=name, created_at=datetime.now(UTC))
    try:
        async with database.transaction() as transaction:
            await transaction.insert(Workspace, [row])
            await transaction.insert(Head, [make(Head, id=row.id)])
    except Contention:
        raise Taken(f"There is a workspace named {name!r} already.") from None
    return row


async def workspace_named(database: Database, name: str, *, may_create: bool = False) -> Workspace:
    """The workspace; the default one is made when it is missing. Raise NotFound."""
    found = await workspace_by_name(database.lane(), name)
    if found is not None:
        return found
    if name != DEFAULT_WORKSPACE and not may_create:
        raise NotFound(f"There is no workspace named {name!r}; `workspace create` makes one.")
    return await create_workspace(database, name)


async def create_key(
    database: Database, workspace: Workspace, name: str, scopes: Sequence[Scope]
) -> str:
    """A new token, shown this once; without scopes it may read everything."""
    token = new_token()
    row = make(
        ApiKey,
        id=new_key(),
        workspace_id=workspace.id,
        name=name,
        prefix=shown_prefix(token),
        token_hash=hash_token(token),
        scopes_json=list(scopes or READ_SCOPES),
        created_at=datetime.now(UTC),
    )
    async with database.transaction() as transaction:
        await transaction.insert(ApiKey, [row])
    return token


async def revoke_key(database: Database, prefix: str) -> int:
    """Revoke the valid keys whose token begins like this; return how many there were."""
    sql = 'UPDATE "api_key" SET revoked_at = ? WHERE prefix = ? AND revoked_at IS NULL RETURNING id'
    async with database.transaction() as transaction:
        return len(await transaction.fetch(sql, (datetime.now(UTC), prefix)))


async def revoke_keys_named(database: Database, workspace: Workspace, name: str) -> None:
    """Revoke the valid keys of that name."""
    sql = (
        'UPDATE "api_key" SET revoked_at = ? WHERE workspace_id = ? AND name = ?'
        " AND revoked_at IS NULL RETURNING id"
    )
    async with database.transaction() as transaction:
        await transaction.fetch(sql, (datetime.now(UTC), workspace.id, name))


def operator(database: Database, workspace: Workspace, actor: str) -> Viewer:
    """A viewer with every right, for commands run by whoever holds the database."""
    return Viewer(database, workspace, actor, frozenset(Scope))
