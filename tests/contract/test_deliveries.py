"""The outbox of notifications on each database. It loses nothing, makes nothing twice, and is bounded."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator

import pytest

from setpoint.contract.http.deliveries import DeliveryState
from setpoint.contract.http.machines import Event, EventKind
from setpoint.core.events import EventChanges
from setpoint.core.notify import Subscription
from setpoint.persistence import deliveries as outbox
from setpoint.persistence.deliveries import SqlDeliveries
from setpoint.persistence.sql import SqlPersistence

ALL = Subscription()
ALARMS = Subscription((EventKind.ALARM,), ("01",))


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[SqlPersistence]:
    persistence = SqlPersistence(database_url, timeout_s=20)
    await persistence.start()
    yield persistence
    await persistence.close()


@pytest.fixture
def deliveries(store: SqlPersistence) -> SqlDeliveries:
    return new_deliveries(store)


def new_deliveries(store: SqlPersistence, first: int = 1) -> SqlDeliveries:
    numbers = itertools.count(first)
    return SqlDeliveries(store.database, lambda: f"msg_{next(numbers)}")


async def store_events(store: SqlPersistence, *events: Event) -> None:
    await store.store_events(EventChanges(events))


def alarm_event(at: float, line: str = "01") -> Event:
    return Event(EventKind.ALARM, "m_401", at, line, alarm="hot", change="raised")


async def test_a_channel_begins_with_the_events_after_its_start(
    store: SqlPersistence, deliveries: SqlDeliveries
) -> None:
    await store_events(store, alarm_event(1.0))
    assert await deliveries.collect("mes", ALL, 10.0) == 0
    await store_events(store, alarm_event(2.0), Event(EventKind.OFFLINE, "m_402", 3.0, "01"))
    assert await deliveries.collect("mes", ALL, 10.0) == 2
    assert await deliveries.collect("mes", ALL, 10.0) == 0
    first, second = await deliveries.due("mes", 10.0, 5)
    assert (first.message, first.attempts) == ("msg_1", 0)
    assert json.loads(first.body) == {
        "type": "setpoint.alarm.raised",
        "timestamp": "1970-01-01T00:00:02.000Z",
        "data": {
            "kind": "alarm",
            "machine": "m_401",
            "at": 2.0,
            "line": "01",
            "alarm": "hot",
            "change": "raised",
        },
    }
    assert json.loads(second.body)["type"] == "setpoint.offline"


async def test_each_channel_gets_the_events_of_its_settings(
    store: SqlPersistence, deliveries: SqlDeliveries
) -> None:
    for channel in ("mes", "lead"):
        await deliveries.collect(channel, ALL, 0.0)
    await store_events(
        store, alarm_event(1.0), alarm_event(2.0, "02"), Event(EventKind.OFFLINE, "m_401", 3.0, "01")
    )
    assert await deliveries.collect("mes", ALL, 0.0) == 3
    assert await deliveries.collect("lead", ALARMS, 0.0) == 1
    assert len(await deliveries.due("lead", 0.0, 5)) == 1


async def test_a_restart_goes_on_where_the_last_run_stopped(
    store: SqlPersistence, deliveries: SqlDeliveries
) -> None:
    await deliveries.collect("mes", ALL, 0.0)
    await store_events(store, alarm_event(1.0))
    await deliveries.collect("mes", ALL, 0.0)
    await store_events(store, alarm_event(2.0))
    second_run = new_deliveries(store, 100)
    assert await second_run.collect("mes", ALL, 0.0) == 1
    assert [each.message for each in await second_run.due("mes", 0.0, 5)] == ["msg_1", "msg_100"]


async def test_a_failed_message_is_due_at_its_next_instant_and_a_delivered_one_never(
    store: SqlPersistence, deliveries: SqlDeliveries
) -> None:
    await deliveries.collect("mes", ALL, 0.0)
    await store_events(store, alarm_event(1.0), alarm_event(2.0))
    await deliveries.collect("mes", ALL, 10.0)
    first, second = await deliveries.due("mes", 10.0, 5)
    await deliveries.note(first.id, DeliveryState.DELIVERED, "HTTP 204", tried_at=11.0, next_at=None)
    await deliveries.note(second.id, DeliveryState.WAITING, "HTTP 500", tried_at=11.0, next_at=16.0)
    assert await deliveries.due("mes", 15.0, 5) == []
    assert [(each.id, each.attempts) for each in await deliveries.due("mes", 16.0, 5)] == [(second.id, 1)]
    page = await deliveries.page(channel="mes", state=None, before=None, limit=1)
    [delivery] = page.items
    assert (delivery.id, delivery.state, delivery.said, delivery.next_at) == (
        second.id,
        DeliveryState.WAITING,
        "HTTP 500",
        16.0,
    )
    assert page.next_cursor is not None
    rest = await deliveries.page(channel=None, state=None, before=int(page.next_cursor), limit=5)
    assert [(each.id, each.said) for each in rest.items] == [(first.id, "HTTP 204")]
    assert (await deliveries.page(channel="lead", state=None, before=None, limit=5)).items == []
    assert (
        len((await deliveries.page(channel=None, state=DeliveryState.DELIVERED, before=None, limit=5)).items)
        == 1
    )


async def test_only_a_delivery_that_has_ended_is_sent_again(
    store: SqlPersistence, deliveries: SqlDeliveries
) -> None:
    await deliveries.collect("mes", ALL, 0.0)
    await store_events(store, alarm_event(1.0))
    await deliveries.collect("mes", ALL, 0.0)
    [delivery] = await deliveries.due("mes", 0.0, 5)
    assert not await deliveries.again(delivery.id, 1.0)
    assert not await deliveries.again(999, 1.0)
    await deliveries.note(delivery.id, DeliveryState.FAILED, "HTTP 410", tried_at=1.0, next_at=None)
    assert await deliveries.again(delivery.id, 2.0)
    assert [(each.message, each.attempts) for each in await deliveries.due("mes", 2.0, 5)] == [
        (delivery.message, 0)
    ]


async def test_a_channel_that_does_not_deliver_reads_no_further_and_loses_nothing(
    store: SqlPersistence, deliveries: SqlDeliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MAX_WAITING", 2)
    await deliveries.collect("mes", ALL, 0.0)
    await store_events(store, alarm_event(1.0), alarm_event(2.0))
    assert await deliveries.collect("mes", ALL, 0.0) == 2
    await store_events(store, alarm_event(3.0))
    assert await deliveries.collect("mes", ALL, 0.0) == 0
    for each in await deliveries.due("mes", 0.0, 5):
        await deliveries.note(each.id, DeliveryState.DELIVERED, "HTTP 200", tried_at=0.0, next_at=None)
    assert await deliveries.collect("mes", ALL, 0.0) == 1


async def test_old_deliveries_are_removed_and_waiting_ones_are_kept(
    store: SqlPersistence, deliveries: SqlDeliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "KEPT", 2)
    await deliveries.collect("mes", ALL, 0.0)
    await store_events(store, *(alarm_event(float(at)) for at in range(1, 6)))
    await deliveries.collect("mes", ALL, 0.0)
    waits, *over = await deliveries.due("mes", 0.0, 5)
    for each in over:
        await deliveries.note(each.id, DeliveryState.DELIVERED, "HTTP 200", tried_at=0.0, next_at=None)
    await deliveries.prune("mes")
    left = (await deliveries.page(channel="mes", state=None, before=None, limit=9)).items
    assert [each.id for each in left] == [over[3].id, over[2].id, waits.id]
