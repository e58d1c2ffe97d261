"""Simulated time: one heap of planned events, and one source of randomness."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from random import Random
from typing import TypeAlias

Act: TypeAlias = Callable[[], None]

WALL_AT_START = 1_700_000_000.0


class Clock:
    """Simulated time. ``now_ms`` is the true time since the start.

    Every life of a server may have a wall clock of its own, which jumps.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.now_ms = 0
        self._draw = self.random.getrandbits
        self._heap: list[tuple[int, int, Act]] = []
        self._count = 0

    def after(self, delay_ms: int, act: Act) -> None:
        """Plans ``act``. Acts of the same instant run in the order in which they were planned."""
        self._count += 1
        at_ms = self.now_ms + delay_ms if delay_ms > 0 else self.now_ms
        heappush(self._heap, (at_ms, self._count, act))

    def run(self, for_ms: int) -> None:
        """Lets time pass, and runs what is due."""
        until, heap = self.now_ms + for_ms, self._heap
        while heap and heap[0][0] <= until:
            self.now_ms, _, act = heappop(heap)
            act()
        self.now_ms = until

    def between(self, low_ms: int, high_ms: int) -> int:
        """Draws like `Random.randint`, but skips its checks, because a schedule draws thousands of times."""
        choices = high_ms - low_ms + 1
        bits = choices.bit_length()
        while (drawn := self._draw(bits)) >= choices:
            pass
        return low_ms + drawn

    def chance(self, share: float) -> bool:
        return self.random.random() < share
