"""Alarms follow the values of machines: limits, dead band, delays, statuses, and suppression."""

from __future__ import annotations

import pytest

from setpoint.contract.values import Quality, Record
from setpoint.core.alarms import (
    Acknowledge,
    AlarmBook,
    AlarmKey,
    ListedState,
    Raise,
    Shelve,
    figures_of,
)
from setpoint.core.plant import Alarm, Line, Machine, Plant
from setpoint.errors import RequestError

HOT = AlarmKey("m_401", "hot")


class BookOfOneMachine:
    """An alarm book for one machine. The test sets its values and clock."""

    def __init__(self, *alarms: Alarm) -> None:
        lines = (Line("01", (Machine("m_401", "01"),)),)
        self.records: dict[str, Record] = {
            "m_401": {"status": "RUNNING", "temp": 20.0, "quality": Quality.GOOD}
        }
        self.plant = Plant("p", lines, alarms=alarms)
        self.book = AlarmBook(self.plant, self.records, {})
        self.now_ms = 0
        self.look()

    def set(self, **values: object) -> None:
        self.records["m_401"].update(values)  # type: ignore[arg-type]  # as a source would report them
        self.book.changed("m_401", tuple(values))

    def look(self, after_ms: int = 250) -> list[str]:
        self.now_ms += after_ms
        changes = self.book.sample(self.now_ms, self.now_ms / 1000)
        return [f"{change.key.name} {event}" for change in changes for event in change.events]

    def listed_state(self, key: AlarmKey = HOT) -> ListedState:
        state = self.book.states.get(key)
        return ListedState.NORMAL if state is None else state.listed_state


def hot(**settings: object) -> Alarm:
    return Alarm("hot", field="temp", above=90.0, **settings)  # type: ignore[arg-type]  # keys of Alarm


@pytest.mark.rule("ALM-2")
def test_a_value_over_the_limit_raises_and_one_back_by_the_dead_band_clears() -> None:
    observed = BookOfOneMachine(hot(dead_band=5.0))
    observed.set(temp=90.0)
    assert observed.look() == []
    observed.set(temp=90.1)
    assert observed.look() == ["hot raised"]
    observed.set(temp=85.1)
    assert observed.look() == []
    observed.set(temp=85.0)
    assert observed.look() == ["hot cleared"]
    assert observed.listed_state() is ListedState.RETURNED


@pytest.mark.rule("ALM-2")
def test_a_condition_must_hold_for_the_delay_without_a_break() -> None:
    observed = BookOfOneMachine(hot(on_delay_ms=1_000, off_delay_ms=500))
    observed.set(temp=99.0)
    assert observed.look() == []
    assert observed.look(750) == []
    observed.set(temp=20.0)
    assert observed.look() == []
    observed.set(temp=99.0)
    assert observed.look() == []
    assert observed.look(1_000) == ["hot raised"]
    observed.set(temp=20.0)
    assert observed.look() == []
    assert observed.look(500) == ["hot cleared"]


@pytest.mark.rule("ALM-2")
@pytest.mark.parametrize("unknown", [{"quality": Quality.OFFLINE}, {"temp": None}])
def test_while_a_value_is_unknown_no_alarm_is_raised_or_cleared(unknown: dict[str, object]) -> None:
    observed = BookOfOneMachine(hot())
    observed.set(temp=99.0)
    assert observed.look() == ["hot raised"]
    observed.set(**unknown)
    assert observed.look() == []
    assert observed.listed_state() is ListedState.UNACKNOWLEDGED
    observed.set(temp=20.0, quality=Quality.GOOD)
    assert observed.look() == ["hot cleared"]


@pytest.mark.rule("ALM-2")
def test_a_status_between_two_samples_is_not_missed() -> None:
    observed = BookOfOneMachine(Alarm("stop", statuses=("EMERGENCY_STOP",)))
    observed.set(status="EMERGENCY_STOP")
    observed.set(status="RUNNING")
    assert observed.look() == ["stop raised", "stop cleared"]
    assert observed.listed_state(AlarmKey("m_401", "stop")) is ListedState.RETURNED


@pytest.mark.rule("ALM-5")
def test_an_alarm_is_suppressed_by_design_and_comes_back_with_its_condition() -> None:
    observed = BookOfOneMachine(hot(suppressed_in=("MAINTENANCE_LOCK",)))
    observed.set(status="MAINTENANCE_LOCK")
    assert observed.look() == ["hot suppressed"]
    observed.set(temp=99.0)
    assert observed.look() == []
    assert observed.listed_state() is ListedState.SUPPRESSED
    observed.set(status="RUNNING")
    assert observed.look() == ["hot unsuppressed", "hot raised"]


@pytest.mark.rule("ALM-5")
def test_a_shelf_ends_by_itself_and_the_alarm_is_raised_again() -> None:
    observed = BookOfOneMachine(hot())
    observed.set(temp=99.0)
    observed.look()
    observed.book.take(HOT, Shelve("anna", "known", 60.0), 1.0)
    assert observed.look() == []
    assert observed.look(60_000) == ["hot unshelved", "hot raised"]


@pytest.mark.rule("ALM-5")
def test_a_clock_that_was_set_back_hides_no_alarm_for_longer_than_a_day() -> None:
    observed = BookOfOneMachine(hot())
    observed.set(temp=99.0)
    observed.look()
    a_year_ahead = 365 * 86_400.0
    observed.book.take(HOT, Shelve("anna", "known", a_year_ahead + 3_600.0), a_year_ahead)
    assert observed.look() == ["hot unshelved", "hot raised"]


@pytest.mark.rule("ALM-4", "ALM-6")
def test_an_acknowledged_alarm_is_listed_until_its_condition_is_gone() -> None:
    observed = BookOfOneMachine(hot())
    observed.set(temp=99.0)
    observed.look()
    observed.book.take(HOT, Acknowledge("anna", "on it"), 1.0)
    (listed,) = observed.book.listed()
    assert (listed.state.listed_state, listed.value) == (ListedState.ACKNOWLEDGED, 99.0)
    with pytest.raises(RequestError, match="acknowledged already, by anna"):
        observed.book.act(HOT, Acknowledge("ben"), 2.0)
    observed.set(temp=20.0)
    assert observed.look() == ["hot cleared"]
    assert list(observed.book.listed()) == []


@pytest.mark.rule("ALM-6")
def test_states_go_on_in_another_book() -> None:
    observed = BookOfOneMachine(hot())
    observed.set(temp=99.0)
    observed.look()
    observed.book.take(HOT, Acknowledge("anna"), 1.0)
    second_book = AlarmBook(observed.plant, observed.records, observed.book.states)
    assert second_book.sample(0, 2.0) == []
    assert second_book.states == observed.book.states


@pytest.mark.rule("ALM-7")
def test_figures_count_floods_the_worst_and_those_that_chatter() -> None:
    now = 100_000.0
    calm = [Raise(AlarmKey(f"m_{number}", "hot"), "01", now - 500) for number in range(10)]
    assert not figures_of(calm, (), now).is_flood
    flutter = [Raise(HOT, "01", now - 50 + 20 * number) for number in range(3)]
    figures = figures_of([*calm, *flutter, Raise(HOT, "01", now - 90_000)], (), now)
    assert (figures.raised, figures.is_flood) == (13, True)
    assert [(worst.machine, worst.raised) for worst in figures.worst][:1] == [("m_401", 3)]
    assert [worst.machine for worst in figures.chattering] == ["m_401"]


@pytest.mark.rule("ALM-2")
def test_many_machines_are_examined_in_parts_and_none_is_forgotten() -> None:
    machines = tuple(Machine(f"m_{number}", "01") for number in range(7))
    records: dict[str, Record] = {
        machine.key: {"status": "RUNNING", "temp": 95.0, "quality": Quality.GOOD} for machine in machines
    }
    book = AlarmBook(Plant("p", (Line("01", machines),), alarms=(hot(),)), records, {})
    found = []
    for left in (7, 4, 1, 0):
        assert book.moved == left
        found.append([change.key.machine for change in book.sample(250, 0.25, most=3)])
    assert found == [["m_0", "m_1", "m_2"], ["m_3", "m_4", "m_5"], ["m_6"], []]


@pytest.mark.rule("ALM-2")
def test_the_delay_of_a_machine_is_examined_when_the_machine_has_its_turn() -> None:
    machines = tuple(Machine(f"m_{number}", "01") for number in range(2))
    records: dict[str, Record] = {
        machine.key: {"status": "RUNNING", "temp": 95.0, "quality": Quality.GOOD} for machine in machines
    }
    alarm = hot(on_delay_ms=500)
    book = AlarmBook(Plant("p", (Line("01", machines),), alarms=(alarm,)), records, {})
    assert book.sample(0, 0.0) == []
    for machine in machines:
        book.changed(machine.key, ("temp",))
    records["m_1"]["temp"] = 20.0
    assert [change.key.machine for change in book.sample(500, 0.5, most=1)] == ["m_0"]
    assert book.sample(500, 0.5, most=1) == []
