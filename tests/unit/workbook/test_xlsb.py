"""Conditional formats of xlsb: which of them change what people see, and where."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from tests.workbooks import raw

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
