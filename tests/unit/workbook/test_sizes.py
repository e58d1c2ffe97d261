"""A sheet can make all its columns or rows too small to see. The reader treats them as hidden."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from tests.fuzz.records import _biff
from tests.unit.workbook.test_xls import xls
from tests.workbooks import raw

from setpoint.core.ingest import Sheet
from setpoint.workbook.read import read_sheets

ROWS = raw.HEADER_ROW.replace('r="1"', 'r="1" ht="15"', 1) + raw.row(2, "m:401", "5")


def sheet_of(before: str, rows: str = ROWS) -> Sheet:
    xml = raw.sheet(rows).replace("<sheetData>", f"{before}<sheetData>")
    (sheet,) = read_sheets(raw.zipped(raw.parts(xml)))
    return sheet


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize(
    ("columns", "hidden"),
    [
        ("", {0, 1}),
        ('<cols><col min="1" max="1" width="9"/></cols>', {1}),
        ('<cols><col min="1" max="16384" width="9"/></cols>', set()),
        ('<cols><col min="1" max="2" style="0"/></cols>', {0, 1}),
        ('<cols><col min="1" max="2" width="9" hidden="1"/></cols>', {0, 1}),
    ],
)
def test_columns_without_a_width_have_that_of_the_sheet(columns: str, hidden: set[int]) -> None:
    found = sheet_of(f'<sheetFormatPr defaultRowHeight="15" defaultColWidth="0"/>{columns}')
    assert found.hidden_columns & {0, 1} == hidden
    assert (
        not sheet_of(f'<sheetFormatPr defaultColWidth="9.1"/>{columns}').hidden_columns or "hidden" in columns
    )


@pytest.mark.rule("XL-2")
def test_rows_without_a_height_have_that_of_the_sheet() -> None:
    assert sheet_of('<sheetFormatPr defaultRowHeight="0" customHeight="1"/>').hidden_rows == {2}
    assert not sheet_of('<sheetFormatPr defaultRowHeight="15"/>').hidden_rows
    # This setting hides only rows that the file does not describe.
    assert not sheet_of('<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>').hidden_rows
    alike = raw.HEADER_ROW + "".join(
        f'<row r="{row}"><c r="A{row}"><v>{row}</v></c><c r="B{row}"><v>5</v></c></row>' for row in (2, 3)
    )
    assert sheet_of('<sheetFormatPr defaultRowHeight="1"/>', alike).hidden_rows == {1, 2, 3}


@pytest.mark.rule("XL-2", "XL-6")
def test_columns_of_xls_and_xlsb_without_a_width_have_that_of_the_sheet() -> None:
    number = _biff(0x203, struct.pack("<HHHd", 0, 0, 0, 7))
    wide = _biff(0x7D, struct.pack("<HHHHHH", 0, 0, 2560, 0, 0, 0))
    for width, visible in ((8, set(range(256))), (0, {0})):
        (sheet,) = read_sheets(xls(_biff(0x55, struct.pack("<H", width)) + wide + number))
        assert set(range(256)) - sheet.hidden_columns == visible
    with zipfile.ZipFile(io.BytesIO(raw.xlsb([["m:401", 7.0]]))) as package:
        parts = {each: package.read(each) for each in package.namelist()}
    wide = raw._record(60, struct.pack("<IIIIH", 0, 0, 2560, 0, 0))
    begin = raw._record(145, b"")
    plain = parts["xl/worksheets/sheet1.bin"]
    for default, visible in ((0xFFFFFFFF, set(range(256))), (0, {0})):
        sizes = raw._record(485, struct.pack("<IHHI", default, 8, 300, 0))
        parts["xl/worksheets/sheet1.bin"] = plain.replace(begin, sizes + wide + begin)
        (sheet,) = read_sheets(raw.zipped(parts))
        assert set(range(256)) - sheet.hidden_columns == visible
