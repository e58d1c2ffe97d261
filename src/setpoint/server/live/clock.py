"""Two clocks that are never mixed: a monotonic clock for durations, and the wall clock for people."""

from __future__ import annotations

import time
from typing import Protocol

from setpoint import clock


class Clock(Protocol):
    @property
    def now_ms(self) -> int:
        """Monotonic milliseconds since an arbitrary instant."""

    @property
    def ts(self) -> float:
        """Unix time in seconds."""


class SystemClock:
    @property
    def now_ms(self) -> int:
        return clock.now_ms()

    @property
    def ts(self) -> float:
        return time.time()
