"""Two clocks that are never mixed: one that cannot go back, for durations, and the calendar's, for people."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    @property
    def now_ms(self) -> int:
        """Monotonic milliseconds from an instant of no meaning."""

    @property
    def ts(self) -> float:
        """Unix time in seconds."""


class SystemClock:
    @property
    def now_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    @property
    def ts(self) -> float:
        return time.time()
