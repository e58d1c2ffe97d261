"""The last record of a zip: similar bytes in its comment, or behind it, are not mistaken for it."""

from __future__ import annotations

import struct

import pytest
from tests.workbooks import raw

from setpoint.errors import WorkbookError
from setpoint.workbook.read import read_sheets

WHOLE = raw.xlsx(raw.HEADER_ROW + raw.row(2, "m:401", "150"))
MARK = b"PK\x05\x06"


def with_comment(comment: bytes) -> bytes:
    return WHOLE[:-2] + struct.pack("<H", len(comment)) + comment


@pytest.mark.rule("XL-6")
@pytest.mark.parametrize(
    "data",
    [
        with_comment(b"week 48"),
        with_comment(b"a " + MARK + b" b"),
        with_comment(MARK + b"y" * 40),
        with_comment(MARK * 16_000),
        with_comment(WHOLE[-22:] + b"."),
        WHOLE + MARK,
        WHOLE + b"\r\n",
    ],
    ids=[
        "plain",
        "mark",
        "mark and more",
        "marks",
        "a last record",
        "a mark behind it",
        "a line break behind it",
    ],
)
def test_a_comment_of_a_zip_may_hold_anything(data: bytes) -> None:
    (sheet,) = read_sheets(data)
    assert list(sheet.rows[1]) == ["m:401", 150.0]


@pytest.mark.rule("XL-6", "XL-9")
@pytest.mark.parametrize(("data", "junk"), [(WHOLE + WHOLE, len(WHOLE)), (with_comment(WHOLE[-22:]), 22)])
def test_a_second_last_record_that_fits_as_well_refuses_the_file(data: bytes, junk: int) -> None:
    with pytest.raises(WorkbookError, match=f"{junk} bytes come before its zip"):
        read_sheets(data)
