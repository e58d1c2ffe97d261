"""The first report of a machine shows what changed while no server ran (CMD-6, PRE-1)."""

from __future__ import annotations

import pytest
from tests.unit.core.commands.shell import Shell, tx

from setpoint.contract.http.machines import EventKind
from setpoint.contract.live import By, ByKind, Outcome
from setpoint.core.plant import Answer

SPEED = "targetSpeed"


def _restarted(before: Shell) -> Shell:
    """Starts the next run of the server with what the former one stored. No machine has reported yet."""
    after = Shell()
    after.batches = dict(before.batches)
    after.set_points = dict(before.set_points)
    after.play(
        after.commands.restored(
            before.batches.values(),
            0,
            after.ts,
            revs=before.raised.values(),
            set_points=before.set_points.values(),
        )
    )
    return after


@pytest.mark.rule("PRE-1", "CMD-6")
def test_a_change_at_the_machine_while_the_server_was_down_is_a_conflict_with_the_earlier_value() -> None:
    after = _restarted(Shell().ready())
    after.ready(targetSpeed=80)
    event = next(each for each in after.events if each.machine == "m_401")
    assert (event.kind, event.before, event.value, event.rev) == (EventKind.DEVICE_CHANGE, 100, 80, 1)
    assert event.message == "changed while the server did not hear the machine"
    after.submit(1, {"m_401": {SPEED: 150}}, base={"m_401": {SPEED: 0}})
    assert after.writes == []
    [item] = after.batches[tx(1)].items
    assert (item.outcome, item.by, item.reported) == (Outcome.CONFLICT, By(ByKind.DEVICE, "m:401"), 80)
    after.submit(2, {"m_401": {SPEED: 150}}, base={"m_401": {SPEED: 1}})
    assert after.written() == [("m_401", SPEED, 150)]


@pytest.mark.rule("CMD-6")
def test_a_machine_that_reports_what_it_reported_last_has_changed_nothing() -> None:
    before = Shell().ready()
    before.submit(1, {"m_401": {SPEED: 150}})
    before.answer(1, "m_401", SPEED)
    before.report("m_401", targetSpeed=150)
    before.report("m_402", targetSpeed=120)
    after = _restarted(before)
    echoed = len(after.echoes)
    after.report("m_401", targetSpeed=150, mode="RUN")
    after.report("m_402", targetSpeed=120, mode="RUN")
    assert (after.events, after.echoes[echoed:]) == ([], [])


@pytest.mark.rule("CMD-6")
def test_a_target_that_lands_while_the_server_is_down_is_a_late_landing_and_no_change_by_the_machine() -> (
    None
):
    before = Shell().ready()
    before.submit(1, {"m_401": {SPEED: 150}})
    before.answer(1, "m_401", SPEED, Answer.TAKEN)
    after = _restarted(before)
    after.report("m_401", targetSpeed=150)
    assert [each.kind for each in after.events] == [EventKind.LATE_LANDING]
    restarted = _restarted(after)
    restarted.report("m_401", targetSpeed=150)
    assert restarted.events == []


@pytest.mark.rule("CMD-6")
def test_a_target_under_way_at_the_crash_does_not_hide_a_change_at_the_machine() -> None:
    before = Shell().ready()
    before.submit(1, {"m_401": {SPEED: 150}})
    after = _restarted(before)
    after.report("m_401", targetSpeed=80)
    assert [(each.kind, each.before, each.value) for each in after.events] == [
        (EventKind.DEVICE_CHANGE, 100, 80)
    ]


@pytest.mark.rule("CMD-6", "TOL-1")
def test_a_difference_within_the_tolerance_is_not_a_change() -> None:
    before = Shell().ready()
    before.report("m_401", targetSpeed=0.1)
    after = _restarted(before)
    after.report("m_401", targetSpeed=0.1 + 1e-10)
    assert after.events == []
