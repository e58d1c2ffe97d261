"""The annotated workbook has statuses by row, keeps the person's formats, and cannot start a formula."""

from __future__ import annotations

import io
import json
import re
import warnings
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import PatternFill
from openpyxl.worksheet.table import Table
from tests.conformance.ingest_json import plant_from
from tests.workbooks import raw
from tests.workbooks.traps import PLAIN, by_office, drawn, one, written

from setpoint.contract.http.batches import ItemResult
from setpoint.contract.live import Outcome
from setpoint.core.ingest import parse_sheets
from setpoint.core.ingest.header import foreign_names
from setpoint.core.plant import demo_plant
from setpoint.errors import WorkbookError
from setpoint.message import Message
from setpoint.workbook.annotate import annotate
from setpoint.workbook.process import annotate_file
from setpoint.workbook.read import read_sheets
from setpoint.workbook.reasons import reason_of
from setpoint.workbook.row_outcome import NOT_SENT, RowOutcome

PLANT = demo_plant()
FILES = Path(__file__).parents[2] / "workbooks" / "files"
APPLIED = RowOutcome("m_401", "targetSpeed", "applied", "", 100, 150, "14:02:11 +01:00", "anna")


def cells_of(workbook: bytes) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(workbook))["Targets"].iter_rows(values_only=True))


@pytest.mark.rule("XL-7")
def test_each_row_gets_its_outcome_and_rows_that_were_wrong_their_reason() -> None:
    book = one([["Week 31"], *PLAIN, ["m:411", "x"], ["m:401 "]])
    rows = cells_of(
        annotate(book, PLANT, [RowOutcome("m_402", "targetSpeed", "blocked", "EMERGENCY_STOP", 1, 2)])
    )
    assert rows[1][3:] == ("Status", "Reason", "Before", "Target", "Confirmed at", "By")
    assert rows[2][3:5] == ("error", "m:401 is in row 7 too. Leave one of them.")
    assert rows[3][3:] == ("blocked", "EMERGENCY_STOP", 1, 2, None, None)
    assert rows[4][3] == "not sent"
    assert rows[5][3:5] == ("error", "Target Speed takes a number from 0 to 3000 rpm, not “x”.")


def test_several_fields_of_a_row_show_the_gravest_and_say_which_is_which() -> None:
    mode = RowOutcome("m_401", "mode", "conflict", "changed by ben", "IDLE", "RUN", "14:02:12 +01:00", "ben")
    rows = cells_of(annotate(one(PLAIN), PLANT, [APPLIED, mode]))
    assert rows[1][3:] == (
        "conflict",
        "Target Speed: applied; Mode: changed by ben",
        "Target Speed: 100; Mode: IDLE",
        "Target Speed: 150; Mode: RUN",
        "14:02:12 +01:00",
        "anna; ben",
    )


def test_the_persons_formats_and_other_sheets_stay() -> None:
    def paint(sheet: Any) -> None:
        sheet["B2"].fill = PatternFill("solid", fgColor="FF00FF00")
        sheet["B2"].number_format = "0.0"
        sheet.column_dimensions["A"].width = 33
        sheet.parent.create_sheet("Notes")["A1"] = "mine"

    book = openpyxl.load_workbook(io.BytesIO(annotate(one(PLAIN, paint), PLANT, [APPLIED])))
    sheet = book["Targets"]
    assert (sheet["B2"].number_format, sheet["B2"].fill.fgColor.rgb) == ("0.0", "FF00FF00")
    assert sheet.column_dimensions["A"].width == 33
    assert book["Notes"]["A1"].value == "mine"
    assert len(list(sheet.conditional_formatting)) == 1


@pytest.mark.rule("XL-7")
@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", '=HYPERLINK("x")'])
def test_nothing_that_is_written_back_starts_a_formula(text: str) -> None:
    annotated = annotate(b"Machine ID,Target Speed,Note\nm:401,150,=1+1\n", PLANT, [
        RowOutcome("m_401", "targetSpeed", "rejected", text, text, text, text, text)
    ])  # fmt: skip
    sheet = openpyxl.load_workbook(io.BytesIO(annotated)).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert all(cell.quotePrefix for cell in cells if cell.value == text)


def test_a_copy_that_comes_back_is_read_without_a_word_and_annotated_in_place() -> None:
    first = annotate(one(PLAIN), PLANT, [APPLIED])
    batch = parse_sheets(read_sheets(first), PLANT, "tx").batch
    assert (batch.summary.valid, batch.warnings) == (3, [])
    second = cells_of(annotate(first, PLANT, [RowOutcome("m_401", "targetSpeed", "failed")]))
    assert [len(row) for row in second] == [9] * 4
    assert second[1][3] == "failed"


@pytest.mark.parametrize("ending", ["ods", "xls"])
def test_other_formats_come_back_as_xlsx_that_libreoffice_opens(ending: str) -> None:
    annotated = annotate_file(by_office(one(PLAIN), ending), PLANT, [APPLIED])
    assert cells_of(annotated)[1] == (
        "m:401",
        150,
        "RUN",
        "applied",
        None,
        100,
        150,
        "14:02:11 +01:00",
        "anna",
    )
    assert b"applied" in by_office(annotated, "csv")


@pytest.mark.rule("XL-10")
def test_a_workbook_that_can_no_longer_be_read_comes_back_as_a_list_of_outcomes() -> None:
    with pytest.raises(WorkbookError, match="Invalid Template"):
        annotate(b"a,b\n1,2\n", PLANT, [])
    for data in (b"a,b\n1,2\n", b"PK\x03\x04", b""):
        sheet = openpyxl.load_workbook(io.BytesIO(annotate_file(data, PLANT, [APPLIED])))["Outcomes"]
        assert [*sheet.iter_rows(values_only=True)][1][:3] == ("m:401", "Target Speed", "applied")


@pytest.mark.rule("XL-10")
def test_a_workbook_that_openpyxl_cannot_open_comes_back_to_others_as_a_new_one() -> None:
    data = (FILES / "43c_date1904.xlsx").read_bytes()
    assert cells_of(annotate(data, PLANT, [APPLIED], is_own=False))[1][:4] == ("m:401", 150, None, "applied")
    assert read_sheets(annotate(data, PLANT, [APPLIED]))[0].rows[1][:4] == ["m:401", 150, None, "applied"]


@pytest.mark.rule("XL-10")
def test_formulas_are_values_for_everybody_but_the_person_who_sent_the_file() -> None:
    def write(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Machine ID", "Target Speed"])
        sheet.write_string(1, 0, "m:401")
        sheet.write_formula(1, 1, "=100+50", None, 150)

    data = drawn(write)
    assert cells_of(annotate(data, PLANT, [APPLIED]))[1][1] == "=100+50"
    assert cells_of(annotate(data, PLANT, [APPLIED], is_own=False))[1][1] == 150


@pytest.mark.rule("XL-10")
def test_every_row_has_its_reason_also_where_it_was_not_sent() -> None:
    blocked = RowOutcome("m_402", "targetSpeed", NOT_SENT, "blocked by FAULT", 1, 2)
    rows = cells_of(annotate(one(PLAIN), PLANT, [APPLIED, blocked]))
    assert [row[3:5] for row in rows[1:]] == [
        ("applied", None),
        (NOT_SENT, "blocked by FAULT"),
        (NOT_SENT, "not part of what was sent"),
    ]


@pytest.mark.rule("XL-10")
def test_a_row_of_several_machines_has_each_outcome_and_the_chosen_sheet_is_annotated() -> None:
    rows = [PLAIN[0], ["m:401; m:402", 150, None]]
    book = written(("Mon", [PLAIN[0], ["m:403", 7, None]]), ("Targets", rows))
    other = RowOutcome("m_402", "targetSpeed", "failed", "no answer", 1, 150)
    for wanted in (None, "Targets"):
        assert cells_of(annotate(book, PLANT, [APPLIED, other], wanted=wanted))[1][3:5] == (
            "failed",
            "m:401 Target Speed: applied; m:402 Target Speed: no answer",
        )


@pytest.mark.rule("XL-10")
def test_rows_without_a_header_come_back_too() -> None:
    annotated = annotate(b"m:401;150;RUN\n", PLANT, [APPLIED])
    sheet = openpyxl.load_workbook(io.BytesIO(annotated)).worksheets[0]
    assert next(iter(sheet.iter_rows(values_only=True)))[:4] == ("m:401", 150, "RUN", "applied")


def test_a_wrong_row_that_was_put_right_before_it_was_sent_has_its_outcome() -> None:
    book = one([PLAIN[0], ["m:401", 9_999], ["m:402", 9_999], ["what", 1]])
    _, *rows = cells_of(annotate(book, PLANT, [APPLIED]))
    assert [row[3] for row in rows] == ["applied", "error", "error"]
    assert rows[0][4] == "put right before it was sent"


def test_a_copy_in_german_has_german_columns_statuses_and_reasons_and_takes_the_place_of_an_english_one() -> (
    None
):
    book = one([*PLAIN, ["m:411", "x"]])
    outcomes = [RowOutcome("m_402", "targetSpeed", "blocked", "NOT-HALT", 1, 2)]
    english = annotate(book, PLANT, outcomes)
    for source in (book, english):
        rows = cells_of(annotate(source, PLANT, outcomes, language="de"))
        assert rows[0][3:] == ("Ergebnis", "Grund", "Vorher", "Gesendet", "Bestätigt um", "Von")
        assert [row[3] for row in rows[1:]] == ["nicht gesendet", "blockiert", "nicht gesendet", "Fehler"]
        assert rows[2][4] == "NOT-HALT"
        assert rows[4][4] == "Target Speed: erwartet wird eine Zahl von 0 bis 3000 rpm; „x“ ist keine Zahl."
    parsed = parse_sheets(read_sheets(annotate(book, PLANT, outcomes, language="de")), PLANT, "")
    assert [each.code for each in parsed.batch.warnings] == []


ASK_LESS = ("72_paste_no_header.csv",)
"""Its copy has no header either, and no targets."""


@pytest.mark.rule("XL-10")
@pytest.mark.parametrize(
    "name", sorted(each.name for each in FILES.iterdir() if each.suffix not in (".md", ".json"))
)
@pytest.mark.parametrize("is_own", [True, False])
def test_a_copy_that_is_uploaded_again_has_the_targets_of_its_file(name: str, is_own: bool) -> None:
    expected: dict[str, Any] = json.loads((FILES / "expected.json").read_text("utf-8"))
    plant, encoding = plant_from(expected["plant"]), expected["files"][name].get("encoding")
    data = (FILES / name).read_bytes()
    try:
        first = parse_sheets(read_sheets(data, foreign_names(plant), encoding), plant, "").batch.valid_rows
    except WorkbookError:
        return
    outcomes = [
        RowOutcome(machine, field, "applied", "", 0, target)
        for machine, targets in first.items()
        for field, target in targets.items()
    ]
    with warnings.catch_warnings(action="ignore"):  # openpyxl warns about parts that it does not know
        copy = annotate(data, plant, outcomes, encoding=encoding, is_own=is_own)
    try:
        read_again = parse_sheets(read_sheets(copy, foreign_names(plant)), plant, "").batch.valid_rows
    except WorkbookError:
        read_again = {}
    assert read_again == ({} if name in ASK_LESS else first)


HEADER = "".join(
    f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'
    for place, text in (("A1", "Machine ID"), ("B1", "Target Speed"), ("C1", "Mode"))
)
ROW = (
    '<row r="1">'
    + HEADER
    + '</row><row r="2"><c r="A2" t="inlineStr"><is><t>m:401</t></is></c><c r="B2"><v>150</v></c>{}</row>'
)
OTHER = '<row r="3"><c r="A3" t="inlineStr"><is><t>m:402</t></is></c><c r="B3"><v>160</v></c></row>'


def opened_by_openpyxl(rows: str, behind: str = "", shared: str = "") -> bytes:
    parts = raw.parts(raw.sheet(rows).replace("</sheetData>", f"</sheetData>{behind}"))
    del parts["xl/styles.xml"]
    parts["xl/_rels/workbook.xml.rels"] = re.sub(
        '<Relationship Id="rId2"[^>]*>', "", parts["xl/_rels/workbook.xml.rels"]
    )
    parts["[Content_Types].xml"] = re.sub(
        '<Override PartName="/xl/styles.xml"[^>]*>', "", parts["[Content_Types].xml"]
    )
    sst = parts["xl/sharedStrings.xml"]
    parts["xl/sharedStrings.xml"] = sst[: sst.index("<si>")] + shared + "</sst>"
    return raw.zipped(parts)


@pytest.mark.rule("XL-10")
@pytest.mark.parametrize("is_own", [True, False])
@pytest.mark.parametrize(
    "data",
    [
        opened_by_openpyxl(
            ROW.format('<c r="C2" t="inlineStr"><is><t>RUN</t></is></c>') + OTHER,
            '<mergeCells><mergeCell ref="B2:C2"/></mergeCells>',
        ),
        opened_by_openpyxl(ROW.format('<c r="C2"><f>A1</f></c>') + OTHER),
        opened_by_openpyxl(
            ROW.format("").replace('t="inlineStr"><is><t>m:401</t></is>', 't="s"><v>0</v>') + OTHER,
            shared="<si><si><t>m:403</t></si><t>m:401</t></si>",
        ),
    ],
    ids=["a value under a merged cell", "a formula without a value", "a text that openpyxl reads otherwise"],
)
def test_a_copy_has_the_values_that_were_read_even_if_openpyxl_reads_others(
    data: bytes, is_own: bool
) -> None:
    first = parse_sheets(read_sheets(data), PLANT, "").batch.valid_rows
    targets = parse_sheets(read_sheets(annotate(data, PLANT, [], is_own=is_own)), PLANT, "").batch.valid_rows
    assert targets == first
    assert first["m_402"] == {"targetSpeed": 160}


@pytest.mark.rule("XL-10")
@pytest.mark.parametrize("is_own", [True, False])
def test_totals_of_a_table_are_no_machine_in_a_copy_without_the_table_either(is_own: bool) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["Machine ID", "Target Speed"], ["m:401", 150], ["m:402", 160], [411, 310]):
        sheet.append(row)
    table = Table(displayName="T", ref="A1:B4", totalsRowCount=1)
    sheet.add_table(table)
    out = io.BytesIO()
    book.save(out)
    first = parse_sheets(read_sheets(out.getvalue()), PLANT, "").batch
    assert [(each.row, each.code) for each in first.warnings] == [(4, "total_rows")]
    copy = annotate(out.getvalue(), PLANT, [], is_own=is_own)
    assert parse_sheets(read_sheets(copy), PLANT, "").batch.valid_rows == first.valid_rows
    assert first.valid_rows.keys() == {"m_401", "m_402"}


@pytest.mark.rule("SAY-2", "XL-10")
def test_a_german_copy_has_the_machines_reason_in_german() -> None:
    code = Message("words-controller-refuses-while", {"status": "FAULT"})
    english = "the controller refuses while FAULT holds"
    refused = ItemResult("m_402", "targetSpeed", Outcome.FAILED, 2, message=english, said=code)
    own = ItemResult("m_402", "targetSpeed", Outcome.FAILED, 2, message="Antrieb gesperrt")
    lost = Message("words-may-still-land", {"why": Message("words-no-answer-within", {"seconds": "3"})})
    unknown = ItemResult(
        "m_402", "targetSpeed", Outcome.UNKNOWN, 2, message="no answer within 3 s", said=lost
    )
    assert reason_of(refused, "en") == english
    for item, expected in (
        (refused, "Nicht übernommen. Die Antwort: „die Steuerung lehnt ab, solange FAULT gilt“"),
        (own, "Nicht übernommen. Die Antwort: „Antrieb gesperrt“"),
        (unknown, "keine Antwort innerhalb von 3 s; der Wert kann noch ankommen"),
    ):
        outcomes = [RowOutcome("m_402", "targetSpeed", item.outcome.value, reason_of(item, "de"), 1, 2)]
        rows = cells_of(annotate(one([*PLAIN]), PLANT, outcomes, language="de"))
        assert rows[2][4] == expected
