"""The plant server's clocks at a gateway (MIR-7), so that ages and time limits mean the same at every gateway."""

from __future__ import annotations

import time

from setpoint import clock
from setpoint.core.hub.mirror.owner_time import OwnerTime
from setpoint.errors import NobodyThereError
from setpoint.message import sentence


class OwnerClock:
    """A `setpoint.server.live.Clock`: this computer's monotonic clock, and the plant server's calendar.

    Until the plant server has sent its time, or if its version is too old to send it, this computer's calendar counts.
    """

    def __init__(self) -> None:
        self._owner = OwnerTime()

    def answered(self, token: int, owner_ms: int, ts: float) -> None:
        """Takes both clocks of the owner of the lease by this token, as they were a moment ago."""
        self._owner.answered(token, owner_ms, ts, clock.now_ms())

    @property
    def now_ms(self) -> int:
        return clock.now_ms()

    @property
    def ts(self) -> float:
        known = self._owner.ts(clock.now_ms())
        return time.time() if known is None else known

    def at_owner(self, now_ms: int) -> int:
        """An instant of this computer on the plant server's monotonic clock, or a little earlier, never later."""
        if not self._owner.is_known:
            raise NobodyThereError(
                sentence(
                    "words-no-owner-nothing-sent", "no server owns the plant at the moment; nothing was sent"
                )
            )
        return self._owner.at_owner(now_ms)
