"""The template contains the present set-points and the revs, and refuses impossible values."""

from __future__ import annotations

import io

import openpyxl
import pytest

from setpoint.contract.values import Record
from setpoint.core.ingest import parse_sheets
from setpoint.core.plant import demo_plant
from setpoint.workbook.read import read_sheets
from setpoint.workbook.safe import csv_text
from setpoint.workbook.template import template

PLANT = demo_plant()
VALUES: dict[str, Record] = {key: {"speed": 3, "targetSpeed": 1200, "mode": "RUN"} for key in PLANT.machines}
REVS = {key: {"targetSpeed": 17, "mode": 4, "gone": 1} for key in PLANT.machines}


@pytest.mark.rule("XL-1", "CONF-1")
def test_an_unchanged_template_asks_for_the_present_set_points_with_the_revs_of_its_download() -> None:
    ingested = parse_sheets(read_sheets(template(PLANT, ["m_401", "m_412"], VALUES, REVS)), PLANT, "tx")
    assert ingested.batch.valid_rows == {
        "m_401": {"targetSpeed": 1200, "mode": "RUN"},
        "m_412": {"targetSpeed": 1200, "mode": "RUN"},
    }
    assert (ingested.batch.errors, ingested.batch.warnings) == ([], [])
    assert ingested.base == {key: {"targetSpeed": 17, "mode": 4} for key in ("m_401", "m_412")}


def test_ranges_and_choices_are_data_validation_and_the_revs_are_hidden() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template(PLANT, ["m_401"], VALUES, REVS)))
    number, choice = book["Targets"].data_validations.dataValidation
    assert (number.type, number.formula1, number.formula2, str(number.sqref)) == (
        "decimal",
        "0",
        "3000",
        "B2",
    )
    assert (choice.type, choice.formula1, str(choice.sqref)) == ("list", "_setpoint!$G$1:$G$3", "C2")
    assert book["_setpoint"].sheet_state == "veryHidden"
    assert book["Targets"]["B1"].value == "Target Speed [rpm]"


def test_a_machine_that_has_no_reading_is_left_blank() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template(PLANT, ["m_401"], {}, {})))
    assert [cell.value for cell in book["Targets"][2]] == ["m:401", None, None]


@pytest.mark.rule("XL-7")
@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", " =1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20x"])
def test_a_text_that_could_start_a_formula_gets_an_apostrophe_in_csv(text: str) -> None:
    assert csv_text(text) == f"'{text}"
    assert csv_text(-1) == "-1"


@pytest.mark.rule("XL-7")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("late;=1+1", "late;'=1+1"),
        ('late; "@x', "late; \"'@x"),
        ("late\n-1\r\n+2", "late\n'-1\r\n'+2"),
        ("\t=1", "'\t'=1"),
        ("a;b = 3; c-d", "a;b = 3; c-d"),
        ("\t" * 100_000, "'" + "\t" * 100_000),
    ],
)
def test_a_semicolon_or_line_end_starts_no_cell_with_a_formula_where_it_separates_cells(
    text: str, expected: str
) -> None:
    """German Excel splits a csv at semicolons, even if quotes stand around a text with commas."""
    assert csv_text(text) == expected
