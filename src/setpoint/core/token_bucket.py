"""Token buckets by name: so much at once, and so much more as time passes, and nobody pays for another."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

MAX_NAMES = 10_000
"""Buckets kept; past that, the one that was used longest ago is full again."""


class Rate(NamedTuple):
    """A bucket holds ``burst`` tokens and gets ``per_s`` more a second."""

    burst: float
    per_s: float


class TokenBuckets:
    """``now_ms`` is monotonic. A bucket that is asked for the first time is full."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait_ms(self, name: str, rate: Rate, now_ms: int, *, cost: int = 1) -> int | None:
        """0 where ``cost`` tokens are there, and they are taken; else how long to wait; None where that is for ever."""
        left, since_ms = self._buckets.pop(name, (rate.burst, now_ms))
        left = min(rate.burst, left + (now_ms - since_ms) * rate.per_s / 1000)
        is_enough = left >= cost
        self._buckets[name] = (left - cost if is_enough else left, now_ms)
        if len(self._buckets) > MAX_NAMES:
            self._buckets.popitem(last=False)
        if is_enough:
            return 0
        return None if cost > rate.burst or rate.per_s <= 0 else round((cost - left) * 1000 / rate.per_s) + 1
