"""One recorder's life: its signals by line, what they hold, and the points that are in no day's file yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from setpoint.core.history import QUALITIES, Signal
from setpoint.history.columns import NO_TEXT, Columns, Ints, Names, Words, joined

NOT_RECORDED_CODE = len(QUALITIES) - 1


@dataclass(frozen=True, slots=True)
class Line:
    """The signals of one line, in the order of its files: ``signals`` are their numbers in the run."""

    id: str
    signals: Ints
    names: Names


@dataclass(slots=True)
class Run:
    """``since_ms``: what is before is in the files. ``until_ms``: the last instant that was recorded."""

    signals: tuple[Signal, ...]
    words: Words
    since_ms: int
    until_ms: int
    held: Columns
    first: int
    """The number of the first file of the tail that is not in its place."""
    blocks: list[Columns] = field(default_factory=list)
    flushed: int = 0
    """So many of them are in the tail, which ends at ``flushed_ms``."""
    flushed_ms: int = 0
    names: Names = field(init=False)
    lines: list[Line] = field(init=False)
    index: dict[tuple[str, str], int] = field(init=False)
    line_of: Ints = field(init=False)
    place: Ints = field(init=False)
    """Of a signal, in its line's order."""

    def __post_init__(self) -> None:
        self.names = Names(self.signals)
        self.flushed_ms = self.until_ms
        self.index = {(each.machine, each.field): place for place, each in enumerate(self.signals)}
        by_line: dict[str, list[int]] = {}
        for index in np.argsort(self.names.rank).tolist():
            by_line.setdefault(self.signals[index].line, []).append(index)
        self.lines, self.line_of = [], np.zeros(len(self.signals), np.int64)
        self.place = np.zeros(len(self.signals), np.int64)
        for number, (line, members) in enumerate(by_line.items()):
            self.line_of[members] = number
            self.place[members] = np.arange(len(members))
            own = Names([self.signals[index] for index in members])
            self.lines.append(Line(line, np.array(members, np.int64), own))

    @classmethod
    def begun(cls, signals: Sequence[Signal], at_ms: int, first: int) -> Run:
        return cls(tuple(signals), Words(), at_ms, at_ms, _nothing(len(signals), at_ms), first)

    @property
    def points(self) -> int:
        return sum(len(block) for block in self.blocks)

    def ended(self) -> Columns:
        """The points that say that nobody records from here on (HIST-5), of what has not ended yet."""
        last = self.last(self.blocks)
        open_ = last.quality != NOT_RECORDED_CODE
        end = _nothing(len(self.signals), self.until_ms)
        return end.of(open_)

    def last(self, blocks: Sequence[Columns]) -> Columns:
        """What every signal holds after these blocks."""
        joint = joined([self.held, *blocks])
        newest = np.zeros(len(self.signals), np.int64)
        newest[joint.signal] = np.arange(len(joint))  # of several the last one counts
        return joint.of(newest)

    def of_line(self, columns: Columns, line: int) -> Columns:
        """The points of a line, by the line's own numbers, sorted."""
        mine = columns.of(self.line_of[columns.signal] == line)
        return Columns(self.place[mine.signal], mine.time, mine.number, mine.text, mine.quality).in_order()


def _nothing(count: int, at_ms: int) -> Columns:
    return Columns(
        np.arange(count),
        np.full(count, at_ms, np.int64),
        np.full(count, np.nan),
        np.full(count, NO_TEXT, np.int64),
        np.full(count, NOT_RECORDED_CODE, np.uint8),
    )
