"""How long to wait before the next attempt (LINK-2).

The specification's steps, 0, 2, 5, 10, 30 s, are caps: a fleet that lost one server at one instant must not come back
in lockstep. The first attempt waits at most half a second, every other between half its cap and its cap.
"""

from __future__ import annotations

FIRST_CAP_MS = 500
CAPS_MS = (2_000, 5_000, 10_000, 30_000)


def wait_ms(attempt: int, jitter: float) -> int:
    """The wait before an attempt, counted from 0, with ``jitter`` in [0, 1)."""
    if attempt == 0:
        return int(FIRST_CAP_MS * jitter)
    half = CAPS_MS[min(attempt, len(CAPS_MS)) - 1] // 2
    return half + int(half * jitter)
