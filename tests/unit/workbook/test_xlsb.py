"""Conditional formats of xlsb, and cells outside of its rows."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from tests.workbooks import raw

from setpoint.errors import WorkbookError
from setpoint.workbook.read import read_sheets


def format_of(*properties: tuple[int, bytes]) -> bytes:
    """A ``BrtDXF`` with these properties."""
    listed = b"".join(struct.pack("<HH", kind, 4 + len(body)) + body for kind, body in properties)
    return struct.pack("<HHH", 0, 0, len(properties)) + listed


CODE = struct.pack("<H", 2) + "0,".encode("utf-16-le")
FORMATS = {
    "bold": (format_of((25, struct.pack("<H", 700))), False),
    "struck": (format_of((25, struct.pack("<H", 700)), (29, b"\x01")), True),
    "not struck": (format_of((29, b"\x00")), False),
    "thousands": (format_of((38, CODE)), True),
    "percent": (format_of((41, struct.pack("<H", 9))), True),
    "two decimals": (format_of((41, struct.pack("<H", 2))), False),
}


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize("name", FORMATS)
def test_a_conditional_format_counts_if_it_strikes_out_or_shows_another_number(name: str) -> None:
    place = [*FORMATS].index(name)
    areas = struct.pack("<III", 1, 0, 2) + struct.pack("<8I", 1, 8, 1, 2, 2, 2, 0, 0)
    rule = (
        raw._record(461, areas) + raw._record(463, struct.pack("<III", 1, 0, place)) + raw._record(464, b"")
    )
    with zipfile.ZipFile(io.BytesIO(raw.xlsb([["m:401", 7.0]]))) as package:
        parts = {each: package.read(each) for each in package.namelist()}
    parts["xl/styles.bin"] += b"".join(raw._record(507, each) for each, _ in FORMATS.values())
    parts["xl/worksheets/sheet1.bin"] += rule + raw._record(462, b"")
    (sheet,) = read_sheets(raw.zipped(parts))
    assert sheet.conditional == (((2, 1, 9, 2), (3, 0, 3, 0)) if FORMATS[name][1] else ())


@pytest.mark.rule("XL-2")
def test_a_blank_cell_outside_of_the_rows_is_ignored_and_one_with_a_value_is_refused() -> None:
    """Files of Excel have such a blank cell."""
    with zipfile.ZipFile(io.BytesIO(raw.xlsb([["m:401", 7.0]]))) as package:
        parts = {each: package.read(each) for each in package.namelist()}
    cells = parts["xl/worksheets/sheet1.bin"]
    (plain,) = read_sheets(raw.zipped(parts))
    parts["xl/worksheets/sheet1.bin"] = cells + raw._record(1, bytes(9))
    (sheet,) = read_sheets(raw.zipped(parts))
    assert sheet.rows == plain.rows
    parts["xl/worksheets/sheet1.bin"] = cells + raw._record(5, bytes(8) + struct.pack("<d", 2.0))
    with pytest.raises(WorkbookError, match="has a cell outside of its rows"):
        read_sheets(raw.zipped(parts))
