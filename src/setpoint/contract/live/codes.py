"""Close codes (CODE-1) and the limits of a frame (FLOW-2)."""

from __future__ import annotations

from enum import IntEnum

import msgspec

SUBPROTOCOL = "setpoint.v1"
MAX_FRAME_BYTES = 64 * 1024
"""The size limit of a client's frame. A larger one closes the connection with 1009 (FLOW-2)."""


class CloseCode(IntEnum):
    GOING_AWAY = 1001
    TOO_BIG = 1009
    RESTART = 1012
    PROTOCOL_ERROR = 4400
    NOT_SIGNED_IN = 4401
    FORBIDDEN = 4403
    NO_PONG = 4408
    TOO_SLOW = 4429

    @property
    def is_final(self) -> bool:
        """The client does not come back by itself: a person has to act (LINK-2)."""
        return self in (CloseCode.NOT_SIGNED_IN, CloseCode.FORBIDDEN)


MOST_RETRY_AFTER_MS = 60_000
"""A server that asks for more is asked again after this time: whatever it sends, nobody waits for hours."""


class _Retry(msgspec.Struct, rename="camel"):
    retry_after_ms: int | float  # 1500.0 and 1e3 are whole numbers too: JavaScript cannot tell them apart


def restart_reason(retry_after_ms: int) -> str:
    """The close reason that tells a client when to come back (LINK-2); fits RFC 6455's 123 bytes."""
    return msgspec.json.encode(_Retry(retry_after_ms)).decode()


def retry_after_ms(reason: str) -> int | None:
    """The delay in a close reason, at most `MOST_RETRY_AFTER_MS`; None if the reason has none that can be read."""
    try:
        found = msgspec.json.decode(reason, type=_Retry).retry_after_ms
    except (msgspec.DecodeError, UnicodeError):
        return None
    return int(min(found, MOST_RETRY_AFTER_MS)) if found >= 0 and found == found // 1 else None
