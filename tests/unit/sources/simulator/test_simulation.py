"""The simulated plant in simulated time, without loop and clock. The same seed gives the same events."""

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


class SimulatedPlant:
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
    plant = SimulatedPlant(machines=[f"m_{number}" for number in range(500)])
    names = {each.name for each in STANDARD_FIELDS} | {"status", "cause"}
    assert all(set(values) == names for values in plant.state.values())


def test_the_same_seed_makes_the_same_events_and_another_seed_others() -> None:
    stories = []
    for seed in (7, 7, 8):
        plant = SimulatedPlant(SimulatorSettings(seed=seed, fault_every_s=20, hold_every_s=20))
        plant.write("m_402", "targetSpeed", 1234)
        plant.run(60_000)
        stories.append([(r.machine, r.at, dict(r.values)) for r in plant.reports])
    assert stories[0] == stories[1] != stories[2]


def test_a_machine_behaves_the_same_beside_any_other_machine() -> None:
    alone, together = SimulatedPlant(machines=["m_402"]), SimulatedPlant()
    alone.run(5_000)
    together.run(5_000)
    assert alone.state["m_402"] == together.state["m_402"]


def test_reports_carry_only_what_changed() -> None:
    plant = SimulatedPlant()
    plant.reports.clear()
    plant.run(10_000)
    assert all("targetSpeed" not in report.values for report in plant.reports)
    last: dict[tuple[str, str], Value] = {}
    for report in plant.reports:
        for field, value in report.values.items():
            assert last.get((report.machine, field)) != value
            last[report.machine, field] = value


def test_every_machine_reports_four_times_a_second_at_most_and_once_at_least() -> None:
    plant = SimulatedPlant(fields=[replace(STANDARD_FIELDS[3], actual=None)])
    plant.reports.clear()
    plant.run(10_000)
    assert [len(report.values) for report in plant.reports] == [0] * len(plant.reports)
    per_machine = [sum(report.machine == machine for report in plant.reports) for machine in MACHINES]
    assert per_machine == [10, 10, 10]


def test_many_machines_take_turns_so_that_no_call_reports_them_all() -> None:
    simulation = Simulation([f"m_{number}" for number in range(1000)], STANDARD_FIELDS, CALM)
    simulation.advance(0, 0)
    turns = [len(simulation.advance(now_ms, 0).reports) for now_ms in range(50, 300, 50)]
    assert len(turns) == 5
    assert max(turns) <= 200


def test_a_machine_ramps_to_its_set_point_and_its_temperature_and_parts_follow() -> None:
    plant = SimulatedPlant()
    plant.write("m_402", "targetSpeed", 3000)
    plant.run(500)
    assert plant.state["m_402"]["targetSpeed"] == 3000
    assert _number(plant, "speed") < 2900
    cool, parts = _number(plant, "temp"), _number(plant, "parts")
    plant.run(120_000)
    assert _number(plant, "speed") == pytest.approx(3000, rel=0.01)
    assert _number(plant, "temp") > cool
    assert _number(plant, "parts") > parts


def test_measured_values_are_noisy_and_a_machine_at_rest_is_exactly_zero() -> None:
    plant = SimulatedPlant()
    plant.reports.clear()
    plant.run(5_000)
    assert len({r.values["speed"] for r in plant.reports if r.machine == "m_402" and "speed" in r.values}) > 3
    plant.write("m_402", "targetSpeed", 0)
    plant.run(20_000)
    assert (plant.state["m_402"]["speed"], plant.state["m_402"]["status"]) == (0, "IDLE")


@pytest.mark.parametrize(("mode", "status"), [("IDLE", "IDLE"), ("MAINTENANCE", "SETUP"), ("RUN", "RUNNING")])
def test_the_mode_changes_what_the_machine_does_and_keeps_its_set_point(mode: str, status: str) -> None:
    plant = SimulatedPlant()
    target = plant.state["m_402"]["targetSpeed"]
    plant.write("m_402", "mode", mode)
    plant.run(20_000)
    assert plant.state["m_402"]["mode"] == mode
    assert plant.state["m_402"]["status"] == status
    assert plant.state["m_402"]["targetSpeed"] == target
    assert (_number(plant, "speed") > 0) is (mode == "RUN")


def test_a_write_is_answered_some_milliseconds_later_and_reported_after_that() -> None:
    plant = SimulatedPlant()
    plant.write("m_402", "targetSpeed", 1500)
    plant.run(1)
    assert plant.answers == []
    plant.run(60)
    assert plant.answers == [WriteAnswer("t", "m_402", "targetSpeed", Answer.TAKEN)]
    assert plant.state["m_402"]["targetSpeed"] != 1500
    plant.run(250)
    assert plant.state["m_402"]["targetSpeed"] == 1500


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
    plant = SimulatedPlant()
    before = {key: dict(values) for key, values in plant.state.items()}
    plant.write(machine, field, value)
    plant.run(60)
    assert plant.answered == [Answer.REFUSED]
    assert plant.answers[0].message
    assert plant.state == before


@pytest.mark.rule("SAFE-1", "SAFE-2")
@pytest.mark.parametrize("status", CRITICAL_OVERRIDES)
def test_a_critical_status_is_reported_at_once_stops_the_drive_and_does_not_restart_it_when_it_clears(
    status: str,
) -> None:
    plant = SimulatedPlant()
    plant.inject("m_402", status)
    assert plant.state["m_402"]["status"] == status
    assert plant.state["m_402"]["cause"] == "set from the simulator"
    assert plant.state["m_402"]["targetSpeed"] == 0
    plant.run(3_000)
    assert plant.state["m_402"]["speed"] == 0
    plant.inject("m_402", None)
    plant.run(60_000)
    assert (plant.state["m_402"]["status"], plant.state["m_402"]["speed"]) == ("STOPPED", 0)
    plant.write("m_402", "targetSpeed", 900)
    plant.run(10_000)
    assert plant.state["m_402"]["status"] == "RUNNING"
    assert _number(plant, "speed") == pytest.approx(900, rel=0.01)


def test_the_gravest_of_several_critical_statuses_shows_and_both_causes_are_kept() -> None:
    plant = SimulatedPlant()
    plant.inject("m_402", "FAULT")
    plant.inject("m_402", "EMERGENCY_STOP")
    assert plant.state["m_402"]["status"] == "EMERGENCY_STOP"
    assert plant.state["m_402"]["cause"] == "set from the simulator; set from the simulator"


@pytest.mark.rule("SAFE-3")
def test_a_stop_between_the_write_and_its_answer_refuses_the_write() -> None:
    plant = SimulatedPlant()
    plant.write("m_402", "targetSpeed", 1500)
    plant.inject("m_402", "EMERGENCY_STOP")
    plant.run(1_000)
    assert plant.answered == [Answer.REFUSED]
    assert "EMERGENCY_STOP" in plant.answers[0].message
    assert plant.state["m_402"]["targetSpeed"] == 0


def test_a_frozen_machine_reports_nothing_and_applies_its_writes_late() -> None:
    plant = SimulatedPlant()
    plant.simulation.inject_fault("m_402", "freeze")
    plant.reports.clear()
    plant.write("m_402", "targetSpeed", 1500)
    plant.run(2_900)
    assert plant.answers == []
    assert all(report.machine != "m_402" for report in plant.reports)
    plant.run(200)
    assert plant.answered == [Answer.UNKNOWN]
    plant.simulation.inject_fault("m_402", None)
    plant.run(0)
    assert plant.state["m_402"]["targetSpeed"] == 1500
    assert plant.answered == [Answer.UNKNOWN]


def test_a_machine_that_is_frozen_for_long_keeps_a_limited_number_of_writes() -> None:
    plant = SimulatedPlant()
    plant.simulation.inject_fault("m_402", "freeze")
    for value in range(1_200):
        plant.write("m_402", "targetSpeed", value)
        plant.run(100)
    plant.run(4_000)
    assert plant.answered == [Answer.UNKNOWN] * 1_200
    plant.simulation.inject_fault("m_402", None)
    plant.run(0)
    assert plant.state["m_402"]["targetSpeed"] == 999


def test_a_machine_that_thaws_in_time_answers_what_arrived_while_it_was_frozen() -> None:
    plant = SimulatedPlant()
    plant.simulation.inject_fault("m_402", "freeze")
    plant.write("m_402", "targetSpeed", 1500)
    plant.run(1_000)
    plant.simulation.inject_fault("m_402", None)
    plant.run(5_000)
    assert plant.answered == [Answer.TAKEN]
    assert plant.state["m_402"]["targetSpeed"] == 1500


def test_a_machine_can_be_made_to_refuse_and_to_answer_slowly() -> None:
    plant = SimulatedPlant()
    plant.simulation.inject_fault("m_401", "refuse")
    plant.simulation.inject_fault("m_402", "slow")
    plant.write("m_401", "targetSpeed", 1500)
    plant.write("m_402", "targetSpeed", 1500)
    plant.run(1_000)
    assert plant.answered == [Answer.REFUSED]
    plant.run(2_000)
    assert plant.answered == [Answer.REFUSED, Answer.TAKEN]


def test_stops_come_and_go_by_themselves_with_a_cause_and_the_plant_keeps_running() -> None:
    plant = SimulatedPlant(SimulatorSettings(fault_every_s=60, hold_every_s=120))
    plant.run(3_600_000)
    found = {(r.values["status"], bool(r.values["cause"])) for r in plant.reports if "status" in r.values}
    assert {("FAULT", True), ("HELD", True), ("SETUP", True), ("STOPPED", True), ("RUNNING", False)} <= found
    assert not {status for status, _ in found} & {"EMERGENCY_STOP", "MAINTENANCE_LOCK", "SAFETY_INTERLOCK"}
    last_report = [r.at for r in plant.reports if r.values.get("status") == "RUNNING"][-1]
    assert last_report > 1_704_230_000 + 3_000


def test_a_calm_plant_never_stops_by_itself() -> None:
    plant = SimulatedPlant()
    plant.run(3_600_000)
    assert {r.values["status"] for r in plant.reports if "status" in r.values} == {"RUNNING"}


def test_the_panel_restarts_a_machine_after_a_fault_and_not_after_a_persons_stop() -> None:
    plant = SimulatedPlant(SimulatorSettings(fault_every_s=10, hold_every_s=100_000), machines=["m_402"])
    while plant.state["m_402"]["status"] != "FAULT":
        plant.run(250)
    plant.inject("m_402", "EMERGENCY_STOP")
    plant.inject("m_402", None)
    plant.run(300_000)
    assert plant.state["m_402"]["status"] == "STOPPED"


def test_fields_that_engineers_invent_are_simulated_too() -> None:
    fields = (
        Field("pressure", unit="bar", minimum=2, maximum=6, decimals=2),
        Field("torque", unit="Nm"),
        Field("targetTorque", minimum=10, maximum=50, is_writable=True, actual="torque"),
        Field("recipe", type=FieldType.TEXT, is_writable=True),
    )
    plant = SimulatedPlant(fields=fields)
    plant.write("m_402", "recipe", "B-12")
    plant.write("m_402", "targetTorque", 50)
    plant.run(20_000)
    state = plant.state["m_402"]
    assert (state["recipe"], state["status"]) == ("B-12", "RUNNING")
    assert 2 <= _number(plant, "pressure") <= 6
    assert _number(plant, "torque") == pytest.approx(50, abs=1)


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"seed": "x"}, "sources.sim.seed"),
        ({"interval_ms": 5}, "sources.sim.interval_ms"),
        ({"stops": "no"}, "sources.sim.stops"),
        ({"speed": 3}, "sources.sim.speed"),
    ],
)
def test_impossible_settings_are_explained(settings: dict[str, object], where: str) -> None:
    with pytest.raises(PlantError) as caught:
        SimulatorSettings.read(settings, where="sources.sim")
    assert [mistake.where for mistake in caught.value.mistakes] == [where]


def test_settings_are_read() -> None:
    table = {"seed": 4, "stops": False, "interval_ms": 100, "fault_every_s": 9, "hold_every_s": 8}
    assert SimulatorSettings.read(table, where="x") == SimulatorSettings(4, 100, False, 9, 8)


def test_a_fault_that_cannot_be_caused_is_refused_with_a_list_of_those_that_can() -> None:
    plant = SimulatedPlant()
    acts: list[tuple[Callable[[], object], str]] = [
        (lambda: plant.simulation.inject("m_402", "RUNNING"), "EMERGENCY_STOP"),
        (lambda: plant.simulation.inject("m_999", None), "m_401"),
        (lambda: plant.simulation.inject_fault("m_402", "explode"), "freeze"),
    ]
    for act, word in acts:
        with pytest.raises(MisuseError, match=word):
            act()


def _number(plant: SimulatedPlant, field: str) -> float:
    value = plant.state["m_402"][field]
    assert isinstance(value, int | float)
    return value
