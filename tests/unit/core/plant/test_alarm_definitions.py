"""Alarms in the plant file: their settings, and a message with its place for every mistake."""

from __future__ import annotations

import pytest

from setpoint.core.plant import Alarm, Priority, parse_plant
from setpoint.errors import PlantError

LINES = """
[[lines]]
id = "01"
machines = [401, 402]
"""


@pytest.mark.rule("ALM-1")
def test_an_alarm_with_every_key_is_read() -> None:
    plant = parse_plant(
        LINES
        + """
[[alarm]]
name = "overheated"
label = "Too hot"
priority = "high"
field = "temp"
above = 95
below = -5.5
dead_band = 3
on_delay = "5 s"
off_delay = "1 min"
suppressed_in = ["MAINTENANCE_LOCK"]
consequence = "The bearing is damaged."
response = "Stop the machine."
lines = ["01"]
machines = [402]

[[alarm]]
name = "stop"
status = "EMERGENCY_STOP"
"""
    )
    hot, stop = plant.alarms
    assert hot == Alarm(
        "overheated",
        "Too hot",
        Priority.HIGH,
        field="temp",
        above=95.0,
        below=-5.5,
        dead_band=3.0,
        on_delay_ms=5_000,
        off_delay_ms=60_000,
        suppressed_in=("MAINTENANCE_LOCK",),
        consequence="The bearing is damaged.",
        response="Stop the machine.",
        lines=("01",),
        machines=("m_402",),
    )
    assert (stop.statuses, stop.priority, stop.label) == (("EMERGENCY_STOP",), Priority.MEDIUM, "stop")


@pytest.mark.rule("ALM-1")
@pytest.mark.parametrize(
    ("definition", "where"),
    [
        ('name = "a b"\nstatus = "FAULT"', "alarm, entry 1, name"),
        ('name = "a"', "alarm, entry 1"),
        ('name = "a"\nstatus = "FAULT"\nfield = "temp"\nabove = 1', "alarm, entry 1"),
        ('name = "a"\nstatus = "FAULT"\nabove = 1', "alarm, entry 1, above"),
        ('name = "a"\nstatus = []', "alarm, entry 1, status"),
        ('name = "a"\nfield = "temp"', "alarm, entry 1"),
        ('name = "a"\nfield = "mode"\nabove = 1', "alarm, entry 1, field"),
        ('name = "a"\nfield = "temp"\nabove = 1\nbelow = 2', "alarm, entry 1, below"),
        ('name = "a"\nfield = "temp"\nabove = nan', "alarm, entry 1, above"),
        ('name = "a"\nfield = "temp"\nabove = 1\ndead_band = -1', "alarm, entry 1, dead_band"),
        ('name = "a"\nstatus = "FAULT"\non_delay = "25 h"', "alarm, entry 1, on_delay"),
        ('name = "a"\nstatus = "FAULT"\npriority = "urgent"', "alarm, entry 1, priority"),
        ('name = "a"\nstatus = "FAULT"\nlines = ["09"]', "alarm, entry 1, lines"),
        ('name = "a"\nstatus = "FAULT"\nmachines = [409]', "alarm, entry 1, machines"),
        ('name = "a"\nstatus = "FAULT"\nreset = true', "alarm, entry 1, reset"),
        ('name = "a"\nstatus = "FAULT"\nresponse = 1', "alarm, entry 1, response"),
    ],
)
def test_a_mistake_is_reported_with_its_place(definition: str, where: str) -> None:
    with pytest.raises(PlantError) as refused:
        parse_plant(f"{LINES}\n[[alarm]]\n{definition}\n")
    assert [mistake.where for mistake in refused.value.mistakes] == [where]


@pytest.mark.rule("ALM-1")
def test_two_alarms_cannot_share_a_name() -> None:
    alarm = '\n[[alarm]]\nname = "a"\nstatus = "FAULT"\n'
    with pytest.raises(PlantError, match="Give each alarm its own name"):
        parse_plant(LINES + alarm + alarm)
