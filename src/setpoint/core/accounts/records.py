"""The records of accounts, sessions, tokens and invites.

They hold no secret. A cookie, a token or a link is 256 random bits, so its SHA-256 is enough; a slow hash would add
nothing. A password is kept as its argon2id hash. Times are Unix seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from setpoint.core.plant import Role


@dataclass(frozen=True, slots=True)
class Account:
    """``password_hash`` is None until an invite was used, or if the person signs in by OpenID Connect (``subject``)."""

    name: str
    grants: Mapping[str, Role]
    created_ts: float
    password_hash: str | None = None
    subject: str | None = None
    is_disabled: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """One browser. ``id`` may be shown and is not the secret; an ended session is kept for a while (`SignInLimits`)."""

    id: str
    secret_hash: str
    account: str
    address: str
    agent: str
    created_ts: float
    seen_ts: float
    ended_ts: float | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """One program. ``grants`` narrow the account's rights, never widen them."""

    id: str
    secret_hash: str
    account: str
    name: str
    grants: Mapping[str, Role]
    created_ts: float
    expires_ts: float
    seen_ts: float | None = None
    revoked_ts: float | None = None


@dataclass(frozen=True, slots=True)
class Invite:
    """A link that works once. ``account`` is None for the first administrator, who chooses a name."""

    secret_hash: str
    account: str | None
    expires_ts: float
