"""Fields check values, plants know their topics, and people know their rights."""

from __future__ import annotations

import pytest

from setpoint.contract.values import Value, is_critical
from setpoint.core.plant import STANDARD_FIELDS, Field, FieldType, Person, Role, demo_plant

FIELDS = {each.name: each for each in STANDARD_FIELDS}


@pytest.mark.parametrize(("field", "value"), [("targetSpeed", 0), ("targetSpeed", 3000.0), ("mode", "RUN")])
def test_a_value_inside_the_range_is_taken(field: str, value: Value) -> None:
    assert FIELDS[field].refuse(value) is None


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("targetSpeed", 3000.1, "takes a number from 0 to 3000 rpm, not 3000.1"),
        ("targetSpeed", float("nan"), "not nan"),
        ("targetSpeed", float("inf"), "not inf"),
        ("targetSpeed", True, "not True"),
        ("targetSpeed", "150", "not '150'"),
        ("targetSpeed", None, "not nothing"),
        ("mode", "run", "takes one of RUN, IDLE, MAINTENANCE, not 'run'"),
        ("speed", 5, "is measured by the machine and cannot be set"),
    ],
)
def test_a_value_outside_it_is_refused_with_what_was_expected(field: str, value: Value, message: str) -> None:
    refusal = FIELDS[field].refuse(value)
    assert refusal is not None
    assert message in refusal


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (Field("a", is_writable=True, minimum=1), 0, "a takes a number of at least 1, not 0"),
        (
            Field("a", unit="mm", is_writable=True, maximum=9),
            10,
            "a takes a number of at most 9 mm, not 10",
        ),
        (Field("a", is_writable=True), "x", "a takes a number, not 'x'"),
        (
            Field("a", FieldType.TEXT, is_writable=True),
            7,
            "a takes a text of at most 200 characters, not 7",
        ),
        (Field("a", FieldType.TEXT, is_writable=True), "x" * 201, "a takes a text of at most 200 characters"),
    ],
)
def test_a_refusal_names_the_bounds_that_the_field_has(field: Field, value: Value, message: str) -> None:
    assert message in (field.refuse(value) or "")


def test_a_text_of_the_longest_length_is_taken() -> None:
    assert Field("a", FieldType.TEXT, is_writable=True).refuse("x" * 200) is None


@pytest.mark.rule("ID-1")
@pytest.mark.parametrize(
    ("topic", "is_there"),
    [
        ("dashboard:global", True),
        ("line:01", True),
        ("line:99", False),
        ("m:401", True),
        ("m:999", False),
        ("what", False),
    ],
)
def test_a_plant_has_the_topics_of_itself_its_lines_and_its_machines(topic: str, is_there: bool) -> None:
    assert (topic in demo_plant().topics()) is is_there


@pytest.mark.rule("SAFE-1")
def test_four_statuses_are_critical() -> None:
    assert all(map(is_critical, ("EMERGENCY_STOP", "FAULT", "MAINTENANCE_LOCK", "SAFETY_INTERLOCK")))
    assert not any(map(is_critical, ("RUNNING", "IDLE", None, 1)))


def test_the_demo_plant_has_the_machines_that_the_contract_names() -> None:
    plant = demo_plant()
    assert {line.id: [machine.id for machine in line.machines] for line in plant.lines} == {
        "01": ["m:401", "m:402", "m:403"],
        "02": ["m:411", "m:412", "m:413"],
        "03": ["m:421", "m:422", "m:423"],
    }


@pytest.mark.parametrize("machines", [1, 50, 51, 1000, 10_000])
def test_a_larger_demo_plant_has_lines_of_at_most_fifty(machines: int) -> None:
    plant = demo_plant(machines=machines)
    assert len(plant.machines) == machines
    assert max(len(line.machines) for line in plant.lines) <= 50


def test_rights_for_a_line_add_to_those_for_the_plant() -> None:
    anna = Person("anna", {"*": Role.VIEWER, "01": Role.OPERATOR})
    assert (anna.may_change("01"), anna.may_change("02"), anna.may_see("02")) == (True, False, True)
    ben = Person("ben", {"01": Role.OPERATOR})
    assert (ben.may_see("02"), ben.may_change("02"), ben.sees_whole_plant) == (False, False, False)
    assert Person("nobody", {}).role_on("01") is None
