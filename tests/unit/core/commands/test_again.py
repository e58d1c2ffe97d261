"""Undo, and a second try."""

from __future__ import annotations

import pytest
from tests.unit.core.commands.shell import ANNA, BERT, Shell, tx

from setpoint.contract.http.batches import BatchKind
from setpoint.contract.live import By, ByKind, Outcome
from setpoint.core.commands import retry_request, undo_request
from setpoint.core.plant import Answer
from setpoint.errors import RequestError

SPEED = "targetSpeed"


@pytest.fixture
def shell() -> Shell:
    """m_401 and m_402 were set from 100 to 150, m_403 refused."""
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


def test_a_stop_that_is_over_is_no_reason_to_skip_an_undo(shell: Shell) -> None:
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


def test_where_nothing_took_effect_there_is_nothing_to_undo(shell: Shell) -> None:
    shell.submit(2, {"m_401": {SPEED: 3001}})
    with pytest.raises(RequestError, match="nothing") as refused:
        undo_request(shell.batches[tx(2)], tx(3), shell.commands.rev)
    assert refused.value.code == "nothing-to-undo"


def test_a_second_try_asks_again_for_what_failed_upon_the_revs_of_now(shell: Shell) -> None:
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
    """Who asked had seen the speed fail, and the mode under way: of that they told no rev."""
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


def test_where_everything_took_effect_there_is_nothing_to_try_again(shell: Shell) -> None:
    shell.submit(2, {"m_401": {SPEED: 160}})
    shell.report("m_401", targetSpeed=160)
    with pytest.raises(RequestError) as refused:
        retry_request(shell.batches[tx(2)], tx(3), shell.commands.rev)
    assert refused.value.code == "nothing-to-retry"
