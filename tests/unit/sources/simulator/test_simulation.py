"""The simulated plant in simulated time: no loop, no clock, the same story for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from setpoint.contract.values import CRITICAL_OVERRIDES, Value
from setpoint.core.plant import STANDARD_FIELDS, Answer, Field, FieldType, Report, Write, WriteAnswer
from setpoint.errors import MisuseError, PlantError
from setpoint.sources.simulator import Simulation, SimulatorSettings

CALM = SimulatorSettings(stops=False)
MACHINES = ("m_401", "m_402", "m_403")


class Hall:
    """A simulation, its clock, and the state that its reports add up to."""

    def __init__(
        self,
        settings: SimulatorSettings = CALM,
        *,
        machines: Sequence[str] = MACHINES,
        fields: Sequence[Field] = STANDARD_FIELDS,
    ) -> None:
        self.simulation = Simulation(machines, fields, settings)
        self.now_ms = 0
        self.state: dict[str, dict[str, Value]] = {machine: {} for machine in machines}
        self.reports: list[Report] = []
        self.answers: list[WriteAnswer] = []
        self.run(0)

    def run(self, for_ms: int) -> None:
        until_ms = self.now_ms + for_ms
        while (due_ms := max(self.simulation.next_ms, self.now_ms)) <= until_ms:
            self.now_ms = due_ms
            happened = self.simulation.advance(due_ms, 1_704_230_000 + due_ms / 1000)
            self.answers += happened.answers
            self.reports += happened.reports
            for report in happened.reports:
                self.state[report.machine].update(report.values)
        self.now_ms = until_ms

    def write(self, machine: str, field: str, value: Value, *, tx_id: str = "t") -> None:
        self.simulation.write([Write(tx_id, machine, field, value)], self.now_ms)

    def inject(self, machine: str, status: str | None) -> None:
        self.simulation.inject(machine, status)
        self.run(0)

    @property
    def answered(self) -> list[Answer]:
        return [each.answer for each in self.answers]


def test_the_first_reports_name_every_field_of_every_machine() -> None:
    hall = Hall(machines=[f"m_{number}" for number in range(500)])
    wanted = {each.name for each in STANDARD_FIELDS} | {"status", "cause"}
    assert all(set(values) == wanted for values in hall.state.values())


def test_the_same_seed_makes_the_same_events_and_another_seed_others() -> None:
    stories = []
    for seed in (7, 7, 8):
        hall = Hall(SimulatorSettings(seed=seed, fault_every_s=20, hold_every_s=20))
        hall.write("m_402", "targetSpeed", 1234)
        hall.run(60_000)
        stories.append([(r.machine, r.at, dict(r.values)) for r in hall.reports])
    assert stories[0] == stories[1] != stories[2]


def test_a_machine_behaves_the_same_beside_any_other_machine() -> None:
    alone, together = Hall(machines=["m_402"]), Hall()
    alone.run(5_000)
    together.run(5_000)
    assert alone.state["m_402"] == together.state["m_402"]


def test_reports_carry_only_what_changed() -> None:
    hall = Hall()
    hall.reports.clear()
    hall.run(10_000)
    assert all("targetSpeed" not in report.values for report in hall.reports)
    last: dict[tuple[str, str], Value] = {}
    for report in hall.reports:
        for field, value in report.values.items():
            assert last.get((report.machine, field)) != value
            last[report.machine, field] = value


def test_every_machine_reports_four_times_a_second_at_most_and_once_at_least() -> None:
    hall = Hall(fields=[replace(STANDARD_FIELDS[3], actual=None)])
    hall.reports.clear()
    hall.run(10_000)
    assert [len(report.values) for report in hall.reports] == [0] * len(hall.reports)
    per_machine = [sum(report.machine == machine for report in hall.reports) for machine in MACHINES]
    assert per_machine == [10, 10, 10]


def test_many_machines_take_turns_so_that_no_call_reports_them_all() -> None:
    simulation = Simulation([f"m_{number}" for number in range(1000)], STANDARD_FIELDS, CALM)
    simulation.advance(0, 0)
    turns = [len(simulation.advance(now_ms, 0).reports) for now_ms in range(50, 300, 50)]
    assert len(turns) == 5
    assert max(turns) <= 200


def test_a_machine_ramps_to_its_set_point_and_its_temperature_and_parts_follow() -> None:
    hall = Hall()
    hall.write("m_402", "targetSpeed", 3000)
    hall.run(500)
    assert hall.state["m_402"]["targetSpeed"] == 3000
    assert _number(hall, "speed") < 2900
    cool, parts = _number(hall, "temp"), _number(hall, "parts")
    hall.run(120_000)
    assert _number(hall, "speed") == pytest.approx(3000, rel=0.01)
    assert _number(hall, "temp") > cool
    assert _number(hall, "parts") > parts


def test_measured_values_are_noisy_and_a_machine_at_rest_is_exactly_zero() -> None:
    hall = Hall()
    hall.reports.clear()
    hall.run(5_000)
    assert len({r.values["speed"] for r in hall.reports if r.machine == "m_402" and "speed" in r.values}) > 3
    hall.write("m_402", "targetSpeed", 0)
    hall.run(20_000)
    assert (hall.state["m_402"]["speed"], hall.state["m_402"]["status"]) == (0, "IDLE")


@pytest.mark.parametrize(("mode", "status"), [("IDLE", "IDLE"), ("MAINTENANCE", "SETUP"), ("RUN", "RUNNING")])
def test_the_mode_changes_what_the_machine_does_and_keeps_its_set_point(mode: str, status: str) -> None:
    hall = Hall()
    target = hall.state["m_402"]["targetSpeed"]
    hall.write("m_402", "mode", mode)
    hall.run(20_000)
    assert hall.state["m_402"]["mode"] == mode
    assert hall.state["m_402"]["status"] == status
    assert hall.state["m_402"]["targetSpeed"] == target
    assert (_number(hall, "speed") > 0) is (mode == "RUN")


def test_a_write_is_answered_some_milliseconds_later_and_reported_after_that() -> None:
    hall = Hall()
    hall.write("m_402", "targetSpeed", 1500)
    hall.run(1)
    assert hall.answers == []
    hall.run(60)
    assert hall.answers == [WriteAnswer("t", "m_402", "targetSpeed", Answer.TAKEN)]
    assert hall.state["m_402"]["targetSpeed"] != 1500
    hall.run(250)
    assert hall.state["m_402"]["targetSpeed"] == 1500


@pytest.mark.parametrize(
    ("machine", "field", "value"),
    [
        ("m_402", "targetSpeed", 3001),
        ("m_402", "targetSpeed", float("nan")),
        ("m_402", "mode", "TURBO"),
        ("m_402", "speed", 5),
        ("m_999", "targetSpeed", 5),
        ("m_402", "colour", 5),
    ],
)
def test_the_controller_refuses_what_it_cannot_take(machine: str, field: str, value: Value) -> None:
    hall = Hall()
    before = {key: dict(values) for key, values in hall.state.items()}
    hall.write(machine, field, value)
    hall.run(60)
    assert hall.answered == [Answer.REFUSED]
    assert hall.answers[0].message
    assert hall.state == before


@pytest.mark.rule("SAFE-1", "SAFE-2")
@pytest.mark.parametrize("status", CRITICAL_OVERRIDES)
def test_a_critical_status_is_reported_at_once_stops_the_drive_and_does_not_restart_it_when_it_clears(
    status: str,
) -> None:
    hall = Hall()
    hall.inject("m_402", status)
    assert hall.state["m_402"]["status"] == status
    assert hall.state["m_402"]["cause"] == "set from the simulator"
    assert hall.state["m_402"]["targetSpeed"] == 0
    hall.run(3_000)
    assert hall.state["m_402"]["speed"] == 0
    hall.inject("m_402", None)
    hall.run(60_000)
    assert (hall.state["m_402"]["status"], hall.state["m_402"]["speed"]) == ("STOPPED", 0)
    hall.write("m_402", "targetSpeed", 900)
    hall.run(10_000)
    assert hall.state["m_402"]["status"] == "RUNNING"
    assert _number(hall, "speed") == pytest.approx(900, rel=0.01)


def test_the_gravest_of_several_critical_statuses_shows_and_both_causes_are_kept() -> None:
    hall = Hall()
    hall.inject("m_402", "FAULT")
    hall.inject("m_402", "EMERGENCY_STOP")
    assert hall.state["m_402"]["status"] == "EMERGENCY_STOP"
    assert hall.state["m_402"]["cause"] == "set from the simulator; set from the simulator"


@pytest.mark.rule("SAFE-3")
def test_a_stop_between_the_write_and_its_answer_refuses_the_write() -> None:
    hall = Hall()
    hall.write("m_402", "targetSpeed", 1500)
    hall.inject("m_402", "EMERGENCY_STOP")
    hall.run(1_000)
    assert hall.answered == [Answer.REFUSED]
    assert "EMERGENCY_STOP" in hall.answers[0].message
    assert hall.state["m_402"]["targetSpeed"] == 0


def test_a_frozen_machine_says_nothing_and_what_was_written_meanwhile_lands_late() -> None:
    hall = Hall()
    hall.simulation.inject_fault("m_402", "freeze")
    hall.reports.clear()
    hall.write("m_402", "targetSpeed", 1500)
    hall.run(2_900)
    assert hall.answers == []
    assert all(report.machine != "m_402" for report in hall.reports)
    hall.run(200)
    assert hall.answered == [Answer.UNKNOWN]
    hall.simulation.inject_fault("m_402", None)
    hall.run(0)
    assert hall.state["m_402"]["targetSpeed"] == 1500
    assert hall.answered == [Answer.UNKNOWN]


def test_a_machine_that_is_frozen_for_long_swallows_only_so_much() -> None:
    hall = Hall()
    hall.simulation.inject_fault("m_402", "freeze")
    for value in range(1_200):
        hall.write("m_402", "targetSpeed", value)
        hall.run(100)
    hall.run(4_000)
    assert hall.answered == [Answer.UNKNOWN] * 1_200
    hall.simulation.inject_fault("m_402", None)
    hall.run(0)
    assert hall.state["m_402"]["targetSpeed"] == 999


def test_a_machine_that_thaws_in_time_answers_what_arrived_while_it_was_frozen() -> None:
    hall = Hall()
    hall.simulation.inject_fault("m_402", "freeze")
    hall.write("m_402", "targetSpeed", 1500)
    hall.run(1_000)
    hall.simulation.inject_fault("m_402", None)
    hall.run(5_000)
    assert hall.answered == [Answer.TAKEN]
    assert hall.state["m_402"]["targetSpeed"] == 1500


def test_a_machine_can_be_made_to_refuse_and_to_answer_slowly() -> None:
    hall = Hall()
    hall.simulation.inject_fault("m_401", "refuse")
    hall.simulation.inject_fault("m_402", "slow")
    hall.write("m_401", "targetSpeed", 1500)
    hall.write("m_402", "targetSpeed", 1500)
    hall.run(1_000)
    assert hall.answered == [Answer.REFUSED]
    hall.run(2_000)
    assert hall.answered == [Answer.REFUSED, Answer.TAKEN]


def test_stops_come_and_go_by_themselves_with_a_cause_and_the_plant_keeps_running() -> None:
    hall = Hall(SimulatorSettings(fault_every_s=60, hold_every_s=120))
    hall.run(3_600_000)
    seen = {(r.values["status"], bool(r.values["cause"])) for r in hall.reports if "status" in r.values}
    assert {("FAULT", True), ("HELD", True), ("SETUP", True), ("STOPPED", True), ("RUNNING", False)} <= seen
    assert not {status for status, _ in seen} & {"EMERGENCY_STOP", "MAINTENANCE_LOCK", "SAFETY_INTERLOCK"}
    last_told = [r.at for r in hall.reports if r.values.get("status") == "RUNNING"][-1]
    assert last_told > 1_704_230_000 + 3_000


def test_a_calm_plant_never_stops_by_itself() -> None:
    hall = Hall()
    hall.run(3_600_000)
    assert {r.values["status"] for r in hall.reports if "status" in r.values} == {"RUNNING"}


def test_the_panel_restarts_what_a_spontaneous_fault_stopped_but_not_what_a_person_stopped_meanwhile() -> (
    None
):
    hall = Hall(SimulatorSettings(fault_every_s=10, hold_every_s=100_000), machines=["m_402"])
    while hall.state["m_402"]["status"] != "FAULT":
        hall.run(250)
    hall.inject("m_402", "EMERGENCY_STOP")
    hall.inject("m_402", None)
    hall.run(300_000)
    assert hall.state["m_402"]["status"] == "STOPPED"


def test_fields_that_engineers_invent_are_simulated_too() -> None:
    fields = (
        Field("pressure", unit="bar", minimum=2, maximum=6, decimals=2),
        Field("torque", unit="Nm"),
        Field("targetTorque", minimum=10, maximum=50, is_writable=True, actual="torque"),
        Field("recipe", type=FieldType.TEXT, is_writable=True),
    )
    hall = Hall(fields=fields)
    hall.write("m_402", "recipe", "B-12")
    hall.write("m_402", "targetTorque", 50)
    hall.run(20_000)
    state = hall.state["m_402"]
    assert (state["recipe"], state["status"]) == ("B-12", "RUNNING")
    assert 2 <= _number(hall, "pressure") <= 6
    assert _number(hall, "torque") == pytest.approx(50, abs=1)


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"seed": "x"}, "sources.sim.seed"),
        ({"interval_ms": 5}, "sources.sim.interval_ms"),
        ({"stops": "no"}, "sources.sim.stops"),
        ({"speed": 3}, "sources.sim.speed"),
    ],
)
def test_settings_that_cannot_be_are_explained(settings: dict[str, object], where: str) -> None:
    with pytest.raises(PlantError) as caught:
        SimulatorSettings.read(settings, where="sources.sim")
    assert [mistake.where for mistake in caught.value.mistakes] == [where]


def test_settings_are_read() -> None:
    given = {"seed": 4, "stops": False, "interval_ms": 100, "fault_every_s": 9, "hold_every_s": 8}
    assert SimulatorSettings.read(given, where="x") == SimulatorSettings(4, 100, False, 9, 8)


def test_a_fault_that_cannot_be_caused_is_refused_with_a_list_of_those_that_can() -> None:
    hall = Hall()
    acts: list[tuple[Callable[[], object], str]] = [
        (lambda: hall.simulation.inject("m_402", "RUNNING"), "EMERGENCY_STOP"),
        (lambda: hall.simulation.inject("m_999", None), "m_401"),
        (lambda: hall.simulation.inject_fault("m_402", "explode"), "freeze"),
    ]
    for act, word in acts:
        with pytest.raises(MisuseError, match=word):
            act()


def _number(hall: Hall, field: str) -> float:
    value = hall.state["m_402"][field]
    assert isinstance(value, int | float)
    return value
