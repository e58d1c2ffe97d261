"""The server's wall clock, which people set, and the settings that clients and the server know."""

from __future__ import annotations

from tests.simulation.clock import WALL_AT_START

from setpoint.core.commands.time_limit import TOLD_FOR_MS

NOTED_MS = 500
"""The server may have missed a setting that lasted for less than this, or one in its first moments."""


class Wall:
    """The wall clock. ``jump_s`` is how far it is off now. It stays off when the server dies."""

    def __init__(self) -> None:
        self._settings: list[tuple[int, float]] = [(0, 0.0)]
        """The instants at which the clock was set, and by how many seconds it was off from then on."""
        self.jump_s = 0.0

    def set(self, now_ms: int, jump_s: float) -> None:
        self._settings.append((now_ms, jump_s))
        self.jump_s = jump_s

    def is_known(self, ts: float, *, requested_ms: int, life_began_ms: int, now_ms: int) -> bool:
        """Says whether the server knows the clock setting on which a client based its time limit."""
        until_ms = now_ms
        for since_ms, jump_s in reversed(self._settings):
            sent_ms = (ts - WALL_AT_START - jump_s) * 1000
            is_noted = until_ms - max(life_began_ms, since_ms) > NOTED_MS and now_ms - until_ms < TOLD_FOR_MS
            if since_ms <= sent_ms <= min(until_ms, requested_ms) and until_ms < now_ms and not is_noted:
                return False
            until_ms = since_ms
        return True
