"""Signatures by Standard Webhooks: HMAC-SHA256 over the message's id, the instant of the attempt and the body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
MIN_BYTES, MAX_BYTES = 24, 64


def read_secret(text: str) -> bytes:
    """The key in ``whsec_…``. Raises `ValueError` for anything else."""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True) if text.startswith(PREFIX) else b""
    except binascii.Error:
        key = b""
    if not MIN_BYTES <= len(key) <= MAX_BYTES:
        raise ValueError(f"a secret is {PREFIX} and the base64 of {MIN_BYTES} to {MAX_BYTES} random bytes")
    return key


def headers_of(message: str, timestamp: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """One signature for each key, so that a key can be replaced while both are valid."""
    signed = f"{message}.{timestamp}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{each}" for each in signatures),
    }
