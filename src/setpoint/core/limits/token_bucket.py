"""Token buckets by name: an amount at once, and more as time passes. Each name has its own bucket."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

MAX_NAMES = 10_000
"""The most buckets that are kept. Beyond that, the least recently used one is forgotten, and so is full again."""


class Rate(NamedTuple):
    """A bucket holds ``burst`` tokens and gets ``per_s`` more a second."""

    burst: float
    per_s: float


class TokenBucket:
    """One bucket; it is full at first. ``now_ms`` is monotonic."""

    __slots__ = ("_left", "_since_ms")

    def __init__(self, rate: Rate, now_ms: int) -> None:
        self._left = rate.burst
        self._since_ms = now_ms

    def fill(self, rate: Rate) -> None:
        """As full as at first."""
        self._left = rate.burst

    def wait_ms(self, rate: Rate, now_ms: int, cost: int = 1) -> int | None:
        """0 if ``cost`` tokens are there, and they are taken; else how long to wait; None if they will never be
        there."""
        self._left = min(rate.burst, self._left + (now_ms - self._since_ms) * rate.per_s / 1000)
        self._since_ms = now_ms
        if self._left >= cost:
            self._left -= cost
            return 0
        if cost > rate.burst or rate.per_s <= 0:
            return None
        return round((cost - self._left) * 1000 / rate.per_s) + 1


class TokenBuckets:
    """By name. A bucket that is asked for the first time is full."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def wait_ms(self, name: str, rate: Rate, now_ms: int, *, cost: int = 1) -> int | None:
        """Like `TokenBucket.wait_ms`, for one name."""
        bucket = self._buckets.pop(name, None) or TokenBucket(rate, now_ms)
        self._buckets[name] = bucket
        if len(self._buckets) > MAX_NAMES:
            self._buckets.popitem(last=False)
        return bucket.wait_ms(rate, now_ms, cost)
