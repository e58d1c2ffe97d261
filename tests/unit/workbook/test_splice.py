"""The sender's annotated copy: the splice adds columns to the bytes of the sheet, and changes nothing else."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import PatternFill
from tests.unit.workbook.test_annotate import APPLIED, cells_of
from tests.workbooks.traps import HEADER, LOGO, PLAIN, drawn, one

from setpoint.core.plant import demo_plant
from setpoint.workbook.annotate import annotate
from setpoint.workbook.read import read_sheets
from setpoint.workbook.row_outcome import RowOutcome

PLANT = demo_plant()


def parts_of(workbook: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as package:
        return {name: package.read(name) for name in package.namelist()}


def is_spliced(copy: bytes) -> bool:
    """openpyxl does not write shared texts."""
    return "xl/sharedStrings.xml" in parts_of(copy)


def rich(book: Any, sheet: Any) -> None:
    """Makes parts that openpyxl would lose or change: a chart with a trend line, a shape, data validation, a formula's
    value.
    """
    sheet.write_row(0, 0, ["Machine ID", "Target Speed", "Note"])
    sheet.write_row(1, 0, ["m:401", 150, "ä <&>"])
    sheet.write_string(2, 0, "m:402")
    sheet.write_formula(2, 1, "=B2+10", None, 160)
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Targets!$B$2:$B$3", "trendline": {"type": "linear"}})
    sheet.insert_chart("J2", chart)
    sheet.insert_textbox("J20", "mine")
    sheet.insert_image("J30", "logo.png", {"image_data": io.BytesIO(LOGO)})
    sheet.data_validation("B2:B3", {"validate": "integer", "criteria": "<", "value": 3000})
    sheet.conditional_format("B2:B3", {"type": "3_color_scale"})
    sheet.autofilter("A1:C3")
    sheet.freeze_panes(1, 0)


@pytest.mark.rule("XL-10")
def test_everything_but_the_sheet_and_the_styles_is_the_same_byte_for_byte() -> None:
    data = drawn(rich)
    before, after = parts_of(data), parts_of(annotate(data, PLANT, [APPLIED]))
    changed = {name for name in before if before[name] != after[name]}
    assert before.keys() == after.keys()
    assert {name for name in before if name.startswith(("xl/charts/", "xl/drawings/", "xl/media/"))}
    assert changed == {"xl/worksheets/sheet1.xml", "xl/styles.xml"}
    for fragment in (
        b"<f>B2+10</f><v>160</v>",
        b"<dataValidations",
        b"colorScale",
        b"<autoFilter",
        b'topLeftCell="A2"',
    ):
        assert fragment in after["xl/worksheets/sheet1.xml"]


@pytest.mark.rule("XL-10")
def test_the_new_columns_have_their_values_looks_widths_and_colours() -> None:
    failed = RowOutcome("m_402", "targetSpeed", "failed", "=1+1 _x0041_\nzwei ", 1.5, True, "", "b\u00e4r")
    copy = annotate(drawn(rich), PLANT, [APPLIED, failed])
    assert is_spliced(copy)
    # Excel reads _x005F_ as _, openpyxl leaves it.
    reason = failed.reason.replace("_x0041_", "_x005F_x0041_")
    assert cells_of(copy)[1:] == [
        ("m:401", 150, "ä <&>", "applied", None, 100, 150, "14:02:11 +01:00", "anna"),
        ("m:402", "=B2+10", None, "failed", reason, 1.5, True, None, "bär"),
    ]
    assert read_sheets(copy)[0].rows[2][4] == failed.reason
    sheet = openpyxl.load_workbook(io.BytesIO(copy))["Targets"]
    assert [sheet.column_dimensions[each].width for each in "DE"] == [12, 44]
    assert (sheet["D1"].font.b, sheet["A1"].font.b, sheet["D1"].font.name) == (True, False, "Calibri")
    assert (sheet["E3"].quotePrefix, sheet["E3"].data_type, sheet["D3"].quotePrefix) == (True, "s", False)
    rules = [
        rule for area in sheet.conditional_formatting for rule in area.rules if rule.type == "expression"
    ]
    assert [str(area.sqref) for area in sheet.conditional_formatting] == ["B2:B3", "A2:I3"]
    assert [rule.dxf.fill.bgColor.rgb[2:] for rule in rules] == [
        "F6D5D2",
        "FBE7C6",
        "D6E4F7",
        "D9EDDB",
        "E6E8EA",
    ]
    assert sorted(rule.priority for rule in rules) == [2, 3, 4, 5, 6]


def wide_title(sheet: Any) -> None:
    sheet.insert_rows(1)
    sheet["A1"] = "Week 31"
    sheet.merge_cells("A1:F1")


def painted(sheet: Any) -> None:
    sheet["H3"].fill = PatternFill("solid", fgColor="FF00FF00")


def an_error(sheet: Any) -> None:
    sheet["C3"] = "#REF!"


@pytest.mark.rule("XL-10")
@pytest.mark.parametrize("change", [wide_title, painted, an_error])
def test_a_sheet_that_cannot_be_amended_is_saved_again_with_the_same_result(
    change: Callable[[Any], None],
) -> None:
    copy = annotate(one(PLAIN, change), PLANT, [APPLIED])
    row = next(each for each in cells_of(copy) if each[0] == "m:401")
    assert ("applied", None, 100, 150, "14:02:11 +01:00", "anna") in [
        row[start : start + 6] for start in (3, 8)
    ]


@pytest.mark.rule("XL-10")
def test_rules_that_are_there_keep_their_styles_and_the_new_ones_follow() -> None:
    def rule(sheet: Any) -> None:
        fill = PatternFill("solid", bgColor="FF112233")
        sheet.conditional_formatting.add("B2:B4", CellIsRule("greaterThan", ["100"], fill=fill))  # type: ignore[no-untyped-call]
        sheet.column_dimensions["A"].width = 33

    sheet = openpyxl.load_workbook(io.BytesIO(annotate(one(PLAIN, rule), PLANT, [APPLIED])))["Targets"]
    first, *others = [each for area in sheet.conditional_formatting for each in area.rules]
    assert first.dxf.fill.bgColor.rgb == "FF112233"
    assert others[0].dxf.fill.bgColor.rgb == "FFF6D5D2"
    assert (sheet.column_dimensions["A"].width, sheet.column_dimensions["D"].width) == (33, 12)


@pytest.mark.rule("XL-10")
@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        ("xl/media/image1.png", True),
        ("xl/vbaProject.bin", False),
        ("xl/connections.xml", False),
        ("xl/externalLinks/externalLink1.xml", False),
        ("xl/embeddings/oleObject1.bin", False),
        ("xl/activeX/activeX1.xml", False),
        ("customUI/customUI.xml", False),
    ],
)
def test_a_part_that_could_act_is_never_copied(name: str, is_kept: bool) -> None:
    def two_rows(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ["m:401", 150])

    data = io.BytesIO(drawn(two_rows))
    with zipfile.ZipFile(data, "a") as package:
        package.writestr(name, b"something")
    assert (name in parts_of(annotate(data.getvalue(), PLANT, [APPLIED]))) is is_kept


@pytest.mark.rule("XL-10")
def test_only_the_sender_gets_parts_that_were_not_checked() -> None:
    copy = parts_of(annotate(drawn(rich), PLANT, [APPLIED], is_own=False))
    assert not [name for name in copy if "chart" in name]
    assert b"<f>" not in copy["xl/worksheets/sheet1.xml"]


def _charted(place: str, anchor: str = "twoCellAnchor") -> bytes:
    """Makes a plan with a chart of 480 by 288 pixels at a cell. The table ends in column C, and its header is in
    row 20.
    """

    def write(book: Any, sheet: Any) -> None:
        for number, row in enumerate(PLAIN):
            sheet.write_row(19 + number, 0, row)
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Targets!$B$21:$B$23"})
        sheet.insert_chart(place, chart)

    if anchor == "twoCellAnchor":
        return drawn(write)

    def change(sheet: Any) -> None:
        chart = BarChart()
        chart.add_data(Reference(sheet, min_col=2, min_row=21, max_row=23))
        chart.width, chart.height = 12.7, 7.62  # type: ignore[assignment]  # centimetres: 480 by 288 pixels
        sheet.add_chart(chart, place)

    return one([[]] * 19 + PLAIN, change)


@pytest.mark.parametrize("anchor", ["twoCellAnchor", "oneCellAnchor"])
@pytest.mark.parametrize(
    ("place", "first"),
    [
        ("D20", "L"),
        ("E18", "M"),
        ("I22", "Q"),
        ("A21", "I"),
        ("J20", "D"),
        ("D1", "D"),
        ("D24", "D"),
    ],
)
def test_the_new_columns_are_never_under_a_chart(place: str, first: str, anchor: str) -> None:
    copy = annotate(_charted(place, anchor), demo_plant(), [APPLIED])
    sheet: Any = openpyxl.load_workbook(io.BytesIO(copy))["Targets"]
    assert [cell.column_letter for cell in sheet[20] if cell.value == "Status"] == [first]
    assert len(sheet._charts) == 1


def test_an_earlier_copy_keeps_its_columns_for_any_place_of_the_chart() -> None:
    copy = annotate(_charted("D20"), demo_plant(), [APPLIED])
    annotated_again: Any = openpyxl.load_workbook(io.BytesIO(annotate(copy, demo_plant(), [APPLIED])))[
        "Targets"
    ]
    assert [cell.column_letter for cell in annotated_again[20] if cell.value == "Status"] == ["L"]
