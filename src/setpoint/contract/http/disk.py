"""``GET /api/disk``: how much room the server has left for its data, and whether history stopped."""

from __future__ import annotations

import msgspec


class DiskView(msgspec.Struct, frozen=True, rename="camel"):
    """``freeBytes`` is from the last look, at most half a minute old. ``historyStopped`` says why no history is
    recorded; it is empty while history is recorded, and on a server without history."""

    is_low: bool
    free_bytes: int
    history_stopped: str
