"""The one writer: points into the tail at once, into the files of their day and line after a while, and merging.

Its methods are called from one thread, except `compact`, and `snapshot` and `stored`, which are for readers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import pyarrow as pa

from setpoint.core.history import Points, Signal
from setpoint.history.columns import (
    Columns,
    Names,
    Words,
    columns_of,
    joined,
    only_fields,
    points_table,
    sorted_points,
)
from setpoint.history.layout import (
    DAY_MS,
    HOURS,
    MINUTES,
    POINTS,
    Folder,
    Name,
    counting,
    day_of,
    days_between,
    mergeable,
    merged,
    start_of,
)
from setpoint.history.rollup import HOUR_MS, MINUTE_MS, coarser, minutes_table
from setpoint.history.run import Run
from setpoint.history.store import Store
from setpoint.history.tail import Tail

COMPACT_AFTER_MS = 900_000
COMPACT_AFTER_POINTS = 1_000_000
LARGE_ROWS = 1_000_000
"""The number of points of a file that is large enough.

So merging takes bounded memory, and a point is written few times.
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The data in memory at one instant: points of these signals that are in no day's file, and the values before them.
    ``recent`` is complete from ``recent_ms`` on: no file is needed for that time.
    """

    run: Run | None
    held: Columns | None
    blocks: tuple[Columns, ...]
    since_ms: int
    until_ms: int
    recent: tuple[Columns, ...] = ()
    recent_ms: int = 0


@dataclass(frozen=True, slots=True)
class Old:
    """The fields whose points are removed: these, and all others except ``spared``, unless that is None."""

    fields: frozenset[str]
    spared: frozenset[str] | None

    @property
    def any(self) -> bool:
        return bool(self.fields) or self.spared is not None

    def __contains__(self, field: str) -> bool:
        return field in self.fields or (self.spared is not None and field not in self.spared)


def _for_nobody(since_ms: int) -> None:
    pass


class Writer:
    def __init__(self, store: Store, tail: Path) -> None:
        self._store = store
        self._tail = Tail(tail)
        self._lock = Lock()
        """Guards what is in memory; held for moments."""
        self._compacting = Lock()
        self._run: Run | None = None
        self._pending: list[Columns] = []
        """Points that are not in the tail yet."""
        self.keep_days: Mapping[str, int] = {}
        self._pruned: dict[Name, Old] = {}
        self.default_days: int | None = None
        """The days to keep the points of fields that ``keep_days`` does not name; None keeps them for ever."""
        self.rewrites: Callable[[int], None] = _for_nobody
        """Called before points are written that may lie before others, with the earliest instant of them."""
        self._today = "0000"
        self._files, superseded = counting(store.names())
        self._open = {folder for folder, files in self._files.items() if mergeable(files, is_over=True)}
        """Folders that may have something to merge."""
        for name in superseded:
            store.remove(name)
        last = [name.last for files in self._files.values() for name in files if name.folder.kind != HOURS]
        self._next = max([*last, *self._tail.numbers(), 0]) + 1
        self._recover()

    def _recover(self) -> None:
        """A former run was killed: its points go into their files, and it ends at its last sign of life (HIST-5)."""
        if (left := self._tail.left()) is None:
            return
        run = Run(left.signals, left.words, left.since_ms, left.until_ms, left.held, left.first)
        run.blocks, run.flushed, run.flushed_ms = [left.points], 1, left.until_ms
        self._next = max(self._next, left.last + 1)
        self._run = run
        self.end()

    # Points

    def begin(self, signals: Sequence[Signal], at_ms: int, keep_days: Mapping[str, int]) -> None:
        """Another recorder begins; the values of the previous one end at their last sample."""
        self.end()
        self.rewrites(at_ms)  # the clock may have been set back while nobody recorded
        self.keep_days = keep_days
        run = Run.begun(signals, at_ms, self._next)
        self._tail.commit(run.names, run.held, run.words, after=self._next - 1, since_ms=at_ms)
        with self._lock:
            self._run = run

    def add(self, points: Points, at_ms: int) -> None:
        """Points that were sampled at ``at_ms``. They are durable after `flush`."""
        run = self._run
        assert run is not None, "begin comes first"
        if at_ms < run.until_ms:
            self.flush()
            self._compact()  # the clock was set back: new points start a new file
            self.rewrites(at_ms)
            with self._lock:
                run.set_back_ms = max(run.set_back_ms, run.until_ms)
                run.since_ms = min(run.since_ms, at_ms)
        if run.has_been_compacted:
            with self._lock:
                run.forget_texts(self._pending)
        block = columns_of(points, run.words)
        with self._lock:
            run.until_ms = at_ms
            if len(block):
                run.blocks.append(block)
        if len(block):
            self._pending.append(block)

    def flush(self) -> None:
        """Makes the added points durable. Raises `OSError` if none of them is."""
        run = self._run
        if run is None:
            return
        if self._pending:
            with self._lock:
                number, self._next = self._next, self._next + 1
            self._tail.add(number, joined(self._pending), run.names, run.words)
            self._pending = []
        with self._lock:
            run.flushed, run.flushed_ms = len(run.blocks), run.until_ms
        self._tail.alive(run.until_ms)

    def drop(self) -> int:
        """Drops the points that could not be written, and returns how many. `begin` continues from there."""
        run, lost = self._run, sum(len(block) for block in self._pending)
        if run is not None:
            with self._lock:
                del run.blocks[run.flushed :]
                run.until_ms = run.flushed_ms
        self._pending = []
        return lost

    def end(self) -> None:
        """Ends the recording. Every value ends at its last sample (HIST-5). Raises the errors of `compact`."""
        run = self._run
        if run is None:
            return
        self.flush()
        if len(ended := run.ended()):
            with self._lock:
                run.blocks.append(ended)
            self._pending.append(ended)
            self.flush()
        self._compact()
        self._tail.close(self._next - 1)
        with self._lock:
            self._run = None

    # Files

    @property
    def is_due(self) -> bool:
        """Whether it is time to `compact`."""
        run = self._run
        return run is not None and (
            run.points >= COMPACT_AFTER_POINTS or run.until_ms - run.since_ms >= COMPACT_AFTER_MS
        )

    def compact(self) -> None:
        """Moves the tail into the files of its day and line, and merges small files into large ones.

        May run in a thread of its own, while points are added. Raises `StorageError`, `OSError`.
        """
        self._compact()
        with self._compacting:
            self.merge()

    def _compact(self) -> None:
        with self._compacting:
            self._compact_alone()

    def _compact_alone(self) -> None:
        run = self._run
        if run is None:
            return
        with self._lock:
            blocks, until_ms = run.blocks[: run.flushed], run.flushed_ms
            if not blocks and until_ms <= run.since_ms:
                return
            self._next = max(self._next, run.first + 1)
            numbers = (run.first, self._next - 1)
        columns, held = joined(blocks), run.last(blocks)
        for line, mine, before in zip(run.lines, run.by_line(columns), run.by_line(run.held), strict=True):
            self._put_points(mine, line.id, line.names, run.words, numbers)
            known = joined([before, mine]).in_order()
            self._put_minutes(
                known, line.id, line.names, run.words, numbers, since_ms=run.since_ms, until_ms=until_ms
            )
        self._tail.commit(run.names, held, run.words, after=numbers[1], since_ms=until_ms)
        with self._lock:
            run.compacted(held, len(blocks), until_ms, numbers[1] + 1)

    def past(self, points: Points, signals: Sequence[Signal]) -> None:
        """Writes points of a past directly into their files; a value ends at the last point."""
        if not len(points):
            return
        words = Words()
        columns = columns_of(points, words)
        run = Run(tuple(signals), words, int(columns.time.min()), int(columns.time.max()) + 1,
                  Run.begun(signals, int(columns.time.min()), 0).held, self._next)  # fmt: skip
        run.blocks = [columns]
        columns = joined([columns, run.ended()])
        self.rewrites(run.since_ms)
        numbers, self._next = (self._next, self._next), self._next + 1
        self._today = day_of(run.until_ms)
        for line, mine in zip(run.lines, run.by_line(columns), strict=True):
            self._put_points(mine, line.id, line.names, words, numbers)
            self._put_minutes(
                mine, line.id, line.names, words, numbers, since_ms=run.since_ms, until_ms=run.until_ms
            )
        self.merge()

    def _put_points(
        self, mine: Columns, line: str, names: Names, words: Words, numbers: tuple[int, int]
    ) -> None:
        if not len(mine):
            return
        for day in days_between(int(mine.time.min()), int(mine.time.max()) + 1):
            start = start_of(day)
            part = mine.of((mine.time >= start) & (mine.time < start + DAY_MS))
            if len(part):
                self._put(Name(Folder(POINTS, day, line), *numbers), points_table(part, names, words))

    def _put_minutes(
        self,
        known: Columns,
        line: str,
        names: Names,
        words: Words,
        numbers: tuple[int, int],
        *,
        since_ms: int,
        until_ms: int,
    ) -> None:
        for day in days_between(since_ms, until_ms):
            start = start_of(day)
            first, last = max(since_ms, start), min(until_ms, start + DAY_MS)
            if first < last:
                table = minutes_table(known, names, words, first, last)
                if table.num_rows:
                    self._put(Name(Folder(MINUTES, day, line), *numbers), table)

    def _put(self, name: Name, table: object) -> None:
        self._store.put(name, table)
        with self._lock:
            files, _ = counting([*self._files.get(name.folder, []), name])
            self._files[name.folder] = files[name.folder]
            self._open.add(name.folder)

    # Merging

    def merge(self) -> None:
        """Merges many small files into few large ones, and makes the hours of finished days. Raises `StorageError`."""
        if self._run is not None:
            self._today = day_of(self._run.until_ms)
        for folder in sorted(self._open):
            is_over = folder.period < self._today[: len(folder.period)]
            while chosen := mergeable(self._files.get(folder, []), is_over=is_over):
                self._merge(chosen, is_over=is_over)
            if is_over:
                self._open.discard(folder)

    def _merge(self, chosen: list[Name], *, is_over: bool) -> None:
        table = pa.concat_tables([self._store.read(each) for each in chosen])
        is_large = chosen[0].folder.kind == POINTS and table.num_rows >= LARGE_ROWS
        name = merged(chosen, is_finished=is_over or is_large)
        if name.folder.kind == POINTS:
            table = sorted_points(table)
        else:
            table = coarser(table, HOUR_MS if name.folder.kind == HOURS else MINUTE_MS)
        self._put(name, table)
        for each in chosen:
            if each.path != name.path:
                self._store.remove(each)
        if name.folder.kind == MINUTES and is_over:
            self._put_hours(name.folder, table)

    def _put_hours(self, minutes: Folder, table: object) -> None:
        number = start_of(minutes.period) // DAY_MS
        folder = Folder(HOURS, minutes.period[:7], minutes.line)
        name = Name(folder, number, number)
        if not any(each.covers(name) and each != name for each in self.stored().get(folder, [])):
            self._put(name, coarser(table, HOUR_MS))

    def keep(self, today: str) -> int:
        """Removes points that are past their limit, and returns how many files changed. A file is read again only if
        the rules have changed.
        """
        changed, stored = 0, self.stored()
        present = {name for files in stored.values() for name in files}
        self._pruned = {name: old for name, old in self._pruned.items() if name in present}
        for folder, files in stored.items():
            if folder.kind != POINTS:
                continue
            old = self._old((start_of(today) - start_of(folder.period)) // DAY_MS)
            for name in files if old.any else []:
                if self._pruned.get(name) != old:
                    changed += self._prune(name, old)
        return changed

    def _old(self, age: int) -> Old:
        """The fields whose points are to be removed once they are ``age`` days old."""
        is_default = self.default_days is not None and age > self.default_days
        fields = frozenset(field for field, days in self.keep_days.items() if age > days)
        return Old(fields, frozenset(self.keep_days) if is_default else None)

    def _prune(self, name: Name, old: Old) -> bool:
        self._pruned[name] = old
        table = self._store.read(name)
        kept = only_fields(table, lambda field: field not in old)
        if kept.num_rows == table.num_rows:
            return False
        if kept.num_rows:
            self._store.put(name, kept)
        else:
            self._store.remove(name)
            with self._lock:
                self._files[name.folder] = [each for each in self._files[name.folder] if each != name]
        return True

    # For readers

    def stored(self) -> dict[Folder, list[Name]]:
        """The files that count."""
        with self._lock:
            return {folder: list(files) for folder, files in self._files.items() if files}

    def files_in(self, folder: Folder) -> list[Name]:
        """The files of one folder that count."""
        with self._lock:
            return list(self._files.get(folder, ()))

    def snapshot(self) -> Snapshot:
        with self._lock:
            run = self._run
            if run is None:
                return Snapshot(None, None, (), 0, 0)
            blocks, recent_ms = tuple(run.blocks), max(run.earlier_ms, run.set_back_ms)
            recent = (*run.earlier, *blocks)
            return Snapshot(run, run.held, blocks, run.since_ms, run.until_ms, recent, recent_ms)

    @property
    def points_in_memory(self) -> int:
        with self._lock:
            return self._run.points if self._run else 0
