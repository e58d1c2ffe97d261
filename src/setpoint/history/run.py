"""One run of a recorder: its signals by line, their present values, and the points that are in no day's file yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from setpoint.core.history import QUALITIES, Signal
from setpoint.history.columns import NO_TEXT, Columns, Ints, Names, Words, joined

NOT_RECORDED_CODE = len(QUALITIES) - 1
FEW_TEXTS = 1_000
"""With fewer texts than this, it is not worth searching for unused ones."""


@dataclass(frozen=True, slots=True)
class Line:
    """The signals of one line, in the order of its files. ``first`` is the place of the first in the run's order."""

    id: str
    first: int
    names: Names


@dataclass(slots=True)
class Run:
    """``since_ms``: earlier points are in the files. ``until_ms``: the last instant that was recorded."""

    signals: tuple[Signal, ...]
    words: Words
    since_ms: int
    until_ms: int
    held: Columns
    first: int
    """The number of the first file of the tail whose points are not in their day's folder yet."""
    blocks: list[Columns] = field(default_factory=list)
    flushed: int = 0
    """The number of blocks that are in the tail, which ends at ``flushed_ms``."""
    flushed_ms: int = 0
    earlier: list[Columns] = field(default_factory=list)
    """The values of all signals at ``earlier_ms``, and the points from there to ``since_ms``, which are in the files
    too.
    """
    earlier_ms: int = field(init=False)
    began_ms: int = field(init=False)
    set_back_ms: int = 0
    """The time from which the clock was last set back. Earlier points are in the files."""
    has_been_compacted: bool = False
    """Whether blocks have been compacted since texts were last forgotten."""
    names: Names = field(init=False)
    lines: list[Line] = field(init=False)
    index: dict[tuple[str, str], int] = field(init=False)
    place: Ints = field(init=False)
    """Each signal's place in the order of all lines, one line after another."""

    def __post_init__(self) -> None:
        self.names = Names(self.signals)
        self.flushed_ms = self.until_ms
        self.began_ms = self.earlier_ms = self.since_ms
        self.earlier = [self._known(self.held)]
        self.index = {(each.machine, each.field): place for place, each in enumerate(self.signals)}
        by_line: dict[str, list[int]] = {}
        for index in np.argsort(self.names.rank).tolist():
            by_line.setdefault(self.signals[index].line, []).append(index)
        self.lines, self.place = [], np.zeros(len(self.signals), np.int64)
        first = 0
        for line, members in by_line.items():
            self.place[members] = np.arange(first, first + len(members))
            self.lines.append(Line(line, first, Names([self.signals[index] for index in members])))
            first += len(members)

    @classmethod
    def begun(cls, signals: Sequence[Signal], at_ms: int, first: int) -> Run:
        return cls(tuple(signals), Words(), at_ms, at_ms, _nothing(len(signals), at_ms), first)

    @property
    def points(self) -> int:
        return sum(len(block) for block in self.blocks)

    def ended(self) -> Columns:
        """The points that mark the end of the record (HIST-5), for every value that has not ended yet."""
        last = self.last(self.blocks)
        open_ = last.quality != NOT_RECORDED_CODE
        end = _nothing(len(self.signals), self.until_ms)
        return end.of(open_)

    def compacted(self, held: Columns, count: int, until_ms: int, first: int) -> None:
        """The first ``count`` blocks are in the files now, and ``held`` is known at ``until_ms``."""
        self.earlier, self.earlier_ms = [self._known(self.held), *self.blocks[:count]], self.since_ms
        del self.blocks[:count]
        self.flushed -= count
        self.held, self.since_ms, self.first = held, until_ms, first
        self.has_been_compacted = True

    def forget_texts(self, pending: Sequence[Columns]) -> None:
        """Forgets the texts that no point in memory has, because a field such as a serial number has another text for
        each part.
        """
        if self.has_been_compacted and len(self.words.texts) > FEW_TEXTS:
            self.words.keep_only(
                each.text for each in (self.held, *self.earlier, *self.blocks, *pending) if len(each)
            )
        self.has_been_compacted = False

    def _known(self, held: Columns) -> Columns:
        """The points without those that only mark the beginning of the run."""
        return held.of((held.quality != NOT_RECORDED_CODE) | (held.time > self.began_ms))

    def last(self, blocks: Sequence[Columns]) -> Columns:
        """The value of every signal after these blocks."""
        joint = joined([self.held, *blocks])
        newest = np.zeros(len(self.signals), np.int64)
        newest[joint.signal] = np.arange(len(joint))  # if there are several, the last one counts
        return joint.of(newest)

    def by_line(self, columns: Columns) -> list[Columns]:
        """The points of each line, by the line's own numbers, sorted."""
        placed = replace(columns, signal=self.place[columns.signal]).in_order()
        starts = np.searchsorted(placed.signal, [line.first for line in self.lines]).tolist()
        parts = zip(self.lines, starts, [*starts, len(placed)][1:], strict=True)
        found = [(line, placed.of(slice(start, end))) for line, start, end in parts]
        return [replace(mine, signal=mine.signal - line.first) for line, mine in found]


def _nothing(count: int, at_ms: int) -> Columns:
    return Columns(
        np.arange(count),
        np.full(count, at_ms, np.int64),
        np.full(count, np.nan),
        np.full(count, NO_TEXT, np.int64),
        np.full(count, NOT_RECORDED_CODE, np.uint8),
    )
