"""The promises of every store about batches that wait for a second person."""

from __future__ import annotations

import msgspec
from tests.contract.test_persistence import batch, tx

from setpoint.contract.http.batches import BatchKind, BatchRequest, BatchSource
from setpoint.contract.values import Value
from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.approval.effects import EndHeld, RecordHeld
from setpoint.core.audit.chain import Fact, fact, verify
from setpoint.core.commands import RecordBatch
from setpoint.core.plant import WHOLE_PLANT, Person, Role
from setpoint.persistence.base import Persistence
from setpoint.persistence.sql import SqlPersistence

ANNA = Person("anna/mes", {"01": Role.OPERATOR, WHOLE_PLANT: Role.VIEWER}, via="token:t1")
HELD_FACT = fact(5.0, "second-person", "anna", {"event": "held"})


def held(number: int, *, at: float = 10.0, value: Value = 150) -> PendingApproval:
    updates: dict[str, dict[str, Value]] = {
        "m_401": {"targetSpeed": value, "mode": None},
        "m_402": {"mode": "RUN"},
    }
    source = BatchSource("plan.xlsx", "a" * 64, 3)
    request = BatchRequest(
        tx(number), updates, {"m_401": {"targetSpeed": 7}}, atomic=True, source=source, reason="ümlaut"
    )
    return PendingApproval(request, ANNA, BatchKind.UNDO, tx(99), at, at + 600)


async def test_waiting_batches_are_returned_unchanged_oldest_first(store: Persistence) -> None:
    later, first = held(1, at=20.0, value=0.1 + 0.2), held(2, at=10.0)
    for each in (later, first):
        await store.store([RecordHeld(each, HELD_FACT)])
    assert await store.held() == [first, later]


async def test_the_audit_has_an_entry_when_a_batch_begins_to_wait_and_when_it_ends(
    store: Persistence,
) -> None:
    await store.store([RecordHeld(held(1), HELD_FACT)])
    end = fact(6.0, "second-person", "bert", {"event": "withdrawn"})
    await store.store([EndHeld(tx(1), end)])
    assert await store.held() == []
    entries = await store.audit()
    assert [msgspec.convert(msgspec.structs.asdict(each), Fact) for each in entries] == [HELD_FACT, end]
    assert verify(entries) is None


async def test_a_batch_that_waits_takes_the_place_of_an_earlier_one_with_its_txid(store: Persistence) -> None:
    await store.store([RecordHeld(held(1), HELD_FACT)])
    later = held(1, at=11.0, value=3000)
    await store.store([RecordHeld(later, HELD_FACT)])
    assert await store.held() == [later]


async def test_a_batch_that_is_recorded_waits_no_longer(store: Persistence) -> None:
    for number in (1, 2):
        await store.store([RecordHeld(held(number), HELD_FACT)])
    await store.store([RecordBatch(batch(1))])
    await store.store([RecordHeld(held(1), HELD_FACT)])
    assert [each.request.tx_id for each in await store.held()] == [tx(2)]


async def test_an_expired_batch_is_removed_with_the_next_one_and_nothing_else_is(store: Persistence) -> None:
    await store.store([RecordHeld(held(1, at=10.0), HELD_FACT)])
    await store.store([RecordHeld(held(2, at=20.0), HELD_FACT)])
    await store.store([RecordHeld(held(3, at=9_000_000.0), HELD_FACT, over=(tx(1),))])
    assert [each.request.tx_id for each in await store.held()] == [tx(2), tx(3)]


async def test_a_batch_still_waits_after_a_restart(database_url: str) -> None:
    for is_first in (True, False):
        store = SqlPersistence(database_url, timeout_s=20)
        await store.start()
        if is_first:
            await store.store([RecordHeld(held(1), HELD_FACT)])
        assert await store.held() == [held(1)]
        await store.close()
