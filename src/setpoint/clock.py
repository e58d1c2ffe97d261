"""A monotonic clock in milliseconds that also counts while the computer sleeps (CMD-8, HB-2, LOCK-3)."""

from __future__ import annotations

import sys
import time

if sys.platform == "linux":

    def now_ms() -> int:
        """``CLOCK_BOOTTIME``, because the clock of `time.monotonic` stops while a Linux machine sleeps."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

elif sys.platform == "darwin":

    def now_ms() -> int:
        """``CLOCK_MONOTONIC``, which counts sleep on macOS; the clock of `time.monotonic` does not."""
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000_000

else:

    def now_ms() -> int:
        return time.monotonic_ns() // 1_000_000
