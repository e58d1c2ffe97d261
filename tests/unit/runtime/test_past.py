"""The demo starts with a plausible past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from setpoint.contract.http.machines import EventKind
from setpoint.contract.live import Outcome
from setpoint.core.audit.chain import facts
from setpoint.core.audit.queries import EventQuery
from setpoint.core.history import Point, Points, Signal, joined, rows
from setpoint.core.plant import Answer, Plant, WriteAnswer, demo_plant
from setpoint.core.plant.demo import SCRAP, SHIFTS
from setpoint.message import Message, sentence
from setpoint.persistence.memory import MemoryPersistence
from setpoint.runtime.past import Past, make_past
from setpoint.runtime.past_events import store_past
from setpoint.sources.simulator.settings import SimulatorSettings
from setpoint.sources.simulator.source import SimulatorSource
from setpoint.testing import Recorder

NOW = 1_764_547_200.0
DAY = 86_400.0


@dataclass
class FakeHistorian:
    """Receives a past, as a historian does."""

    stored: list[tuple[Sequence[Signal], Points]] = field(default_factory=list)

    def past(self, signals: Sequence[Signal], points: Points) -> None:
        self.stored.append((signals, points))


def _plant() -> Plant:
    plant = demo_plant(machines=9)
    lines = tuple(replace(line, machines=line.machines[:1]) for line in plant.lines[:2])
    return replace(plant, lines=lines, fields=(*plant.fields, SCRAP))


def _run() -> tuple[list[tuple[str, str, Point]], list[tuple[str, str, int]], Past]:
    past = Past(_plant(), SimulatorSettings(), NOW - DAY, NOW)
    points, batches = [], []
    for part, ended in past.run():
        points.append(part)
        batches += [(each.batch.person, each.batch.reason or "", int(each.batch.at)) for each in ended]
        assert all(
            item.outcome in (Outcome.APPLIED, Outcome.FAILED) for each in ended for item in each.batch.items
        )
        assert all(
            rev.rev == item.rev
            for each in ended
            for rev, item in zip(each.revs, each.batch.items, strict=True)
        )
    history = [
        (past.signals[point.signal].machine, past.signals[point.signal].field, point)
        for point in rows(joined(points))
    ]
    return history, batches, past


def test_a_day_has_shifts_stops_and_scrap_and_is_the_same_each_time() -> None:
    history, batches, _ = _run()
    second_history, batches_again, _ = _run()
    assert (history, batches) == (second_history, batches_again)
    starts = {
        (person, datetime.fromtimestamp(at, UTC).hour) for person, reason, at in batches if "shift" in reason
    }
    assert starts == {("anna", 6), ("ben", 14), ("carla", 22)}
    statuses = {point.value for _, field, point in history if field == "status"}
    assert {"RUNNING", "HELD"} <= statuses
    causes = {point.value for machine, field, point in history if (machine, field) == ("m_411", "cause")}
    assert "bearing temperature too high" in causes
    assert "FAULT" in statuses
    last = {(machine, field): point.value for machine, field, point in history}
    for machine in ("m_401", "m_411"):
        scrap, parts = last[machine, "scrap"], last[machine, "parts"]
        assert isinstance(scrap, int | float)
        assert isinstance(parts, int | float)
        assert 0 < scrap < 0.2 * parts
    times = [point.at_ms for _, _, point in history]
    assert times == sorted(times)
    assert NOW - DAY <= times[0] / 1000 < times[-1] / 1000 <= NOW


@pytest.mark.rule("EVT-1")
async def test_the_past_has_the_events_of_its_stops_alarms_and_targets() -> None:
    _, _, past = _run()
    asserted = [event for event in past.events.stops if event.kind is EventKind.ASSERTED]
    assert asserted
    assert all(event.line and event.status for event in asserted)
    raised = [event for event in past.events.others if (event.alarm, event.change) == ("stop", "raised")]
    assert [event.at for event in raised] == [event.at for event in asserted]
    store = MemoryPersistence()
    await store_past(store, past.events, ())
    assert len((await store.events(EventQuery(kinds=(EventKind.ASSERTED,), limit=500))).items) == len(
        asserted
    )


def test_each_night_a_machine_breaks_down_and_its_shift_leader_gives_the_reason() -> None:
    """Checks the second line. The repair has its reason, the shift has a note, and a batch restarts the machine."""
    plant = replace(_plant(), shifts=SHIFTS)
    past = Past(plant, SimulatorSettings(), NOW - DAY / 4, NOW + DAY / 4)
    batches = [each.batch for _, ended in past.run() for each in ended]
    reason, note = past.entries
    assert (reason.machine, reason.line, reason.reason) == ("m_411", "02", "motor")
    assert 1_000 < reason.until - reason.since < 5_000
    assert note.machine is None
    assert note.since <= reason.since < reason.until <= note.until
    assert datetime.fromtimestamp(note.since, UTC).hour == 22
    restarted = [each for each in batches if each.reason == "restarted after the repair"]
    assert [(each.person, {item.machine for item in each.items}) for each in restarted] == [
        (reason.person, {"m_411"})
    ]


async def test_the_past_ends_where_the_present_begins_however_long_it_took_to_make() -> None:
    """Making the past takes ten minutes, and the rest one more. This leaves no gap."""
    clock = iter((NOW, NOW + 600, NOW + 660, NOW + 660.5))
    historian, store = FakeHistorian(), MemoryPersistence()
    await make_past(
        _plant(),
        SimulatorSettings(),
        span_s=DAY / 4,
        now=lambda: next(clock),
        store=store,
        historian=historian,  # type: ignore[arg-type]  # all that it uses
    )
    ((signals, points),) = historian.stored
    last: dict[int, int] = {}
    for point in rows(points):
        last[point.signal] = point.at_ms
    assert last == dict.fromkeys(range(len(signals)), int((NOW + 660) * 1000))


def test_a_sentence_of_a_machine_can_be_stored() -> None:
    """A machine refuses with a code. This happens with 1,000 machines, and once kept the demo from starting."""
    past = Past(_plant(), SimulatorSettings(), NOW - DAY, NOW)
    past._give({"m_401": {"targetSpeed": 900}}, "anna", reason="", line="01", ts=NOW, now_ms=0)
    (tx_id,) = past._given
    reason = sentence("words-refused", "it is in {stop}", stop="FAULT")
    (ended,) = past._answered([WriteAnswer(tx_id, "m_401", "targetSpeed", Answer.REFUSED, reason)], NOW)
    (item,) = ended.batch.items
    assert (item.message, item.said) == ("it is in FAULT", Message("words-refused", {"stop": "FAULT"}))
    assert "it is in FAULT" in "".join(fact.payload for fact in facts(ended))


async def test_the_machines_go_on_with_the_set_points_with_which_the_past_ended() -> None:
    _, _, past = _run()
    plant, recorder = _plant(), Recorder()
    machines = list(plant.machines.values())
    source = SimulatorSource(machines, plant.fields, SimulatorSettings(interval_ms=60_000))
    source.begin_with(past.set_points)
    await source.start(recorder)
    await source.stop()
    names = [each.name for each in plant.writable]
    assert past.set_points == {
        key: {name: values[name] for name in names} for key, values in recorder.state.items()
    }
    fresh = Recorder()
    without_past = SimulatorSource(machines, plant.fields, SimulatorSettings(interval_ms=60_000))
    await without_past.start(fresh)
    await without_past.stop()
    assert any(fresh.state[key][names[0]] != past.set_points[key][names[0]] for key in plant.machines)
