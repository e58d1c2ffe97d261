"""The vectors of alarms: the table of states in SPEC.md, the condition, and the figures of many alarms."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.conformance.vectors import vectors

from setpoint.contract.values import Record
from setpoint.core.alarms import AlarmBook, AlarmChange, AlarmKey, Raise, figures_of
from setpoint.core.alarms.state import AlarmState, Input, step
from setpoint.core.plant import Alarm, Line, Machine, Plant
from setpoint.errors import RequestError

HOT = AlarmKey("m_401", "hot")
SETTINGS = {
    "above": "above",
    "below": "below",
    "deadBand": "dead_band",
    "field": "field",
    "offDelayMs": "off_delay_ms",
    "onDelayMs": "on_delay_ms",
    "statuses": "statuses",
}


@pytest.mark.rule("ALM-3", "ALM-4", "ALM-5")
@pytest.mark.parametrize("vector", vectors("alarms", "states"))
def test_alarm_vector(vector: dict[str, Any]) -> None:
    state = msgspec.convert(vector["start"], AlarmState)
    for each in vector["steps"]:
        event = msgspec.convert(each["event"], Input)
        if (error := each.get("error")) is not None:
            with pytest.raises(RequestError) as refused:
                step(state, event, each["atMs"] / 1000)
            assert refused.value.code == error["code"]
        else:
            state, events = step(state, event, each["atMs"] / 1000)
            assert [kind.value for kind in events] == each["effects"]
        assert {"shown": state.listed_state.value, **msgspec.to_builtins(state)} == each["state"]


@pytest.mark.rule("ALM-1", "ALM-2")
@pytest.mark.parametrize("vector", vectors("alarms", "conditions"))
def test_condition_vector(vector: dict[str, Any]) -> None:
    alarm = Alarm(HOT.name, **{SETTINGS[key]: value for key, value in vector["start"].items()})
    record: Record = {"status": "RUNNING", "temp": 20.0, "quality": "GOOD"}
    plant = Plant("Small", (Line("01", (Machine(HOT.machine, "01"),)),), alarms=(alarm,))
    book = AlarmBook(plant, {HOT.machine: record}, {})
    for number, each in enumerate(vector["steps"]):
        for report in each["event"]["reports"]:
            record.update(report)
            book.changed(HOT.machine, tuple(report))
        changes = book.sample(each["atMs"], each["atMs"] / 1000)
        assert [event.value for change in changes for event in change.events] == each["effects"], (
            f"step {number}"
        )
        assert {"shown": book.state_of(HOT).listed_state.value} == each["state"], f"step {number}"


@pytest.mark.rule("ALM-7")
@pytest.mark.parametrize("vector", vectors("alarms", "figures"))
def test_figures_vector(vector: dict[str, Any]) -> None:
    for number, each in enumerate(vector["steps"]):
        event, now = each["event"], each["atMs"] / 1000
        raises = [Raise(AlarmKey(machine, name), "01", at) for machine, name, at in event["raises"]]
        active = [
            AlarmChange(
                AlarmKey(machine, name), "01", Alarm(name), AlarmState(is_active=True, raised_at=at), (), at
            )
            for machine, name, at in event["active"]
        ]
        assert msgspec.to_builtins(figures_of(raises, active, now)) == each["state"], f"step {number}"
