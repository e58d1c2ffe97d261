"""Limits log lines that strangers can cause, so that a thousand attempts a second do not fill the disk."""

from __future__ import annotations

_MINUTE_MS = 60_000


class LogRateLimiter:
    """Logs the first ``a_minute`` events of each minute. The next logged event says how many were left out."""

    def __init__(self, a_minute: int = 60) -> None:
        self._a_minute = a_minute
        self._from_ms: int | None = None
        self._written = 0
        self._left_out = 0

    def turn(self, now_ms: int) -> int | None:
        """How many events were left out since the last logged one; None if this one must be left out too."""
        if self._from_ms is None or now_ms - self._from_ms >= _MINUTE_MS:
            self._from_ms, self._written = now_ms, 0
        if self._written >= self._a_minute:
            self._left_out += 1
            return None
        self._written += 1
        left_out, self._left_out = self._left_out, 0
        return left_out
