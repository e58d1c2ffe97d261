"""Makes rows on demand, so that a long sheet is never in memory as a whole.

A walk from the first row to the last gets each stretch just after it was made, still in the processor's cache. Reading
an earlier row is allowed, and starts again from the first row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import overload

from setpoint.core.ingest import Cell

Row = Sequence[Cell]


class Window(Sequence[Row]):
    """``count`` rows; each call of ``begin`` yields all of them, from the first.

    Keeps only the rows of one slice.
    """

    def __init__(self, begin: Callable[[], Iterator[Row]], count: int) -> None:
        self._begin = begin
        self._count = count
        self._coming = begin()
        self._start = 0
        self._held: list[Row] = []

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Row]:
        return self._begin()

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...

    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            start, stop, step = at.indices(self._count)
            return self._stretch(start, max(start, stop))[::step] if step > 0 else [*self][at]
        place = range(self._count)[at]
        return self._stretch(place, place + 1)[0]

    def _stretch(self, start: int, stop: int) -> list[Row]:
        if start < self._start:
            self._coming, self._start, self._held = self._begin(), 0, []
        end = self._start + len(self._held)
        if stop > end:
            self._held = self._held[start - self._start :]
            self._held += islice(self._coming, max(0, start - end), stop - end)
            self._start = start
        return self._held[start - self._start : stop - self._start]
