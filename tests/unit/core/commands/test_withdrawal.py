"""Withdrawal of a batch: targets that have not left do not leave, and the others go on."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.unit.core.commands.shell import ANNA, BERT, ON_LINE_01, Shell, tx

from setpoint.contract.live import By, ByKind, Outcome
from setpoint.core.commands.withdrawal import MAX_WITHDRAWN, EarlyWithdrawals
from setpoint.core.commands.write_state import Acknowledged, Done, Queued, Sent, Unconfirmed, Withdrawn, step
from setpoint.core.plant import Person, Role, demo_plant
from setpoint.errors import IllegalTransitionError, RequestError

SPEED = "targetSpeed"
ENGINEER = Person("emil", {"*": Role.ENGINEER})
OF_LINE_01 = Person("ella", {"01": Role.ENGINEER, "02": Role.VIEWER})

pytestmark = pytest.mark.rule("CMD-7")


@pytest.fixture
def shell() -> Shell:
    return Shell().ready()


def hold_back(shell: Shell) -> None:
    """Submits a batch for two lines, which is accepted but not stored yet."""
    shell.is_storing = False
    shell.submit(1, {"m_401": {SPEED: 150}, "m_411": {SPEED: 150}})


def test_accepted_targets_that_are_not_stored_yet_never_leave_and_are_reported_as_cancelled(
    shell: Shell,
) -> None:
    hold_back(shell)
    shell.cancel(1)
    assert shell.withdrawals == {}, "nothing is sent before it is stored"
    shell.log.clear()
    shell.store()
    assert shell.log == ["record", "outcomes", "echo", "answer", "withdrawal"]
    results = shell.withdrawals[tx(1)].results
    assert {(each.outcome, each.message, each.by) for each in results} == {
        (Outcome.CANCELLED, "withdrawn by anna", By(ByKind.OPERATOR, "anna"))
    }
    assert shell.answers[tx(1)] == shell.withdrawals[tx(1)]
    assert all(item.outcome.is_final for item in shell.batches[tx(1)].items)
    assert shell.outcomes(1) == [Outcome.CANCELLED]
    assert shell.writes == []


def test_the_parts_of_a_large_batch_that_have_left_continue() -> None:
    shell = Shell(demo_plant(machines=1200)).ready()
    shell.is_busy = True
    shell.submit(1, {machine: {SPEED: 150} for machine in shell.plant.machines})
    assert shell.more == [tx(1)]
    shell.cancel(1)
    found = Counter(each.outcome for each in shell.withdrawals[tx(1)].results)
    assert found == {Outcome.PENDING: 500, Outcome.CANCELLED: 700}
    assert shell.withdrawals[tx(1)].status == "in-progress"
    shell.play(shell.commands.dispatch(tx(1), shell.now_ms, shell.ts))
    for write in list(shell.writes):
        shell.report(write.machine, targetSpeed=150)
    assert len(shell.writes) == 500
    assert Counter(item.outcome for item in shell.batches[tx(1)].items) == {
        Outcome.APPLIED: 500,
        Outcome.CANCELLED: 700,
    }


def test_a_target_that_has_left_is_not_taken_back(shell: Shell) -> None:
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.cancel(1)
    assert shell.withdrawals[tx(1)].results[0].outcome is Outcome.PENDING
    shell.report("m_401", targetSpeed=150)
    shell.cancel(1)
    assert shell.withdrawals[tx(1)].results[0].outcome is Outcome.APPLIED
    assert shell.outcomes(1) == [Outcome.APPLIED]


def test_a_second_withdrawal_changes_nothing(shell: Shell) -> None:
    hold_back(shell)
    shell.cancel(1)
    shell.cancel(1, ENGINEER)
    shell.is_storing = True
    shell.store()
    first = shell.withdrawals.pop(tx(1))
    shell.cancel(1, ENGINEER)
    assert shell.withdrawals[tx(1)] == first
    shell.wait(120_000)
    assert not shell.commands.knows(tx(1))
    shell.cancel(1)
    assert shell.withdrawals[tx(1)] == first
    assert shell.outcomes(1) == [Outcome.CANCELLED]


def test_a_withdrawn_batch_sent_again_has_the_stored_answer(shell: Shell) -> None:
    hold_back(shell)
    shell.cancel(1)
    shell.is_storing = True
    shell.store()
    first = shell.answers.pop(tx(1))
    shell.submit(1, {"m_401": {SPEED: 150}, "m_411": {SPEED: 150}})
    assert shell.answers[tx(1)] == first
    assert shell.writes == []


@pytest.mark.parametrize("person", [ANNA, Person("anna/mes", {"01": Role.VIEWER}), ENGINEER])
def test_the_author_by_any_way_and_an_engineer_of_all_lines_can_withdraw_a_batch(
    shell: Shell, person: Person
) -> None:
    hold_back(shell)
    shell.cancel(1, person)
    shell.store()
    assert shell.outcomes(1) == [Outcome.CANCELLED]


@pytest.mark.parametrize("person", [BERT, ON_LINE_01, OF_LINE_01, Person("vera", {"*": Role.VIEWER})])
def test_nobody_else_can_withdraw_a_batch(shell: Shell, person: Person) -> None:
    hold_back(shell)
    with pytest.raises(RequestError, match="engineer of all its machines") as refused:
        shell.cancel(1, person)
    assert refused.value.code == "forbidden"
    shell.store()
    assert len(shell.writes) == 2


def test_a_batch_that_comes_after_its_withdrawal_is_refused_for_ten_minutes(shell: Shell) -> None:
    shell.cancel(1)
    assert shell.withdrawals[tx(1)].results == []
    with pytest.raises(RequestError, match="withdrawn by anna before it came") as refused:
        shell.submit(1, {"m_401": {SPEED: 150}})
    assert refused.value.code == "withdrawn"
    shell.now_ms += 600_000
    shell.submit(1, {"m_401": {SPEED: 150}})
    assert len(shell.writes) == 1


def test_another_persons_withdrawal_does_not_affect_a_batch(shell: Shell) -> None:
    shell.cancel(1, BERT)
    shell.cancel(2, OF_LINE_01)
    shell.cancel(3, ENGINEER)
    shell.submit(1, {"m_401": {SPEED: 150}})
    shell.submit(2, {"m_411": {SPEED: 150}})
    assert len(shell.writes) == 2
    with pytest.raises(RequestError, match="withdrawn by emil"):
        shell.submit(3, {"m_421": {SPEED: 150}})


def test_a_batch_that_somebody_may_not_see_is_answered_like_one_that_does_not_exist(shell: Shell) -> None:
    elsewhere = Person("otto", {"03": Role.OPERATOR})
    hold_back(shell)
    shell.cancel(1, elsewhere)
    shell.cancel(2, elsewhere)
    shell.store()
    assert shell.withdrawals[tx(1)].results == shell.withdrawals[tx(2)].results == []
    assert len(shell.writes) == 2


def test_a_viewer_withdraws_nothing(shell: Shell) -> None:
    with pytest.raises(RequestError) as refused:
        shell.cancel(1, Person("vera", {"*": Role.VIEWER}))
    assert refused.value.code == "forbidden"


def test_a_withdrawn_batch_that_could_not_be_stored_is_not_sent_by_a_second_try(shell: Shell) -> None:
    hold_back(shell)
    shell.cancel(1)
    shell.waiting[:] = shell.commands.not_recorded(tx(1))
    shell.is_storing = True
    shell.store()
    with pytest.raises(RequestError, match="withdrawn by anna"):
        shell.submit(1, {"m_401": {SPEED: 150}, "m_411": {SPEED: 150}})
    assert shell.writes == []


def test_a_target_withdrawn_before_a_restart_is_not_sent_after_it(shell: Shell) -> None:
    hold_back(shell)
    shell.cancel(1)
    shell.store()
    restarted = Shell()
    restarted.batches = dict(shell.batches)
    restarted.play(restarted.commands.restored(restarted.batches.values(), restarted.now_ms, restarted.ts))
    restarted.ready()
    restarted.wait(10_000)
    assert restarted.writes == []
    assert restarted.echoes == [], "it had its final outcome"


def test_a_withdrawn_batch_can_be_asked_for_again() -> None:
    shell = Shell().ready()
    hold_back(shell)
    shell.cancel(1)
    shell.is_storing = True
    shell.store()
    shell.submit(2, {"m_401": {SPEED: 150}}, base={"m_401": {SPEED: 0}})
    assert shell.written() == [("m_401", SPEED, 150)], "a person's own withdrawn target changed nothing"


def test_a_withdrawal_in_advance_holds_although_somebody_else_withdrew_the_same_tx_id_first(
    shell: Shell,
) -> None:
    shell.cancel(1, ANNA)
    shell.cancel(1, BERT)
    with pytest.raises(RequestError, match="withdrawn by bert") as refused:
        shell.submit(1, {"m_401": {SPEED: 150}}, BERT)
    assert refused.value.code == "withdrawn"
    with pytest.raises(RequestError, match="withdrawn by anna"):
        shell.submit(1, {"m_401": {SPEED: 150}}, ANNA)
    assert shell.writes == []


def test_all_people_who_withdrew_a_batch_that_could_not_be_stored_are_remembered(shell: Shell) -> None:
    shell.is_storing = False
    shell.submit(1, {"m_401": {SPEED: 150}}, BERT)
    shell.cancel(1, ENGINEER)
    shell.cancel(1, BERT)
    shell.waiting[:] = shell.commands.not_recorded(tx(1))
    for asker, withdrawer in ((BERT, "emil|bert"), (ENGINEER, "emil")):
        with pytest.raises(RequestError, match=f"withdrawn by ({withdrawer})"):
            shell.submit(1, {"m_401": {SPEED: 150}}, asker)


def test_the_withdrawals_remembered_for_one_person_are_bounded_without_affecting_others() -> None:
    early = EarlyWithdrawals(demo_plant())
    for number in range(MAX_WITHDRAWN):
        early.check(tx(number), ANNA, 0.0)
        early.remember(tx(number), ANNA, 0.0)
    early.check(tx(0), ANNA, 1.0)
    for same in (ANNA, Person("anna/script", ANNA.grants)):
        with pytest.raises(RequestError) as refused:
            early.check(tx(MAX_WITHDRAWN), same, 1.0)
        assert refused.value.code == "too-many-withdrawn"
    early.check(tx(MAX_WITHDRAWN), BERT, 1.0)
    early.check(tx(MAX_WITHDRAWN), ANNA, 600.0)


@pytest.mark.parametrize("state", [Sent(), Acknowledged(), Unconfirmed(), Done()])
def test_only_what_waits_can_be_withdrawn(state: Sent | Acknowledged | Unconfirmed | Done) -> None:
    assert step(Queued(), Withdrawn()) == (Done(), Outcome.CANCELLED)
    with pytest.raises(IllegalTransitionError):
        step(state, Withdrawn())
