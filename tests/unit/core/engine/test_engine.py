"""The engine joins hub, commands, approvals and storage. It always stores facts before it sends them."""

from __future__ import annotations

import pytest
from tests.simulation.server import done
from tests.unit.core.commands.shell import ANNA, BERT, ON_LINE_01, tx
from tests.unit.core.engine.shell import SPEED, EngineShell, guarded_plant

from setpoint.contract.http.batches import BatchAnswer, BatchKind, BatchRequest
from setpoint.contract.live import By, ByKind, Outcome
from setpoint.core.approval.approvals import HELD_FOR_S
from setpoint.core.commands import Arrival, RecordBatch, RecordOutcomes
from setpoint.core.engine import Answered, Submit
from setpoint.core.plant import Answer, Person, Role, WriteAnswer
from setpoint.errors import RequestError, StorageError

TARGET = {"m_401": {SPEED: 150}}
GUARDED = {"m_401": {"mode": "IDLE"}}
UNTOLD: object = object()


def refusal(shell: EngineShell, call: int) -> str:
    found = shell.replies[call]
    assert isinstance(found, RequestError), found
    return found.code


def outcomes(shell: EngineShell, call: int) -> list[Outcome]:
    found = shell.replies[call]
    assert isinstance(found, BatchAnswer), found
    return [result.outcome for result in found.results]


# Order of storing and sending


@pytest.mark.rule("CMD-1")
def test_nothing_is_sent_or_answered_before_it_is_stored() -> None:
    shell = EngineShell()
    shell.is_storing = False
    shell.submit(1, TARGET)
    assert (shell.writes, shell.replies, len(shell.waiting)) == ([], {}, 1)
    shell.store()
    assert [write.value for write in shell.writes] == [150]
    shell.report("m_401", **{SPEED: 150})
    assert shell.replies == {}, "its outcome is decided and not stored yet"
    shell.store()
    assert outcomes(shell, 1) == [Outcome.APPLIED]


@pytest.mark.rule("OPEN-1")
def test_a_target_is_under_way_from_its_record_until_its_outcome() -> None:
    shell = EngineShell()
    shell.is_storing = False
    shell.submit(1, TARGET)
    assert shell.engine.open_targets() == {}
    shell.store()
    under_way = shell.engine.open_targets()["m_401"][SPEED]
    assert (under_way.value, under_way.by.name) == (150, "anna")
    shell.report("m_401", **{SPEED: 150})
    shell.store()
    assert shell.engine.open_targets() == {}


@pytest.mark.rule("CMD-1")
def test_changes_during_a_transaction_go_into_the_next_one_together() -> None:
    shell = EngineShell()
    shell.is_storing = False
    for call, machine in enumerate(("m_401", "m_402", "m_403"), 1):
        shell.submit(call, {machine: {SPEED: 150}})
    shell.store()
    batches = [[type(change) for change in changes] for changes in shell.stored]
    assert batches == [[RecordBatch], [RecordBatch, RecordBatch]]


@pytest.mark.rule("CMD-1")
def test_a_batch_that_cannot_be_stored_is_refused_and_may_come_again_while_outcomes_wait() -> None:
    shell = EngineShell()
    shell.submit(1, TARGET)
    shell.is_storing = False
    shell.answer(1, "m_401", Answer.REFUSED)
    shell.submit(2, {"m_402": {SPEED: 150}})
    shell.fails = True
    shell.store()
    assert shell.engine.is_degraded
    shell.submit(3, {"m_403": {SPEED: 150}})
    assert refusal(shell, 3) == "storage-failed"
    assert 1 not in shell.replies, "its outcome is not stored"
    shell.fails, shell.is_storing = False, True
    shell.wait(1_000)
    assert not shell.engine.is_degraded
    assert outcomes(shell, 1) == [Outcome.FAILED]
    shell.wait(0)
    assert 2 not in shell.replies or refusal(shell, 2) == "storage-failed"
    assert [write.machine for write in shell.writes if write.tx_id == tx(3)] == []
    shell.submit(4, {"m_403": {SPEED: 150}}, number=3)
    assert [write.machine for write in shell.writes if write.tx_id == tx(3)] == ["m_403"]


@pytest.mark.rule("CMD-1")
def test_the_engine_takes_batches_again_when_storage_is_back_although_nothing_waits_to_be_stored() -> None:
    shell = EngineShell()
    viewer = Person("vera", {"*": Role.VIEWER})
    shell.is_storing = False
    shell.submit(1, TARGET, viewer)
    shell.fails = True
    shell.store()
    assert refusal(shell, 1) == "storage-failed"
    assert shell.engine.is_degraded
    assert shell.engine.unstored == 0
    shell.wait(1_000)
    assert (shell.probes, shell.engine.is_degraded) == (1, True)
    shell.fails = False
    shell.wait(1_000)
    assert (shell.probes, shell.engine.is_degraded) == (2, False)
    shell.is_storing = True
    shell.submit(2, TARGET)
    assert len(shell.writes) == 1


@pytest.mark.rule("CMD-1")
def test_a_batch_is_reported_as_it_is_stored_and_not_as_it_was_decided_since() -> None:
    shell = EngineShell()
    shell.submit(1, TARGET)
    shell.is_storing = False
    shell.answer(1, "m_401", Answer.REFUSED)
    recorded = done(shell.disk.batch(tx(1)))
    assert recorded is not None
    assert [item.outcome for item in recorded.items] == [Outcome.PENDING], (
        "a crash would take the outcome back"
    )
    shell.store()
    recorded = done(shell.disk.batch(tx(1)))
    assert recorded is not None
    assert [item.outcome for item in recorded.items] == [Outcome.FAILED]


def test_nothing_starts_if_storage_cannot_look_up_the_tx_id() -> None:
    shell = EngineShell()
    shell.fails = True
    shell.submit(1, TARGET)
    shell.again(2, 1, BatchKind.UNDO)
    shell.cancel(3, 1)
    assert [type(shell.replies[call]) for call in (1, 2, 3)] == [StorageError] * 3
    assert (shell.writes, shell.stored) == ([], [])


@pytest.mark.rule("CMD-2")
def test_the_same_batch_after_a_restart_has_the_stored_answer() -> None:
    first = EngineShell()
    first.submit(1, TARGET)
    first.report("m_401", **{SPEED: 150})
    second = EngineShell()
    second.disk = first.disk
    second.submit(1, TARGET)
    assert outcomes(second, 1) == [Outcome.APPLIED]
    assert second.writes == []


@pytest.mark.rule("CMD-1", "CMD-2", "CMD-3")
def test_a_batch_of_a_former_run_that_comes_again_while_its_outcome_waits_to_be_stored_ends_once() -> None:
    first = EngineShell()
    first.submit(1, TARGET)
    second = EngineShell()
    second.disk, second.is_storing = first.disk, False
    unsettled = done(first.disk.unsettled(0.0))
    second.play(second.engine.restore(revs=(), batches=unsettled, held=(), now_ms=0, ts=second.ts))
    second.submit(1, TARGET)
    second.store()
    recorded = [
        item.outcome
        for changes in second.stored
        for change in changes
        if isinstance(change, RecordOutcomes)
        for item in change.items
    ]
    assert recorded == [Outcome.UNKNOWN]
    assert outcomes(second, 1) == [Outcome.UNKNOWN]
    assert second.writes == []


# Repeated requests


def test_an_undo_brings_the_values_before_and_comes_once() -> None:
    shell = EngineShell()
    shell.submit(1, TARGET)
    shell.report("m_401", **{SPEED: 150})
    shell.again(2, 1, BatchKind.UNDO)
    assert shell.writes[-1].value == 100
    shell.again(3, 1, BatchKind.UNDO, number=2)
    assert refusal(shell, 3) == "in-progress"
    shell.report("m_401", **{SPEED: 100})
    shell.again(4, 1, BatchKind.UNDO, number=2)
    assert outcomes(shell, 4) == outcomes(shell, 2) == [Outcome.APPLIED]
    assert len(shell.writes) == 2


def test_a_hidden_batch_cannot_be_undone() -> None:
    shell = EngineShell()
    shell.submit(1, {"m_411": {SPEED: 150}})
    shell.report("m_411", **{SPEED: 150})
    blind = Person("blind", {"01": Role.OPERATOR})
    shell.again(2, 1, BatchKind.UNDO, person=blind)
    shell.again(3, 9, BatchKind.UNDO, person=ON_LINE_01)
    assert [refusal(shell, call) for call in (2, 3)] == ["unknown-batch"] * 2


# Withdrawals


@pytest.mark.rule("CMD-7")
def test_a_withdrawal_in_advance_is_in_the_audit_before_it_is_answered() -> None:
    shell = EngineShell()
    shell.is_storing = False
    shell.cancel(1, 7)
    assert shell.replies == {}
    shell.store()
    assert outcomes(shell, 1) == []
    assert [entry.kind for entry in done(shell.disk.audit())] == ["withdrawal"]
    shell.is_storing = True
    shell.submit(2, TARGET, number=7)
    assert refusal(shell, 2) == "withdrawn"


@pytest.mark.rule("CMD-7")
def test_a_withdrawal_that_cannot_be_stored_in_time_says_so() -> None:
    shell = EngineShell()
    shell.is_storing = False
    shell.submit(1, TARGET)
    shell.cancel(2, 1)
    shell.wait(3_000)
    assert refusal(shell, 2) == "storage-failed"
    assert refusal(shell, 1) == "too-late"
    shell.store()
    assert shell.writes == []


# The second person


def test_a_batch_that_waits_is_stored_before_its_author_gets_the_answer() -> None:
    shell = EngineShell(guarded_plant())
    shell.is_storing = False
    shell.submit(1, GUARDED)
    shell.submit(2, GUARDED, number=1)
    assert shell.replies == {}
    shell.store()
    assert [refusal(shell, call) for call in (1, 2)] == ["needs-second-person"] * 2
    assert [held.request.tx_id for held in done(shell.disk.held())] == [tx(1)]


@pytest.mark.rule("CMD-2", "CMD-8")
def test_the_same_batch_again_must_wait_however_late_it_comes() -> None:
    shell = EngineShell(guarded_plant())
    request = BatchRequest(tx(1), {"m_401": {"mode": "IDLE"}}, not_after=shell.ts + 1)
    for call in (1, 2):
        shell.feed(Submit(call, request, ANNA, Arrival(shell.now_ms, shell.ts)))
        shell.wait(5_000)
    assert [refusal(shell, call) for call in (1, 2)] == ["needs-second-person"] * 2


def stored_to_wait(shell: EngineShell) -> list[str]:
    return [held.request.tx_id for held in done(shell.disk.held())]


@pytest.mark.rule("CMD-1")
def test_a_wall_clock_that_is_set_removes_nothing_that_still_waits() -> None:
    shell = EngineShell(guarded_plant())
    shell.submit(1, GUARDED)
    shell.set_ahead_s = 86_400
    shell.submit(2, GUARDED, number=2)
    assert stored_to_wait(shell) == [tx(1), tx(2)]


def test_a_batch_that_nobody_confirmed_in_ten_minutes_is_removed_with_the_next_one_that_waits() -> None:
    shell = EngineShell(guarded_plant())
    shell.submit(1, GUARDED)
    shell.wait(600_000)
    shell.is_storing = False
    shell.submit(2, GUARDED, number=2)
    shell.fails = True
    shell.store()
    assert stored_to_wait(shell) == [tx(1)], "it could not be removed"
    shell.fails, shell.is_storing = False, True
    shell.wait(1_000)
    shell.submit(3, GUARDED, number=3)
    assert stored_to_wait(shell) == [tx(3)]


def test_a_batch_that_could_not_be_kept_waiting_does_not_wait() -> None:
    shell = EngineShell(guarded_plant())
    shell.is_storing = False
    shell.submit(1, GUARDED)
    shell.fails = True
    shell.store()
    assert isinstance(shell.replies[1], StorageError)
    assert shell.engine.held(BERT, shell.now_ms) == []


@pytest.mark.rule("CMD-7")
def test_a_batch_that_is_withdrawn_while_its_approval_is_being_stored_is_reported_as_withdrawn() -> None:
    shell = EngineShell(guarded_plant())
    shell.is_storing = False
    shell.submit(1, GUARDED)
    shell.withdraw(2, 1)
    assert shell.replies == {}, "neither is stored yet"
    shell.store()
    assert refusal(shell, 1) == "withdrawn"
    assert shell.replies[2] is None
    assert shell.engine.held(BERT, shell.now_ms) == []
    assert shell.writes == []


@pytest.mark.rule("CMD-8", "CMD-3")
def test_a_write_that_never_left_is_cancelled_and_not_reported_as_refused_by_the_machine() -> None:
    shell = EngineShell()
    shell.submit(1, TARGET)
    write = shell.writes[0]
    shell.feed(Answered([WriteAnswer(write.tx_id, write.machine, write.field, Answer.NOT_SENT, "too late")]))
    assert outcomes(shell, 1) == [Outcome.CANCELLED]
    result = shell.replies[1]
    assert isinstance(result, BatchAnswer)
    assert result.results[0].message == "too late"


def test_a_confirmed_batch_waits_until_it_is_recorded_as_a_batch() -> None:
    shell = EngineShell(guarded_plant())
    shell.submit(1, GUARDED)
    shell.is_storing = False
    shell.confirm(2, 1, BERT)
    assert len(done(shell.disk.held())) == 1, "a crash now leaves it waiting"
    shell.fails = True
    shell.store()
    assert refusal(shell, 2) == "storage-failed"
    assert [held.request.tx_id for held in shell.engine.held(BERT, shell.now_ms)] == [tx(1)]
    shell.fails, shell.is_storing = False, True
    shell.wait(1_000)
    shell.confirm(3, 1, BERT)
    assert [write.field for write in shell.writes] == ["mode"]
    assert done(shell.disk.held()) == []
    kinds = [entry.kind for entry in done(shell.disk.audit())]
    assert kinds == ["second-person", "second-person", "batch"], (
        "held, then confirmed and started in one transaction"
    )
    shell.submit(4, GUARDED, number=1)
    assert isinstance(shell.replies[4], BatchAnswer) or refusal(shell, 4) == "in-progress", (
        "it is the same batch"
    )


@pytest.mark.rule("CMD-8")
def test_a_confirmed_batch_counts_from_its_confirmation() -> None:
    shell = EngineShell(guarded_plant())
    shell.submit(1, GUARDED)
    shell.wait(60_000)
    shell.is_storing = False
    shell.confirm(2, 1, BERT)
    shell.wait(2_999)
    shell.store()
    assert [write.field for write in shell.writes] == ["mode"]


@pytest.mark.rule("PRE-1", "SAFE-3")
def test_a_stop_while_a_batch_waits_is_in_its_way_although_it_is_over() -> None:
    shell = EngineShell(guarded_plant())
    shell.submit(1, GUARDED)
    shell.report("m_401", status="EMERGENCY_STOP")
    shell.report("m_401", status="RUNNING")
    shell.confirm(2, 1, BERT)
    assert outcomes(shell, 2) == [Outcome.CONFLICT]
    assert shell.writes == []


def test_a_batch_that_could_not_be_withdrawn_still_waits() -> None:
    shell = EngineShell(guarded_plant())
    shell.submit(1, GUARDED)
    shell.is_storing = False
    shell.withdraw(2, 1)
    shell.fails = True
    shell.store()
    assert isinstance(shell.replies[2], StorageError)
    shell.fails, shell.is_storing = False, True
    shell.wait(1_000)
    shell.cancel(3, 1)
    assert outcomes(shell, 3) == [Outcome.CANCELLED]
    assert shell.engine.held(BERT, shell.now_ms) == []


@pytest.mark.parametrize("how", ["withdrawn", "confirmed"])
def test_nothing_remains_of_a_batch_that_was_decided_before_it_could_be_stored(how: str) -> None:
    """If the person repeats the request, it waits as soon as it is stored."""
    shell = EngineShell(guarded_plant())
    shell.is_storing = False
    shell.submit(1, GUARDED)
    if how == "withdrawn":
        shell.withdraw(2, 1)
    else:
        shell.confirm(2, 1, BERT)
    for _ in range(2):
        shell.fails = True
        shell.store()
        shell.fails = False
        shell.wait(1_000)
    assert isinstance(shell.replies[1], StorageError | RequestError)
    assert isinstance(shell.replies[2], StorageError | RequestError)
    shell.is_storing = True
    shell.store()
    assert shell.engine.held(BERT, shell.now_ms) == []
    shell.submit(3, GUARDED, number=1)
    assert refusal(shell, 3) == "needs-second-person"
    assert [held.request.tx_id for held in done(shell.disk.held())] == [tx(1)]


def test_a_batch_that_times_out_before_it_is_stored_as_waiting_is_not_answered_as_waiting() -> None:
    shell = EngineShell(guarded_plant())
    shell.is_storing = False
    shell.submit(1, GUARDED)
    shell.wait(int(HELD_FOR_S * 1000))
    shell.store()
    assert refusal(shell, 1) == "too-late"
    assert shell.engine.held(BERT, shell.now_ms) == []


def test_nobody_confirms_their_own_batch_or_one_that_has_waited_too_long() -> None:
    shell = EngineShell(guarded_plant())
    shell.submit(1, GUARDED)
    shell.confirm(2, 1, ANNA)
    assert refusal(shell, 2) == "same-person"
    shell.wait(int(HELD_FOR_S * 1000))
    shell.confirm(3, 1, BERT)
    assert refusal(shell, 3) == "unknown-batch"


@pytest.mark.parametrize("set_ahead_s", [-6 * 3_600, 6 * 3_600])
def test_a_wall_clock_that_is_set_neither_ends_nor_prolongs_the_ten_minutes(set_ahead_s: int) -> None:
    shell = EngineShell(guarded_plant())
    shell.submit(1, GUARDED)
    shell.submit(2, GUARDED, number=2)
    shell.set_ahead_s = set_ahead_s
    shell.wait(int(HELD_FOR_S * 1000) - 1)
    shell.confirm(3, 1, BERT)
    assert not isinstance(shell.replies.get(3), RequestError)
    shell.wait(1)
    shell.confirm(4, 2, BERT)
    assert refusal(shell, 4) == "unknown-batch"


# A large batch


@pytest.mark.rule("CMD-1")
def test_the_outcomes_of_many_are_stored_in_one_transaction() -> None:
    shell = EngineShell()
    shell.submit(1, {key: {SPEED: 150} for key in ("m_401", "m_402")})
    shell.is_storing = False
    for machine in ("m_401", "m_402"):
        shell.report(machine, **{SPEED: 150})
    shell.store()
    assert [[type(change) for change in changes] for changes in shell.stored[1:]] == [
        [RecordOutcomes],
        [RecordOutcomes],
    ]
    assert outcomes(shell, 1) == [Outcome.APPLIED] * 2


@pytest.mark.rule("CMD-1")
def test_a_database_that_returns_is_noticed_within_two_seconds_however_long_it_was_away() -> None:
    shell = EngineShell()
    shell.fails = True
    shell.report("m_403", status="FAULT")
    for _ in range(60):
        due = shell.engine.next_due_ms()
        assert due is not None
        assert due - shell.now_ms <= 1_000
        shell.wait(due - shell.now_ms)
        assert shell.engine.is_degraded
    shell.fails = False
    returned_ms = shell.now_ms
    while shell.engine.is_degraded:
        due = shell.engine.next_due_ms()
        assert due is not None
        shell.wait(due - shell.now_ms)
    assert shell.now_ms - returned_ms <= 2_000
    shell.submit(1, TARGET)
    assert [write.value for write in shell.writes] == [150]


# A commit without an answer


@pytest.mark.rule("CMD-1", "CMD-3")
@pytest.mark.parametrize("is_stored", [True, False])
def test_a_batch_in_doubt_leaves_if_storage_says_in_time_that_it_is_stored(is_stored: bool) -> None:
    shell = EngineShell()
    shell.is_storing = False
    shell.submit(1, TARGET)
    shell.store_unanswered(is_stored=is_stored)
    assert shell.probes == 1, "storage is probed at once"
    if is_stored:
        assert [write.value for write in shell.writes] == [150]
    else:
        assert refusal(shell, 1) == "storage-failed"
        assert shell.writes == []
        assert shell.engine.is_degraded, "it waits for a second"
        shell.is_storing = True
        shell.wait(1_000)
    assert not shell.engine.is_degraded


@pytest.mark.rule("CMD-1")
def test_a_full_disk_is_tried_again_once_a_second() -> None:
    shell = EngineShell()
    shell.is_storing = False
    shell.report("m_401", status="FAULT")
    for _ in range(3):
        shell.store_unanswered(is_stored=False)
        assert shell.waiting == [], "it does not try again at once"
        assert shell.engine.is_degraded
        shell.wait(1_000)
    assert len(shell.waiting) == 1


@pytest.mark.rule("CMD-1", "CMD-8")
def test_a_batch_in_doubt_that_turns_out_to_be_stored_too_late_ends_cancelled_and_nothing_is_sent() -> None:
    shell = EngineShell()
    shell.is_storing = False
    shell.submit(1, TARGET)
    shell.fails = True
    shell.store_unanswered(is_stored=True)
    shell.wait(3_000)
    assert refusal(shell, 1) == "too-late"
    assert shell.probes >= 3, "storage is probed every second"
    shell.fails, shell.is_storing = False, True
    shell.wait(1_000)
    batch = done(shell.disk.batch(tx(1)))
    assert batch is not None
    assert [item.outcome for item in batch.items] == [Outcome.CANCELLED]
    assert shell.writes == []


@pytest.mark.rule("CMD-1")
@pytest.mark.parametrize("is_stored", [True, False])
def test_a_report_of_a_machine_is_stored_once_even_if_its_commit_was_not_answered(is_stored: bool) -> None:
    shell = EngineShell()
    shell.is_storing = False
    shell.report("m_401", status="FAULT")
    shell.store_unanswered(is_stored=is_stored)
    shell.is_storing = True
    shell.store()
    shell.wait(1_000)
    kinds = [entry.kind for entry in done(shell.disk.audit())]
    assert kinds == ["asserted"]


@pytest.mark.rule("CMD-1")
def test_nothing_is_stored_while_a_transaction_is_in_doubt() -> None:
    shell = EngineShell()
    shell.is_storing = False
    shell.report("m_401", status="FAULT")
    shell.fails = True
    shell.store_unanswered(is_stored=False)
    shell.report("m_402", status="FAULT")
    shell.submit(1, TARGET)
    assert refusal(shell, 1) == "storage-failed"
    shell.wait(5_000)
    assert shell.waiting == []
    shell.fails, shell.is_storing = False, True
    shell.wait(2_000)
    stops = [entry.actor for entry in done(shell.disk.audit())]
    assert stops == ["m_401", "m_402"]


@pytest.mark.rule("SAFE-3")
def test_a_stop_voids_a_write_that_was_dispatched_and_has_not_left() -> None:
    shell = EngineShell()
    shell.submit(1, {"m_401": {SPEED: 200}, "m_402": {SPEED: 200}})
    assert [shell.engine.voided(write) for write in shell.writes] == [None, None]
    shell.report("m_401", status="FAULT")
    shell.report("m_401", status="RUNNING")
    assert {write.machine: shell.engine.voided(write) for write in shell.writes} == {
        "m_401": "voided by FAULT",
        "m_402": None,
    }
    shell.answer(1, "m_401", Answer.NOT_SENT)
    batch = shell.engine.batch(tx(1))
    assert batch is not None
    stopped = next(item for item in batch.items if item.machine == "m_401")
    assert stopped.outcome is Outcome.CANCELLED
    assert stopped.by == By(ByKind.SAFETY, "FAULT")
