"""The plant server's clocks at a gateway (MIR-7): an age, and a time limit, mean the same at every gateway."""

from __future__ import annotations

import time

from setpoint import clock
from setpoint.errors import NobodyThereError
from setpoint.message import sentence


class OwnerClock:
    """A `setpoint.server.live.Clock`: this computer's monotonic clock, and the plant server's calendar.

    Until the plant server has sent its time, or if its version is too old to send it, this computer's calendar counts.
    """

    def __init__(self) -> None:
        self._heard: tuple[int, float, int] | None = None

    def heard(self, owner_ms: int, ts: float) -> None:
        """Takes both clocks of the plant server, as they were a moment ago."""
        self._heard = owner_ms, ts, clock.now_ms()

    @property
    def now_ms(self) -> int:
        return clock.now_ms()

    @property
    def ts(self) -> float:
        if self._heard is None or not self._heard[1]:
            return time.time()
        _, ts, at_ms = self._heard
        return ts + (clock.now_ms() - at_ms) / 1000

    def at_owner(self, now_ms: int) -> int:
        """An instant of this computer on the plant server's monotonic clock, or a little earlier, never later."""
        if self._heard is None:
            raise NobodyThereError(
                sentence(
                    "words-no-owner-nothing-sent", "no server owns the plant at the moment; nothing was sent"
                )
            )
        owner_ms, _, at_ms = self._heard
        return owner_ms + (now_ms - at_ms)
