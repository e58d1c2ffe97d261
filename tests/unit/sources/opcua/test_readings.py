"""Conversion of raw values to reports: scale, map, condition, quality."""

from __future__ import annotations

import pytest
from asyncua.ua.status_codes import StatusCodes

from setpoint.contract.values import Quality, Value
from setpoint.core.plant import STANDARD_FIELDS, Field, FieldType
from setpoint.sources.opcua.config import Bit, FieldNode, MachineNodes, StatusNodes
from setpoint.sources.opcua.notifications import Raw
from setpoint.sources.opcua.parts import Part
from setpoint.sources.opcua.readings import PACKML, Reading, from_raw, readings_of
from setpoint.sources.opcua.variants import Array, Held, Opaque, Structure

FIELDS = {each.name: each for each in STANDARD_FIELDS}
MODE = FieldNode("mode", "i=3", choices={"RUN": 1, "IDLE": 2, "MAINTENANCE": 3})


class Machine:
    def __init__(self, status: StatusNodes = StatusNodes(), *fields: FieldNode) -> None:  # noqa: B008  # frozen
        self.readings: dict[str, Reading] = {
            each.label: each for each in readings_of(MachineNodes("m_401", fields, status), FIELDS)
        }
        self.image = next(iter(self.readings.values())).image

    def take(self, label: str, raw: Held, code: int = 0) -> Quality:
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


def test_a_state_that_packml_does_not_know_is_reported() -> None:
    machine = Machine(StatusNodes(node="i=1", is_packml=True))
    machine.take("status", 0)
    assert machine.report() == {"status": "UNDEFINED", "cause": "PackML state 0"}


@pytest.mark.rule("SAFE-1")
def test_the_gravest_of_several_critical_conditions_shows_and_all_causes_are_kept() -> None:
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


def test_a_bad_reading_is_missing_and_an_uncertain_one_is_shown_with_its_quality() -> None:
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


def test_nothing_is_reported_before_every_awaited_reading_has_arrived() -> None:
    machine = Machine(StatusNodes(node="i=9"), FieldNode("speed", "i=1"))
    machine.image.awaited.update(machine.readings.values())
    machine.take("speed", 5.0)
    assert machine.image.report(1.0) is None
    machine.take("status", "RUNNING")
    assert machine.report() == {"speed": 5.0, "status": "RUNNING", "cause": None}


def test_a_report_carries_the_newest_time_of_its_readings_or_else_the_servers() -> None:
    machine = Machine(StatusNodes(), FieldNode("speed", "i=1"), FieldNode("temp", "i=2"))
    machine.readings["speed"].take(1.0, 0, 116444736000000000 + 20_000_000)
    machine.readings["temp"].take(1.0, 0, 116444736000000000 + 10_000_000)
    first = machine.image.report(99.0)
    second = machine.image.report(99.0)
    assert first is not None
    assert second is not None
    assert (first.at, second.at) == (2.0, 99.0)


@pytest.mark.rule("SAFE-6")
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (1.0, "a number, which has no bits"),
        ("0x01", "a text, which has no bits"),
        (None, "nothing, which has no bits"),
        (Array(5, (1,)), "bit 20 is not there: the node has an array of 1 UInt16"),
        (Array(12, ("a",)), "an array of 1 String, which has no bits"),
        (Structure("i=1", b""), "a structure, which has no bits"),
        (Opaque("DataValue"), "DataValue, which has no bits"),
    ],
)
def test_an_alarm_word_that_is_not_bits_makes_the_machine_bad_with_the_reason(
    value: Held, reason: str
) -> None:
    bits = (Bit("EMERGENCY_STOP", "", number=0), Bit("FAULT", "", number=20))
    machine = Machine(StatusNodes(word="i=2", bits=bits), FieldNode("speed", "i=1"))
    machine.take("speed", 5.0)
    assert machine.take("status word", value) is Quality.BAD
    assert reason in machine.image.reason
    report = machine.image.report(1.0)
    assert report is not None
    assert (report.quality, report.values) == (Quality.BAD, {"speed": 5.0})
    assert machine.take("status word", 1) is Quality.GOOD
    assert machine.report()["status"] == "EMERGENCY_STOP"


@pytest.mark.rule("SAFE-6")
@pytest.mark.parametrize("label", ["status", "status word", "FAULT", "cause"])
@pytest.mark.parametrize("code", [StatusCodes.BadNodeIdUnknown, StatusCodes.BadNotReadable])
def test_a_node_of_the_condition_that_cannot_be_read_makes_the_machine_bad_and_says_which(
    label: str, code: int
) -> None:
    status = StatusNodes(node="i=1", cause="i=2", word="i=3", flags=(Bit("FAULT", "", node="i=4"),))
    machine = Machine(status)
    assert machine.take(label, None, code) is Quality.BAD
    assert machine.image.reason.startswith(f"{label}: Bad")


@pytest.mark.rule("SAFE-6")
@pytest.mark.parametrize(
    "value", [None, float("nan"), Array(6, (3,)), Structure("i=1", b""), Opaque("Variant")]
)
def test_an_unknown_state_makes_the_machine_bad(value: Held) -> None:
    machine = Machine(StatusNodes(node="i=1"))
    assert machine.take("status", value) is Quality.BAD
    assert machine.image.reason


@pytest.mark.rule("SAFE-6")
@pytest.mark.parametrize("value", [None, "false", float("nan"), Array(1, (True,))])
def test_a_flag_that_is_neither_true_nor_false_makes_the_machine_bad(value: Held) -> None:
    machine = Machine(StatusNodes(flags=(Bit("FAULT", "", node="i=4"),)))
    assert machine.take("FAULT", value) is Quality.BAD


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Array(1, (False, True)), {"EMERGENCY_STOP"}),
        (Array(3, (0b10, 0)), {"EMERGENCY_STOP"}),
        (Array(5, (0, 1 << 4)), {"FAULT"}),
        (Array(5, (2, 1 << 4)), {"EMERGENCY_STOP", "FAULT"}),
        (2, {"EMERGENCY_STOP"}),
        (True, set()),
    ],
)
def test_an_alarm_array_has_its_bits_one_after_the_other(value: Held, expected: set[str]) -> None:
    numbers = (
        {1: "EMERGENCY_STOP", 20: "FAULT"}
        if not isinstance(value, Array) or value.kind == 5
        else {1: "EMERGENCY_STOP"}
    )
    bits = tuple(Bit(status, "", number=number) for number, status in numbers.items())
    machine = Machine(StatusNodes(word="i=2", bits=bits))
    assert machine.take("status word", value) is Quality.GOOD
    found = machine.report().get("status")
    assert found == ("EMERGENCY_STOP" if "EMERGENCY_STOP" in expected else "FAULT" if expected else None)


@pytest.mark.rule("SAFE-1")
@pytest.mark.parametrize("text", ["Emergency stop", "EMERGENCY-STOP", "emergency_stop"])
def test_a_stop_in_the_controllers_own_spelling_is_one(text: str) -> None:
    machine = Machine(StatusNodes(node="i=1"))
    machine.take("status", text)
    assert machine.report()["status"] == "EMERGENCY_STOP"


@pytest.mark.parametrize(
    ("state", "status"), [("Execute", "RUNNING"), ("Aborted", "FAULT"), ("Held", "HELD")]
)
def test_packml_states_may_come_as_names(state: str, status: str) -> None:
    machine = Machine(StatusNodes(node="i=1", is_packml=True))
    machine.take("status", state)
    assert machine.report()["status"] == status


def test_a_dead_band_on_a_set_point_never_hides_what_the_machine_took() -> None:
    [target, speed] = readings_of(
        MachineNodes(
            "m_401",
            (FieldNode("targetSpeed", "i=1", deadband=0.5), FieldNode("speed", "i=2", deadband=0.5)),
            StatusNodes(),
        ),
        FIELDS,
    )
    assert (target.deadband, speed.deadband) == (0.0, 0.5)


@pytest.mark.parametrize(
    ("raw", "scale", "offset", "value"),
    [
        (9_007_199_254_740_993, 1.0, 0.0, 9_007_199_254_740_993),
        (123_456_789_012_345, 0.001, 0.0, 123_456_789_012.345),
        (2**64 - 1, 1.0, 0.0, 2**64 - 1),
        (1_234_567_890_123, 0.1, -0.5, 123_456_789_011.8),
        (float("nan"), 1.0, 0.0, None),
        (float("-inf"), 0.5, 0.0, None),
    ],
)
def test_numbers_are_never_rounded_and_nan_is_not_a_reading(
    raw: float, scale: float, offset: float, value: Value
) -> None:
    assert from_raw(FieldNode("speed", "", scale=scale, offset=offset), FIELDS["speed"])(raw) == value


def test_an_element_and_a_member_are_picked_and_what_is_not_there_is_said() -> None:
    machine = Machine(StatusNodes(), FieldNode("speed", "i=1", part=Part((1,))))
    assert machine.take("speed", Array(6, (10, 20))) is Quality.GOOD
    assert machine.report() == {"speed": 20}
    assert machine.take("speed", Array(6, (10,))) is Quality.BAD
    assert machine.image.reason == "speed: element 1 is not there: the node has an array of 1 Int32"
    assert machine.take("speed", 5) is Quality.BAD
    assert machine.image.reason == "speed: expected an array, but the node has a whole number"


def test_an_element_of_an_array_of_two_dimensions_is_found_by_both() -> None:
    machine = Machine(StatusNodes(), FieldNode("speed", "i=1", part=Part((1, 2))))
    machine.take("speed", Array(6, (1, 2, 3, 4, 5, 6), (2, 3)))
    assert machine.report() == {"speed": 6}


def test_the_names_that_the_server_has_for_numbers_are_used_where_there_is_no_map() -> None:
    machine = Machine(StatusNodes(node="i=9"), FieldNode("mode", "i=1"))
    for label in ("mode", "status"):
        machine.readings[label].names = {1: "Run", 2: "Emergency Stop"}
    machine.take("mode", 1)
    machine.take("status", 2)
    assert machine.report() == {"mode": "RUN", "status": "EMERGENCY_STOP", "cause": None}


def test_the_innermost_active_one_of_nested_states_counts() -> None:
    machine = Machine(StatusNodes(node="i=1", is_packml=True, inner=("i=2", "i=3")))
    machine.take("status", "Cleared")
    machine.take("status 2", "Running")
    assert machine.take("status 3", "Held") is Quality.GOOD
    assert machine.report()["status"] == "HELD"
    assert machine.take("status 3", None, StatusCodes.BadStateNotActive) is Quality.GOOD
    machine.take("status 2", None)
    machine.take("status", "Aborted")
    assert machine.report()["status"] == "FAULT"
    assert machine.take("status 2", None, StatusCodes.BadNodeIdUnknown) is Quality.BAD, (
        "that is no inactive state"
    )


def test_a_text_where_a_number_was_is_bad_and_the_number_is_gone() -> None:
    machine = Machine(StatusNodes(), FieldNode("speed", "i=1"))
    assert machine.take("speed", 5) is Quality.GOOD
    assert machine.take("speed", "5") is Quality.BAD
    assert machine.report() == {"speed": None}
    assert machine.image.reason == "speed: expected a number, but the node has the text '5'"
    assert machine.take("speed", 5.5) is Quality.GOOD


@pytest.mark.rule("SAFE-6")
@pytest.mark.parametrize("nothing", ["", " ", None, float("nan")])
def test_a_state_without_a_value_makes_the_machine_bad_and_a_stop_stays(nothing: Held) -> None:
    machine = Machine(StatusNodes(node="i=1"))
    machine.take("status", "EMERGENCY_STOP")
    machine.report()
    assert machine.take("status", nothing) is Quality.BAD
    assert machine.image.condition()[0] == "EMERGENCY_STOP"
