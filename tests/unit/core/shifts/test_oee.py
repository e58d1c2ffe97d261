"""OEE compared with a published example."""

from __future__ import annotations

import pytest

from setpoint.contract.http.shifts import NotKnown
from setpoint.core.plant.shifts import State
from setpoint.core.shifts.oee import oee_of, rolled_up, sums_of
from setpoint.texts import text

MINUTE = 60.0


@pytest.mark.rule("OEE-1", "OEE-2", "OEE-4", "SHIFT-4")
def test_the_worked_example_of_oee_com_comes_out() -> None:
    """Vorne Industries, "How to calculate OEE", https://www.oee.com/calculating-oee/: a shift of 480 minutes with 60
    of breaks and 47 of stops, an ideal cycle of 1.0 s, 19,271 parts, 423 of them rejected. Availability 88.81 %,
    performance 86.11 %, quality 97.80 %, OEE 74.79 %."""
    seconds = {
        State.PRODUCTION: (480 - 60 - 47) * MINUTE,
        State.UNPLANNED_DOWN: 47 * MINUTE,
        State.PLANNED_DOWN: 60 * MINUTE,
    }
    found = oee_of(sums_of("m_1", seconds, ideal_cycle_s=1.0, total=19_271, good=19_271 - 423))
    assert found.planned_busy_s == 420 * MINUTE
    shares = (found.availability, found.performance, found.quality, found.oee)
    assert [round(100 * (each.value or 0), 2) for each in shares] == [88.81, 86.11, 97.80, 74.79]


@pytest.mark.rule("OEE-3")
def test_a_line_has_the_oee_of_its_sums_and_not_the_mean_of_its_machines() -> None:
    quick = sums_of("m_1", {State.PRODUCTION: 900.0}, ideal_cycle_s=1.0, total=900, good=900)
    idle = sums_of(
        "m_2",
        {State.PRODUCTION: 50.0, State.UNPLANNED_DOWN: 50.0},
        ideal_cycle_s=1.0,
        total=50,
        good=0,
    )
    line = oee_of(rolled_up((quick, idle)))
    assert line.availability.value == pytest.approx(950 / 1000)
    assert line.quality.value == pytest.approx(900 / 950)


@pytest.mark.rule("OEE-4")
def test_machines_that_lack_something_are_named_a_few_at_a_time() -> None:
    machines = [
        sums_of(f"m_{number}", {State.PRODUCTION: 10.0}, ideal_cycle_s=None, total=5, good=5)
        for number in range(5)
    ]
    found = oee_of(rolled_up(machines))
    assert found.oee.value is None
    assert found.oee.why == NotKnown("cycle-missing", ["m_0", "m_1", "m_2"], 2)
    message = found.oee.why.message
    assert text(message.code, message.args) == "the ideal cycle of m:0, m:1, m:2 and 2 more is not known"
    assert text(message.code, message.args, "de").endswith("und 2 weiteren ist nicht bekannt")
    assert found.quality.value == 1
    assert found.ideal_s is None
