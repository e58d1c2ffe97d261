"""The section ``[shifts]`` of a plant file, and every mistake in it."""

from __future__ import annotations

import pytest

from setpoint.core.plant import parse_plant
from setpoint.core.plant.shifts import State
from setpoint.errors import PlantError

PLANT = """
[[lines]]
id = "01"
machines = [401, 402]

[shifts]
micro_stop = "90 s"
total = "parts"
ideal_cycle_s = { "dashboard:global" = 3, "line:01" = 2, "m:402" = 1.5 }

[shifts.states]
WARMUP = "setup"

[[shifts.pattern]]
name = "Early"
days = ["mon", "tue"]
from = "06:00"
to = "14:00"
breaks = ["10:00-10:15"]

[[shifts.pattern]]
name = "Night"
from = "22:00"
to = "06:00"

[[shifts.exceptions]]
date = 2026-12-25
shifts = ["Night"]

[shifts.reasons.technical]
name = "Technical"
[shifts.reasons.motor]
in = "technical"
causes = ["motor overload"]
state = "planned-down"
"""


def test_a_plant_file_has_shifts_states_and_ideal_cycles() -> None:
    shifts = parse_plant(PLANT).shifts
    assert shifts is not None
    early, night = shifts.pattern
    assert (early.name, early.days, early.since, early.until) == ("Early", frozenset((0, 1)), 360, 840)
    assert early.breaks == ((600, 615),)
    assert night.days == frozenset(range(7))
    assert shifts.exceptions == {"2026-12-25": ("Night",)}
    assert (shifts.states["WARMUP"], shifts.states["RUNNING"]) == (State.SETUP, State.PRODUCTION)
    assert shifts.micro_stop_s == 90
    assert shifts.ideal_cycle_of("m_401", "01") == 2
    assert shifts.ideal_cycle_of("m_402", "01") == 1.5
    assert shifts.ideal_cycle_of("m_999", "09") == 3
    motor = shifts.reasons[1]
    assert (motor.name, motor.within, motor.causes) == ("motor", "technical", ("motor overload",))
    assert motor.state is State.PLANNED_DOWN
    assert parse_plant(PLANT.partition("[shifts]")[0]).shifts is None


@pytest.mark.parametrize(
    ("was", "now", "where"),
    [
        ('micro_stop = "90 s"', 'micro_stop = "2 d"', "shifts.micro_stop"),
        ('micro_stop = "90 s"', "micro_stops = 3", "shifts.micro_stops"),
        ('total = "parts"', 'total = "part"', "shifts.total"),
        ('total = "parts"', 'scrap = "parts"', "shifts.total"),
        ('"m:402" = 1.5', '"m:403" = 1.5', "shifts.ideal_cycle_s.m:403"),
        ('"m:402" = 1.5', '"m:402" = 0', "shifts.ideal_cycle_s.m:402"),
        ('WARMUP = "setup"', 'WARMUP = "warm"', "shifts.states.WARMUP"),
        ('days = ["mon", "tue"]', 'days = ["monday"]', "shifts.pattern, entry 1, days"),
        ('from = "06:00"', 'from = "6:00"', "shifts.pattern, entry 1, from"),
        ('to = "14:00"', 'to = "22:30"', "shifts.pattern, entry 2"),
        ('name = "Night"', 'name = "Early"', "shifts.pattern, entry 2, name"),
        ("date = 2026-12-25", 'date = "2026-02-30"', "shifts.exceptions, entry 1, date"),
        ('shifts = ["Night"]', 'shifts = ["Late"]', "shifts.exceptions, entry 1, shifts"),
        ('shifts = ["Night"]', "shifts = [{}]", "shifts.exceptions, entry 1, shifts"),
        ('breaks = ["10:00-10:15"]', 'breaks = ["10:00"]', "shifts.pattern, entry 1, breaks"),
        ('in = "technical"', 'in = "motor"', "shifts.reasons.motor.in"),
        ('in = "technical"', 'in = "other"', "shifts.reasons.motor.in"),
        ('in = "technical"', "in = []", "shifts.reasons.motor.in"),
        ('state = "planned-down"', 'state = "production"', "shifts.reasons.motor.state"),
        ('name = "Technical"', 'causes = ["motor overload"]', "shifts.reasons.motor.causes"),
        ("[shifts.reasons.motor]", "[shifts.reasons.Motor]", "shifts.reasons.Motor"),
        ('total = "parts"', 'total = "parts"\ngood = "speed"\nscrap = "temp"', "shifts.scrap"),
        ('[shifts.states]\nWARMUP = "setup"', 'states = "setup"', "shifts.states"),
        ('name = "Technical"', 'name = ""', "shifts.reasons.technical.name"),
        ('causes = ["motor overload"]', 'causes = "motor overload"', "shifts.reasons.motor.causes"),
        ("date = 2026-12-25", 'date = "2026-13-01"', "shifts.exceptions, entry 1, date"),
        ("date = 2026-12-25", 'date = "Christmas"', "shifts.exceptions, entry 1, date"),
    ],
)
def test_a_mistake_in_shifts_is_reported_with_its_place(was: str, now: str, where: str) -> None:
    assert was in PLANT
    with pytest.raises(PlantError) as found:
        parse_plant(PLANT.replace(was, now))
    assert where in [mistake.where for mistake in found.value.mistakes]


@pytest.mark.parametrize(
    ("section", "where"),
    [
        ('shifts = "three"', "shifts"),
        ('[shifts]\npattern = "early"', "shifts.pattern"),
        ('[shifts]\npattern = ["early"]', "shifts.pattern, entry 1"),
        ('[shifts]\nreasons = ["motor"]', "shifts.reasons"),
    ],
)
def test_a_section_of_another_form_is_reported_with_its_place(section: str, where: str) -> None:
    lines = '[[lines]]\nid = "01"\nmachines = [401]\n'
    with pytest.raises(PlantError) as found:
        parse_plant(f"{section}\n{lines}" if section.startswith("shifts") else f"{lines}{section}\n")
    assert where in [mistake.where for mistake in found.value.mistakes]
