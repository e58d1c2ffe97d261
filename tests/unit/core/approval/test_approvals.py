"""The number and the age of batches that wait for a second person are bounded."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest

from setpoint.contract.http.batches import BatchKind, BatchRequest
from setpoint.core.approval.approvals import HELD_FOR_S, MAX_HELD, MAX_HELD_EACH, Approvals, PendingApproval
from setpoint.core.plant import WHOLE_PLANT, Person, Role, demo_plant
from setpoint.errors import RequestError

HELD_FOR_MS = round(HELD_FOR_S * 1000)
PLANT = demo_plant()
FIELDS = tuple(replace(each, needs_second_person=each.name == "mode") for each in PLANT.fields)
ANNA, BERT = (Person(name, {WHOLE_PLANT: Role.OPERATOR}) for name in ("anna", "bert"))


def new_request() -> BatchRequest:
    return BatchRequest(str(uuid.uuid4()), {"m_401": {"mode": "IDLE"}})


def hold(approvals: Approvals, now_ms: int) -> str:
    request = new_request()
    held = approvals.hold(request, ANNA, now_ms, 0.0, kind=BatchKind.COMMIT, follows=None)
    assert approvals.refusal(held).code == "needs-second-person"
    return request.tx_id


def test_only_marked_fields_need_a_second_person() -> None:
    approvals = Approvals(replace(PLANT, fields=FIELDS))
    assert approvals.is_needed(new_request())
    assert not approvals.is_needed(BatchRequest("t", {"m_401": {"targetSpeed": 1}}))
    assert not Approvals(PLANT).is_needed(new_request())


def test_a_waiting_batch_is_forgotten_after_ten_minutes() -> None:
    approvals = Approvals(replace(PLANT, fields=FIELDS))
    tx_id = hold(approvals, 0)
    assert [each.request.tx_id for each in approvals.waiting(BERT, HELD_FOR_MS - 1)] == [tx_id]
    with pytest.raises(RequestError, match="ten minutes have passed"):
        approvals.confirm(tx_id, BERT, HELD_FOR_MS)


def test_a_batch_from_a_former_run_waits_for_the_rest_of_its_ten_minutes() -> None:
    first, second = (Approvals(replace(PLANT, fields=FIELDS)) for _ in range(2))
    tx_id = hold(first, 0)
    second.take_up(first.waiting(ANNA, 1), now_ms=0, ts=0.0)
    assert second.is_held(tx_id, 1)
    assert second.waiting(BERT, HELD_FOR_MS - 1)
    assert second.waiting(BERT, HELD_FOR_MS) == []
    assert not second.is_held(tx_id, HELD_FOR_MS)


def test_a_former_run_with_a_fast_wall_clock_leaves_at_most_ten_minutes() -> None:
    first, second = (Approvals(replace(PLANT, fields=FIELDS)) for _ in range(2))
    request = new_request()
    first.hold(request, ANNA, 0, 6 * 3_600.0, kind=BatchKind.COMMIT, follows=None)
    second.take_up(first.waiting(ANNA, 1), now_ms=5_000, ts=0.0)
    assert second.is_held(request.tx_id, 4_999 + HELD_FOR_MS)
    assert not second.is_held(request.tx_id, 5_000 + HELD_FOR_MS)


def test_a_limited_number_of_batches_of_one_person_waits() -> None:
    approvals = Approvals(replace(PLANT, fields=FIELDS))
    for _ in range(MAX_HELD_EACH):
        hold(approvals, 0)
    with pytest.raises(RequestError) as refusal:
        hold(approvals, 1)
    assert refusal.value.code == "too-many-held"
    hold(approvals, HELD_FOR_MS)


def held(approvals: Approvals, request: BatchRequest, person: Person = ANNA) -> PendingApproval:
    return approvals.hold(request, person, 0, 0.0, kind=BatchKind.COMMIT, follows=None)


def refusal_code(act: Callable[[], object]) -> str:
    with pytest.raises(RequestError) as caught:
        act()
    return caught.value.code


@pytest.fixture
def approvals() -> Approvals:
    return Approvals(replace(PLANT, fields=FIELDS))


def test_the_same_request_again_is_the_one_that_waits(approvals: Approvals) -> None:
    request = new_request()
    assert held(approvals, request) is held(approvals, request)


def test_another_request_under_a_txid_that_waits_is_refused(approvals: Approvals) -> None:
    request = new_request()
    held(approvals, request)
    other = BatchRequest(request.tx_id, {"m_401": {"mode": "RUN"}})
    assert refusal_code(lambda: held(approvals, other)) == "tx-id-reused"
    assert refusal_code(lambda: held(approvals, request, BERT)) == "tx-id-reused"


@pytest.mark.parametrize("machine", ["m_411", "m_999"])
def test_a_batch_waits_only_for_machines_that_the_person_may_change(
    approvals: Approvals, machine: str
) -> None:
    carl = Person("carl", {"01": Role.OPERATOR})
    request = BatchRequest("t", {"m_401": {"mode": "IDLE"}, machine: {"mode": "IDLE"}})
    assert refusal_code(lambda: held(approvals, request, carl)) == "forbidden"


def test_all_people_together_have_a_bound_too(approvals: Approvals) -> None:
    for number in range(MAX_HELD):
        held(approvals, new_request(), Person(f"p{number % 20}", {WHOLE_PLANT: Role.OPERATOR}))
    assert (
        refusal_code(lambda: held(approvals, new_request(), Person("last", {WHOLE_PLANT: Role.OPERATOR})))
        == "too-many-held"
    )


def test_neither_the_author_nor_a_program_can_confirm(approvals: Approvals) -> None:
    request = new_request()
    held(approvals, request)
    assert refusal_code(lambda: approvals.confirm(request.tx_id, ANNA, 1)) == "same-person"
    assert (
        refusal_code(lambda: approvals.confirm(request.tx_id, replace(ANNA, name="anna/mes"), 1))
        == "same-person"
    )
    assert (
        refusal_code(lambda: approvals.confirm(request.tx_id, replace(BERT, name="bert/mes"), 1))
        == "forbidden"
    )
    assert approvals.confirm(request.tx_id, BERT, 1).person == ANNA
    assert approvals.waiting(BERT, 1) == []


def test_a_batch_that_was_withdrawn_or_could_not_be_stored_no_longer_waits(approvals: Approvals) -> None:
    one, other = new_request(), new_request()
    held(approvals, one)
    approvals.drop(held(approvals, other))
    assert [each.request.tx_id for each in approvals.waiting(ANNA, 1)] == [one.tx_id]
    approvals.withdraw(one.tx_id, ANNA, 1)
    assert refusal_code(lambda: approvals.withdraw(one.tx_id, ANNA, 1)) == "unknown-batch"


def test_only_people_who_may_know_of_a_batch_can_withdraw_it(approvals: Approvals) -> None:
    request = new_request()
    held(approvals, request)
    engineer = Person("eve", {WHOLE_PLANT: Role.ENGINEER})
    carl = Person("carl", {"02": Role.OPERATOR})
    for person in (ANNA, engineer):
        found = approvals.to_withdraw(request.tx_id, person, 1)
        assert found is not None
        assert found.request.tx_id == request.tx_id
    assert approvals.to_withdraw(request.tx_id, carl, 1) is None
    assert refusal_code(lambda: approvals.to_withdraw(request.tx_id, BERT, 1)) == "forbidden"
