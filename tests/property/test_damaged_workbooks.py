"""The reader reads or refuses a damaged workbook. There is no other result, and it never hangs."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples import examples
from tests.workbooks.__main__ import make

from setpoint.core.plant import demo_plant
from setpoint.errors import WorkbookError
from setpoint.workbook.process import ingest_file

NAMES = (
    "every_kind_of_cell.xlsx",
    "every_kind_of_cell_in_ods.ods",
    "every_kind_of_cell_in_xls.xls",
    "plain_xlsb.xlsb",
    "csv_with_quotes_over_lines.csv",
)
CODES = {
    "read",
    "damaged",
    "encrypted",
    "entities",
    "inflates_too_much",
    "invalid_template",
    "doubled_column",
    "no_workbook",
    "empty",
    "reader_died",
    "too_many_rows",
}
_CUTS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4)), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def folder() -> Path:
    return make()


@pytest.mark.rule("XL-6", "XL-7")
@given(st.sampled_from(NAMES), st.booleans(), _CUTS)
@settings(max_examples=examples(30))
def test_a_file_that_was_tampered_with_is_read_or_refused(
    folder: Path, name: str, inside: bool, cuts: list[tuple[float, bytes]]
) -> None:
    data = (folder / name).read_bytes()
    damaged = _inside(data, cuts) if inside and data.startswith(b"PK") else _cut(data, cuts)
    assert _result_of(damaged) in CODES


def _result_of(data: bytes) -> str:
    """Returns the code of the refusal, or ``read`` for a consistent batch."""
    try:
        batch = ingest_file(data, demo_plant(), "tx").batch
    except WorkbookError as refused:
        return refused.code
    adds_up = batch.summary.total == batch.summary.valid + batch.summary.invalid
    return "read" if adds_up and len(batch.valid_rows) == batch.summary.valid else "does not add up"


def _cut(data: bytes, cuts: list[tuple[float, bytes]]) -> bytes:
    """Returns the bytes with some of them replaced."""
    changed = bytearray(data)
    for place, over in cuts:
        at = int(place * len(changed))
        changed[at : at + len(over)] = over
    return bytes(changed)


def _inside(data: bytes, cuts: list[tuple[float, bytes]]) -> bytes:
    """Returns a valid zip in which every part about cells is damaged."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.namelist():
            part = source.read(entry)
            target.writestr(entry, _cut(part, cuts) if "sheet" in entry or entry == "content.xml" else part)
    return out.getvalue()
