"""The vectors of ingest. The board replays the same files."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from tests.conformance.ingest_json import cell_json, plant_from, sheet_from
from tests.conformance.vectors import vectors

from setpoint.core.ingest import parse_sheets
from setpoint.core.ingest.formats import NumberFormat
from setpoint.errors import WorkbookError


@pytest.mark.rule("XL-1", "XL-2", "XL-3", "XL-4", "XL-5", "XL-9", "ID-2")
@pytest.mark.parametrize("vector", vectors("ingest"))
def test_ingest(vector: dict[str, Any]) -> None:
    plant = plant_from(vector["start"]["plant"])
    for step in vector["steps"]:
        event = step["event"]
        sheets = [sheet_from(each) for each in event["sheets"]]
        if "error" in step:
            with pytest.raises(WorkbookError) as refused:
                parse_sheets(sheets, plant, event["txId"], event.get("sheet"))
            assert {"code": refused.value.code, "message": refused.value.message} == step["error"]
        else:
            assert (
                json.loads(
                    msgspec.json.encode(parse_sheets(sheets, plant, event["txId"], event.get("sheet")))
                )
                == step["state"]
            )


@pytest.mark.rule("XL-2", "XL-9")
@pytest.mark.parametrize("vector", vectors("formats"))
def test_a_number_with_a_format(vector: dict[str, Any]) -> None:
    for step in vector["steps"]:
        event = step["event"]
        value = event["value"]
        looks = {"is_struck": event.get("isStruck", False), "is_repeated": event.get("isRepeated", False)}
        number_format = NumberFormat(event["number"], event["code"], **looks)
        cell = number_format.text(value) if isinstance(value, str) else number_format.cell(value)
        assert cell_json(cell) == step["state"], event
