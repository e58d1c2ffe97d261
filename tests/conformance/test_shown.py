"""The vectors of shown values, in the terminal. Twin of `frontend/src/format/vectors.test.ts`."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conformance.vectors import vectors

from setpoint.cli.console import shown
from setpoint.core.plant import Field


@pytest.mark.rule("TIER-5")
@pytest.mark.parametrize("vector", vectors("shown"))
def test_a_value_is_shown(vector: dict[str, Any]) -> None:
    for step in vector["steps"]:
        event = step["event"]
        field = Field("field", decimals=event["decimals"], is_writable=event["isSet"], column="Field")
        assert shown(event["value"], field) == step["state"], event
