"""The tutorial's commands and programs run in order, and print what it shows."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from tests.documentation.tutorial import PAGE, walk_tutorial
from tests.documentation.walk import Walk

from setpoint.core.plant import parse_plant


def test_the_tutorial_leads_to_an_applied_workbook_its_undo_and_a_checked_plant(tmp_path: Path) -> None:
    """Follows docs/tutorial.md."""
    walk = Walk(tmp_path / "tutorial", {}, SETPOINT_HISTORY="off")
    seconds = walk_tutorial(walk)
    assert len(seconds) >= 6, f"{PAGE} has its parts"
    sheet = openpyxl.load_workbook(walk.folder / "done.xlsx").worksheets[0]
    assert "applied" in [cell.value for cell in sheet[2]]
    assert len(parse_plant((walk.folder / "plant.toml").read_text("utf-8")).machines) == 3
