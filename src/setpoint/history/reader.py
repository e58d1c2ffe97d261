"""Answers questions from the files and from memory: intervals of a width for a chart, or points (HIST-1, HIST-7).

A question is bounded: in signals, width and span by `setpoint.core.history.query`, in rows and in time here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from setpoint.contract.http.history import StateInterval
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.history import QUALITIES, HistoryQuery, Signal
from setpoint.core.history.points import value_of
from setpoint.core.history.query import MAX_EXACT_SPAN_S, MAX_POINTS
from setpoint.errors import RequestError, StorageError
from setpoint.history.columns import (
    NO_TEXT,
    Columns,
    Floats,
    Ints,
    Table,
    Words,
    joined,
    joined_in_order,
    number_of,
    time_of,
    words_of,
)
from setpoint.history.layout import DAY_MS, HOURS, MINUTES, POINTS, Folder, day_of, days_between, start_of
from setpoint.history.rollup import HOUR_MS, MINUTE_MS
from setpoint.history.run import NOT_RECORDED_CODE
from setpoint.history.steps import KNOWS_STATUS, Cells, cells_of_rollups, joined_cells, over_intervals
from setpoint.history.store import Opened, Store
from setpoint.history.writer import Snapshot, Writer
from setpoint.message import sentence

MAX_ROWS = 30_000_000
WITHIN_S = 8.0
_TRIES = 5
_POINT_COLUMNS = ("time", "number", "text", "quality")


@dataclass(slots=True)
class Series:
    """One signal: intervals (``low``, ``high``, ``mean``), or points (``value``, ``quality``), each ``at`` Unix ms."""

    signal: Signal
    at: Ints
    low: Floats | None = None
    high: Floats | None = None
    mean: Floats | None = None
    value: list[object] = field(default_factory=list)
    quality: list[str] = field(default_factory=list)

    @property
    def is_points(self) -> bool:
        return self.low is None


@dataclass(slots=True)
class Found:
    resolution: str
    since_ms: int
    until_ms: int
    series: list[Series]
    states: list[StateInterval]


@dataclass(slots=True)
class PointsRead:
    """``columns`` number the question's signals, and are sorted by signal and time; ``texts`` are the texts to which
    they refer.
    """

    columns: Columns
    texts: list[str]


class Reader:
    def __init__(self, store: Store, writer: Writer) -> None:
        self._store = store
        self._writer = writer

    def answer(self, query: HistoryQuery) -> Found:
        """The answer to a query. Raises `RequestError` if it would take too long, or has too many points."""
        return _Reading(self._store, self._writer, query).found()

    @property
    def recorded_until_ms(self) -> int:
        """The last sample; 0 before the first one."""
        return self._writer.snapshot().until_ms

    def points(self, query: HistoryQuery) -> PointsRead:
        """Every point of the signals, of any field. Raises `RequestError` if it would take too long."""
        return _Reading(self._store, self._writer, query).read()


class _Reading:
    """Answers one question. Signals are numbered as in the question; a machine's status follows them."""

    def __init__(self, store: Store, writer: Writer, query: HistoryQuery) -> None:
        self._store = store
        self._writer = writer
        self._query = query
        self._deadline = time.monotonic() + WITHIN_S
        self._words = Words()
        statuses = {signal.machine: signal for signal in query.signals}
        self._machines = [Signal(each.machine, "status", each.line) for each in statuses.values()]
        self._signals = list(dict.fromkeys((*query.signals, *self._machines)))
        self._index = {(each.machine, each.field): place for place, each in enumerate(self._signals)}
        self._since, self._until = round(query.since * 1000), round(query.until * 1000)
        self._rows = 0

    def read(self) -> PointsRead:
        return PointsRead(self._points(self._query.signals, is_ended=True), self._words.texts)

    def found(self) -> Found:
        query, span_ms = self._query, self._until - self._since
        step = None if query.width is None else span_ms / query.width
        numbers = [each for each in query.signals if each.field in query.numbers]
        exact = [each for each in query.signals if each.field not in query.numbers]
        series: list[Series] = []
        states: list[StateInterval] = []
        if span_ms <= MAX_EXACT_SPAN_S * 1000:
            points = self._points(exact + [each for each in self._machines if each not in exact])
            series += self._as_points(points, exact)
            states = self._states(points)
        resolution = "points"
        if step is None:
            series += self._as_points(self._points(numbers), numbers)
        elif numbers:
            resolution = "hours" if step >= HOUR_MS else "minutes" if step >= MINUTE_MS else "points"
            series += self._as_intervals(numbers, resolution)
        places = {signal: place for place, signal in enumerate(query.signals)}
        series.sort(key=lambda each: places[each.signal])
        return Found(resolution, self._since, self._until, series, states)

    # Points

    def _points(self, signals: Sequence[Signal], *, is_ended: bool = False) -> Columns:
        """The value at the beginning and every point after it, sorted by the question's numbers and time.

        ``is_ended``: a value ends at the last sample, because nothing is known after it.
        """
        snapshot = self._writer.snapshot()
        if snapshot.run is not None and self._since >= snapshot.recent_ms:
            parts = [self._memory(snapshot, snapshot.recent, signals, is_ended=is_ended)]
        else:
            recent = self._memory(snapshot, snapshot.blocks, signals, is_ended=is_ended)
            parts = [*self._stored(signals), recent]
        wanted = np.zeros(len(self._signals) + 1, bool)
        wanted[[self._index[each.machine, each.field] for each in signals]] = True
        columns = joined_in_order(
            [part.where(wanted[part.signal] & (part.time < self._until)) for part in parts]
        )
        return columns.where(_held_and_after(columns, self._since))

    def _stored(self, signals: Sequence[Signal]) -> Iterator[Columns]:
        since_day = self._since // DAY_MS * DAY_MS
        for line, members in _by_line(signals).items():
            for day in days_between(since_day, self._until):
                yield from map(self._columns, self._read(Folder(POINTS, day, line), members, _POINT_COLUMNS))

    def _memory(
        self, snapshot: Snapshot, blocks: Sequence[Columns], signals: Sequence[Signal], *, is_ended: bool
    ) -> Columns:
        run = snapshot.run
        if run is None:
            return joined([])
        numbers = np.full(len(run.signals), -1, np.int64)
        for each in signals:
            if (found := run.index.get((each.machine, each.field))) is not None:
                numbers[found] = self._index[each.machine, each.field]
        texts = np.array([*(self._words.number(text) for text in list(run.words.texts)), NO_TEXT], np.int64)
        mine = np.flatnonzero(numbers >= 0)[: None if is_ended else 0]
        end = Columns(
            mine,
            np.full(len(mine), snapshot.until_ms + 1, np.int64),
            np.full(len(mine), np.nan),
            np.full(len(mine), NO_TEXT, np.int64),
            np.full(len(mine), NOT_RECORDED_CODE, np.uint8),
        )
        found_ = joined([*blocks, end])
        found_ = found_.of(numbers[found_.signal] >= 0)
        return Columns(numbers[found_.signal], found_.time, found_.number, texts[found_.text], found_.quality)

    def _read(self, folder: Folder, signals: Sequence[Signal], names: tuple[str, ...]) -> Iterator[Table]:
        for opened in self._opened(folder):
            if time.monotonic() > self._deadline:
                raise too_much(f"this takes longer than {WITHIN_S:.0f} s")
            with opened.file as file:
                if not (groups := opened.groups_with(signals)):
                    continue
                table = file.read_row_groups(groups, columns=["machine", "field", *names], use_threads=False)
                self._rows += table.num_rows
                if self._rows > MAX_ROWS:
                    raise too_much(f"this reads more than {MAX_ROWS:,} points")
                yield table

    def _opened(self, folder: Folder) -> list[Opened]:
        """Every file of the folder at one instant: while it is open, a merge may remove it."""
        for _ in range(_TRIES):
            try:
                return [self._store.open(name) for name in self._writer.files_in(folder)]
            except FileNotFoundError:
                continue  # merged between the list and the opening
        raise StorageError(
            sentence(
                "words-files-change-too-often-be-read",
                "the files of {path} change too often to be read; ask again",
                path=folder.path,
            )
        )

    def _numbers(self, table: Table) -> Ints:
        """Each row's signal, by the question's numbers; one past the last if nobody asked."""
        (machine, machines), (name, names) = words_of(table["machine"]), words_of(table["field"])
        known = np.full((len(machines), len(names)), len(self._signals), np.int64)
        for row, each in enumerate(machines):
            for place, one in enumerate(names):
                known[row, place] = self._index.get((str(each), str(one)), len(self._signals))
        found: Ints = known.ravel().take(machine * len(names) + name)
        return found

    def _columns(self, table: Table) -> Columns:
        signal = self._numbers(table)
        text, texts = words_of(table["text"])
        words = np.array([*(self._words.number(each) for each in texts), NO_TEXT], np.int64)
        quality, qualities = words_of(table["quality"])
        codes = np.array([QUALITIES.index(str(each)) for each in qualities] or [0], np.uint8)
        columns = Columns(
            signal, time_of(table["time"]), number_of(table["number"]), words[text], codes[quality]
        )
        return columns.where(signal < len(self._signals))

    def _as_points(self, columns: Columns, signals: Sequence[Signal]) -> list[Series]:
        if len(columns) > MAX_POINTS:
            raise too_much(f"this has {len(columns):,} points, of at most {MAX_POINTS:,}")
        found = []
        for signal in signals:
            place = self._index[signal.machine, signal.field]
            mine = columns.of(columns.signal == place)
            values = [
                _value(number, text if text is None else self._words.texts[text])
                for number, text in zip(
                    mine.number.tolist(),
                    (None if each == NO_TEXT else each for each in mine.text.tolist()),
                    strict=True,
                )
            ]
            qualities = [QUALITIES[code] for code in mine.quality.tolist()]
            found.append(Series(signal, mine.time, value=values, quality=qualities))
        return found

    def _states(self, columns: Columns) -> list[StateInterval]:
        found: list[StateInterval] = []
        known_ms = self._writer.snapshot().until_ms + 1
        for signal in self._machines:
            mine = columns.of(columns.signal == self._index[signal.machine, "status"])
            starts = np.maximum(mine.time, self._since).tolist()
            ends = [*starts[1:], min(self._until, known_ms)][: len(starts)]
            for start, end, text, code in zip(
                starts, ends, mine.text.tolist(), mine.quality.tolist(), strict=True
            ):
                quality = QUALITIES[code]
                status = self._words.text(text) if KNOWS_STATUS[code] else None
                if end <= start:
                    continue
                last = found[-1] if found and found[-1].machine == signal.machine else None
                if last and (last.status, last.quality) == (status, quality) and last.until == start / 1000:
                    found[-1] = StateInterval(signal.machine, last.since, end / 1000, status, quality)
                else:
                    found.append(StateInterval(signal.machine, start / 1000, end / 1000, status, quality))
        return found

    # Intervals

    def _as_intervals(self, signals: Sequence[Signal], resolution: str) -> list[Series]:
        assert self._query.width is not None
        edges = np.linspace(self._since, self._until, self._query.width + 1).astype(np.int64)
        order = {self._index[each.machine, each.field]: place for place, each in enumerate(signals)}
        local = np.full(len(self._signals) + 1, len(signals), np.int64)
        for index, place in order.items():
            local[index] = place
        parts = []
        if resolution == "points":
            columns = self._points(signals, is_ended=True)
            parts.append(self._over(columns, local, len(signals), edges))
        else:
            snapshot = self._writer.snapshot()
            run_since = snapshot.since_ms if snapshot.run else self._until
            parts += self._rollups(signals, resolution, local, edges)
            if snapshot.run and run_since < self._until:
                assert snapshot.held is not None
                known = (snapshot.held, *snapshot.blocks)
                memory = self._memory(snapshot, known, signals, is_ended=True)
                parts.append(self._over(memory, local, len(signals), edges, since=run_since))
        cells = joined_cells(parts)
        return [
            _intervals(signal, cells, place, edges, len(edges) - 1) for place, signal in enumerate(signals)
        ]

    def _over(
        self, columns: Columns, local: Ints, count: int, edges: Ints, since: int | None = None
    ) -> Cells:
        mine = columns.of(local[columns.signal] < count)
        mine = Columns(local[mine.signal], mine.time, mine.number, mine.text, mine.quality).in_order()
        if since is not None and since > edges[0]:
            # Only from ``since`` on: earlier values are in the roll-ups.
            clamped = np.maximum(mine.time, since)
            mine = Columns(mine.signal, clamped, mine.number, mine.text, mine.quality).in_order()
        cells, _ = over_intervals(mine, count, edges)
        return cells

    def _rollups(
        self, signals: Sequence[Signal], resolution: str, local: Ints, edges: Ints
    ) -> Iterator[Cells]:
        size = len(signals) * (len(edges) - 1)
        width = len(edges) - 1
        yield _no_cells(size)
        for line, members in _by_line(signals).items():
            for folder in self._folders(resolution, line):
                for table in self._read(folder, members, ("time", "min", "max", "mean", "seconds", "points")):
                    signal, at = local[self._numbers(table)], time_of(table["time"])
                    low = number_of(table["min"])
                    chosen = (signal < len(signals)) & ~np.isnan(low)
                    chosen &= (at >= edges[0]) & (at < edges[-1])
                    where = signal[chosen] * width
                    where += np.searchsorted(edges, at[chosen], side="right") - 1
                    seconds = number_of(table["seconds"])[chosen]
                    yield cells_of_rollups(
                        where,
                        size,
                        low=low[chosen],
                        high=number_of(table["max"])[chosen],
                        area=number_of(table["mean"])[chosen] * seconds,
                        seconds=seconds,
                        points=time_of(table["points"])[chosen],
                    )

    def _folders(self, resolution: str, line: str) -> Iterator[Folder]:
        """The folders to read: for hours those of the months, and of the days that have no hours yet."""
        days = days_between(self._since, self._until)
        if resolution == "hours":
            for month in dict.fromkeys(day[:7] for day in days):
                yield Folder(HOURS, month, line)
            covered = self._covered(line)
            days = [day for day in days if start_of(day) // DAY_MS not in covered]
        for day in days:
            yield Folder(MINUTES, day, line)

    def _covered(self, line: str) -> set[int]:
        months = {day_of(at * DAY_MS)[:7] for at in range(self._since // DAY_MS, self._until // DAY_MS + 1)}
        return {
            day
            for month in months
            for name in self._writer.files_in(Folder(HOURS, month, line))
            for day in range(name.first, name.last + 1)
        }


def _no_cells(size: int) -> Cells:
    nothing = np.zeros(size)
    return Cells(np.full(size, np.inf), np.full(size, -np.inf), nothing, nothing, nothing.astype(np.int64))


def _by_line(signals: Sequence[Signal]) -> dict[str, list[Signal]]:
    lines: dict[str, list[Signal]] = {}
    for each in signals:
        lines.setdefault(each.line, []).append(each)
    return lines


def _held_and_after(columns: Columns, since: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Marks each signal's points from ``since`` on, and the last one before."""
    before = columns.time < since
    is_last = np.ones(len(columns), bool)
    is_last[:-1] = (columns.signal[1:] != columns.signal[:-1]) | ~before[1:]
    return ~before | (before & is_last)


def _intervals(signal: Signal, cells: Cells, place: int, edges: Ints, width: int) -> Series:
    part = slice(place * width, (place + 1) * width)
    seconds = cells.seconds[part]
    known = seconds > 0
    mean = np.divide(cells.area[part], seconds, out=np.full(width, np.nan), where=known)
    low = np.where(known, cells.low[part], np.nan)
    return Series(signal, edges[:-1], low, np.where(known, cells.high[part], np.nan), mean)


def _value(number: float, text: str | None) -> object:
    value = value_of(number, text)
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def too_much(what: str) -> RequestError:
    return RequestError(
        f"{what}; ask for fewer signals, a shorter time, or a width", code=ProblemCode.HISTORY_TOO_LARGE
    )
