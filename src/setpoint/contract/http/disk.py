"""``GET /api/disk``: how much room the server has left for what it must store."""

from __future__ import annotations

import msgspec


class DiskView(msgspec.Struct, frozen=True, rename="camel"):
    """``freeBytes`` is from the last look, at most half a minute old."""

    is_low: bool
    free_bytes: int
