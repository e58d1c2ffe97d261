"""Python reads files that readers can get wrong. The board reads the same files (`files/README.md`, XL-9)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.ingest_json import plant_from

from setpoint.core.ingest import parse_sheets
from setpoint.core.ingest.header import foreign_names
from setpoint.errors import WorkbookError
from setpoint.texts import text
from setpoint.workbook.read import read_sheets

FOLDER = Path(__file__).parent / "files"
DOCUMENT: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
PLANT = plant_from(DOCUMENT["plant"])
FILES: dict[str, dict[str, Any]] = DOCUMENT["files"]


def test_every_file_has_an_expectation() -> None:
    assert sorted(FILES) == sorted(
        each.name for each in FOLDER.iterdir() if each.name not in ("expected.json", "README.md")
    )


@pytest.mark.rule("XL-1", "XL-2", "XL-3", "XL-5", "XL-6", "XL-9")
@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_gives_only_what_it_says(name: str) -> None:
    expected = FILES[name]
    found: set[tuple[str, str, Any]] = set()
    try:
        data = (FOLDER / name).read_bytes()
        sheets = read_sheets(data, foreign_names(PLANT), expected.get("encoding"))
        batch = parse_sheets(sheets, PLANT, "").batch
        explanation = " ".join(
            text(issue.message.code, issue.message.args) for issue in (*batch.errors, *batch.warnings)
        )
        for machine, targets in batch.valid_rows.items():
            found |= {(machine, field, value) for field, value in targets.items()}
    except WorkbookError as refusal:
        explanation = refusal.message
        assert not expected["read"], f"it must be read: {explanation}"
    allowed, needed = ({tuple(each) for each in expected[key]} for key in ("allow", "need"))
    assert found <= allowed
    if expected["read"]:
        assert needed <= found
    assert re.search(expected.get("message", ""), explanation, re.IGNORECASE), explanation
