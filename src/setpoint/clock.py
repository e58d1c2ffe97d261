"""The instant in monotonic milliseconds, on a clock that goes on while the computer sleeps (CMD-8, HB-2, LOCK-3)."""

from __future__ import annotations

import sys
import time

if sys.platform == "linux":

    def now_ms() -> int:
        """``CLOCK_BOOTTIME``: the clock that `time.monotonic` reads stands still while a Linux machine sleeps."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

elif sys.platform == "darwin":

    def now_ms() -> int:
        """``CLOCK_MONOTONIC``, which on macOS counts sleep; `time.monotonic` reads one that does not."""
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000_000

else:

    def now_ms() -> int:
        return time.monotonic_ns() // 1_000_000
