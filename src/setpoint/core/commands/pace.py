"""How many batches one person may give: a bucket that refills, so that no program drowns the others.

A person at a board never meets the limit; a program in a loop does, is told when to go on, and loses nothing: the
same txId may be sent again (CMD-2).
"""

from __future__ import annotations

from collections import OrderedDict

BURST = 600
PER_S = 20
MAX_PEOPLE = 10_000
"""Buckets kept; past that, the one that was used longest ago is full again."""


class Pace:
    """The buckets, by person's name. ``now_ms`` is monotonic."""

    def __init__(self, *, burst: int = BURST, per_s: int = PER_S) -> None:
        self._burst = burst
        self._per_s = per_s
        self._buckets: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait_ms(self, person: str, now_ms: int) -> int:
        """0 where one more batch may come now, and it is counted; else how long to wait."""
        left, since_ms = self._buckets.pop(person, (float(self._burst), now_ms))
        left = min(float(self._burst), left + (now_ms - since_ms) * self._per_s / 1000)
        wait_ms = 0 if left >= 1 else round((1 - left) * 1000 / self._per_s) + 1
        self._buckets[person] = (left if wait_ms else left - 1, now_ms)
        if len(self._buckets) > MAX_PEOPLE:
            self._buckets.popitem(last=False)
        return wait_ms
