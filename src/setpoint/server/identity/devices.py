"""A browser that somebody signed in from before, recognised by a cookie of its own.

Guesses of strangers are counted by account and by address, and a whole shift may come through one address. A browser
that brings this cookie is counted by itself instead, so only its own failed attempts make it wait. The cookie
signs nobody in: it says which account once signed in from here, sealed with a key of the server.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

KEPT_S = 400 * 24 * 3600
"""How long the cookie is kept: the longest time that browsers allow."""
_MAX_TEXT = 200


def new_device(key: str, account: str) -> str:
    """The cookie's text for a browser in which the account has signed in."""
    nonce = secrets.token_hex(16)
    return f"{nonce}.{_seal(key, account, nonce)}"


def known_device(key: str, account: str, text: str) -> str | None:
    """The browser's name for the counts of failures; None if the cookie is not ours, or another account's."""
    nonce, _, seal = text[:_MAX_TEXT].partition(".")
    expected = _seal(key, account, nonce)
    return nonce if hmac.compare_digest(seal.encode(), expected.encode()) else None


def _seal(key: str, account: str, nonce: str) -> str:
    return hmac.new(key.encode(), f"{account}\0{nonce}".encode(), hashlib.sha256).hexdigest()
