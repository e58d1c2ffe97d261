"""Payloads to WebSocket frames (RFC 6455 section 5.2), each built once.

Frames from a server are not masked, so their bytes are the same for everybody. The same is true of a compressed frame
if the client has agreed to ``server_no_context_takeover`` (RFC 7692), so it is compressed once and shared.
"""

from __future__ import annotations

import zlib
from functools import lru_cache

_TEXT = 0x81
_TEXT_COMPRESSED = 0xC1
_WORTH_COMPRESSING = 200
_SMALL_WINDOW_BITS = 12
_SMALL = 1 << _SMALL_WINDOW_BITS


def text_frame(data: bytes) -> bytes:
    return _header(_TEXT, len(data)) + data


def payload(frame: bytes) -> bytes:
    """The payload of a frame that `text_frame` has made."""
    length = frame[1]
    return frame[2 if length < 126 else 4 if length == 126 else 10 :]


# Snapshots go out to one session at a time but, after a restart, to a thousand in a row: the same bytes.
@lru_cache(maxsize=64)
def compressed_frame(data: bytes, window_bits: int) -> bytes:
    """``data`` for clients that negotiated ``window_bits``. Short texts are not compressed, which the RFC allows."""
    if len(data) < _WORTH_COMPRESSING:
        return text_frame(data)
    bits = min(window_bits, _SMALL_WINDOW_BITS) if len(data) <= _SMALL else window_bits
    squeeze = zlib.compressobj(wbits=-bits, memLevel=min(8, bits - 7))
    body = (squeeze.compress(data) + squeeze.flush(zlib.Z_SYNC_FLUSH))[:-4]
    return _header(_TEXT_COMPRESSED, len(body)) + body


def _header(first: int, length: int) -> bytes:
    if length < 126:
        return bytes((first, length))
    if length < 65_536:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")
