"""The recorder against a plain model. At each sample, the history is within the deviation of the hub's value."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples import examples
from tests.unit.core.history.test_recorder import PLANT, RecorderRig

from setpoint.contract.values import Quality
from setpoint.core.history import NOT_RECORDED
from setpoint.core.plant import STANDARD_FIELDS, FieldHistory

NEAR = FieldHistory(deviation=1.0, every_ms=500)
FIELDS = tuple(replace(each, history=NEAR) if each.name == "temp" else each for each in STANDARD_FIELDS)

steps = st.tuples(
    st.fixed_dictionaries(
        {},
        optional={
            "speed": st.one_of(st.none(), st.integers(0, 3)),
            "temp": st.one_of(st.none(), st.floats(-5, 5)),
            "targetSpeed": st.integers(0, 2),
            "status": st.sampled_from(("RUNNING", "FAULT")),
        },
    ),
    st.sampled_from((Quality.GOOD, Quality.GOOD, Quality.BAD, Quality.OFFLINE)),
    st.sampled_from((100, 250, 1_000, 7_000)),
    st.sampled_from((0, 0, 0, 5_000, -5_000)),
    st.booleans(),
)


@pytest.mark.rule("HIST-1", "HIST-2", "HIST-3", "HIST-4", "HIST-5")
@settings(max_examples=examples(150), deadline=None)
@given(st.lists(steps, max_size=30))
def test_the_present_value_is_the_one_that_the_hub_knows(
    schedule: list[tuple[dict[str, object], Quality, int, int, bool]],
) -> None:
    rig = RecorderRig(replace(PLANT, fields=FIELDS))
    looked_ms = 0
    for values, quality, ms, jump_ms, is_restart in schedule:
        rig.report(quality, **values)  # type: ignore[arg-type]  # of the fields
        if is_restart:
            rig.recorder.restart()
        rig.wait(ms, by_clock_ms=ms + jump_ms)
        holds = {rig.recorder.signals[point.signal].field: point for point in rig.points}
        record = rig.engine.machines["m_1"]
        is_looked_at = rig.now_ms // 1_000 != looked_ms // 1_000
        looked_ms = rig.now_ms
        for field in ("status", "cause", "targetSpeed", "mode"):
            assert (holds[field].value, holds[field].quality) == (record[field], record["quality"])
        for field, deviation in (("speed", 0.0), ("temp", 1.0)):
            assert holds[field].quality == record["quality"] != NOT_RECORDED
            if is_looked_at:
                held, known = holds[field].value, record[field]
                if held is None or known is None:
                    assert held is known
                else:
                    assert abs(float(held) - float(known)) <= deviation
            assert rig.recorder.last("m_1", field) == (holds[field].value, holds[field].quality)


@pytest.mark.rule("HIST-3")
@settings(max_examples=examples(50), deadline=None)
@given(st.lists(st.floats(-9, 9), min_size=1, max_size=40))
def test_no_two_points_within_the_deviation_follow_each_other(temps: list[float]) -> None:
    rig = RecorderRig(replace(PLANT, fields=FIELDS))
    for temp in temps:
        rig.report(temp=temp).wait()
    recorded = [float(value or 0) for _, value, _ in rig.of("temp")]
    assert all(abs(b - a) > 1.0 for a, b in pairwise(recorded))
