"""The public test doubles keep their promises, because other people's tests depend on them."""

from __future__ import annotations

import pytest

from setpoint.contract.values import Quality
from setpoint.core.plant import Answer, Write
from setpoint.testing import FakeMachine, ManualClock, Recorder


def test_a_manual_clock_stands_still_until_it_is_moved_and_goes_forward_only() -> None:
    clock = ManualClock(now_ms=1_000, ts=50.0)
    assert (clock.now_ms, clock.ts) == (1_000, 50.0)
    assert clock.advance(250) == 1_250
    assert clock.ts == 50.25
    clock.set_wall(10.0)
    assert (clock.now_ms, clock.ts) == (1_250, 10.0)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance(-1)


async def test_a_fake_machine_reports_values_that_were_set_before_it_started() -> None:
    machine, recorder = FakeMachine("m_402"), Recorder()
    machine.report(speed=142)
    await machine.start(recorder)
    machine.report(quality=Quality.BAD)
    assert recorder.state == {"m_402": {"speed": 142}}
    assert recorder.quality == {"m_402": Quality.BAD}


async def test_a_fake_machine_obeys_or_keeps_silent_as_the_test_wants() -> None:
    machine, recorder = FakeMachine(), Recorder()
    await machine.start(recorder)
    first, second = (Write(tx_id, "m_401", "targetSpeed", 5) for tx_id in "ab")
    await machine.write([first])
    assert (recorder.answer("a"), recorder.state) == (Answer.TAKEN, {"m_401": {"targetSpeed": 5}})
    machine.answers, machine.echoes = None, False
    await machine.write([second])
    assert recorder.answer("b") is None
    await machine.stop()
    assert recorder.answer("b") is Answer.UNKNOWN
    assert machine.writes == [first, second]


async def test_a_recorder_shows_the_reports_that_arrived_instead_of_the_awaited_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("setpoint.testing.recorder.patient", lambda seconds: seconds)
    recorder = Recorder()
    machine = FakeMachine("m_402")
    await machine.start(recorder)
    machine.report(speed=7)
    with pytest.raises(AssertionError, match=r"'speed': 7"):
        await recorder.until(lambda: False, within_s=0.05)
