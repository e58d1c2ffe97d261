"""The engine joins hub, commands, approvals and storage. It always stores facts before it sends them."""

from __future__ import annotations

import pytest
from tests.simulation.server import done
from tests.unit.core.commands.shell import ANNA, BERT, ON_LINE_01, tx
from tests.unit.core.engine.desk import SPEED, Desk, guarded_plant

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


def refusal(desk: Desk, call: int) -> str:
    found = desk.replies[call]
    assert isinstance(found, RequestError), found
    return found.code


def outcomes(desk: Desk, call: int) -> list[Outcome]:
    found = desk.replies[call]
    assert isinstance(found, BatchAnswer), found
    return [result.outcome for result in found.results]


# Stored first


@pytest.mark.rule("CMD-1")
def test_nothing_is_sent_or_answered_before_it_is_stored() -> None:
    desk = Desk()
    desk.is_storing = False
    desk.submit(1, TARGET)
    assert (desk.writes, desk.replies, len(desk.waiting)) == ([], {}, 1)
    desk.store()
    assert [write.value for write in desk.writes] == [150]
    desk.report("m_401", **{SPEED: 150})
    assert desk.replies == {}, "its outcome is decided and not stored yet"
    desk.store()
    assert outcomes(desk, 1) == [Outcome.APPLIED]


@pytest.mark.rule("OPEN-1")
def test_a_target_is_under_way_from_its_record_until_its_outcome() -> None:
    desk = Desk()
    desk.is_storing = False
    desk.submit(1, TARGET)
    assert desk.engine.open_targets() == {}
    desk.store()
    under_way = desk.engine.open_targets()["m_401"][SPEED]
    assert (under_way.value, under_way.by.name) == (150, "anna")
    desk.report("m_401", **{SPEED: 150})
    desk.store()
    assert desk.engine.open_targets() == {}


@pytest.mark.rule("CMD-1")
def test_changes_during_a_transaction_go_into_the_next_one_together() -> None:
    desk = Desk()
    desk.is_storing = False
    for call, machine in enumerate(("m_401", "m_402", "m_403"), 1):
        desk.submit(call, {machine: {SPEED: 150}})
    desk.store()
    batches = [[type(change) for change in changes] for changes in desk.stored]
    assert batches == [[RecordBatch], [RecordBatch, RecordBatch]]


@pytest.mark.rule("CMD-1")
def test_a_batch_that_cannot_be_stored_is_refused_and_may_come_again_while_outcomes_wait() -> None:
    desk = Desk()
    desk.submit(1, TARGET)
    desk.is_storing = False
    desk.answer(1, "m_401", Answer.REFUSED)
    desk.submit(2, {"m_402": {SPEED: 150}})
    desk.fails = True
    desk.store()
    assert desk.engine.is_degraded
    desk.submit(3, {"m_403": {SPEED: 150}})
    assert refusal(desk, 3) == "storage-failed"
    assert 1 not in desk.replies, "its outcome is not stored"
    desk.fails, desk.is_storing = False, True
    desk.wait(1_000)
    assert not desk.engine.is_degraded
    assert outcomes(desk, 1) == [Outcome.FAILED]
    desk.wait(0)
    assert 2 not in desk.replies or refusal(desk, 2) == "storage-failed"
    assert [write.machine for write in desk.writes if write.tx_id == tx(3)] == []
    desk.submit(4, {"m_403": {SPEED: 150}}, number=3)
    assert [write.machine for write in desk.writes if write.tx_id == tx(3)] == ["m_403"]


@pytest.mark.rule("CMD-1")
def test_it_takes_batches_again_when_storage_is_back_although_nothing_waits_to_be_stored() -> None:
    desk = Desk()
    viewer = Person("vera", {"*": Role.VIEWER})
    desk.is_storing = False
    desk.submit(1, TARGET, viewer)
    desk.fails = True
    desk.store()
    assert refusal(desk, 1) == "storage-failed"
    assert desk.engine.is_degraded
    assert desk.engine.unstored == 0
    desk.wait(1_000)
    assert (desk.probes, desk.engine.is_degraded) == (1, True)
    desk.fails = False
    desk.wait(1_000)
    assert (desk.probes, desk.engine.is_degraded) == (2, False)
    desk.is_storing = True
    desk.submit(2, TARGET)
    assert len(desk.writes) == 1


@pytest.mark.rule("CMD-1")
def test_a_batch_is_reported_as_it_is_stored_and_not_as_it_was_decided_since() -> None:
    desk = Desk()
    desk.submit(1, TARGET)
    desk.is_storing = False
    desk.answer(1, "m_401", Answer.REFUSED)
    recorded = done(desk.disk.batch(tx(1)))
    assert recorded is not None
    assert [item.outcome for item in recorded.items] == [Outcome.PENDING], (
        "a crash would take the outcome back"
    )
    desk.store()
    recorded = done(desk.disk.batch(tx(1)))
    assert recorded is not None
    assert [item.outcome for item in recorded.items] == [Outcome.FAILED]


def test_nothing_starts_if_storage_cannot_look_up_the_tx_id() -> None:
    desk = Desk()
    desk.fails = True
    desk.submit(1, TARGET)
    desk.again(2, 1, BatchKind.UNDO)
    desk.cancel(3, 1)
    assert [type(desk.replies[call]) for call in (1, 2, 3)] == [StorageError] * 3
    assert (desk.writes, desk.stored) == ([], [])


@pytest.mark.rule("CMD-2")
def test_the_same_batch_after_a_restart_has_the_stored_answer() -> None:
    first = Desk()
    first.submit(1, TARGET)
    first.report("m_401", **{SPEED: 150})
    second = Desk()
    second.disk = first.disk
    second.submit(1, TARGET)
    assert outcomes(second, 1) == [Outcome.APPLIED]
    assert second.writes == []


@pytest.mark.rule("CMD-1", "CMD-2", "CMD-3")
def test_a_batch_of_a_former_life_that_comes_again_while_its_outcome_waits_to_be_stored_ends_once() -> None:
    first = Desk()
    first.submit(1, TARGET)
    second = Desk()
    second.disk, second.is_storing = first.disk, False
    left = done(first.disk.unsettled(0.0))
    second.play(second.engine.restore(revs=(), batches=left, held=(), now_ms=0, ts=second.ts))
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
    desk = Desk()
    desk.submit(1, TARGET)
    desk.report("m_401", **{SPEED: 150})
    desk.again(2, 1, BatchKind.UNDO)
    assert desk.writes[-1].value == 100
    desk.again(3, 1, BatchKind.UNDO, number=2)
    assert refusal(desk, 3) == "in-progress"
    desk.report("m_401", **{SPEED: 100})
    desk.again(4, 1, BatchKind.UNDO, number=2)
    assert outcomes(desk, 4) == outcomes(desk, 2) == [Outcome.APPLIED]
    assert len(desk.writes) == 2


def test_a_hidden_batch_cannot_be_undone() -> None:
    desk = Desk()
    desk.submit(1, {"m_411": {SPEED: 150}})
    desk.report("m_411", **{SPEED: 150})
    blind = Person("blind", {"01": Role.OPERATOR})
    desk.again(2, 1, BatchKind.UNDO, person=blind)
    desk.again(3, 9, BatchKind.UNDO, person=ON_LINE_01)
    assert [refusal(desk, call) for call in (2, 3)] == ["unknown-batch"] * 2


# Withdrawals


@pytest.mark.rule("CMD-7")
def test_a_withdrawal_in_advance_is_in_the_audit_before_it_is_answered() -> None:
    desk = Desk()
    desk.is_storing = False
    desk.cancel(1, 7)
    assert desk.replies == {}
    desk.store()
    assert outcomes(desk, 1) == []
    assert [entry.kind for entry in done(desk.disk.audit())] == ["withdrawal"]
    desk.is_storing = True
    desk.submit(2, TARGET, number=7)
    assert refusal(desk, 2) == "withdrawn"


@pytest.mark.rule("CMD-7")
def test_a_withdrawal_that_cannot_be_stored_in_time_says_so() -> None:
    desk = Desk()
    desk.is_storing = False
    desk.submit(1, TARGET)
    desk.cancel(2, 1)
    desk.wait(3_000)
    assert refusal(desk, 2) == "storage-failed"
    assert refusal(desk, 1) == "too-late"
    desk.store()
    assert desk.writes == []


# The second person


def test_a_batch_that_waits_is_stored_before_its_author_gets_the_answer() -> None:
    desk = Desk(guarded_plant())
    desk.is_storing = False
    desk.submit(1, GUARDED)
    desk.submit(2, GUARDED, number=1)
    assert desk.replies == {}
    desk.store()
    assert [refusal(desk, call) for call in (1, 2)] == ["needs-second-person"] * 2
    assert [held.request.tx_id for held in done(desk.disk.held())] == [tx(1)]


@pytest.mark.rule("CMD-2", "CMD-8")
def test_the_same_batch_again_must_wait_however_late_it_comes() -> None:
    desk = Desk(guarded_plant())
    request = BatchRequest(tx(1), {"m_401": {"mode": "IDLE"}}, not_after=desk.ts + 1)
    for call in (1, 2):
        desk.feed(Submit(call, request, ANNA, Arrival(desk.now_ms, desk.ts)))
        desk.wait(5_000)
    assert [refusal(desk, call) for call in (1, 2)] == ["needs-second-person"] * 2


def stored_to_wait(desk: Desk) -> list[str]:
    return [held.request.tx_id for held in done(desk.disk.held())]


@pytest.mark.rule("CMD-1")
def test_a_wall_clock_that_is_set_removes_nothing_that_still_waits() -> None:
    desk = Desk(guarded_plant())
    desk.submit(1, GUARDED)
    desk.jump_s = 86_400
    desk.submit(2, GUARDED, number=2)
    assert stored_to_wait(desk) == [tx(1), tx(2)]


def test_a_batch_that_nobody_confirmed_in_ten_minutes_is_removed_with_the_next_one_that_waits() -> None:
    desk = Desk(guarded_plant())
    desk.submit(1, GUARDED)
    desk.wait(600_000)
    desk.is_storing = False
    desk.submit(2, GUARDED, number=2)
    desk.fails = True
    desk.store()
    assert stored_to_wait(desk) == [tx(1)], "it could not be removed"
    desk.fails, desk.is_storing = False, True
    desk.wait(1_000)
    desk.submit(3, GUARDED, number=3)
    assert stored_to_wait(desk) == [tx(3)]


def test_a_batch_that_could_not_be_kept_waiting_does_not_wait() -> None:
    desk = Desk(guarded_plant())
    desk.is_storing = False
    desk.submit(1, GUARDED)
    desk.fails = True
    desk.store()
    assert isinstance(desk.replies[1], StorageError)
    assert desk.engine.held(BERT, desk.now_ms) == []


@pytest.mark.rule("CMD-7")
def test_a_batch_that_is_withdrawn_while_its_approval_is_being_stored_is_reported_as_withdrawn() -> None:
    desk = Desk(guarded_plant())
    desk.is_storing = False
    desk.submit(1, GUARDED)
    desk.withdraw(2, 1)
    assert desk.replies == {}, "neither is stored yet"
    desk.store()
    assert refusal(desk, 1) == "withdrawn"
    assert desk.replies[2] is None
    assert desk.engine.held(BERT, desk.now_ms) == []
    assert desk.writes == []


@pytest.mark.rule("CMD-8", "CMD-3")
def test_a_write_that_never_left_is_cancelled_and_not_reported_as_refused_by_the_machine() -> None:
    desk = Desk()
    desk.submit(1, TARGET)
    write = desk.writes[0]
    desk.feed(Answered([WriteAnswer(write.tx_id, write.machine, write.field, Answer.NOT_SENT, "too late")]))
    assert outcomes(desk, 1) == [Outcome.CANCELLED]
    result = desk.replies[1]
    assert isinstance(result, BatchAnswer)
    assert result.results[0].message == "too late"


def test_a_confirmed_batch_waits_until_it_is_recorded_as_a_batch() -> None:
    desk = Desk(guarded_plant())
    desk.submit(1, GUARDED)
    desk.is_storing = False
    desk.confirm(2, 1, BERT)
    assert len(done(desk.disk.held())) == 1, "a crash now leaves it waiting"
    desk.fails = True
    desk.store()
    assert refusal(desk, 2) == "storage-failed"
    assert [held.request.tx_id for held in desk.engine.held(BERT, desk.now_ms)] == [tx(1)]
    desk.fails, desk.is_storing = False, True
    desk.wait(1_000)
    desk.confirm(3, 1, BERT)
    assert [write.field for write in desk.writes] == ["mode"]
    assert done(desk.disk.held()) == []
    kinds = [entry.kind for entry in done(desk.disk.audit())]
    assert kinds == ["second-person", "second-person", "batch"], (
        "held, then confirmed and started in one transaction"
    )
    desk.submit(4, GUARDED, number=1)
    assert isinstance(desk.replies[4], BatchAnswer) or refusal(desk, 4) == "in-progress", (
        "it is the same batch"
    )


@pytest.mark.rule("CMD-8")
def test_a_confirmed_batch_counts_from_its_confirmation() -> None:
    desk = Desk(guarded_plant())
    desk.submit(1, GUARDED)
    desk.wait(60_000)
    desk.is_storing = False
    desk.confirm(2, 1, BERT)
    desk.wait(2_999)
    desk.store()
    assert [write.field for write in desk.writes] == ["mode"]


@pytest.mark.rule("PRE-1", "SAFE-3")
def test_a_stop_while_a_batch_waits_is_in_its_way_although_it_is_over() -> None:
    desk = Desk(guarded_plant())
    desk.submit(1, GUARDED)
    desk.report("m_401", status="EMERGENCY_STOP")
    desk.report("m_401", status="RUNNING")
    desk.confirm(2, 1, BERT)
    assert outcomes(desk, 2) == [Outcome.CONFLICT]
    assert desk.writes == []


def test_a_batch_that_could_not_be_taken_back_waits_on() -> None:
    desk = Desk(guarded_plant())
    desk.submit(1, GUARDED)
    desk.is_storing = False
    desk.withdraw(2, 1)
    desk.fails = True
    desk.store()
    assert isinstance(desk.replies[2], StorageError)
    desk.fails, desk.is_storing = False, True
    desk.wait(1_000)
    desk.cancel(3, 1)
    assert outcomes(desk, 3) == [Outcome.CANCELLED]
    assert desk.engine.held(BERT, desk.now_ms) == []


@pytest.mark.parametrize("how", ["withdrawn", "confirmed"])
def test_a_batch_that_could_neither_wait_nor_be(how: str) -> None:
    """Nothing of the request remains. If the person repeats it, it waits once it is stored."""
    desk = Desk(guarded_plant())
    desk.is_storing = False
    desk.submit(1, GUARDED)
    if how == "withdrawn":
        desk.withdraw(2, 1)
    else:
        desk.confirm(2, 1, BERT)
    for _ in range(2):
        desk.fails = True
        desk.store()
        desk.fails = False
        desk.wait(1_000)
    assert isinstance(desk.replies[1], StorageError | RequestError)
    assert isinstance(desk.replies[2], StorageError | RequestError)
    desk.is_storing = True
    desk.store()
    assert desk.engine.held(BERT, desk.now_ms) == []
    desk.submit(3, GUARDED, number=1)
    assert refusal(desk, 3) == "needs-second-person"
    assert [held.request.tx_id for held in done(desk.disk.held())] == [tx(1)]


def test_a_batch_that_times_out_before_it_is_stored_as_waiting_is_not_answered_as_waiting() -> None:
    desk = Desk(guarded_plant())
    desk.is_storing = False
    desk.submit(1, GUARDED)
    desk.wait(int(HELD_FOR_S * 1000))
    desk.store()
    assert refusal(desk, 1) == "too-late"
    assert desk.engine.held(BERT, desk.now_ms) == []


def test_nobody_confirms_their_own_nor_what_has_waited_too_long() -> None:
    desk = Desk(guarded_plant())
    desk.submit(1, GUARDED)
    desk.confirm(2, 1, ANNA)
    assert refusal(desk, 2) == "same-person"
    desk.wait(int(HELD_FOR_S * 1000))
    desk.confirm(3, 1, BERT)
    assert refusal(desk, 3) == "unknown-batch"


@pytest.mark.parametrize("jump_s", [-6 * 3_600, 6 * 3_600])
def test_a_wall_clock_that_is_set_neither_ends_nor_prolongs_the_ten_minutes(jump_s: int) -> None:
    desk = Desk(guarded_plant())
    desk.submit(1, GUARDED)
    desk.submit(2, GUARDED, number=2)
    desk.jump_s = jump_s
    desk.wait(int(HELD_FOR_S * 1000) - 1)
    desk.confirm(3, 1, BERT)
    assert not isinstance(desk.replies.get(3), RequestError)
    desk.wait(1)
    desk.confirm(4, 2, BERT)
    assert refusal(desk, 4) == "unknown-batch"


# A large batch


@pytest.mark.rule("CMD-1")
def test_the_outcomes_of_many_are_stored_in_one_transaction() -> None:
    desk = Desk()
    desk.submit(1, {key: {SPEED: 150} for key in ("m_401", "m_402")})
    desk.is_storing = False
    for machine in ("m_401", "m_402"):
        desk.report(machine, **{SPEED: 150})
    desk.store()
    assert [[type(change) for change in changes] for changes in desk.stored[1:]] == [
        [RecordOutcomes],
        [RecordOutcomes],
    ]
    assert outcomes(desk, 1) == [Outcome.APPLIED] * 2


@pytest.mark.rule("CMD-1")
def test_a_database_that_returns_is_noticed_within_two_seconds_however_long_it_was_away() -> None:
    desk = Desk()
    desk.fails = True
    desk.report("m_403", status="FAULT")
    for _ in range(60):
        due = desk.engine.next_due_ms()
        assert due is not None
        assert due - desk.now_ms <= 1_000
        desk.wait(due - desk.now_ms)
        assert desk.engine.is_degraded
    desk.fails = False
    returned_ms = desk.now_ms
    while desk.engine.is_degraded:
        due = desk.engine.next_due_ms()
        assert due is not None
        desk.wait(due - desk.now_ms)
    assert desk.now_ms - returned_ms <= 2_000
    desk.submit(1, TARGET)
    assert [write.value for write in desk.writes] == [150]


# A commit without an answer


@pytest.mark.rule("CMD-1", "CMD-3")
@pytest.mark.parametrize("is_stored", [True, False])
def test_a_batch_in_doubt_leaves_if_storage_says_in_time_that_it_is_stored(is_stored: bool) -> None:
    desk = Desk()
    desk.is_storing = False
    desk.submit(1, TARGET)
    desk.store_unanswered(is_stored=is_stored)
    assert desk.probes == 1, "it is asked at once"
    if is_stored:
        assert [write.value for write in desk.writes] == [150]
    else:
        assert refusal(desk, 1) == "storage-failed"
        assert desk.writes == []
        assert desk.engine.is_degraded, "until a second has passed"
        desk.is_storing = True
        desk.wait(1_000)
    assert not desk.engine.is_degraded


@pytest.mark.rule("CMD-1")
def test_a_full_disk_is_tried_again_once_a_second() -> None:
    desk = Desk()
    desk.is_storing = False
    desk.report("m_401", status="FAULT")
    for _ in range(3):
        desk.store_unanswered(is_stored=False)
        assert desk.waiting == [], "it does not try again at once"
        assert desk.engine.is_degraded
        desk.wait(1_000)
    assert len(desk.waiting) == 1


@pytest.mark.rule("CMD-1", "CMD-8")
def test_a_batch_in_doubt_that_turns_out_to_be_stored_too_late_ends_cancelled_and_nothing_is_sent() -> None:
    desk = Desk()
    desk.is_storing = False
    desk.submit(1, TARGET)
    desk.fails = True
    desk.store_unanswered(is_stored=True)
    desk.wait(3_000)
    assert refusal(desk, 1) == "too-late"
    assert desk.probes >= 3, "it is asked every second"
    desk.fails, desk.is_storing = False, True
    desk.wait(1_000)
    batch = done(desk.disk.batch(tx(1)))
    assert batch is not None
    assert [item.outcome for item in batch.items] == [Outcome.CANCELLED]
    assert desk.writes == []


@pytest.mark.rule("CMD-1")
@pytest.mark.parametrize("is_stored", [True, False])
def test_a_report_of_a_machine_is_stored_once_even_if_its_commit_was_not_answered(is_stored: bool) -> None:
    desk = Desk()
    desk.is_storing = False
    desk.report("m_401", status="FAULT")
    desk.store_unanswered(is_stored=is_stored)
    desk.is_storing = True
    desk.store()
    desk.wait(1_000)
    kinds = [entry.kind for entry in done(desk.disk.audit())]
    assert kinds == ["asserted"]


@pytest.mark.rule("CMD-1")
def test_nothing_is_stored_while_a_transaction_is_in_doubt() -> None:
    desk = Desk()
    desk.is_storing = False
    desk.report("m_401", status="FAULT")
    desk.fails = True
    desk.store_unanswered(is_stored=False)
    desk.report("m_402", status="FAULT")
    desk.submit(1, TARGET)
    assert refusal(desk, 1) == "storage-failed"
    desk.wait(5_000)
    assert desk.waiting == []
    desk.fails, desk.is_storing = False, True
    desk.wait(2_000)
    stops = [entry.actor for entry in done(desk.disk.audit())]
    assert stops == ["m_401", "m_402"]


@pytest.mark.rule("SAFE-3")
def test_a_stop_voids_a_write_that_was_dispatched_and_has_not_left() -> None:
    desk = Desk()
    desk.submit(1, {"m_401": {SPEED: 200}, "m_402": {SPEED: 200}})
    assert [desk.engine.voided(write) for write in desk.writes] == [None, None]
    desk.report("m_401", status="FAULT")
    desk.report("m_401", status="RUNNING")
    assert {write.machine: desk.engine.voided(write) for write in desk.writes} == {
        "m_401": "voided by FAULT",
        "m_402": None,
    }
    desk.answer(1, "m_401", Answer.NOT_SENT)
    batch = desk.engine.batch(tx(1))
    assert batch is not None
    stopped = next(item for item in batch.items if item.machine == "m_401")
    assert stopped.outcome is Outcome.CANCELLED
    assert stopped.by == By(ByKind.SAFETY, "FAULT")
