"""A history in a folder that tests write and read."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path

from setpoint.contract.values import Value
from setpoint.core.history import QUALITIES, HistoryQuery, Points, Signal
from setpoint.core.history.points import columns_of
from setpoint.history.reader import Found, Reader, Series
from setpoint.history.store import Store
from setpoint.history.writer import Writer

DAY0 = 1_764_288_000
"""Midnight, UTC, of 2025-11-28."""
SPEED, STATUS, OTHER = (
    Signal("m_1", "speed", "01"),
    Signal("m_1", "status", "01"),
    Signal("m_2", "speed", "02"),
)
SIGNALS = (SPEED, STATUS, OTHER)

RecordedValue = tuple[Signal, float, Value] | tuple[Signal, float, Value, str]


class Archive:
    def __init__(self, folder: Path, where: str | None = None) -> None:
        """``where`` is a URL, if the files must not be in the folder."""
        self.folder = folder
        self._where = where or str(folder)
        self.open()

    def open(self) -> None:
        """Opens the history, as after a crash: what was in memory is lost."""
        self.store = Store(self._where)
        self.writer = Writer(self.store, self.folder / "tail")
        self.reader = Reader(self.store, self.writer)

    def begin(self, at: float = 0, keep_days: dict[str, int] | None = None) -> Archive:
        self.writer.begin(SIGNALS, round((DAY0 + at) * 1000), keep_days or {})
        return self

    def add(self, until: float, *recorded: RecordedValue) -> Archive:
        """Adds points, at seconds after midnight, sampled at ``until``."""
        self.writer.add(points(recorded), round((DAY0 + until) * 1000))
        return self

    def found(self, since: float, until: float, width: int | None = None, *signals: Signal) -> Found:
        numbers = ("speed",)
        query = HistoryQuery(signals or SIGNALS, numbers, DAY0 + since, DAY0 + until, width)
        return self.reader.answer(query)

    def series(self, signal: Signal, since: float, until: float, width: int | None = None) -> Series:
        return next(each for each in self.found(since, until, width).series if each.signal == signal)

    def points(self, signal: Signal, since: float, until: float) -> list[tuple[float, object, str]]:
        series = self.series(signal, since, until)
        at = (each / 1000 - DAY0 for each in series.at.tolist())
        return list(zip(at, series.value, series.quality, strict=True))


def points(recorded: Iterable[RecordedValue], of: Sequence[Signal] = SIGNALS) -> Points:
    signals, times, numbers, qualities = array("I"), array("q"), array("d"), bytearray()
    texts: dict[int, str] = {}
    for place, (signal, at, value, *rest) in enumerate(recorded):
        number, text = columns_of(value)
        signals.append(of.index(signal))
        times.append(round((DAY0 + at) * 1000))
        numbers.append(number)
        qualities.append(QUALITIES.index(str(rest[0]) if rest else "GOOD"))
        if text is not None:
            texts[place] = text
    return Points(signals.tobytes(), times.tobytes(), numbers.tobytes(), bytes(qualities), texts)
