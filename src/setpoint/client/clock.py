"""The instant, in monotonic milliseconds that go on while the computer sleeps (LOCK-3, HB-2)."""

from __future__ import annotations

import sys
import time

if sys.platform == "linux":

    def now_ms() -> int:
        """``CLOCK_BOOTTIME``: the clock that `time.monotonic` reads stands still while a Linux machine sleeps."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

else:

    def now_ms() -> int:
        return time.monotonic_ns() // 1_000_000
