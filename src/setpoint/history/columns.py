"""Points in memory, as columns of one length, and as tables of the files.

The tables of the files, which people's own tools read (docs/reference/history.md):

    points    time, machine, field, number, text, quality; sorted by machine, field, time
    minutes   time, machine, field, min, max, mean, text, seconds, points; the same for hours
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from setpoint.core.history import QUALITIES, Points, Signal

Table = Any
"""A `pyarrow.Table`; the library has no types."""
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TIME = pa.timestamp("ms", "UTC")
_WORD = pa.dictionary(pa.int32(), pa.string())
NO_TEXT = -1
_SHORT_RUN = 16
"""Blocks whose runs are shorter on average are sorted row by row."""
POINT_NAMES = ("time", "machine", "field", "number", "text", "quality")
ROLLUP_NAMES = ("time", "machine", "field", "min", "max", "mean", "text", "seconds", "points")


class Words:
    """Texts by number; the same text has the same number. A number that is free has an empty text."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}
        self._free: list[int] = []

    def number(self, text: str | None) -> int:
        if text is None:
            return NO_TEXT
        found = self._numbers.get(text)
        if found is None:
            if self._free:
                found = self._free.pop()
                self.texts[found] = text
            else:
                found = len(self.texts)
                self.texts.append(text)
            self._numbers[text] = found
        return found

    def keep_only(self, used: Iterable[Ints]) -> None:
        """Forgets all texts but those with these numbers; new texts get the numbers that become free."""
        is_used = np.zeros(len(self.texts) + 1, np.bool_)
        for numbers in used:
            is_used[numbers] = True  # `NO_TEXT` marks the place after the last
        for number in np.flatnonzero(~is_used[:-1]).tolist():
            if self._numbers.get(self.texts[number]) == number:
                del self._numbers[self.texts[number]]
                self.texts[number] = ""
                self._free.append(number)

    def text(self, number: int) -> str | None:
        return None if number == NO_TEXT else self.texts[number]


@dataclass(frozen=True, slots=True)
class Columns:
    """``signal`` numbers a list of signals, ``text`` a `Words`, ``quality`` the `QUALITIES`; ``time`` is Unix ms."""

    signal: Ints
    time: Ints
    number: Floats
    text: Ints
    quality: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.time)

    def of(self, chosen: Any) -> Columns:
        """The rows that an index or a mask selects."""
        return Columns(
            self.signal[chosen],
            self.time[chosen],
            self.number[chosen],
            self.text[chosen],
            self.quality[chosen],
        )

    def where(self, mask: NDArray[np.bool_]) -> Columns:
        """The rows that the mask selects; nothing is copied if these are all."""
        return self if bool(mask.all()) else self.of(mask)

    def in_order(self, rank: Ints | None = None) -> Columns:
        """Sorted by signal (by its ``rank``) and time; rows of the same instant stay in order."""
        by = self.signal if rank is None else rank[self.signal]
        is_short = len(by) > 0 and int(by.max()) < 2**16  # a radix sort, ten times as fast
        order = np.argsort(by.astype(np.uint16) if is_short else by, kind="stable")
        time, by_order = self.time[order], by[order]
        # Points mostly come in the order of their times, so that sorting by signal is enough.
        if _rises(time, by_order):
            return self.of(order)
        return self.of(np.lexsort((self.time, by)))

    def is_in_order(self) -> bool:
        """Whether the rows, which are sorted by signal, are sorted by time too."""
        return _rises(self.time, self.signal)


def _rises(time: Ints, by: Ints) -> bool:
    return bool(np.all((time[1:] >= time[:-1]) | (by[1:] != by[:-1])))


def columns_of(points: Points, words: Words) -> Columns:
    text = np.full(len(points), NO_TEXT, np.int64)
    for place, each in points.texts.items():
        text[place] = words.number(each)
    return Columns(
        np.frombuffer(points.signals, np.uint32).astype(np.int64),
        np.frombuffer(points.times, np.int64),
        np.frombuffer(points.numbers, np.float64),
        text,
        np.frombuffer(points.qualities, np.uint8),
    )


def joined(blocks: Sequence[Columns]) -> Columns:
    if len(blocks) == 1:
        return blocks[0]
    return Columns(
        *(
            np.concatenate([getattr(block, name) for block in blocks] or [np.empty(0, kind)])
            for name, kind in (
                ("signal", np.int64),
                ("time", np.int64),
                ("number", np.float64),
                ("text", np.int64),
                ("quality", np.uint8),
            )
        )
    )


def joined_in_order(blocks: Sequence[Columns]) -> Columns:
    """The rows of all blocks, sorted by signal and time; rows of the same instant stay in order.

    Files are sorted, so the points of a signal are one run of rows in each. Whole runs are copied, which takes a
    fraction of the time of sorting rows.
    """
    sorted_ones: list[Columns] = []
    runs: list[tuple[int, int, int, int]] = []
    for each in filter(len, blocks):
        block, starts = each, _starts_of_runs(each)
        if len(starts) * _SHORT_RUN > len(block):
            block = block.in_order()
            starts = _starts_of_runs(block)
        ends = [*starts[1:].tolist(), len(block)]
        numbers = block.signal[starts].tolist()
        runs += zip(numbers, repeat(len(sorted_ones)), starts.tolist(), ends, strict=False)
        sorted_ones.append(block)
    runs.sort()
    found = joined([sorted_ones[place].of(slice(start, end)) for _, place, start, end in runs])
    return found if found.is_in_order() else found.in_order()


def _starts_of_runs(block: Columns) -> Ints:
    """The rows at which another signal begins."""
    return np.flatnonzero(np.append(True, block.signal[1:] != block.signal[:-1]))


class Names:
    """The signals of a list as Arrow dictionaries, made once."""

    def __init__(self, signals: Sequence[Signal]) -> None:
        self.signals = signals
        self._machine = _coded([signal.machine for signal in signals])
        self._field = _coded([signal.field for signal in signals])
        self._line = _coded([signal.line for signal in signals])
        order = sorted(range(len(signals)), key=lambda index: (signals[index].machine, signals[index].field))
        self.rank = np.empty(len(signals), np.int64)
        self.rank[order] = np.arange(len(signals))

    def machine(self, signal: Ints) -> Any:
        return _taken(self._machine, signal)

    def field(self, signal: Ints) -> Any:
        return _taken(self._field, signal)

    def line(self, signal: Ints) -> Any:
        return _taken(self._line, signal)


def _coded(texts: Sequence[str]) -> tuple[NDArray[np.int32], Any]:
    found = sorted(set(texts))
    numbers = {text: number for number, text in enumerate(found)}
    return np.array([numbers[text] for text in texts], np.int32), pa.array(found, pa.string())


def _taken(coded: tuple[NDArray[np.int32], Any], signal: Ints) -> Any:
    codes, texts = coded
    return pa.DictionaryArray.from_arrays(pa.array(codes[signal]), texts)


def text_array(text: Ints, words: Words) -> Any:
    codes = pa.array(text.astype(np.int32), mask=text == NO_TEXT)
    return pa.DictionaryArray.from_arrays(codes, pa.array(words.texts, pa.string()))


def number_array(number: Floats) -> Any:
    return pa.array(number, mask=np.isnan(number))


_QUALITY_TEXTS = pa.array(QUALITIES, pa.string())


def points_table(columns: Columns, names: Names, words: Words) -> Table:
    return pa.Table.from_arrays(
        [
            pa.array(columns.time, TIME),
            names.machine(columns.signal),
            names.field(columns.signal),
            number_array(columns.number),
            text_array(columns.text, words),
            pa.DictionaryArray.from_arrays(pa.array(columns.quality.astype(np.int32)), _QUALITY_TEXTS),
        ],
        names=POINT_NAMES,
    )


def words_of(column: Any) -> tuple[Ints, list[str | None]]:
    """A column of texts as numbers, and the texts of these; a missing one is `NO_TEXT`."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], _WORD)
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    indices = array.indices.fill_null(NO_TEXT) if array.null_count else array.indices
    return indices.to_numpy(zero_copy_only=False).astype(np.int64), array.dictionary.to_pylist()


def time_of(column: Any) -> Ints:
    found: Ints = column.cast(pa.int64()).to_numpy()
    return found


def number_of(column: Any) -> Floats:
    found: Floats = column.to_numpy().astype(np.float64, copy=False)
    return found


def ranked(column: Any) -> tuple[Ints, list[str]]:
    """A column of texts as numbers in alphabetical order."""
    codes, texts = words_of(column)
    found = sorted({str(text) for text in texts})
    numbers = {text: number for number, text in enumerate(found)}
    ranks = np.array([*(numbers[str(text)] for text in texts), NO_TEXT], np.int64)
    return ranks[codes], found


def pairs(table: Table) -> Ints:
    """A number for each row's machine and field, in their order."""
    (machines, _), (fields, names) = ranked(table["machine"]), ranked(table["field"])
    return machines * max(1, len(names)) + fields


def sorted_points(table: Table) -> Table:
    """Points of several files, sorted as in one; rows of the same instant stay in order."""
    order = np.lexsort((time_of(table["time"]), pairs(table)))
    return table.unify_dictionaries().combine_chunks().take(pa.array(order))


def only_fields(table: Table, is_kept: Callable[[str], bool]) -> Table:
    codes, texts = words_of(table["field"])
    kept = np.array([is_kept(str(text)) for text in texts], bool)
    return table if bool(kept[codes].all()) else table.filter(pa.array(kept[codes]))
