"""Records of xls that continue in other records, and records of older files."""

from __future__ import annotations

import struct

import pytest
from tests.fuzz.records import _biff, _compound, _text

from setpoint.core.ingest import Kind, Special
from setpoint.errors import WorkbookError
from setpoint.workbook.read import read_sheets


def xls(cells: bytes) -> bytes:
    """Makes a workbook of one sheet with these records."""
    head = _biff(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    head += _biff(0xE0, struct.pack("<HHHHHHII", 0, 0, 0, 0, 0, 0, 0, 0))
    name = _text("Targets", 1)
    bound = len(head) + 4 + 6 + len(name) + 4
    head += _biff(0x85, struct.pack("<IBB", bound, 0, 0) + name) + _biff(0x0A, b"")
    sheet = _biff(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)) + cells + _biff(0x0A, b"")
    return _compound((head + sheet).ljust(4096, b"\0"), "Workbook")


PLACE = struct.pack("<HHH", 0, 0, 0)


@pytest.mark.rule("XL-6")
@pytest.mark.parametrize("kind", ["formula", "label"])
def test_a_text_goes_on_in_the_next_record(kind: str) -> None:
    begins = struct.pack("<HB", 6, 0) + "Grö".encode("latin-1")
    goes_on = b"\x01" + "ße!".encode("utf-16-le")
    if kind == "label":
        cells = _biff(0x204, PLACE + begins) + _biff(0x3C, goes_on)
    else:
        formula = _biff(0x06, PLACE + bytes(6) + b"\xff\xff" + bytes(8))
        cells = formula + _biff(0x207, begins) + _biff(0x3C, goes_on)
    (sheet,) = read_sheets(xls(cells))
    assert sheet.rows == [["Größe!"]]


@pytest.mark.rule("XL-6")
@pytest.mark.parametrize("kind", [0x03, 0x206, 0x406])
def test_a_cell_of_an_older_version_in_a_newer_sheet_refuses_the_file(kind: int) -> None:
    with pytest.raises(WorkbookError, match="its records are not what they should be"):
        read_sheets(xls(_biff(kind, PLACE + bytes(16))))


@pytest.mark.rule("XL-2")
def test_a_0_in_a_sheet_that_hides_zeros_is_not_a_value() -> None:
    zero = _biff(0x203, PLACE + struct.pack("<d", 0))
    for flags, expected in ((0x6B6, 0.0), (0x6A6, Special(Kind.ZERO))):
        (sheet,) = read_sheets(xls(zero + _biff(0x23E, struct.pack("<HHHIHHI", flags, 0, 0, 64, 0, 0, 0))))
        assert sheet.rows == [[expected]]


def condition(number: bytes, font: int | None = None, unchanged: int = 0) -> bytes:
    """Makes a conditional format of B2:C9 with a number format and font flags."""
    areas = _biff(0x1B0, struct.pack("<HHHHHHHHHHH", 1, 1, 1, 8, 1, 2, 1, 1, 8, 1, 2))
    flags = bool(number) << 25 | (font is not None) << 26
    body = struct.pack("<BBHHIH", 2, 0, 0, 0, flags, len(number) > 2) + number
    if font is not None:
        body += (
            bytes(64) + struct.pack("<II", 200, font) + bytes(16) + struct.pack("<I", unchanged) + bytes(26)
        )
    return areas + _biff(0x1B1, body)


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize(
    ("rule", "counts"),
    [
        (condition(b"", 0x80), True),
        (condition(b"", 0x80, 0x80), False),
        (condition(b"", 2), False),
        (condition(bytes((0, 9))), True),
        (condition(bytes((0, 2)), 0x80), True),
        (condition(bytes((0, 2))), False),
        (condition(struct.pack("<HHB", 7, 2, 0) + b"0,"), True),
    ],
    ids=["struck", "unchanged", "bold", "percent", "number and struck", "number", "thousands"],
)
def test_a_conditional_format_counts_if_it_strikes_out_or_shows_another_number(
    rule: bytes, counts: bool
) -> None:
    (sheet,) = read_sheets(xls(_biff(0x203, PLACE + struct.pack("<d", 7)) + rule))
    assert sheet.conditional == (((2, 1, 9, 2),) if counts else ())
