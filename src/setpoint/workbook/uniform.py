"""Reads an xlsx whose rows are all written alike: a header, and under it rows of the same cells with other values.

Most long sheets are like that, because a program wrote them. The first row under the header must be one that `quick`
proves to be plain. It is made into an expression with a group for each value, which splits the bytes of all rows into
columns; nothing may be left over between the rows. The parts before and after the rows go through `walk`. Any other
sheet is left to `quick`. All ways give the same cells; the tests compare them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import overload

import msgspec

from setpoint.core.ingest import Cell, Sheet
from setpoint.core.ingest.formats import NumberFormat
from setpoint.workbook import quick
from setpoint.workbook.grid import Grid
from setpoint.workbook.limits import MAX_ROWS
from setpoint.workbook.walk import walk

Row = Sequence[Cell]
_OPEN, _CLOSE, _ROW_END = b"<sheetData>", b"</sheetData>", b"</row>"
_BLOCK = 1 << 21
"""The number of bytes that are split at a time: small enough that the result is still in the processor's cache when it
is converted.
"""
_ROW = re.compile(rb'<row r="[1-9][0-9]{0,6}+"([^<>/]*+)>')
_CELL = re.compile(rb'<c r="([A-Z]++)[0-9]++"((?: s="([0-9]++)")?+( t="[ns]")?+)><v>[^<]++</v></c>')
_INDEX, _TEXT_TYPE = rb"(0|[1-9][0-9]{0,8})", b' t="s"'


class Template(msgspec.Struct, frozen=True):
    """How a row is written: an expression with groups for its number and for the value of each cell, whether each of
    them is a shared text, the places of their styles, and the row's own attributes."""

    rows: re.Pattern[bytes]
    are_texts: tuple[bool, ...]
    styles: frozenset[bytes]
    attributes: bytes


def uniform(
    xml: bytes,
    grid: Grid,
    shared: Callable[[], Sequence[str]],
    formats: Sequence[NumberFormat] | None,
    changing: Container[int] = (),
) -> Sheet | None:
    """The sheet, if its rows are all written alike; None if another way has to read it."""
    start = xml.find(_OPEN) + len(_OPEN)
    end = xml.find(_CLOSE, start)
    head_end = xml.find(_ROW_END, start, end) + len(_ROW_END)
    body_end = xml.find(_ROW_END, head_end, end) + len(_ROW_END)
    if start < len(_OPEN) or head_end < start or body_end < head_end:
        return None
    if not quick.is_alone(xml, start, end + len(_CLOSE)):
        return None
    head, body = template_of(xml[start:head_end]), template_of(xml[head_end:body_end])
    if head is None or body is None or not _is_plain((head, body), formats, xml[:start]):
        return None
    source = _Bytes(xml, shared())
    top = source.columns(head, start, head_end)
    if top is None:
        return None
    first, columns = top
    below = source.columns(body, head_end, end, first + 1)
    if below is None or first + len(below[1][0]) > MAX_ROWS:
        return None
    walk(xml[:start] + xml[end:], grid, (), formats, changing=changing)
    if grid.merges or grid.hides_zeros or grid.conditional or grid.has_flat_rows:
        return None
    rows = _Rows([column[0] for column in columns], below[1])
    hidden = frozenset(grid.hidden_columns)
    return Sheet(grid.name, rows, first, grid.is_hidden, hidden_columns=hidden, is_active=grid.is_active)


def template_of(row: bytes) -> Template | None:
    """How a row is written; None for one that is not plain, is blank, or does not begin in column A without a gap."""
    opened = _ROW.match(row)
    if opened is None or not quick.is_plain_row(row):
        return None
    at, pieces = opened.end(), [rb'<row r="([1-9][0-9]{0,6})"', re.escape(opened[1]), b">"]
    are_texts: list[bool] = []
    styles: set[bytes] = set()
    for column in quick.COLUMNS:
        cell = _CELL.match(row, at)
        if cell is None:
            break
        if cell[1] != column.encode():
            return None
        is_text = cell[4] == _TEXT_TYPE
        value = _INDEX if is_text else b"(" + quick.NUMBER + b")"
        pieces += [b'<c r="', cell[1], rb'\1"', re.escape(cell[2]), b"><v>", value, b"</v></c>"]
        are_texts.append(is_text)
        styles.add(cell[3] or b"0")
        at = cell.end()
    if not are_texts or row[at:] != _ROW_END:
        return None
    return Template(re.compile(b"".join([*pieces, _ROW_END])), tuple(are_texts), frozenset(styles), opened[1])


def _is_plain(templates: Iterable[Template], formats: Sequence[NumberFormat] | None, before: bytes) -> bool:
    return all(
        (formats is None or quick.are_plain(set(each.styles), formats))
        and (b"x14ac:" not in each.attributes or b"xmlns:x14ac=" in before)
        for each in templates
    )


class _Bytes:
    """The bytes of a sheet, and the texts that it shares."""

    def __init__(self, xml: bytes, texts: Sequence[str]) -> None:
        self._xml = xml
        self._texts = texts

    def columns(
        self, template: Template, start: int, end: int, number: int | None = None
    ) -> tuple[int, list[list[Cell]]] | None:
        """The number of the first row and the columns of all, from one place to another; ``number`` is what the first
        has to be. None if they are not all written alike, do not follow each other, or name a text that is not there.
        """
        columns: list[list[Cell]] = [[] for _ in template.are_texts]
        stride = len(columns) + 2
        first, at = number, start
        while at < end:
            stop = self._xml.find(b"<row ", at + _BLOCK, end)
            stop = end if stop < 0 else stop
            parts = template.rows.split(self._xml[at:stop])
            if any(parts[::stride]):
                return None
            numbers = [*map(int, parts[1::stride])]
            number = numbers[0] if number is None else number
            first = number if first is None else first
            if numbers != [*range(number, number + len(numbers))]:
                return None
            for place, is_text in enumerate(template.are_texts):
                values = parts[place + 2 :: stride]
                found = self._texts_of(values) if is_text else [*map(float, values)]
                if found is None:
                    return None
                columns[place] += found
            number += len(numbers)
            at = stop
        return (first or 0), columns

    def _texts_of(self, indexes: Iterable[bytes]) -> list[str] | None:
        try:
            return [*map(self._texts.__getitem__, map(int, indexes))]
        except IndexError:
            return None


class _Rows(Sequence[Row]):
    """A header and columns, as rows that are made on demand."""

    def __init__(self, head: Row, columns: Sequence[Sequence[Cell]]) -> None:
        self._head = head
        self._columns = columns

    def __len__(self) -> int:
        return 1 + len(self._columns[0])

    def __iter__(self) -> Iterator[Row]:
        yield self._head
        yield from zip(*self._columns, strict=True)

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...

    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            start, stop, step = at.indices(len(self))
            if step != 1:
                return [self[each] for each in range(start, stop, step)]
            below = slice(max(start - 1, 0), max(stop - 1, 0))
            rows: list[Row] = [*zip(*(column[below] for column in self._columns), strict=True)]
            return [self._head, *rows] if start == 0 < stop else rows
        place = range(len(self))[at]
        return [column[place - 1] for column in self._columns] if place else self._head
