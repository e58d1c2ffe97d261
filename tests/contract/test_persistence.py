"""The promises of every store: in memory, on SQLite, on PostgreSQL."""

from __future__ import annotations

import asyncio
import itertools
import time

import msgspec
import pytest

from setpoint.contract.http.batches import BatchKind, BatchSource
from setpoint.contract.http.machines import Event, EventKind, EventNote, FieldRev
from setpoint.contract.live import By, ByKind, Outcome
from setpoint.core.alarms import AlarmKey, AlarmState
from setpoint.core.audit import chain
from setpoint.core.audit.chain import fact
from setpoint.core.audit.queries import BatchQuery, EventMark, EventQuery, KeptFile, TargetQuery
from setpoint.core.commands import (
    BatchRecord,
    ItemRecord,
    LastReported,
    RecordBatch,
    RecordEvents,
    RecordOutcomes,
)
from setpoint.core.events import EventChanges
from setpoint.errors import RequestError, StorageError
from setpoint.message import Message
from setpoint.persistence.base import Cursor, Persistence

ANNA = By(ByKind.OPERATOR, "anna")


def tx(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def item(number: int, machine: str = "m_401", **changes: object) -> ItemRecord:
    plain = ItemRecord(
        tx(number), machine, "targetSpeed", 150, Outcome.PENDING, 1.1, before=100, rev=7, line="01"
    )
    return msgspec.structs.replace(plain, **changes)


def batch(number: int, *items: ItemRecord, **changes: object) -> BatchRecord:
    plain = BatchRecord(tx(number), "anna", 1.1 + number, "d" * 64, items or (item(number),))
    return msgspec.structs.replace(plain, **changes)


async def test_targets_of_machines_are_listed_with_their_authors_newest_first(store: Persistence) -> None:
    for number, machine in ((1, "m_401"), (2, "m_402"), (3, "m_401"), (4, "m_403")):
        await store.store([RecordBatch(batch(number, item(number, machine), reason=f"reason {number}"))])
    found = await store.targets(TargetQuery(("m_401", "m_403"), 1.1 + 1, 1.1 + 4))
    assert [(each.person, each.at, each.reason, each.item) for each in found] == [
        ("anna", 1.1 + 3, "reason 3", item(3)),
        ("anna", 1.1 + 1, "reason 1", item(1)),
    ]
    assert len(await store.targets(TargetQuery(("m_401",), 0, 9, limit=1))) == 1


async def test_a_batch_comes_back_as_it_was_stored(store: Persistence) -> None:
    items = (
        item(
            1,
            "m_403",
            asked=0.1 + 0.2,
            reported=None,
            outcome=Outcome.DIVERGED,
            message="the machine reports None",
        ),
        item(1, "m_401", asked="RUN", field="mode", before="IDLE", reported=msgspec.UNSET),
        item(1, "m_402", asked=None, before=True, by=ANNA, since=1704230000.123456, outcome=Outcome.CONFLICT),
        item(
            1,
            "ħ\N{OGHAM SPACE MARK}🦊",
            outcome=Outcome.REJECTED,
            line="",
            rev=None,
            asked="\0 not \u2028 plain",
        ),
    )
    source = BatchSource("Schicht früh.xlsx", "a" * 64, 12)
    stored = batch(
        1, *items, reason="shift\nchange", source=source, is_atomic=True, kind=BatchKind.UNDO, follows=tx(9)
    )
    await store.store([RecordBatch(stored)])
    assert await store.batch(tx(1)) == stored
    assert await store.batch(tx(2)) is None


@pytest.mark.rule("CMD-2")
async def test_a_tx_id_is_stored_once_and_a_second_batch_with_it_stores_nothing(store: Persistence) -> None:
    await store.store([RecordBatch(batch(1))])
    with pytest.raises(StorageError, match="once") as refused:
        await store.store([RecordBatch(batch(2)), RecordBatch(batch(1))])
    assert refused.value.code == "batch_exists"
    assert await store.batch(tx(2)) is None
    assert (await store.head()).seq == 1


async def test_outcomes_change_their_items_only(store: Persistence) -> None:
    await store.store([RecordBatch(batch(1, item(1), item(1, "m_402"), item(1, "m_403")))])
    settled = item(
        1, "m_402", outcome=Outcome.APPLIED, reported=150, at=2.5, by=ANNA, message="took effect late"
    )
    await store.store([RecordOutcomes((settled,))])
    stored = await store.batch(tx(1))
    assert stored is not None
    assert stored.items == (item(1), settled, item(1, "m_403"))


async def test_a_batch_and_its_outcomes_may_come_in_one_transaction(store: Persistence) -> None:
    code = Message("words-may-still-land", {"why": Message("words-no-answer-within", {"seconds": "3"})})
    failed = item(1, outcome=Outcome.FAILED, message="no answer within 3 s; it may still land", said=code)
    await store.store([RecordBatch(batch(1)), RecordOutcomes((failed,))])
    stored = await store.batch(tx(1))
    assert stored is not None
    assert stored.items == (failed,)


async def test_revs_only_rise(store: Persistence) -> None:
    def rev(number: int) -> FieldRev:
        return FieldRev("m_401", "targetSpeed", number, number - 1, ANNA, number * 1.5)

    await store.store([RecordBatch(batch(1), (rev(2),)), RecordEvents((), (rev(5), rev(4)))])
    assert await store.revs() == [rev(5)]


@pytest.mark.rule("CMD-6")
async def test_the_last_reported_set_point_is_stored_together_with_the_fact_that_changed_it(
    store: Persistence,
) -> None:
    first = (LastReported("m_401", "targetSpeed", 100), LastReported("m_402", "mode", "RUN"))
    await store.store([RecordEvents((), (), first)])
    applied = item(1, outcome=Outcome.APPLIED, reported=150.25)
    later = RecordEvents((), (), (LastReported("m_402", "mode", "IDLE"),))
    await store.store([RecordBatch(batch(1)), RecordOutcomes((applied,)), later])
    assert sorted(await store.set_points(), key=lambda each: each.machine) == [
        LastReported(applied.machine, applied.field, 150.25),
        LastReported("m_402", "mode", "IDLE"),
    ]


@pytest.mark.rule("CMD-1")
async def test_batches_that_were_under_way_are_found_again_oldest_first(store: Persistence) -> None:
    applied = item(1, outcome=Outcome.APPLIED)
    running = [batch(3, item(3)), batch(2, item(2, outcome=Outcome.APPLIED), item(2, "m_402"))]
    lost_now = batch(4, item(4, outcome=Outcome.UNKNOWN, at=100.0))
    lost_long_ago = batch(5, item(5, outcome=Outcome.UNKNOWN, at=10.0))
    await store.store([RecordBatch(each) for each in (batch(1, applied), *running, lost_now, lost_long_ago)])
    assert [each.tx_id for each in await store.unsettled(50.0)] == [tx(2), tx(3), tx(4)]


async def test_batches_are_paged_newest_first_and_each_comes_once(store: Persistence) -> None:
    same_instant = [batch(number, at=50.0) for number in range(3)]
    others = [batch(number, at=float(number)) for number in range(10, 15)]
    await store.store([RecordBatch(each) for each in (*others, *same_instant)])
    pages, cursor = [], None
    while True:
        page = await store.batches(BatchQuery(cursor=cursor, limit=3))
        pages.append([summary.tx_id for summary in page.items])
        if (cursor := page.next_cursor) is None:
            break
    assert [len(page) for page in pages] == [3, 3, 2]
    assert list(itertools.chain(*pages)) == [tx(number) for number in (2, 1, 0, 14, 13, 12, 11, 10)]


async def test_an_invalid_cursor_is_refused(store: Persistence) -> None:
    of_events, with_nul = Cursor(1.0, 7).text(), Cursor(1.0, "\0").text()
    for cursor in ("zz", "00", "7b7d", "5b5d", of_events, with_nul):
        with pytest.raises(RequestError, match="begin again"):
            await store.batches(BatchQuery(cursor=cursor))
    with pytest.raises(RequestError, match="begin again"):
        await store.events(EventQuery(cursor=Cursor(1.0, "x").text()))


async def test_batches_are_found_by_machine_person_and_time(store: Persistence) -> None:
    await store.store(
        [
            RecordBatch(batch(1, item(1), item(1, "m_402", outcome=Outcome.APPLIED), at=10.0)),
            RecordBatch(batch(2, item(2, "m_402"), at=20.0, person="bert")),
            RecordBatch(batch(3, item(3, "m_403"), at=30.0)),
        ]
    )

    async def found(query: BatchQuery) -> list[str]:
        return [summary.tx_id for summary in (await store.batches(query)).items]

    assert await found(BatchQuery(machine="m_402")) == [tx(2), tx(1)]
    assert await found(BatchQuery(person="anna")) == [tx(3), tx(1)]
    assert await found(BatchQuery(since=20.0)) == [tx(3), tx(2)]
    assert await found(BatchQuery(since=10.0, until=20.0)) == [tx(1)]
    assert await found(BatchQuery(machine="m_402", person="anna", until=15.0)) == [tx(1)]
    (summary,) = (await store.batches(BatchQuery(until=15.0))).items
    assert summary.counts == {"applied": 1, "pending": 1}


async def test_without_the_right_to_see_a_line_there_is_no_batch_and_no_count_of_it(
    store: Persistence,
) -> None:
    await store.store(
        [
            RecordBatch(batch(1, item(1), item(1, "m_411", line="02"), at=10.0, person="bert")),
            RecordBatch(batch(2, item(2, "m_411", line="02"), at=20.0, person="bert")),
            RecordBatch(
                batch(3, item(3, "m_999", line="", outcome=Outcome.REJECTED), at=30.0, person="bert")
            ),
            RecordBatch(batch(4, item(4, "m_998", line="", outcome=Outcome.REJECTED), at=40.0)),
        ]
    )
    page = await store.batches(BatchQuery(lines=frozenset({"01"}), or_person="anna"))
    assert [(summary.tx_id, summary.counts) for summary in page.items] == [
        (tx(4), {"rejected": 1}),
        (tx(1), {"pending": 1}),
    ]


async def test_events_are_paged_newest_first_and_found_by_machine_line_and_time(store: Persistence) -> None:
    events = [
        Event(EventKind.ASSERTED, "m_401", 10.0, "01", status="EMERGENCY_STOP", cause="door"),
        Event(
            EventKind.DEVICE_CHANGE,
            "m_411",
            20.0,
            "02",
            "mode",
            "device:m_411:mode:3",
            before="RUN",
            value="IDLE",
        ),
        Event(EventKind.CLEARED, "m_401", 20.0, "01", status="EMERGENCY_STOP"),
    ]
    await store.store([RecordEvents(tuple(events))])
    first = await store.events(EventQuery(limit=2))
    assert first.items == [events[2], events[1]]
    assert (await store.events(EventQuery(limit=2, cursor=first.next_cursor))).items == [events[0]]
    assert (await store.events(EventQuery(machine="m_411"))).items == [events[1]]
    assert (await store.events(EventQuery(lines=frozenset({"01"}), until=15.0))).items == [events[0]]


async def test_the_audit_is_a_chain_over_everything_recorded(store: Persistence) -> None:
    await store.store([RecordBatch(batch(1))], [chain.fact(3.0, "sign_in", "anna", {"from": "10.0.0.7"})])
    await store.store([RecordOutcomes((item(1, outcome=Outcome.APPLIED, at=4.25),))])
    await store.store([RecordEvents((Event(EventKind.ASSERTED, "m_401", 0.1 + 0.2, "01"),))])
    entries = await store.audit()
    assert [entry.kind for entry in entries] == ["batch", "sign_in", "outcomes", "asserted"]
    assert chain.verify(entries, end=await store.head()) is None
    assert [entry.seq for entry in await store.audit(after_seq=1, limit=2)] == [2, 3]


async def test_concurrent_writers_leave_one_chain(store: Persistence) -> None:
    await asyncio.gather(*(store.store([RecordBatch(batch(number))]) for number in range(20)))
    entries = await store.audit()
    assert len(entries) == 20
    assert chain.verify(entries) is None


async def test_an_original_workbook_is_kept_once_by_its_hash(store: Persistence) -> None:
    file = KeptFile("a" * 64, "targets.xlsx", bytes(range(256)))
    await store.keep_file(file, "anna", 1.0)
    await store.keep_file(KeptFile("a" * 64, "bert's.xlsx", file.content), "bert", 2.0)
    assert await store.file("a" * 64, "anna") == file
    assert (await store.file("a" * 64, "bert") or file).filename == "bert's.xlsx"
    assert await store.file("a" * 64, "carl") is None, "a person who did not upload it gets none"
    assert await store.file("b" * 64, "anna") is None


async def test_a_workbook_beyond_the_bound_is_not_kept(store: Persistence) -> None:
    with pytest.raises(StorageError, match="at most"):
        await store.keep_file(KeptFile("a" * 64, "big.xlsx", bytes(20 * 1024 * 1024 + 1)), "anna", 1.0)


async def test_a_working_store_passes_its_check(store: Persistence) -> None:
    await store.check()


async def test_5000_items_are_stored_settled_and_read_without_holding_up_the_loop(store: Persistence) -> None:
    items = tuple(item(1, f"m_{number}") for number in range(5000))
    stored = batch(1, *items)
    lags: list[float] = []

    async def watch() -> None:
        while True:
            start = time.perf_counter()
            await asyncio.sleep(0.001)
            lags.append(time.perf_counter() - start)

    watcher = asyncio.create_task(watch())
    await store.store([RecordBatch(stored)])
    applied = tuple(msgspec.structs.replace(each, outcome=Outcome.APPLIED) for each in items)
    await store.store([RecordOutcomes(applied)])
    stored_batch = await store.batch(tx(1))
    watcher.cancel()
    assert stored_batch is not None
    assert stored_batch.items == applied
    print(f"longest wait {max(lags, default=0) * 1000:.1f} ms")


STREAM = [
    Event(EventKind.ASKED, "m_401", 10.0, "01", "mode", person="anna", value="RUN"),
    Event(EventKind.ALARM, "m_401", 11.0, "01", person="bert", alarm="hot", change="acknowledged"),
    Event(EventKind.OFFLINE, "m_411", 11.0, "02"),
    Event(EventKind.APPLIED, "m_411", 12.0, "02", "mode", person="anna", value="RUN"),
    Event(EventKind.SIGN_IN, "", 13.0, person="carl"),
]


@pytest.mark.rule("EVT-3")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        (EventQuery(), [4, 3, 2, 1, 0]),
        (EventQuery(line="01"), [1, 0]),
        (EventQuery(line="01", lines=frozenset({"02"})), []),
        (EventQuery(lines=frozenset({"01", "02"})), [3, 2, 1, 0]),
        (EventQuery(person="anna"), [3, 0]),
        (EventQuery(person="anna", lines=frozenset({"02"})), [3]),
        (EventQuery(kinds=(EventKind.ASKED, EventKind.OFFLINE)), [2, 0]),
        (EventQuery(kinds=(EventKind.ASKED,), line="02"), []),
        (EventQuery(without=(EventKind.SIGN_IN,)), [3, 2, 1, 0]),
        (EventQuery(kinds=(EventKind.SIGN_IN,), without=(EventKind.SIGN_IN,)), []),
        (EventQuery(machine="m_401", kinds=(EventKind.ALARM,)), [1]),
        (EventQuery(since=11.0, until=13.0, without=(EventKind.ALARM,)), [3, 2]),
    ],
)
async def test_events_are_found_by_all_conditions_together_and_by_pages(
    store: Persistence, query: EventQuery, found: list[int]
) -> None:
    await store.store_events(EventChanges(tuple(STREAM)))
    assert [STREAM.index(event) for event in (await store.events(query)).items] == found
    paged: list[Event] = []
    cursor = None
    for _ in range(len(found) + 1):
        page = await store.events(msgspec.structs.replace(query, cursor=cursor, limit=1))
        paged += page.items
        if (cursor := page.next_cursor) is None:
            break
    assert [STREAM.index(event) for event in paged] == found


@pytest.mark.rule("EVT-4", "ALM-6")
async def test_events_are_acknowledged_once_and_states_of_alarms_come_back(store: Persistence) -> None:
    key, raised = AlarmKey("m_401", "hot"), AlarmState(is_active=True, is_acknowledged=False, since=11.0)
    note = EventNote("anna", 20.0, "cable was loose")
    mark = EventMark(EventKind.OFFLINE, "m_411", 11.0, "", note)
    await store.store_events(EventChanges(tuple(STREAM), ((key, raised), (AlarmKey("m_402", "hot"), raised))))
    await store.store_events(
        EventChanges(marks=(mark,), facts=(fact(20.0, "event-acknowledged", "anna", {}),))
    )
    await store.store_events(EventChanges(alarms=((AlarmKey("m_402", "hot"), AlarmState()),)))
    with pytest.raises(RequestError, match="anna has acknowledged"):
        await store.store_events(EventChanges(marks=(mark,)))
    with pytest.raises(RequestError, match="no such event"):
        await store.store_events(EventChanges(marks=(msgspec.structs.replace(mark, at=11.5),)))
    assert [event.acknowledged for event in (await store.events(EventQuery())).items] == [
        None,
        None,
        note,
        None,
        None,
    ]
    assert await store.alarms() == {key: raised}
    assert [entry.kind for entry in await store.audit()] == ["event-acknowledged"]
