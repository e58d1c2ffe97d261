"""From raw values to reports: scale, map, condition, quality."""

from __future__ import annotations

import pytest
from asyncua.ua.status_codes import StatusCodes

from setpoint.core.plant import STANDARD_FIELDS, Field, FieldType, Quality, Value
from setpoint.sources.opcua.config import Bit, FieldNode, MachineNodes, StatusNodes
from setpoint.sources.opcua.notifications import Raw
from setpoint.sources.opcua.readings import PACKML, Reading, from_raw, readings_of

FIELDS = {each.name: each for each in STANDARD_FIELDS}
MODE = FieldNode("mode", "i=3", choices={"RUN": 1, "IDLE": 2, "MAINTENANCE": 3})


class Machine:
    def __init__(self, status: StatusNodes = StatusNodes(), *fields: FieldNode) -> None:  # noqa: B008  # frozen
        self.readings: dict[str, Reading] = {
            each.label: each for each in readings_of(MachineNodes("m_401", fields, status), FIELDS)
        }
        self.image = next(iter(self.readings.values())).image

    def take(self, label: str, raw: Raw, code: int = 0) -> Quality:
        self.readings[label].take(raw, code, 0)
        return self.image.quality

    def report(self) -> dict[str, Value]:
        report = self.image.report(1.0)
        assert report is not None
        return dict(report.values)


@pytest.mark.parametrize(
    ("field", "node", "raw", "value"),
    [
        ("speed", FieldNode("speed", ""), 142.5, 142.5),
        ("speed", FieldNode("speed", "", scale=0.1), 1421, 142.1),
        ("speed", FieldNode("speed", "", scale=0.1, offset=-40), 1400, 100),
        ("speed", FieldNode("speed", ""), True, 1),
        ("speed", FieldNode("speed", ""), "fast", None),
        ("speed", FieldNode("speed", ""), None, None),
        ("mode", MODE, 2, "IDLE"),
        ("mode", MODE, 2.0, "IDLE"),
        ("mode", MODE, 7, "7"),
        ("mode", FieldNode("mode", ""), "RUN", "RUN"),
        ("mode", FieldNode("mode", "", choices={"RUN": True, "IDLE": False}), True, "RUN"),
    ],
)
def test_a_raw_value_becomes_the_fields(field: str, node: FieldNode, raw: Raw, value: Value) -> None:
    assert from_raw(node, FIELDS[field])(raw) == value


def test_a_text_field_keeps_texts() -> None:
    assert from_raw(FieldNode("recipe", ""), Field("recipe", type=FieldType.TEXT))("B-12") == "B-12"


@pytest.mark.parametrize(("state", "condition"), list(PACKML.items()))
def test_packml_states_become_conditions(state: str, condition: tuple[str, str | None]) -> None:
    machine = Machine(StatusNodes(node="i=1", is_packml=True))
    machine.take("status", int(state))
    assert machine.report() == {"status": condition[0], "cause": condition[1]}


def test_a_state_that_packml_does_not_know_is_said_so() -> None:
    machine = Machine(StatusNodes(node="i=1", is_packml=True))
    machine.take("status", 0)
    assert machine.report() == {"status": "UNDEFINED", "cause": "PackML state 0"}


@pytest.mark.rule("SAFE-1")
def test_of_several_critical_conditions_the_gravest_shows_and_all_causes_are_kept() -> None:
    bits = (
        Bit("FAULT", "overload", number=4),
        Bit("EMERGENCY_STOP", "rope", number=1),
        Bit("MAINTENANCE_LOCK", "", 6),
    )
    machine = Machine(StatusNodes(node="i=1", word="i=2", bits=bits))
    machine.take("status", "RUNNING")
    machine.take("status word", 0b101_0010)
    assert machine.report() == {"status": "EMERGENCY_STOP", "cause": "rope; overload; MAINTENANCE_LOCK"}
    machine.take("status word", 0b001_0000)
    assert machine.report() == {"status": "FAULT", "cause": "overload"}
    machine.take("status word", 0)
    assert machine.report() == {"status": "RUNNING", "cause": None}


@pytest.mark.rule("SAFE-4")
@pytest.mark.parametrize(
    "code", [StatusCodes.BadNoCommunication, StatusCodes.BadDeviceFailure, StatusCodes.Bad]
)
def test_a_condition_that_cannot_be_read_any_more_stays_as_last_known(code: int) -> None:
    machine = Machine(StatusNodes(word="i=2", bits=(Bit("EMERGENCY_STOP", "", number=0),)))
    machine.take("status word", 1)
    assert machine.report()["status"] == "EMERGENCY_STOP"
    assert machine.take("status word", None, code) is not Quality.GOOD
    assert machine.report() == {}
    machine.take("status word", None)
    assert machine.report() == {}


def test_a_bad_reading_is_missing_an_uncertain_one_is_shown_and_both_are_told_by_the_quality() -> None:
    machine = Machine(StatusNodes(), FieldNode("speed", "i=1"), FieldNode("temp", "i=2", is_optional=True))
    assert machine.take("speed", 5.0) is Quality.GOOD
    assert machine.take("speed", 6.0, StatusCodes.UncertainSensorNotAccurate) is Quality.UNCERTAIN
    assert machine.report() == {"speed": 6.0}
    assert machine.take("speed", None, StatusCodes.BadSensorFailure) is Quality.BAD
    assert machine.report() == {"speed": None}
    assert machine.take("temp", None, StatusCodes.BadSensorFailure) is Quality.BAD
    assert machine.take("speed", 7.0) is Quality.GOOD
    assert machine.report() == {"temp": None, "speed": 7.0}


def test_the_worst_reading_makes_the_machines_quality() -> None:
    machine = Machine(StatusNodes(node="i=9"), FieldNode("speed", "i=1"), FieldNode("temp", "i=2"))
    for field, value, code, worst in (
        ("speed", 1.0, StatusCodes.UncertainLastUsableValue, Quality.STALE),
        ("temp", None, StatusCodes.BadNotConnected, Quality.OFFLINE),
        ("status", None, StatusCodes.BadNodeIdUnknown, Quality.BAD),
    ):
        machine.take(field, value, code)
        assert machine.image.quality is worst


def test_nothing_is_reported_before_every_awaited_reading_has_spoken() -> None:
    machine = Machine(StatusNodes(node="i=9"), FieldNode("speed", "i=1"))
    machine.image.awaited.update(machine.readings.values())
    machine.take("speed", 5.0)
    assert machine.image.report(1.0) is None
    machine.take("status", "RUNNING")
    assert machine.report() == {"speed": 5.0, "status": "RUNNING", "cause": None}


def test_a_report_carries_the_newest_time_of_its_readings_and_else_our_own() -> None:
    machine = Machine(StatusNodes(), FieldNode("speed", "i=1"), FieldNode("temp", "i=2"))
    machine.readings["speed"].take(1.0, 0, 116444736000000000 + 20_000_000)
    machine.readings["temp"].take(1.0, 0, 116444736000000000 + 10_000_000)
    first = machine.image.report(99.0)
    second = machine.image.report(99.0)
    assert first is not None
    assert second is not None
    assert (first.at, second.at) == (2.0, 99.0)
