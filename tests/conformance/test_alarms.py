"""One alarm replays the vectors: every cell of the table of states in SPEC.md."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.conformance.vectors import vectors

from setpoint.core.alarms.state import AlarmState, Input, step
from setpoint.errors import RequestError


@pytest.mark.rule("ALM-3", "ALM-4", "ALM-5")
@pytest.mark.parametrize("vector", vectors("alarms"))
def test_alarm_vector(vector: dict[str, Any]) -> None:
    state = msgspec.convert(vector["start"], AlarmState)
    for each in vector["steps"]:
        what = msgspec.convert(each["event"], Input)
        if (error := each.get("error")) is not None:
            with pytest.raises(RequestError) as refused:
                step(state, what, each["atMs"] / 1000)
            assert refused.value.code == error["code"]
        else:
            state, told = step(state, what, each["atMs"] / 1000)
            assert [one.value for one in told] == each["effects"]
        assert {"shown": state.shown.value, **msgspec.to_builtins(state)} == each["state"]
