"""The last minutes: a small Parquet file for each second or so in which anything was recorded, until it goes
into its day's folder.

    tail/00000361.parquet   points: as in the days' files, and the line
    tail/run.parquet        the signals of the recorder that is at work, and what they held after the file ``after``
    tail/alive              its time is the last instant that was recorded

``run.parquet`` is what commits: files up to its ``after`` are in their days' folders.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from setpoint.core.history import QUALITIES, Signal
from setpoint.history.columns import (
    NO_TEXT,
    Columns,
    Ints,
    Names,
    Table,
    Words,
    joined,
    number_of,
    points_table,
    time_of,
    words_of,
)
from setpoint.history.store import encoded, write_durably

_RUN, _ALIVE = "run.parquet", "alive"


@dataclass(frozen=True, slots=True)
class Left:
    """The remains of a former run: its signals, their values at ``since_ms``, the points after that, and its end."""

    signals: tuple[Signal, ...]
    held: Columns
    points: Columns
    words: Words
    since_ms: int
    until_ms: int
    first: int
    last: int


class Tail:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for unfinished in directory.glob("*.writing"):
            unfinished.unlink()

    def numbers(self) -> list[int]:
        return sorted(int(path.stem) for path in self._directory.glob("[0-9]*.parquet"))

    def add(self, number: int, columns: Columns, names: Names, words: Words) -> None:
        """Raises `OSError`."""
        table = points_table(columns, names, words).append_column("line", names.line(columns.signal))
        write_durably(self._path(number), encoded(table))

    def alive(self, at_ms: int) -> None:
        path = self._directory / _ALIVE
        path.touch(mode=0o600)
        os.utime(path, (at_ms / 1000, at_ms / 1000))

    def commit(self, names: Names, held: Columns, words: Words, *, after: int, since_ms: int) -> None:
        """Commits that everything up to ``after`` is in its day's folder. ``held`` are the signals' values at that
        point. Raises `OSError`."""
        table = points_table(held, names, words).append_column("line", names.line(held.signal))
        metadata = {"after": str(after), "since": str(since_ms)}
        write_durably(
            self._directory / _RUN, encoded(table.replace_schema_metadata(metadata), has_notes=True)
        )
        self.forget(after)

    def close(self, after: int) -> None:
        """Ends the run: everything of it is in its day's folder."""
        (self._directory / _RUN).unlink(missing_ok=True)
        self.forget(after)

    def forget(self, up_to: int) -> None:
        for number in self.numbers():
            if number <= up_to:
                self._path(number).unlink(missing_ok=True)

    def left(self) -> Left | None:
        """The remains of a run that did not end properly; None if there are none."""
        if not (self._directory / _RUN).exists():
            self.forget(max(self.numbers(), default=0))
            return None
        run = pq.read_table(self._directory / _RUN, partitioning=None)
        metadata = run.schema.metadata
        after, since_ms = int(metadata[b"after"]), int(metadata[b"since"])
        self.forget(after)
        signals = tuple(
            Signal(*each)
            for each in zip(*(run[name].to_pylist() for name in ("machine", "field", "line")), strict=True)
        )
        index = {(signal.machine, signal.field): place for place, signal in enumerate(signals)}
        words, numbers = Words(), self.numbers()
        tables = [pq.read_table(self._path(number), partitioning=None) for number in numbers]
        points = joined([_columns(table, index, words) for table in tables])
        until_ms = max(int(points.time.max(initial=since_ms)), self._alive_ms())
        held = _columns(run, index, words)
        return Left(signals, held, points, words, since_ms, until_ms, after + 1, max(numbers, default=after))

    def _alive_ms(self) -> int:
        try:
            return int((self._directory / _ALIVE).stat().st_mtime * 1000 + 0.5)
        except FileNotFoundError:
            return 0

    def _path(self, number: int) -> Path:
        return self._directory / f"{number:08}.parquet"


def _columns(table: Table, index: dict[tuple[str, str], int], words: Words) -> Columns:
    machines, fields = (words_of(table[name]) for name in ("machine", "field"))
    pairs = zip(machines[0].tolist(), fields[0].tolist(), strict=True)
    signal = np.array([index[(str(machines[1][m]), str(fields[1][f]))] for m, f in pairs], np.int64)
    text = _renumbered(words_of(table["text"]), words)
    codes, qualities = words_of(table["quality"])
    known = np.array([QUALITIES.index(str(quality)) for quality in qualities] or [0], np.uint8)
    return Columns(
        signal,
        time_of(table["time"]),
        number_of(table["number"]),
        text,
        known[codes].astype(np.uint8),
    )


def _renumbered(coded: tuple[Ints, Sequence[str | None]], words: Words) -> Ints:
    codes, texts = coded
    numbers = np.array([*(words.number(text) for text in texts), NO_TEXT], np.int64)
    return numbers[codes]
