"""The figures of lines and plant equal the plain sum over the records."""

from __future__ import annotations

import pytest
from tests.unit.core.hub.shell import HubShell

from setpoint.contract.topics import DASHBOARD
from setpoint.contract.values import Quality
from setpoint.core.plant import parse_plant


def figures(shell: HubShell, topic: str = "line:01") -> dict[str, object]:
    shell.tick()
    shell.open("probe")
    shell.subscribe(DASHBOARD, session="probe")
    found: dict[str, object] = shell.listeners["probe"].states[DASHBOARD]["kpis"][topic]
    shell.hub.close("probe", shell.now_ms)
    return found


def test_an_unknown_line_has_no_readings_but_has_machines() -> None:
    assert figures(HubShell()) == {
        "machines": 3, "running": 0, "meanSpeed": None, "parts": None, "alarms": 0, "availability": None
    }  # fmt: skip


def test_a_line_counts_and_the_plant_is_the_sum_of_its_lines() -> None:
    shell = HubShell()
    shell.report("m_401", status="RUNNING", speed=100, parts=5)
    shell.report("m_402", status="FAULT", speed=0, parts=7)
    shell.report("m_411", status="RUNNING", speed=50.5, parts=1)
    line = figures(shell)
    assert (line["running"], line["meanSpeed"], line["parts"], line["alarms"]) == (1, 50.0, 12, 1)
    plant = figures(shell, DASHBOARD)
    assert (plant["machines"], plant["running"], plant["meanSpeed"], plant["parts"]) == (9, 2, 50.2, 13)


def test_a_machine_out_of_contact_does_not_run_and_has_no_speed_and_keeps_its_alarm_and_parts() -> None:
    shell = HubShell()
    shell.report("m_401", status="RUNNING", speed=100, parts=5)
    shell.report("m_402", status="FAULT", speed=100, parts=5)
    shell.run(16_000, alive=False)
    line = figures(shell)
    assert (line["running"], line["meanSpeed"], line["parts"], line["alarms"]) == (0, None, 10, 1)


def test_availability_sums_times_and_leaves_out_those_without_contact() -> None:
    shell = HubShell()
    shell.report("m_401", status="RUNNING")
    shell.report("m_402", status="IDLE")
    shell.run(10_000)
    assert figures(shell)["availability"] == 0.5
    shell.report("m_402", quality=Quality.OFFLINE)
    shell.run(20_000)
    assert figures(shell)["availability"] == pytest.approx(30 / 40)
    assert figures(shell, DASHBOARD)["availability"] == pytest.approx(30 / 40)


def test_sums_do_not_drift() -> None:
    shell = HubShell()
    for number in range(1_000):
        shell.report("m_401", speed=number * 0.1)
    shell.report("m_401", speed=0.3)
    assert figures(shell)["meanSpeed"] == 0.3
    shell.report("m_401", speed=1e305)
    assert figures(shell)["meanSpeed"] is None, "a broken sensor does not change a sum"
    shell.report("m_401", speed=True)
    assert figures(shell)["meanSpeed"] is None


@pytest.mark.rule("KPI-1")
def test_a_plant_with_other_fields_shows_its_own_figures() -> None:
    plant = parse_plant("""
[fields.force]
unit = "kN"
[fields.pieces]
[fields.program]
type = "choice"
options = ["A", "B"]
writable = true
column = "Program"
[kpis.meanForce]
field = "force"
of = "mean"
[kpis.pieces]
field = "pieces"
of = "sum"
[kpis.onB]
field = "program"
of = "count"
value = "B"
[[lines]]
id = "01"
machines = [1, 2, 3]
""")
    shell = HubShell(plant)
    shell.report("m_1", status="RUNNING", force=10, pieces=3, program="B")
    shell.report("m_2", status="RUNNING", force=20.5, pieces=4, program="A")
    line = figures(shell)
    assert (line["meanForce"], line["pieces"], line["onB"], line["running"]) == (15.2, 7, 1, 2)
    assert "meanSpeed" not in line
    shell.report("m_1", quality=Quality.OFFLINE)
    line = figures(shell)
    assert (line["meanForce"], line["pieces"], line["onB"]) == (20.5, 7, 0)
