"""The plant server's clocks, as a gateway knows them from answers (MIR-7), without I/O.

An answer says what both clocks of the plant server showed when it was made, and arrives some time later. The time on
the way makes the plant server's clock seem late, never early. So the answer that was quickest is the best of the last
`KEPT`, and a slow one does no harm. The calendar is counted on from the newest answer by the plant server's own
monotonic clock: a step of the calendar shows at once.
"""

from __future__ import annotations

from collections import deque

KEPT = 8
"""Answers, one a second. Clocks of two computers drift apart by less than a millisecond meanwhile."""


class OwnerTime:
    """``at_ms`` and ``now_ms`` are instants of this gateway's monotonic clock."""

    def __init__(self) -> None:
        self._token = -1
        self._ahead_ms: deque[int] = deque(maxlen=KEPT)
        """How far the plant server's monotonic clock is ahead of this gateway's, at least; by answer."""
        self._owner_ms = 0
        self._ts = 0.0

    def answered(self, token: int, owner_ms: int, ts: float, at_ms: int) -> None:
        """Takes an answer that came at ``at_ms``. ``token`` is the lease's: another owner has other clocks."""
        if token < self._token:
            return
        if token > self._token:
            self._token = token
            self._ahead_ms.clear()
            self._owner_ms = owner_ms
        self._ahead_ms.append(owner_ms - at_ms)
        if owner_ms >= self._owner_ms:
            self._owner_ms, self._ts = owner_ms, ts

    @property
    def is_known(self) -> bool:
        return bool(self._ahead_ms)

    def at_owner(self, now_ms: int) -> int:
        """An instant of this gateway by the plant server's monotonic clock; it may be less, never more."""
        return now_ms + max(self._ahead_ms)

    def ts(self, now_ms: int) -> float | None:
        """The plant server's calendar time (Unix seconds); None if it has not sent it."""
        if not self._ahead_ms or not self._ts:
            return None
        return self._ts + (self.at_owner(now_ms) - self._owner_ms) / 1000
