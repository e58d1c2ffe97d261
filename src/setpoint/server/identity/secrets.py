"""Secrets that programs and browsers carry, and the hashes that the database keeps.

Each is 256 random bits, so one round of SHA-256 is enough: there is nothing to guess. A token shows what it is
(``setpoint_…``), so that people and scanners recognise one in a place where it should not be.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

TOKEN_PREFIX = "setpoint_"
_ID_BYTES = 8
_ID_CHARS = 2 * _ID_BYTES


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def new_id() -> str:
    """A name for a session or token that may be shown; not a secret."""
    return secrets.token_hex(_ID_BYTES)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_same(secret: str, secret_hash: str) -> bool:
    return hmac.compare_digest(digest(secret), secret_hash)


def token_text(token_id: str, secret: str) -> str:
    """The text that the person copies, once."""
    return f"{TOKEN_PREFIX}{token_id}_{secret}"


def link_of(url: str, secret: str) -> str:
    """The link that lets somebody choose a password.

    The secret follows the ``#``. Browsers do not send that part, so it appears in no log.
    """
    return f"{url.rstrip('/')}/sign-in#link={secret}"


def split_token(text: str) -> tuple[str, str] | None:
    """The id and the secret of a token's text; None if it is not a token."""
    token_id, mark, secret = text.removeprefix(TOKEN_PREFIX).partition("_")
    if not text.startswith(TOKEN_PREFIX) or len(token_id) != _ID_CHARS or not mark or not secret:
        return None
    return token_id, secret
