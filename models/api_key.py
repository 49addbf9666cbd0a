"""API keys: who may call, for which workspace, with which scopes."""

import hashlib
import secrets
from datetime import datetime

from models.enums import Scope
from models.fields import instant, json, reference, text
from models.record import Record

TOKEN_PREFIX = "sg_"  # noqa: S105  # how every token begins is no secret
_SHOWN_CHARACTERS = 8

READ_SCOPES = (
    Scope.SESSIONS_READ,
    Scope.MESSAGES_READ,
    Scope.CONTACTS_READ,
    Scope.PII_READ,
    Scope.METRICS_READ,
)
"""What a key made without scopes may do."""


class ApiKey(Record):
    """A bearer token, of which only the SHA-256 is kept: it is random, so no salt is needed."""

    workspace_id: int
    workspace = reference("models.Workspace")
    name = text()
    prefix = text()
    token_hash = text()
    scopes_json = json(default=list)
    created_at = instant()
    last_used_at = instant(null=True)
    expires_at = instant(null=True)
    revoked_at = instant(null=True)

    class Meta:
        table = "api_key"
        unique_together = (("token_hash",),)

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """In the order they were granted."""
        return tuple(Scope(scope) for scope in self.scopes_json)

    def is_valid(self, now: datetime) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def new_token() -> str:
    """256 random bits behind a prefix that secret scanners can look for."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def shown_prefix(token: str) -> str:
    """Enough of a token to recognise it in a list."""
    return token[: len(TOKEN_PREFIX) + _SHOWN_CHARACTERS]
