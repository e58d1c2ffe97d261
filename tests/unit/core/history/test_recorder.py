"""Which values become points of the history, and when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from setpoint.contract.values import Quality, Value
from setpoint.core.engine import Engine, Reported
from setpoint.core.history import NOT_RECORDED, Point, Recorder, rows
from setpoint.core.plant import (
    STANDARD_FIELDS,
    FieldHistory,
    Line,
    Machine,
    Plant,
    Report,
    demo_plant,
)

TS0 = 1_764_288_000.0 + 3_600
"""An hour after midnight, UTC."""
PLANT = Plant("Small", (Line("01", (Machine("m_1", "01"),)),))


class RecorderRig:
    """An engine with a recorder. Tests read its points by name, in seconds from the start."""

    def __init__(self, plant: Plant = PLANT, ts: float = TS0) -> None:
        self.now_ms, self.ts, self.began = 0, ts, ts
        self.engine: Engine[str] = Engine(plant, epoch="e", now_ms=0)
        self.recorder: Recorder = self.engine.record()
        self.points: list[Point] = []

    def report(self, quality: Quality = Quality.GOOD, **values: Value) -> RecorderRig:
        self.engine.handle(Reported([Report("m_1", values, self.ts, quality)]), self.now_ms, self.ts)
        return self

    def wait(self, ms: int = 1_000, *, by_clock_ms: int | None = None) -> RecorderRig:
        self.now_ms += ms
        self.ts += (ms if by_clock_ms is None else by_clock_ms) / 1000
        self.points += rows(self.recorder.sample(self.now_ms, self.ts))
        return self

    def of(self, field: str) -> list[tuple[float, Value, str]]:
        return [
            ((point.at_ms - self.began * 1000) / 1000, point.value, point.quality)
            for point in self.points
            if self.recorder.signals[point.signal].field == field
        ]


def _with(**history: FieldHistory) -> Plant:
    fields = (replace(each, history=history.get(each.name, each.history)) for each in STANDARD_FIELDS)
    return replace(PLANT, fields=tuple(fields))


@pytest.mark.rule("HIST-2")
def test_set_points_and_statuses_are_recorded_at_their_instant_each_of_them() -> None:
    rig = RecorderRig().report(status="RUNNING", targetSpeed=100).wait(250)
    for target in (110, 120):
        rig.wait(100).report(targetSpeed=target)
    rig.report(status="FAULT", cause="jam").wait(50)
    assert rig.of("targetSpeed") == [(0, 100, "GOOD"), (0.35, 110, "GOOD"), (0.45, 120, "GOOD")]
    assert rig.of("status") == [(0, "RUNNING", "GOOD"), (0.45, "FAULT", "GOOD")]
    assert rig.of("cause") == [(0, None, "GOOD"), (0.45, "jam", "GOOD")]


@pytest.mark.rule("HIST-3")
def test_a_measured_number_is_looked_at_each_second() -> None:
    rig = RecorderRig().report(speed=1.0).wait(1_000)
    for step in range(8):
        rig.report(speed=2.0 + step).wait(250)
    assert rig.of("speed") == [(0, 1.0, "GOOD"), (2, 5.0, "GOOD"), (3, 9.0, "GOOD")]


@pytest.mark.rule("HIST-3")
def test_a_number_that_moves_within_its_deviation_is_not_recorded_and_a_slow_drift_is() -> None:
    rig = RecorderRig(_with(speed=FieldHistory(deviation=0.5))).report(speed=10.0).wait()
    for speed in (10.4, 9.6, 10.5, 10.51, 10.9, 11.02):
        rig.report(speed=speed).wait()
    assert [value for _, value, _ in rig.of("speed")] == [10.0, 10.51, 11.02]


@pytest.mark.rule("HIST-3")
def test_no_reading_is_recorded_whatever_the_deviation() -> None:
    rig = RecorderRig(_with(speed=FieldHistory(deviation=100.0))).report(speed=10).wait()
    rig.report(speed=None).wait().report(speed=11).wait()
    assert [value for _, value, _ in rig.of("speed")] == [10, None, 11]


@pytest.mark.rule("HIST-2")
def test_a_field_without_history_is_not_recorded() -> None:
    rig = RecorderRig(_with(temp=FieldHistory(is_recorded=False))).report(temp=20, speed=1).wait()
    assert (rig.of("temp"), len(rig.of("speed"))) == ([], 1)


@pytest.mark.rule("HIST-4")
def test_lost_contact_gives_every_field_its_value_with_the_new_quality() -> None:
    rig = (
        RecorderRig()
        .report(speed=5.0, status="RUNNING")
        .wait()
        .report(Quality.OFFLINE)
        .wait()
        .report()
        .wait()
    )
    assert rig.of("speed") == [(0, 5.0, "GOOD"), (1, 5.0, "OFFLINE"), (2, 5.0, "GOOD")]
    assert [value for _, value, _ in rig.of("status")] == ["RUNNING"] * 3


@pytest.mark.rule("HIST-5")
def test_a_clock_that_is_set_forward_leaves_a_gap() -> None:
    rig = RecorderRig().report(speed=5.0).wait().wait(250, by_clock_ms=3_600_000)
    assert rig.of("speed") == [(0, 5.0, "GOOD"), (1, None, NOT_RECORDED), (3601, 5.0, "GOOD")]


@pytest.mark.rule("HIST-5")
def test_a_clock_that_is_set_back_leaves_an_overlap() -> None:
    rig = RecorderRig().report(speed=5.0).wait().wait(250, by_clock_ms=-1_800_000)
    assert rig.of("speed") == [(0, 5.0, "GOOD"), (1, None, NOT_RECORDED), (-1799, 5.0, "GOOD")]


@pytest.mark.rule("HIST-5")
def test_a_process_that_stood_still_leaves_a_gap_and_a_late_tick_does_not() -> None:
    rig = RecorderRig().report(speed=5.0).wait().wait(4_000).wait(6_000)
    assert [quality for _, _, quality in rig.of("speed")] == ["GOOD", NOT_RECORDED, "GOOD"]
    assert rig.of("speed")[1][0] == 5


@pytest.mark.rule("HIST-6")
def test_a_day_begins_with_what_holds_at_midnight() -> None:
    rig = RecorderRig(ts=TS0 - 3_602).report(speed=5.0, status="RUNNING").wait().report(speed=6.0).wait(1_500)
    assert rig.of("speed") == [(0, 5.0, "GOOD"), (2, 5.0, "GOOD"), (2.5, 6.0, "GOOD")]
    assert rig.of("status") == [(0, "RUNNING", "GOOD"), (2, "RUNNING", "GOOD")]


@pytest.mark.rule("HIST-5")
def test_after_a_loss_everything_is_recorded_again() -> None:
    rig = RecorderRig().report(speed=5.0, mode="RUN").wait()
    rig.report(speed=6.0)
    rig.recorder.restart()
    rig.wait()
    assert [value for _, value, _ in rig.of("speed")] == [5.0, 6.0]
    assert [value for _, value, _ in rig.of("mode")] == ["RUN", "RUN"]


@pytest.mark.rule("HIST-1")
def test_every_value_keeps_its_kind() -> None:
    values: tuple[Value, ...] = (True, False, 2**63 + 1, 0.1, -5, "true", "7", "")
    rig = RecorderRig().report(speed=0)
    for value in values:
        rig.report(mode=value).wait(10)
    assert [value for _, value, _ in rig.of("mode")][1:] == [*values]


def test_a_plant_that_never_reported_has_no_points() -> None:
    plant = demo_plant()
    engine: Engine[str] = Engine(plant, epoch="e", now_ms=0)
    recorder = engine.record()
    assert len(recorder.sample(0, TS0)) == 0
    assert len(recorder.signals) == 9 * 7
    assert recorder.last("m_401", "speed") is None
