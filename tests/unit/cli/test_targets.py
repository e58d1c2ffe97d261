"""Targets in the terminal are read by the rules of workbooks, and shown with all their digits."""

from __future__ import annotations

import pytest

from setpoint.cli.console import shown
from setpoint.cli.edits import fix
from setpoint.core.ingest import Ingested, ParsedBatch, Summary
from setpoint.core.plant import Field, Line, Machine, Plant
from setpoint.errors import ConfigError

SPEED = Field("targetSpeed", unit="rpm", maximum=3000, is_writable=True, column="Target Speed")
SPEED_NOW = Field("speed", unit="rpm", decimals=1)
PLANT = Plant("Test", lines=(Line("01", machines=(Machine("m_402", "01"),)),), fields=(SPEED, SPEED_NOW))
NOTHING = Ingested(ParsedBatch("tx", {}, [], [], Summary(0, 0, 0)), "Targets", 1, {}, {})


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize("text", ["1.250", "1,250"])
def test_a_fix_that_can_be_read_two_ways_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"can be 1250 or 1\.250"):
        fix(NOTHING, f"m:402 targetSpeed={text}", PLANT)


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize(("text", "value"), [("1250", 1250), ("1250.5", 1250.5), ("12,5", 12.5)])
def test_a_fix_is_sent_as_it_was_typed(text: str, value: float) -> None:
    assert fix(NOTHING, f"m:402 targetSpeed={text}", PLANT).batch.valid_rows == {
        "m_402": {"targetSpeed": value}
    }


@pytest.mark.rule("TIER-5")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1250, "1,250 rpm"),
        (1250.0, "1,250 rpm"),
        (1234.5678, "1,234.5678 rpm"),
        (1234567.25, "1,234,567.25 rpm"),
    ],
)
def test_a_target_is_never_shown_rounded(value: float, expected: str) -> None:
    assert shown(value, SPEED) == expected


@pytest.mark.rule("TIER-5")
def test_a_reading_is_rounded_to_the_decimals_of_its_field() -> None:
    assert shown(1204.3499999, SPEED_NOW) == "1,204.3 rpm"


def test_a_value_that_is_rounded_to_nothing_has_no_sign() -> None:
    temp = Field("temp", decimals=1)
    assert [shown(value, temp) for value in (-0.04, -0.06, -0.0)] == ["0.0", "-0.1", "0.0"]
