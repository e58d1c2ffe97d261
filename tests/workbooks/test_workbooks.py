"""Python reads the shared workbooks. The board reads the same files and must get the same results (XL-9)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.workbooks.__main__ import EXPECTED, make, outcome, plant_of
from tests.workbooks.traps import TRAPS

from setpoint.testing.patience import patient
from setpoint.workbook.limits import MAX_READ_S

DOCUMENT: dict[str, Any] = json.loads(EXPECTED.read_text("utf-8"))


@pytest.fixture(scope="session")
def folder() -> Path:
    return make()


@pytest.fixture(autouse=True)
def patient_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives the reader more time: its limit is for readers that hang, and a busy machine may need longer."""
    monkeypatch.setattr("setpoint.workbook.process.MAX_READ_S", patient(MAX_READ_S))


def test_every_trap_has_an_expected_outcome() -> None:
    assert sorted(DOCUMENT["outcomes"]) == sorted(TRAPS)


@pytest.mark.rule("XL-1", "XL-2", "XL-3", "XL-4", "XL-5", "XL-6", "XL-7", "XL-9")
@pytest.mark.parametrize("name", sorted(TRAPS))
def test_a_workbook_gives_the_expected_result(name: str, folder: Path) -> None:
    assert outcome((folder / name).read_bytes(), plant_of(name, DOCUMENT)) == DOCUMENT["outcomes"][name]
