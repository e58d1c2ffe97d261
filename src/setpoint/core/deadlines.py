"""A heap of deadlines. Twin of ``store/machine/deadlines.ts``."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Generic, TypeVar

T = TypeVar("T")


class Deadlines(Generic[T]):
    """Things that are due at an instant, in monotonic milliseconds. Things due at the same instant come in the order of
    their entry.

    Nothing can be removed before its time. The caller checks whether it still matters when it is due.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, T]] = []
        self._count = 0

    def at(self, at_ms: int, what: T) -> None:
        self._count += 1
        heappush(self._heap, (at_ms, self._count, what))

    def due(self, now_ms: int) -> Iterator[T]:
        """Takes out everything that is due by now, the earliest first, including what is added meanwhile."""
        while self._heap and self._heap[0][0] <= now_ms:
            yield heappop(self._heap)[2]

    def next_ms(self) -> int | None:
        """The earliest instant; None if there is nothing."""
        return self._heap[0][0] if self._heap else None
