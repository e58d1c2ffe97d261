"""Undo and retry."""

from __future__ import annotations

import pytest
from tests.unit.core.commands.shell import ANNA, BERT, Shell, tx

from setpoint.contract.http.batches import BatchKind
from setpoint.contract.live import By, ByKind, Outcome
from setpoint.contract.values import Value
from setpoint.core.commands import Commands, retry_request, undo_request
from setpoint.core.plant import Answer
from setpoint.errors import RequestError

SPEED = "targetSpeed"


@pytest.fixture
def shell() -> Shell:
    """m_401 and m_402 were set from 100 to 150, and m_403 refused."""
    shell = Shell().ready()
    shell.submit(1, {machine: {SPEED: 150} for machine in ("m_401", "m_402", "m_403")})
    shell.answer(1, "m_403", SPEED, Answer.REFUSED)
    for machine in ("m_401", "m_402"):
        shell.report(machine, targetSpeed=150)
    return shell


def undo(shell: Shell, number: int, seen: dict[str, dict[str, int]] | None = None) -> None:
    request = undo_request(shell.batches[tx(1)], tx(number), shell.commands.rev, seen=seen or {})
    effects = shell.commands.submit(request, ANNA, shell.now_ms, shell.ts, kind=BatchKind.UNDO, follows=tx(1))
    shell.writes.clear()
    shell.play(effects)


def test_an_undo_asks_for_the_values_before_of_what_took_effect(shell: Shell) -> None:
    undo(shell, 2)
    assert shell.written() == [("m_401", SPEED, 100), ("m_402", SPEED, 100)]
    assert (shell.batches[tx(2)].kind, shell.batches[tx(2)].follows) == (BatchKind.UNDO, tx(1))


def test_an_undo_skips_what_others_changed_since_and_says_who(shell: Shell) -> None:
    shell.submit(2, {"m_401": {SPEED: 170}}, BERT)
    shell.report("m_401", targetSpeed=170)
    shell.report("m_402", targetSpeed=90)
    with_device = shell.echoes[-1]
    assert with_device.by == By(ByKind.DEVICE, "m:402")
    undo(shell, 3)
    results = shell.answers[tx(3)].results
    assert [(result.outcome, result.value, result.by) for result in results] == [
        (Outcome.CONFLICT, 170, By(ByKind.OPERATOR, "bert")),
        (Outcome.CONFLICT, 90, By(ByKind.DEVICE, "m:402")),
    ]
    assert shell.writes == []


def test_an_undo_does_not_skip_a_field_for_a_stop_that_is_over(shell: Shell) -> None:
    shell.stop("m_401")
    shell.clear("m_401")
    undo(shell, 2)
    assert shell.written() == [("m_401", SPEED, 100), ("m_402", SPEED, 100)]


@pytest.mark.rule("SAFE-2", "SAFE-3")
def test_an_undo_that_was_asked_before_a_stop_and_comes_after_it_is_skipped(shell: Shell) -> None:
    seen = {machine: {SPEED: shell.commands.rev(machine, SPEED).rev} for machine in ("m_401", "m_402")}
    shell.stop("m_401")
    shell.clear("m_401")
    undo(shell, 2, seen)
    assert shell.written() == [("m_402", SPEED, 100)]
    skipped = shell.echoes[-1]
    assert (skipped.machine, skipped.outcome) == ("m_401", Outcome.CONFLICT)
    assert skipped.by == By(ByKind.SAFETY, "EMERGENCY_STOP")


def test_a_batch_without_any_effect_cannot_be_undone(shell: Shell) -> None:
    shell.submit(2, {"m_401": {SPEED: 3001}})
    with pytest.raises(RequestError, match="nothing") as refused:
        undo_request(shell.batches[tx(2)], tx(3), shell.commands.rev)
    assert refused.value.code == "nothing-to-undo"


def test_a_retry_sends_the_failed_targets_with_the_present_revs(shell: Shell) -> None:
    request = retry_request(shell.batches[tx(1)], tx(2), shell.commands.rev)
    assert request.updates == {"m_403": {SPEED: 150}}
    assert request.base == {"m_403": {SPEED: 1}}


@pytest.mark.rule("SAFE-2", "SAFE-3")
def test_a_second_try_that_was_asked_before_a_stop_and_comes_after_it_is_a_conflict(shell: Shell) -> None:
    seen = {"m_403": {SPEED: shell.commands.rev("m_403", SPEED).rev}}
    shell.stop("m_403")
    shell.clear("m_403")
    request = retry_request(shell.batches[tx(1)], tx(2), shell.commands.rev, seen=seen)
    shell.play(
        shell.commands.submit(request, ANNA, shell.now_ms, shell.ts, kind=BatchKind.RETRY, follows=tx(1))
    )
    [result] = shell.answers[tx(2)].results
    assert (result.outcome, result.by) == (Outcome.CONFLICT, By(ByKind.SAFETY, "EMERGENCY_STOP"))


@pytest.mark.rule("SAFE-2", "SAFE-3")
def test_a_stop_overtakes_a_target_that_ended_after_the_second_try_was_asked(shell: Shell) -> None:
    """The author had seen that the speed failed and the mode was under way. They sent no rev for the mode."""
    shell.submit(2, {"m_403": {SPEED: 160, "mode": "IDLE"}})
    shell.answer(2, "m_403", SPEED, Answer.REFUSED)
    seen = {"m_403": {SPEED: shell.commands.rev("m_403", SPEED).rev}}
    shell.answer(2, "m_403", "mode", Answer.REFUSED)
    shell.stop("m_403")
    shell.clear("m_403")
    request = retry_request(shell.batches[tx(2)], tx(3), shell.commands.rev, seen=seen)
    shell.writes.clear()
    shell.play(
        shell.commands.submit(request, ANNA, shell.now_ms, shell.ts, kind=BatchKind.RETRY, follows=tx(2))
    )
    assert [each.outcome for each in shell.answers[tx(3)].results] == [Outcome.CONFLICT, Outcome.CONFLICT]
    assert shell.writes == []


def test_a_batch_that_took_full_effect_cannot_be_retried(shell: Shell) -> None:
    shell.submit(2, {"m_401": {SPEED: 160}})
    shell.report("m_401", targetSpeed=160)
    with pytest.raises(RequestError) as refused:
        retry_request(shell.batches[tx(2)], tx(3), shell.commands.rev)
    assert refused.value.code == "nothing-to-retry"


@pytest.fixture
def shell_after_stop() -> Shell:
    """m_401 was at 100, went to 0 in a stop that has ended, and was set to 150 afterwards."""
    shell = Shell().ready()
    shell.stop("m_401")
    shell.report("m_401", targetSpeed=0)
    return shell


def undo_value(shell: Shell, number: int) -> Value:
    """Returns what an undo of the batch would set."""
    (item,) = shell.batches[tx(number)].items
    return item.before


@pytest.mark.rule("PRE-5")
def test_an_undo_after_a_stop_restores_what_stood_before_the_stop(shell_after_stop: Shell) -> None:
    shell_after_stop.clear("m_401")
    shell_after_stop.submit(1, {"m_401": {SPEED: 150}})
    shell_after_stop.report("m_401", targetSpeed=150)
    undo(shell_after_stop, 2)
    assert shell_after_stop.written() == [("m_401", SPEED, 100)]


@pytest.mark.rule("PRE-5")
def test_after_a_second_stop_the_value_of_the_first_is_not_restored_either(shell_after_stop: Shell) -> None:
    shell_after_stop.clear("m_401")
    shell_after_stop.stop("m_401", "FAULT")
    shell_after_stop.report("m_401", targetSpeed=0)
    shell_after_stop.clear("m_401")
    shell_after_stop.submit(1, {"m_401": {SPEED: 150}})
    assert undo_value(shell_after_stop, 1) == 100


@pytest.mark.rule("PRE-5")
def test_an_undo_restores_the_value_that_the_machine_was_set_to_after_a_stop(shell_after_stop: Shell) -> None:
    shell_after_stop.clear("m_401")
    shell_after_stop.report("m_401", targetSpeed=120)
    shell_after_stop.submit(1, {"m_401": {SPEED: 150}})
    assert undo_value(shell_after_stop, 1) == 120


@pytest.mark.rule("PRE-5")
@pytest.mark.parametrize("has_second_stop", [False, True])
def test_a_stops_value_is_not_restored_by_a_later_run_of_the_server(
    shell_after_stop: Shell, has_second_stop: bool
) -> None:
    shell_after_stop.clear("m_401")
    if has_second_stop:
        shell_after_stop.stop("m_401", "FAULT")
        shell_after_stop.clear("m_401")
    left = [shell_after_stop.commands.rev(machine, SPEED) for machine in ("m_401", "m_402")]
    later = Shell()
    later.commands = Commands(later.plant, later.machines, revs=left)
    later.report("m_401", targetSpeed=0)
    later.report("m_402", targetSpeed=90)
    later.submit(1, {"m_401": {SPEED: 150}})
    later.submit(2, {"m_402": {SPEED: 150}})
    assert (undo_value(later, 1), undo_value(later, 2)) == (None, 90)
    later.report("m_401", targetSpeed=150)
    with pytest.raises(RequestError, match="nothing to undo"):
        undo_request(later.batches[tx(1)], tx(3), later.commands.rev)


@pytest.mark.rule("PRE-5")
def test_a_stop_that_moved_nothing_leaves_the_value_to_a_later_run(shell: Shell) -> None:
    shell.stop("m_401")
    shell.clear("m_401")
    later = Shell()
    later.commands = Commands(later.plant, later.machines, revs=[shell.commands.rev("m_401", SPEED)])
    later.report("m_401", targetSpeed=150)
    later.submit(1, {"m_401": {SPEED: 170}})
    assert undo_value(later, 1) == 150


@pytest.mark.rule("PRE-5")
def test_a_target_that_lands_in_a_stop_does_not_count_as_set_by_the_stop() -> None:
    shell = Shell().ready()
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.stop("m_401")
    shell.report("m_401", targetSpeed=150)
    shell.clear("m_401")
    shell.submit(2, {"m_401": {SPEED: 170}})
    assert undo_value(shell, 2) == 150
