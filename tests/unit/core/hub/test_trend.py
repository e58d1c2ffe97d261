"""What a page that is opened now learns of the minutes before."""

from __future__ import annotations

from tests.unit.core.hub.room import TS0, Room

from setpoint.contract.http.machines import TrendView
from setpoint.contract.values import Record
from setpoint.core.hub.trend import MAX_BYTES, SPAN_MS, Trend, TrendPlan
from setpoint.core.plant import demo_plant


def _record(speed: object = 1.0, target: object = 2.0, quality: str = "GOOD") -> Record:
    return {"speed": speed, "targetSpeed": target, "quality": quality}  # type: ignore[dict-item]


def _trend(machines: int = 9) -> Trend:
    return Trend(TrendPlan(demo_plant(machines=machines), 0))


def _speeds(view: TrendView) -> list[float | None]:
    return view.values["speed"]


def test_a_second_is_told_by_what_held_at_its_end() -> None:
    trend = _trend()
    for now_ms, speed in ((0, 1.0), (400, 2.0), (900, 3.0), (1_000, 4.0), (1_600, 5.0)):
        trend.take(_record(speed), now_ms)
    view = trend.view("m_401", 2_000, TS0 + 2)
    assert (view.at, _speeds(view)) == ([TS0 + 0.9, TS0 + 1.6], [3.0, 5.0])


def test_the_set_point_and_what_follows_it_are_traced_side_by_side() -> None:
    trend = _trend()
    trend.take(_record(10.1, 150), 0)
    assert trend.view("m_401", 0, TS0).values == {"targetSpeed": [150.0], "speed": [10.1]}


def test_ten_minutes_are_told_and_what_held_when_they_began() -> None:
    trend = _trend()
    for second in range(700):
        trend.take(_record(float(second)), second * 1_000)
    view = trend.view("m_401", 700_000, TS0 + 700)
    assert len(view.at) == SPAN_MS // 1_000
    assert (_speeds(view)[0], _speeds(view)[-1]) == (100.0, 699.0)
    later = trend.view("m_401", 1_200_000, TS0 + 1_200)
    assert (later.at[0], later.at[-1]) == (TS0 + 599, TS0 + 699)


def test_a_machine_that_never_spoke_has_no_trend() -> None:
    view = Room().hub.trend("m_401", 0, TS0)
    assert (view.at, _speeds(view)) == ([], [])


def test_lost_contact_is_a_gap_and_contact_again_ends_it() -> None:
    room = Room()
    room.report(speed=7)
    room.run(20_000, alive=False)
    room.report(speed=7)
    view = room.hub.trend("m_401", room.now_ms, room.ts)
    speeds = _speeds(view)
    assert (speeds[0], speeds[-1]) == (7.0, 7.0)
    assert None in speeds


def test_of_a_second_in_which_only_other_fields_moved_nothing_is_kept() -> None:
    room = Room()
    room.report(speed=7)
    for temp in range(5):
        room.run(1_000)
        room.report(speed=7, temp=temp)
    assert _speeds(room.hub.trend("m_401", room.now_ms, room.ts)) == [7.0]


def test_what_is_no_number_is_no_reading() -> None:
    trend = _trend()
    for second, speed in enumerate((None, "fast", 1e300, 10**400)):
        trend.take(_record(speed), second * 1_000)
    assert _speeds(trend.view("m_401", 4_000, TS0)) == [None] * 4


def test_a_plant_of_any_size_stays_within_its_memory_and_keeps_its_ten_minutes() -> None:
    assert TrendPlan(demo_plant(machines=10_000), 0).every_ms == 1_000
    plan = TrendPlan(demo_plant(machines=50_000), 0)
    assert plan.samples * 12 * 50_000 <= MAX_BYTES
    assert plan.samples * plan.every_ms >= 0.99 * SPAN_MS
