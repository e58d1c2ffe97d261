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


def hold(second: Approvals, now_ms: int) -> str:
    request = new_request()
    held = second.hold(request, ANNA, now_ms, 0.0, kind=BatchKind.COMMIT, follows=None)
    assert second.refusal(held).code == "needs-second-person"
    return request.tx_id


def test_only_marked_fields_need_a_second_person() -> None:
    second = Approvals(replace(PLANT, fields=FIELDS))
    assert second.is_needed(new_request())
    assert not second.is_needed(BatchRequest("t", {"m_401": {"targetSpeed": 1}}))
    assert not Approvals(PLANT).is_needed(new_request())


def test_a_waiting_batch_is_forgotten_after_ten_minutes() -> None:
    second = Approvals(replace(PLANT, fields=FIELDS))
    tx_id = hold(second, 0)
    assert [each.request.tx_id for each in second.waiting(BERT, HELD_FOR_MS - 1)] == [tx_id]
    with pytest.raises(RequestError, match="ten minutes have passed"):
        second.confirm(tx_id, BERT, HELD_FOR_MS)


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
    second = Approvals(replace(PLANT, fields=FIELDS))
    for _ in range(MAX_HELD_EACH):
        hold(second, 0)
    with pytest.raises(RequestError) as refusal:
        hold(second, 1)
    assert refusal.value.code == "too-many-held"
    hold(second, HELD_FOR_MS)


def held(second: Approvals, request: BatchRequest, person: Person = ANNA) -> PendingApproval:
    return second.hold(request, person, 0, 0.0, kind=BatchKind.COMMIT, follows=None)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(RequestError) as caught:
        act()
    return caught.value.code


@pytest.fixture
def second() -> Approvals:
    return Approvals(replace(PLANT, fields=FIELDS))


def test_the_same_request_again_is_the_one_that_waits(second: Approvals) -> None:
    request = new_request()
    assert held(second, request) is held(second, request)


def test_another_request_under_a_txid_that_waits_is_refused(second: Approvals) -> None:
    request = new_request()
    held(second, request)
    other = BatchRequest(request.tx_id, {"m_401": {"mode": "RUN"}})
    assert refused(lambda: held(second, other)) == "tx-id-reused"
    assert refused(lambda: held(second, request, BERT)) == "tx-id-reused"


@pytest.mark.parametrize("machine", ["m_411", "m_999"])
def test_a_batch_waits_only_for_machines_that_the_person_may_change(second: Approvals, machine: str) -> None:
    carl = Person("carl", {"01": Role.OPERATOR})
    request = BatchRequest("t", {"m_401": {"mode": "IDLE"}, machine: {"mode": "IDLE"}})
    assert refused(lambda: held(second, request, carl)) == "forbidden"


def test_all_people_together_have_a_bound_too(second: Approvals) -> None:
    for number in range(MAX_HELD):
        held(second, new_request(), Person(f"p{number % 20}", {WHOLE_PLANT: Role.OPERATOR}))
    assert (
        refused(lambda: held(second, new_request(), Person("last", {WHOLE_PLANT: Role.OPERATOR})))
        == "too-many-held"
    )


def test_neither_the_author_nor_a_program_can_confirm(second: Approvals) -> None:
    request = new_request()
    held(second, request)
    assert refused(lambda: second.confirm(request.tx_id, ANNA, 1)) == "same-person"
    assert refused(lambda: second.confirm(request.tx_id, replace(ANNA, name="anna/mes"), 1)) == "same-person"
    assert refused(lambda: second.confirm(request.tx_id, replace(BERT, name="bert/mes"), 1)) == "forbidden"
    assert second.confirm(request.tx_id, BERT, 1).person == ANNA
    assert second.waiting(BERT, 1) == []


def test_a_batch_that_was_withdrawn_or_could_not_be_stored_no_longer_waits(second: Approvals) -> None:
    one, other = new_request(), new_request()
    held(second, one)
    second.drop(held(second, other))
    assert [each.request.tx_id for each in second.waiting(ANNA, 1)] == [one.tx_id]
    second.withdraw(one.tx_id, ANNA, 1)
    assert refused(lambda: second.withdraw(one.tx_id, ANNA, 1)) == "unknown-batch"


def test_only_people_who_may_know_of_a_batch_can_withdraw_it(second: Approvals) -> None:
    request = new_request()
    held(second, request)
    engineer = Person("eve", {WHOLE_PLANT: Role.ENGINEER})
    carl = Person("carl", {"02": Role.OPERATOR})
    for person in (ANNA, engineer):
        found = second.to_withdraw(request.tx_id, person, 1)
        assert found is not None
        assert found.request.tx_id == request.tx_id
    assert second.to_withdraw(request.tx_id, carl, 1) is None
    assert refused(lambda: second.to_withdraw(request.tx_id, BERT, 1)) == "forbidden"
