"""A long audit: the time to start a server on it, to verify it, and to read a page of it.

    python -m benches.audit            a million entries
    python -m benches.audit --short    20,000, to check that it works

A quarter of the entries are batches of one target, a quarter their outcomes, and half are stops and changes at
machines. Each entry also has its event. A million entries must stay within limits; the short mode has none.
`docs/reference/speed.md` has the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from sqlalchemy import insert

from setpoint.contract.http.machines import Event, EventKind
from setpoint.contract.live import Outcome
from setpoint.core.audit.chain import Fact, Head, append, facts
from setpoint.core.audit.queries import BatchQuery, EventQuery
from setpoint.core.commands.effects import RecordBatch, RecordEvents, RecordOutcomes
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.events.factory import events_of_batch, events_of_outcome
from setpoint.persistence.bulk import ADD_AUDIT, ADD_EVENTS, ADD_ITEMS
from setpoint.persistence.rows import batch_values, event_values, item_values
from setpoint.persistence.sql import SqlPersistence
from setpoint.persistence.tables import batches
from setpoint.persistence.verify import verify

ENTRIES, SHORT = 1_000_000, 20_000
PART = 4_000
LIMITS_S = {"start": 3.0, "verify": 15.0, "page": 0.3}
AT = 1_700_000_000.0


def _changes(first: int, count: int) -> Iterator[RecordBatch | RecordOutcomes | RecordEvents]:
    for number in range(first, first + count, 4):
        at, machine = AT + number, f"m_{400 + number % 500}"
        tx_id = str(uuid.UUID(int=number))
        item = ItemRecord(
            tx_id, machine, "targetSpeed", 150, Outcome.PENDING, at, before=100, rev=1, line="01"
        )
        yield RecordBatch(BatchRecord(tx_id, "anna", at, "0" * 64, (item,), False, "shift plan"))
        applied = ItemRecord(
            tx_id,
            machine,
            "targetSpeed",
            150,
            Outcome.APPLIED,
            at,
            before=100,
            reported=150,
            rev=1,
            line="01",
        )
        yield RecordOutcomes((applied,))
        yield RecordEvents((Event(EventKind.ASSERTED, machine, at, "01", status="FAULT", cause="guard"),))
        yield RecordEvents((Event(EventKind.CLEARED, machine, at, "01", status="FAULT"),))


def _events(change: RecordBatch | RecordOutcomes | RecordEvents) -> Iterable[Event]:
    match change:
        case RecordBatch(batch):
            return events_of_batch(batch)
        case RecordOutcomes(items):
            return [event for item in items for event in events_of_outcome(item, "anna")]
        case RecordEvents(events):
            return events


async def fill(store: SqlPersistence, entries: int) -> None:
    head = Head()
    for first in range(0, entries, PART):
        changes = list(_changes(first, min(PART, entries - first)))
        audit_facts: list[Fact] = [fact for change in changes for fact in facts(change)]
        chain = append(head, audit_facts)
        head = Head(chain[-1].seq, chain[-1].hash)
        batch_records = [each.batch for each in changes if isinstance(each, RecordBatch)]
        ended_items = {
            item.tx_id: item for each in changes if isinstance(each, RecordOutcomes) for item in each.items
        }
        happened = [event for each in changes for event in _events(each)]
        async with store.database.writing("filling") as connection:
            await connection.execute(insert(batches), [batch_values(batch) for batch in batch_records])
            await ADD_ITEMS.write(
                connection, (item_values(0, ended_items[batch.tx_id]) for batch in batch_records)
            )
            await ADD_EVENTS.write(connection, map(event_values, happened))
            await ADD_AUDIT.write(connection, map(msgspec.structs.astuple, chain))


async def _measure(url: str) -> dict[str, float]:
    """Returns the seconds that a person has to wait for each."""
    took: dict[str, float] = {}
    began = time.perf_counter()
    store = SqlPersistence(url, timeout_s=60, is_server=True)
    await store.start()
    await store.revs()
    await store.unsettled(time.time() - 600)
    await store.held()
    took["start"] = time.perf_counter() - began
    for query in (
        BatchQuery(limit=50),
        BatchQuery(machine="m_402", limit=50),
        BatchQuery(person="anna", limit=50),
    ):
        began = time.perf_counter()
        await store.batches(query)
        took["page"] = max(took.get("page", 0.0), time.perf_counter() - began)
    began = time.perf_counter()
    await store.events(EventQuery(machine="m_402", limit=50))
    took["page"] = max(took["page"], time.perf_counter() - began)
    began, cpu = time.perf_counter(), time.process_time()
    verdict = await verify(store)
    took["verify"], took["verify_cpu"] = time.perf_counter() - began, time.process_time() - cpu
    assert verdict.broken is None, verdict.broken
    assert verdict.total == 0, verdict.differences[:3]
    await store.close()
    return took


async def _run(entries: int, directory: Path) -> dict[str, float]:
    url = f"sqlite:///{directory / 'setpoint.sqlite'}"
    store = SqlPersistence(url, timeout_s=60)
    await store.start()
    await fill(store, entries)
    await store.close()
    return await _measure(url)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true")
    is_short = parser.parse_args().short
    entries = SHORT if is_short else ENTRIES
    with tempfile.TemporaryDirectory() as directory:
        took = asyncio.run(_run(entries, Path(directory)))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    times = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in took.items())
    print(f"{entries:,} entries: {times}; {peak_mb:.0f} MB at the most")
    slow = [name for name, limit in LIMITS_S.items() if not is_short and took[name] > limit]
    if slow:
        print(f"slower than promised: {', '.join(slow)}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
