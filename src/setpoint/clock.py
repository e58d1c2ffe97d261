"""A monotonic clock in milliseconds that also counts while the computer sleeps (CMD-8, HB-2, LOCK-3); time zones."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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


def zone_named(name: str) -> tzinfo:
    """Returns the time zone of an IANA name, or UTC if this computer does not know the name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def offset_at(zone: tzinfo, ts: float) -> float:
    """How many seconds the zone's clock is ahead of UTC at an instant (Unix seconds)."""
    found = datetime.fromtimestamp(ts, zone).utcoffset()
    return (found or timedelta()).total_seconds()
