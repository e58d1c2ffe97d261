"""Similar events are stored as one run, and queries return the same events as without runs."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import msgspec
import pytest
from tests.contract.conftest import migrated_database

from setpoint.contract.http.machines import Event, EventKind
from setpoint.core.audit.queries import EventQuery
from setpoint.core.audit.retention import Retention
from setpoint.core.commands import RecordEvents
from setpoint.core.events import EventChanges
from setpoint.persistence import retention
from setpoint.persistence.base import Persistence
from setpoint.persistence.memory import MemoryPersistence
from setpoint.persistence.sql import SqlPersistence
from setpoint.persistence.stream import remove_events
from setpoint.persistence.verify import verify

SHAPE = (
    (EventKind.ASKED, 20.0, "01", "anna", 7),
    (EventKind.ASKED, 20.0, "02", "anna", 5),
    (EventKind.ALARM, 20.0, "01", None, 1),
    (EventKind.APPLIED, 21.0, "01", "anna", 3),
    (EventKind.APPLIED, 20.0, "01", "ben", 2),
    (EventKind.ASKED, 20.0, "01", "anna", 4),
    (EventKind.SIGN_IN, 19.0, "", "anna", 1),
    (EventKind.OFFLINE, 22.0, "02", None, 6),
)
EVENTS = tuple(
    Event(kind, f"m_{number}" if line else "", at, line, "mode", value=group, person=person)
    for group, (kind, at, line, person, count) in enumerate(SHAPE)
    for number in range(count)
)
ASKED = (EventKind.ASKED,)
QUERIES = (
    EventQuery(),
    EventQuery(line="01"),
    EventQuery(lines=frozenset({"01", "02"})),
    EventQuery(lines=frozenset({"01", "02"}), kinds=(EventKind.ASKED, EventKind.APPLIED)),
    EventQuery(lines=frozenset(f"{line:02}" for line in range(1, 140))),
    EventQuery(lines=frozenset(f"{line:02}" for line in range(1, 140)), kinds=ASKED),
    EventQuery(kinds=ASKED),
    EventQuery(without=ASKED),
    EventQuery(person="anna"),
    EventQuery(person="anna", line="01", kinds=ASKED),
    EventQuery(machine="m_2"),
    EventQuery(machine="m_2", person="anna", kinds=ASKED),
    EventQuery(lines=frozenset(), kinds=ASKED),
    EventQuery(since=20.0, until=21.0, person="anna"),
)


async def pages(store: Persistence, query: EventQuery, size: int) -> list[list[Event]]:
    found: list[list[Event]] = []
    cursor = None
    while len(found) < 100:
        page = await store.events(msgspec.structs.replace(query, cursor=cursor, limit=size))
        found.append(list(page.items))
        if (cursor := page.next_cursor) is None:
            break
    return found


@pytest.mark.rule("EVT-3")
async def test_runs_are_found_and_paged_like_single_events(store: Persistence) -> None:
    model = MemoryPersistence()
    await model.store_events(EventChanges(EVENTS))
    left = iter(EVENTS)
    while part := tuple(islice(left, 9)):  # a run may begin in one transaction and continue in the next
        await store.store_events(EventChanges(part))
    for query in QUERIES:
        for size in (1, 3, 4, 50):
            assert await pages(store, query, size) == await pages(model, query, size), (query, size)


@pytest.fixture(params=["sqlite", "postgres"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return await migrated_database(request, tmp_path)


@pytest.mark.rule("EVT-2", "EVT-3")
async def test_a_run_that_is_removed_in_parts_is_at_no_time_longer_than_its_rows(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqlPersistence(url, timeout_s=20)
    await store.start()
    await store.store_events(EventChanges(EVENTS))
    async with store.database.writing("removing some") as connection:
        assert await remove_events(connection, 20.5, 4) == 4
    assert await pages(store, EventQuery(line="02", kinds=ASKED), 2) == [
        [EVENTS[11], EVENTS[10]],
        [EVENTS[9], EVENTS[8]],
        [EVENTS[7]],
    ]
    assert all(event in EVENTS for page in await pages(store, EventQuery(line="01"), 3) for event in page)
    monkeypatch.setattr(retention, "_EVENTS_AT_ONCE", 2)
    removed = await retention.prune_events(store, Retention(events=1), 20.5 + 86_400)
    left = [event for event in EVENTS if event.at > 20.5]
    assert removed == len(EVENTS) - len(left) - 4
    [found] = await pages(store, EventQuery(), 50)
    assert found == sorted(left, key=lambda event: event.at)[::-1]
    await store.close()


@pytest.mark.rule("EVT-3")
async def test_a_stop_that_somebody_hides_from_the_lists_is_named(tmp_path: Path) -> None:
    store = SqlPersistence(f"sqlite:///{tmp_path}/plant.sqlite")
    await store.start()
    await store.store([RecordEvents((Event(EventKind.ASSERTED, "m_1", 1.0, "01", status="FAULT"),))])
    assert (await verify(store)).total == 0
    async with store.database.writing("hiding") as connection:
        await connection.exec_driver_sql("UPDATE events SET run = 0")
    found, *_ = (await verify(store)).differences
    assert found.what == "event 1 (asserted of m_1)"
    assert found.how == "is not listed under its kind, machine, line, instant and person"
    await store.close()
