"""A clock that moves only when a test moves it."""

from __future__ import annotations


class ManualClock:
    """Monotonic milliseconds and Unix seconds that advance together, by hand.

    >>> clock = ManualClock()
    >>> clock.advance(250)
    250
    >>> clock.now_ms, clock.ts
    (250, 1704230000.25)
    """

    def __init__(self, *, now_ms: int = 0, ts: float = 1_704_230_000.0) -> None:
        self.now_ms = now_ms
        self._offset_s = ts - now_ms / 1000

    @property
    def ts(self) -> float:
        """Unix seconds."""
        return self._offset_s + self.now_ms / 1000

    def advance(self, by_ms: int) -> int:
        """Lets ``by_ms`` pass and returns the new ``now_ms``."""
        if by_ms < 0:
            raise ValueError(f"a monotonic clock cannot go back by {by_ms} ms")
        self.now_ms += by_ms
        return self.now_ms

    def set_wall(self, ts: float) -> None:
        """Sets only Unix time, as a person or a time server does. The monotonic clock does not change."""
        self._offset_s = ts - self.now_ms / 1000
