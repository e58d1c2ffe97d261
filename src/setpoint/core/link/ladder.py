"""How long to wait before the next attempt (LINK-2).

The specification's ladder, 0, 2, 5, 10, 30 s, is a ladder of caps: a fleet that lost one server at one instant
must not come back in lockstep. The first rung waits at most half a second, every other between half its cap and
its cap.
"""

from __future__ import annotations

FIRST_RUNG_MS = 500
CAPS_MS = (2_000, 5_000, 10_000, 30_000)


def wait_ms(rung: int, dice: float) -> int:
    """The wait on a rung, counted from 0, with ``dice`` in [0, 1)."""
    if rung == 0:
        return int(FIRST_RUNG_MS * dice)
    half = CAPS_MS[min(rung, len(CAPS_MS)) - 1] // 2
    return half + int(half * dice)
