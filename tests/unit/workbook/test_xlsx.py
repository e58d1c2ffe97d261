"""The reader has a fast path and a slow path for xlsx. Both give the same cells."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import xlsxwriter
from tests.workbooks import raw

from setpoint.core.ingest import Cell, Kind, Sheet, Special
from setpoint.core.ingest.formats import NumberFormat
from setpoint.core.plant import demo_plant
from setpoint.errors import WorkbookError
from setpoint.workbook import quick, uniform, xlsx
from setpoint.workbook.grid import Grid
from setpoint.workbook.read import read_sheets
from setpoint.workbook.template import template


def both_ways(data: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Sheet, Sheet]:
    """Reads the sheet by both paths, and compares the results."""
    (fast,) = read_sheets(data)
    with monkeypatch.context() as patch:
        patch.setattr(xlsx, "uniform", lambda *_: None)
        (plain,) = read_sheets(data)
        patch.setattr(xlsx, "proven", lambda *_, **__: None)
        (slow,) = read_sheets(data)
    assert (cells(plain), plain.hidden_columns) == (cells(fast), fast.hidden_columns)
    return fast, slow


def cells(sheet: Sheet) -> dict[tuple[int, int], Cell]:
    """Returns the cells that are not blank, by row and column."""
    return {
        (number, column): cell
        for number, row in enumerate(sheet.rows, sheet.first_row)
        for column, cell in enumerate(row)
        if cell not in (None, "")
    }


def any_sheet(seed: int) -> bytes:
    """Makes a sheet with every kind of cell, in places that the seed chooses."""
    chance = random.Random(seed)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Targets")
    percent = book.add_format({"num_format": "0.0%"})
    date = book.add_format({"num_format": "yyyy-mm-dd"}) if seed % 2 else None
    writers: Sequence[Any] = (
        lambda *at: sheet.write_number(*at, chance.randrange(3000)),
        lambda *at: sheet.write_number(*at, chance.random(), percent),
        # Without dates, the reader skips the search for them.
        lambda *at: sheet.write_number(*at, 45_000, date if seed % 2 else percent),
        lambda *at: sheet.write_string(*at, chance.choice(('m:401 t="e" <c r="A1">', "RUN", "#N/A"))),
        lambda *at: sheet.write_string(*at, "120", percent),
        lambda *at: sheet.write_boolean(*at, chance.random() < 0.5),
        lambda *at: sheet.write_formula(*at, '=IF(1<2,"a&b","</f>")', None, "a&b"),
        lambda *at: sheet.write_formula(*at, "=1/0", None, chance.choice(("#DIV/0!", "#N/A"))),
        lambda *at: sheet.write_formula(*at, "=1+1", None, 2),
        lambda *at: sheet.write_formula(*at, "=1+1", None, ""),
        lambda *at: sheet.write_blank(*at, None, percent),
        lambda *_: None,
    )
    first = chance.randrange(6)
    for row in range(first, first + 40):
        if chance.random() < 0.1:
            sheet.set_row(row, None, None, {"hidden": True})
        for column in range(chance.randrange(3), 6):
            chance.choice(writers)(row, column)
    book.close()
    return out.getvalue()


@pytest.mark.rule("XL-2", "XL-3", "XL-5")
@pytest.mark.parametrize("seed", range(20))
def test_the_fast_path_gives_the_cells_of_the_slow_path(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    fast, slow = both_ways(any_sheet(seed), monkeypatch)
    assert cells(fast) == cells(slow)
    assert fast.hidden_rows == slow.hidden_rows


PLAIN_ROWS: list[list[str | float]] = [
    ["Machine ID", "Target Speed", "Mode"],
    ["m:401", 150, "RUN"],
    ["m:402", 2.5, "a & b"],
]


def by_xlsxwriter() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Targets")
    bold = book.add_format({"bold": True})
    for number, row in enumerate(PLAIN_ROWS):
        sheet.write_row(number, 0, row[:2], bold if number == 0 else None)
    sheet.write_formula(1, 2, "=1+1", None, 2)
    book.close()
    return out.getvalue()


def by_openpyxl() -> bytes:
    return template(demo_plant(), ["m_401", "m_402"], {"m_401": {"targetSpeed": 150, "mode": "RUN"}}, {})


@pytest.mark.rule("XL-9")
@pytest.mark.parametrize("write", [by_xlsxwriter, by_openpyxl])
def test_sheets_of_common_programs_are_proven_plain(
    write: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write()
    with monkeypatch.context() as patch:
        patch.setattr(xlsx, "walk", None)
        fast = read_sheets(data)
    with monkeypatch.context() as patch:
        patch.setattr(xlsx, "proven", lambda *_, **__: None)
        slow = read_sheets(data)
    assert [cells(each) for each in fast] == [cells(each) for each in slow]


@pytest.mark.rule("XL-9")
@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B2"><v> 7</v></c>',
        '<c r="B2"><v>1,5</v></c>',
        '<c r="B3"><v>7</v></c>',
        '<c r="A2"><v>7</v></c>',
        '<c r="B2"><v>7</v></c><c r="B2"><v>8</v></c>',
        '<c r="C2"><v>7</v></c><c r="B2"><v>8</v></c>',
        '<c r="B2" t="s"><v>00</v></c>',
        '<c r="B2" t="s"><v>0.0</v></c>',
        '<c r="B2" t="e"><v>#N/A</v></c>',
        '<c r="B2"><f>1+1</f></c>',
        '<c r="B2"><v>7</v><v>8</v></c>',
        '<c r="B2" t="inlineStr"><is><t>_x0041_</t></is></c>',
        '<c r="B2" t="inlineStr"><is><t>a&amp;b</t></is></c>',
        '<c r="B2" t=""><v>7</v></c>',
        '<c r="B2" s="9"><v>7</v></c>',
        '</row><row r="2"><c r="B2"><v>7</v></c>',
        '</row><row r="1"><c r="B1"><v>7</v></c>',
    ],
)
def test_a_sheet_that_is_not_plain_by_its_bytes_takes_the_slow_path(cell: str) -> None:
    xml = raw.sheet(f'{raw.HEADER_ROW}<row r="2"><c r="A2"><v>1</v></c>{cell}</row>').encode()
    assert quick.proven(xml, Grid("Targets"), [NumberFormat(0, None)], is_calculated=True) is None


@pytest.mark.rule("XL-3")
@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('<c r="B2"><f>1+1</f></c>', Special(Kind.FORMULA)),
        ('<c r="B2"><f>1+1</f><v/></c>', Special(Kind.FORMULA)),
        ('<c r="B2"><f t="shared" si="0"/><v></v></c>', Special(Kind.FORMULA)),
        ('<c t="str" r="B2"><f>1+1</f><v></v></c>', None),
        ('<c t="e" r="B2"><f t="array" ref="B2">NA()</f><v>#N/A</v></c>', Special(Kind.ERROR, "#N/A")),
        ('<c r="B2" t="e"><v>#REF!</v></c>', Special(Kind.ERROR, "#REF!")),
        ('<c r="B2"><v>7</v></c><!-- <c r="C2" t="e"><v>#N/A</v></c> -->', 7.0),
    ],
)
def test_each_way_to_write_a_special_cell_is_known(
    cell: str, expected: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = f'<row r="2"><c r="A2" t="inlineStr"><is><t>m:401</t></is></c>{cell}</row>'
    for sheet in both_ways(raw.xlsx(raw.HEADER_ROW + row), monkeypatch):
        assert cells(sheet).get((2, 1)) == expected
        assert (2, 2) not in cells(sheet)


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize("date_1904", [False, True])
@pytest.mark.parametrize(
    "num_format",
    [
        *range(14, 23),
        45,
        46,
        47,
        "yyyy-mm-dd",
        "D",
        "[h]:mm",
        "[SS]",
        '"week" mm',
        "hh AM/PM",
        "[$-407]d. mmmm",
    ],
)
def test_a_date_is_known_whatever_its_format(
    num_format: int | str, *, date_1904: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "date_1904": date_1904})
    sheet = book.add_worksheet("Targets")
    sheet.write_number(0, 0, 45_000.5, book.add_format({"num_format": num_format}))
    sheet.write_number(0, 1, 120)
    book.close()
    for found in both_ways(out.getvalue(), monkeypatch):
        assert cells(found) == {(1, 0): Special(Kind.DATE), (1, 1): 120.0}


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize(
    "num_format", [*range(14), 37, 38, 39, 40, 48, 49, "General", "0.00", "#,##0", '"Nr. "0', "Standard"]
)
def test_a_number_is_a_number_whatever_its_format(
    num_format: int | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.add_worksheet("Targets").write_number(0, 0, 120, book.add_format({"num_format": num_format}))
    book.close()
    expected = Special(Kind.PERCENT, 120.0) if num_format in (9, 10) else 120.0
    for found in both_ways(out.getvalue(), monkeypatch):
        assert cells(found) == {(1, 0): expected}


@pytest.mark.rule("XL-2")
def test_a_date_written_as_text_of_the_standard_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    row = '<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="d"><v>2026-11-23T10:00:00</v></c></row>'
    for sheet in both_ways(raw.xlsx(raw.HEADER_ROW + row), monkeypatch):
        assert cells(sheet)[2, 1] == Special(Kind.DATE)


@pytest.mark.rule("XL-9")
def test_an_empty_style_attribute_names_no_style() -> None:
    row = '<row r="2"><c r="A2" t="inlineStr"><is><t>m:401</t></is></c><c r="B2" s=""><v>7</v></c></row>'
    with pytest.raises(WorkbookError, match="cell B2 of sheet “Targets” has the style “”"):
        read_sheets(raw.xlsx(raw.HEADER_ROW + row))


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = '<row r="{0}"><c r="A{0}" t="s"><v>1</v></c><c r="B{0}" t="s"><v>2</v></c></row>'
ROW = '<row r="{0}" spans="1:2"><c r="A{0}" t="s"><v>{1}</v></c><c r="B{0}"><v>{2}</v></c></row>'
TEXTS = ("m:401", "Machine ID", "Target Speed", "", "m:402")


def workbook_of_rows(*rows: str) -> bytes:
    """Makes a workbook of these rows, with format numbers, shared texts and values."""
    texts = "".join(f"<si><t>{each}</t></si>" for each in TEXTS)
    parts = {"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{texts}</sst>'}
    return raw.zipped(raw.parts(raw.sheet("".join(rows)), parts))


@pytest.mark.rule("XL-2")
def test_rows_that_are_all_written_alike_are_split_into_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uniform, "_BLOCK", 100)  # so that a few rows are many blocks
    rows = [ROW.format(number, number % 4 and 4, f"{number}.5E-1") for number in range(8, 40)]
    found, slow = both_ways(workbook_of_rows(HEAD.format(7), *rows), monkeypatch)
    assert isinstance(found.rows, uniform._Rows)
    assert (cells(found), found.first_row) == (cells(slow), 7)
    for at in (
        slice(0, 3),
        slice(1, 3),
        slice(30, 99),
        slice(0, 0),
        slice(5, 2),
        slice(6, 0, -2),
        slice(-2, None),
    ):
        assert [*map(list, found.rows[at])] == [*map(list, [*found.rows][at])]
    assert list(found.rows[-1]) == list([*found.rows][-1])


@pytest.mark.rule("XL-2", "XL-6")
@pytest.mark.parametrize(
    "odd",
    [
        ROW.format(10, 0, 1),  # a row is left out
        ROW.format(8, 0, 1),  # a row twice
        ROW.format(9, 0, 1).replace('r="B9"', 'r="C9"'),
        ROW.format(9, 0, 1).replace("<v>1</v>", "<v>1</v><v>2</v>"),
        ROW.format(9, 0, 1).replace("<v>1</v>", "<v>1,5</v>"),
        ROW.format(9, 0, 1).replace("<v>1</v>", ""),
        ROW.format(9, 0, 1).replace('<c r="B9">', '<c r="B9" t="e">'),
        ROW.format(9, 0, 1).replace('<c r="B9">', '<c r="B9" s="1">'),
        ROW.format(9, 0, 1).replace('spans="1:2"', 'hidden="1"'),
        ROW.format(9, "00", 1),
        ROW.format(9, 5, 1),  # there is no such text
        ROW.format(9, 0, 1) + "x",
        ROW.format(9, 0, 1) + "<!-- a comment -->",
        ROW.format(9, 0, 1).replace('r="9"', 'r="09"'),
        "",
    ],
)
@pytest.mark.parametrize("place", [8, 9])
def test_one_row_in_another_form_sends_the_sheet_to_another_path(
    odd: str, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [ROW.format(8, 4, 1), odd, ROW.format(11, 0, 3)] if place == 9 else [odd, ROW.format(11, 0, 3)]
    data = workbook_of_rows(HEAD.format(7), *rows)

    def outcome() -> object:
        try:
            (sheet,) = read_sheets(data)
        except WorkbookError as refusal:
            return refusal.message
        return cells(sheet), sheet.hidden_rows

    found = outcome()
    monkeypatch.setattr(xlsx, "uniform", lambda *_: None)
    monkeypatch.setattr(xlsx, "proven", lambda *_, **__: None)
    assert found == outcome()


def zeros_hidden(view: str) -> bytes:
    rows = "".join(raw.row(number, f"m:{400 + number}", str(number % 2)) for number in range(2, 8))
    xml = raw.sheet(
        raw.HEADER_ROW
        + rows
        + '<row r="9"><c r="A9"><f>1-1</f><v>-0</v></c><c r="B9" t="b"><v>0</v></c></row>'
    )
    return raw.zipped(raw.parts(xml.replace("<sheetData>", f"<sheetViews>{view}</sheetViews><sheetData>")))


@pytest.mark.rule("XL-2")
def test_a_0_in_a_sheet_that_hides_zeros_is_not_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    first = '<sheetView workbookViewId="0"/>'
    for hides in ('showZeros="0"', "showZeros=' false '"):
        found, slow = both_ways(zeros_hidden(f"{first}<sheetView {hides}/>"), monkeypatch)
        assert [row[1] for row in found.rows[1:7]] == [Special(Kind.ZERO), 1.0] * 3
        assert list(found.rows[8]) == [Special(Kind.ZERO), False]
        assert cells(found) == cells(slow)
    (shown,) = read_sheets(zeros_hidden(f'{first}<sheetView showZeros="1"/>'))
    assert [row[1] for row in shown.rows[1:7]] == [0.0, 1.0] * 3


@pytest.mark.rule("XL-2", "XL-9")
def test_uniform_rows_take_the_slow_path_if_zeros_are_hidden() -> None:
    head = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>0</v></c></row>'
    body = "".join(
        f'<row r="{row}"><c r="A{row}"><v>{row}</v></c><c r="B{row}"><v>0</v></c></row>' for row in (2, 3)
    )
    for behind in (False, True):
        view = '<sheetViews><sheetView showZeros="0"/></sheetViews>'
        place = "</worksheet>" if behind else "<sheetData>"
        shown = raw.sheet(head + body)
        hidden = shown.replace(place, view + place)
        ways = [
            uniform.uniform(xml.encode(), Grid("Targets"), lambda: ["m"], None) is None
            for xml in (shown, hidden)
        ]
        assert ways == [False, True]
        assert quick.proven(hidden.encode(), Grid("Targets"), None, is_calculated=True) is None
        (sheet,) = read_sheets(raw.zipped(raw.parts(hidden)))
        assert [row[1] for row in sheet.rows[1:]] == [Special(Kind.ZERO)] * 2


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize(
    ("code", "seen"), [("0", False), ("000", False), ('0 "rpm"', False), ("0%", False), ("0", True)]
)
def test_zeros_are_hidden_whatever_their_format_and_numbers_rounded_to_0_are_not(
    code: str, seen: bool
) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Targets")
    sheet.hide_zero()
    sheet.write_number(0, 0, 0.25 if seen else 0, book.add_format({"num_format": code}))
    book.close()
    (found,) = read_sheets(out.getvalue())
    assert found.rows[0] == [0.25 if seen else Special(Kind.ZERO)]


ROWS = raw.HEADER_ROW + raw.row(2, "m:401", "100") + raw.row(3, "m:402", "200")
OTHER_ROWS = (
    f"<sheetData>{raw.HEADER_ROW}{raw.row(2, 'm:401', '999')}{raw.row(3, 'm:402', '999')}</sheetData>"
)


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"<!--{OTHER_ROWS}-->", ""),
        ("", f"<!--{OTHER_ROWS}-->"),
        (f"<?old {OTHER_ROWS}?>", ""),
        (f'<other xmlns="urn:other">{OTHER_ROWS}</other>', ""),
        (f"<extLst><ext>{OTHER_ROWS}</ext></extLst>", ""),
        ('<other xmlns="urn:other"><sheetData/></other>', ""),
        ('<o:sheetData xmlns:o="urn:other"><o:row/></o:sheetData>', ""),
    ],
)
def test_rows_in_a_comment_or_in_another_namespace_are_none(
    before: str, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    xml = raw.sheet(ROWS).replace("<sheetData>", f"{before}<sheetData>")
    if after:
        xml = xml.replace("</worksheet>", f"{after}</worksheet>")
    found, slow = both_ways(raw.zipped(raw.parts(xml)), monkeypatch)
    assert cells(found) == cells(slow)
    assert [[*row] for row in found.rows[1:]] == [["m:401", 100], ["m:402", 200]]


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize(
    "before",
    [
        '<z:si xmlns:z="urn:z"><z:t>other</z:t></z:si>',
        '<si xmlns="urn:z"><t>other</t></si>',
        "<extLst><si/></extLst>",
    ],
)
def test_a_shared_text_of_another_namespace_shifts_no_other(
    before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = raw.parts("")["xl/sharedStrings.xml"].replace("<si>", f"{before}<si>", 1)
    row = '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2"><v>100</v></c></row>'
    parts = {"xl/sharedStrings.xml": shared}
    found, slow = both_ways(raw.zipped(raw.parts(raw.sheet(raw.HEADER_ROW + row), parts)), monkeypatch)
    assert cells(found) == cells(slow)
    assert [*found.rows[1]] == ["m:401", 100]


def in_b2(inside: str, more: str = "") -> bytes:
    """Makes a workbook with a text in B2, in the cell itself or shared."""
    cell = f'<c r="B2" t="inlineStr"><is>{inside}</is></c>' if not more else '<c r="B2" t="s"><v>0</v></c>'
    first = '<c r="A2" t="inlineStr"><is><t>m:401</t></is></c>'
    rows = f'{raw.HEADER_ROW}<row r="2">{first}{cell}</row>'
    sst = raw.parts("")["xl/sharedStrings.xml"]
    head = sst[: sst.index("<si>")]
    return raw.zipped(
        raw.parts(raw.sheet(rows), {"xl/sharedStrings.xml": f"{head}{more}</sst>"} if more else None)
    )


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize("is_shared", [False, True])
@pytest.mark.parametrize(
    ("looks", "run", "seen"),
    [
        ('<vertAlign val="superscript"/>', "3", "10³"),
        ('<vertAlign val="superscript"/>', "-1", "10⁻¹"),
        ('<vertAlign val="superscript"/>', "a", "10^a"),
        ('<b/><vertAlign val=" superscript "/><sz val="8"/>', "3", "10³"),
        ('<vertAlign val="subscript"/>', "3", "103"),
        ('<vertAlign val="superscript"/>', " ", "10 "),
        ("<strike/>", "3", "103\u0336"),
        ('<strike val="1"/>', "34", "103\u03364\u0336"),
        ('<strike val="0"/>', "3", "103"),
        ('<x:strike xmlns:x="urn:x"/>', "3", "103"),
    ],
)
def test_superscript_and_struck_out_parts_of_a_text_leave_their_mark(
    looks: str, run: str, seen: str, is_shared: bool
) -> None:
    rich = f"<r><t>10</t></r><r><rPr>{looks}</rPr><t>{run}</t></r>"
    (sheet,) = read_sheets(in_b2("", f"<si>{rich}</si>") if is_shared else in_b2(rich))
    assert sheet.rows[1][1] == seen


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize("is_shared", [False, True])
def test_an_escape_that_is_cut_in_two_by_a_run_is_not_an_escape(is_shared: bool) -> None:
    rich = "<r><t>_x00</t></r><r><t>41_</t></r>"
    (sheet,) = read_sheets(in_b2("", f"<si>{rich}</si>") if is_shared else in_b2(rich))
    assert sheet.rows[1][1] == "_x0041_"


@pytest.mark.rule("XL-6")
@pytest.mark.parametrize(
    ("part", "found", "instead", "message"),
    [
        (
            "xl/worksheets/sheet1.xml",
            "</sheetData>",
            '</sheetData><mergeCells><mergeCell ref="B3:B2"/></mergeCells>',
            "merged area",
        ),
        (
            "xl/worksheets/sheet1.xml",
            "</sheetData>",
            "</sheetData><mergeCells><mergeCell/></mergeCells>",
            "no area",
        ),
        (
            "xl/worksheets/sheet1.xml",
            "</sheetData>",
            '</sheetData><mergeCells><mergeCell ref=":"/></mergeCells>',
            "no area",
        ),
        ("xl/_rels/workbook.xml.rels", "rId2", "rId1", "have the id “rId1”"),
    ],
)
def test_a_workbook_that_can_be_read_in_two_ways_is_refused(
    part: str, found: str, instead: str, message: str
) -> None:
    parts = raw.parts(raw.sheet(ROWS))
    with pytest.raises(WorkbookError, match=message):
        read_sheets(raw.zipped({**parts, part: parts[part].replace(found, instead)}))


@pytest.mark.rule("XL-6", "XL-7")
@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ("<sheetData>", '<sheetData><c r="C9"><v>9</v></c>'),
        ("<sheetData>", "<sheetData><v>9</v>"),
        ("</row></sheetData>", '<row r="9"/></row></sheetData>'),
        ("</sheetData>", f"</sheetData><extLst>{'<a>' * 200}{'</a>' * 200}</extLst>"),
        ("<sheetData>", "<sheetData" + "".join(f' a{each}="1"' for each in range(201)) + ">"),
    ],
)
def test_a_misplaced_element_among_cells_or_one_without_an_end_refuses_the_file(
    found: str, instead: str
) -> None:
    sheet = raw.sheet(ROWS)
    assert found in sheet
    with pytest.raises(WorkbookError, match="cells that cannot be read"):
        read_sheets(raw.zipped(raw.parts(sheet.replace(found, instead))))


@pytest.mark.rule("XL-5")
@pytest.mark.parametrize(
    ("height", "hidden"), [("3.99", {3}), ("0.75", {3}), ("1", {3}), ("4", set()), ("12.75", set())]
)
def test_a_row_that_is_too_low_to_be_read_is_hidden_either_way(
    height: str, hidden: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ROWS.replace('<row r="3"', f'<row r="3" ht="{height}" customHeight="1"')
    for data in (
        raw.xlsx(rows),
        raw.xlsx(rows.replace('<row r="2"', f'<row r="2" ht="{height}" customHeight="1"')),
    ):
        found, slow = both_ways(data, monkeypatch)
        assert found.hidden_rows == slow.hidden_rows
        assert found.hidden_rows - {2} == hidden


def with_table(attributes: str) -> bytes:
    """Makes the table of `ROWS` with a row of totals, as Excel writes it."""
    office, main = (
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    )
    totals = '<row r="4"><c r="A4"><v>7</v></c><c r="B4"><f>SUBTOTAL(109,B2:B3)</f><v>300</v></c></row>'
    relation = f'<Relationship Id="t" Type="{office}/table" Target="../tables/table1.xml"/>'
    names = '<tableColumn id="1" name="Machine ID"/><tableColumn id="2" name="Target Speed"/>'
    more = {
        "xl/worksheets/_rels/sheet1.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/'
        f'package/2006/relationships">{relation}</Relationships>',
        "xl/tables/table1.xml": f'<table xmlns="{main}" id="1" name="T" displayName="T" {attributes}>'
        f'<tableColumns count="2">{names}</tableColumns></table>',
    }
    return raw.zipped(raw.parts(raw.sheet(ROWS + totals), more))


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize(
    ("attributes", "rows"),
    [
        ('ref="A1:B4" totalsRowCount="1"', {4}),
        ('ref="A1:B4" totalsRowCount="2"', {3, 4}),
        ('ref="A1:B4" totalsRowShown="0"', set()),
        ('ref="A1:B4" totalsRowCount="0"', set()),
        ('ref="A4:B4" totalsRowCount="9"', {4}),
    ],
)
def test_rows_of_totals_are_known_by_the_table(attributes: str, rows: set[int]) -> None:
    (sheet,) = read_sheets(with_table(attributes))
    assert sheet.total_rows == rows


@pytest.mark.rule("XL-6")
@pytest.mark.parametrize(
    "attributes", ['totalsRowCount="1"', 'ref="A1:B4" totalsRowCount="x"', 'ref="A1:" totalsRowCount="1"']
)
def test_a_table_that_cannot_be_read_refuses_the_file(attributes: str) -> None:
    with pytest.raises(WorkbookError):
        read_sheets(with_table(attributes))


CONDITION = '<conditionalFormatting sqref="B3 D2:C9"><cfRule type="expression" dxfId="{}" priority="1"/>'
CONDITION += "</conditionalFormatting>"
NEWER = (
    '<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" uri="u">'
    "<x14:conditionalFormattings><x14:conditionalFormatting "
    'xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><x14:cfRule type="expression"><xm:f>A1</xm:f>'
    "<x14:dxf>{}</x14:dxf></x14:cfRule><xm:sqref>B3 D2:C9</xm:sqref></x14:conditionalFormatting>"
    "</x14:conditionalFormattings></ext></extLst>"
)
FORMATS = (
    "<font><b/></font>",
    "<font><strike/></font>",
    '<font><strike val="0"/></font>',
    '<numFmt numFmtId="164" formatCode="0,"/>',
    '<numFmt numFmtId="165" formatCode="0.00"/>',
)


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize("place", range(len(FORMATS)))
@pytest.mark.parametrize("is_newer", [False, True])
def test_a_conditional_format_counts_if_it_strikes_out_or_shows_another_number(
    place: int, is_newer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = raw.parts(raw.sheet(raw.HEADER_ROW + raw.row(2, "m:401", "150")))
    sheet, styles = "xl/worksheets/sheet1.xml", "xl/styles.xml"
    rule = NEWER.format(FORMATS[place]) if is_newer else CONDITION.format(place)
    parts[sheet] = parts[sheet].replace("</sheetData>", "</sheetData>" + rule)
    dxfs = "".join(f"<dxf>{each}</dxf>" for each in FORMATS)
    parts[styles] = parts[styles].replace("</styleSheet>", f"<dxfs>{dxfs}</dxfs></styleSheet>")
    found, slow = both_ways(raw.zipped(parts), monkeypatch)
    areas = ((3, 1, 3, 1), (2, 2, 9, 3)) if place in (1, 3) else ()
    assert found.conditional == slow.conditional == areas


@pytest.mark.rule("XL-7")
def test_a_zip_behind_another_one_is_refused() -> None:
    one, other = (raw.xlsx(raw.HEADER_ROW + raw.row(2, "m:401", speed)) for speed in ("150", "160"))
    with pytest.raises(WorkbookError, match=f"{len(one)} bytes come before its zip"):
        read_sheets(one + other)
