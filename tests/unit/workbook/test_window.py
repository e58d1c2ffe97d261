"""Rows that are made on demand equal the rows of the full list."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from setpoint.core.ingest import Cell
from setpoint.workbook import xlsx
from setpoint.workbook.read import read_sheets
from setpoint.workbook.window import Window

ROWS: list[list[Cell]] = [[float(number)] for number in range(40)]


def begin() -> Iterator[list[Cell]]:
    return iter(ROWS)


@given(st.lists(st.slices(len(ROWS)) | st.integers(-len(ROWS), len(ROWS) - 1)))
def test_a_window_gives_what_a_list_would_in_any_order(keys: list[slice | int]) -> None:
    window = Window(begin, len(ROWS))
    assert len(window) == len(ROWS)
    for each in keys:
        assert window[each] == ROWS[each]
    assert [*window] == ROWS


def test_a_window_has_no_row_beyond_its_last() -> None:
    with pytest.raises(IndexError):
        Window(begin, len(ROWS))[len(ROWS)]


def test_a_window_that_is_read_in_order_makes_each_row_once_and_holds_one_stretch() -> None:
    numbers: list[float] = []

    def making() -> Iterator[list[Cell]]:
        for number in range(40):
            numbers.append(float(number))
            yield [float(number)]

    window = Window(making, 40)
    for start in range(0, 40, 10):
        assert [window[start : start + 10], window[start + 5 : start + 10]] == [
            ROWS[start : start + 10],
            ROWS[start + 5 : start + 10],
        ]
        assert len(window._held) <= 10
    assert numbers == [float(number) for number in range(40)]


@pytest.mark.rule("XL-2")
def test_a_long_plain_sheet_is_read_in_stretches_and_gives_the_cells_of_the_slow_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Targets")
    for row in range(1_500):
        sheet.write_row(row, 0, (f"m:{row}", row % 7, "RUN") if row % 11 else (f"m:{row}", "", row % 2 == 0))
    book.close()
    (fast,) = read_sheets(out.getvalue())
    monkeypatch.setattr(xlsx, "proven", lambda *_, **__: None)
    (slow,) = read_sheets(out.getvalue())
    assert isinstance(fast.rows, Window)
    assert [[cell or None for cell in row] for row in fast.rows] == [
        [*(cell or None for cell in row), *[None] * (3 - len(row))] for row in slow.rows
    ]
