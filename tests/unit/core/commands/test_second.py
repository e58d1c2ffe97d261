"""What waits for a second person is bounded in number and in time."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from setpoint.core.commands import BatchKind, BatchRequest
from setpoint.core.commands.second import HELD_FOR_S, MAX_HELD_EACH, SecondPerson
from setpoint.core.plant import WHOLE_PLANT, Person, Role, demo_plant
from setpoint.errors import RequestError

PLANT = demo_plant()
FIELDS = tuple(replace(each, needs_second_person=each.name == "mode") for each in PLANT.fields)
ANNA, BERT = (Person(name, {WHOLE_PLANT: Role.OPERATOR}) for name in ("anna", "bert"))


def request() -> BatchRequest:
    return BatchRequest(str(uuid.uuid4()), {"m_401": {"mode": "IDLE"}})


def hold(second: SecondPerson, ts: float) -> str:
    asked = request()
    held = second.hold(asked, ANNA, ts, kind=BatchKind.COMMIT, follows=None)
    assert second.refusal(held).code == "needs-second-person"
    return asked.tx_id


def test_only_fields_that_say_so_need_somebody_else() -> None:
    second = SecondPerson(replace(PLANT, fields=FIELDS))
    assert second.is_needed(request())
    assert not second.is_needed(BatchRequest("t", {"m_401": {"targetSpeed": 1}}))
    assert not SecondPerson(PLANT).is_needed(request())


def test_after_ten_minutes_it_is_forgotten() -> None:
    second = SecondPerson(replace(PLANT, fields=FIELDS))
    tx_id = hold(second, 0.0)
    assert [each.request.tx_id for each in second.waiting(BERT, HELD_FOR_S - 1)] == [tx_id]
    with pytest.raises(RequestError, match="ten minutes have passed"):
        second.confirm(tx_id, BERT, HELD_FOR_S)


def test_what_a_former_run_left_waits_for_the_rest_of_its_ten_minutes() -> None:
    first, second = (SecondPerson(replace(PLANT, fields=FIELDS)) for _ in range(2))
    tx_id = hold(first, 0.0)
    second.take_up(first.waiting(ANNA, 1.0))
    assert second.is_held(tx_id, 1.0)
    assert second.waiting(BERT, HELD_FOR_S - 1)
    assert second.waiting(BERT, HELD_FOR_S) == []
    assert not second.is_held(tx_id, HELD_FOR_S)


def test_so_many_of_one_person_wait_and_no_more() -> None:
    second = SecondPerson(replace(PLANT, fields=FIELDS))
    for _ in range(MAX_HELD_EACH):
        hold(second, 0.0)
    with pytest.raises(RequestError) as refusal:
        hold(second, 1.0)
    assert refusal.value.status == 429
    hold(second, HELD_FOR_S)
