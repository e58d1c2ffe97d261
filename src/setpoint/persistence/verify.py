"""Verifies the audit's hash chain, and compares the tables with the audit (`setpoint.core.audit.replay`)."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Select

from setpoint.contract.http.machines import AUDITED_KINDS
from setpoint.core.accounts import shown_grants
from setpoint.core.audit.chain import Break, Head
from setpoint.core.audit.chain import verify as verify_chain
from setpoint.core.audit.replay import Difference, Replay
from setpoint.core.audit.retention import ANCHOR, start_of
from setpoint.message import sentence
from setpoint.persistence.accounts.sql import SqlAccounts
from setpoint.persistence.rows import (
    AnyRow,
    batch_of,
    entry_of,
    event_of,
    held_of,
    item_of,
    rev_of,
    shift_entry_of,
    unknown_of,
)
from setpoint.persistence.sql import SqlPersistence
from setpoint.persistence.tables import (
    audit,
    batches,
    events,
    files,
    held,
    items,
    revs,
    shift_entries,
    unknown_items,
)

_PART = 1_000
"""Rows read at once. Larger parts are slower: they do not fit into the processor's cache."""


class Verdict(msgspec.Struct, frozen=True):
    """``head`` is the last valid entry. ``total`` counts all differences; ``differences`` has the first of them."""

    head: Head
    broken: Break | None
    differences: list[Difference]
    total: int


async def verify(store: SqlPersistence, known: Head | None = None) -> Verdict:
    """Reads everything once. ``known`` is a head that was noted earlier. Raises `StorageError`."""
    with _without_collector():
        return await _verify(store, known)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Pauses the garbage collector, which would visit millions of records again and again; none is in a cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


async def _verify(store: SqlPersistence, known: Head | None) -> Verdict:
    replay = Replay()
    async with store.database.browsing("verifying the audit") as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
        head = await _begin(connection, replay)
        async for part in _parts(connection, select(audit).order_by(audit.c.seq)):
            entries = [entry_of(row) for row in part]
            covers_known = known is not None and known.seq <= entries[-1].seq
            broken = verify_chain(entries, start=head, end=known if covers_known else None)
            if broken is not None:
                return Verdict(head, broken, [], 0)
            head = Head(entries[-1].seq, entries[-1].hash)
            for entry in entries:
                replay.take(entry)
        await _tables(connection, replay)
        await _of_people(connection, replay)
    for account in await SqlAccounts(store.database).accounts():
        replay.account(account.name, shown_grants(account.grants), is_disabled=account.is_disabled)
    replay.end()
    return Verdict(head, _cut_off(known, head), replay.differences, replay.total)


async def _begin(connection: AsyncConnection, replay: Replay) -> Head:
    """The beginning of the chain: its first entry, or the anchor at which old entries were removed."""
    first = (await connection.execute(select(audit).order_by(audit.c.seq).limit(1))).first()
    if first is None or first.seq == 1:
        return Head()
    anchors = select(audit).where(audit.c.kind == ANCHOR).order_by(audit.c.seq.desc())
    found = [entry_of(row) for row in (await connection.execute(anchors)).all()]
    head, anchor = start_of(entry_of(first), found)
    if anchor is not None:
        replay.begin(anchor)
    return head


def _cut_off(known: Head | None, head: Head) -> Break | None:
    if known is None or known.seq <= head.seq:
        return None
    return Break(
        head.seq + 1,
        sentence(
            "words-audit-ends-at-but-noted-head",
            "the audit ends at {seq}, but the noted head is {seq2}",
            seq=head.seq,
            seq2=known.seq,
        ),
    )


async def _tables(connection: AsyncConnection, replay: Replay) -> None:
    async for part in _parts(connection, select(batches)):
        for row in part:
            replay.batch(batch_of(row, ()))
    async for part in _parts(connection, select(items)):
        for row in part:
            replay.item(item_of(row))
    async for part in _parts(connection, select(unknown_items)):
        for row in part:
            for _, item in unknown_of(row):
                replay.item(item)
    audited = events.c.kind.in_([kind.value for kind in AUDITED_KINDS])
    async for part in _parts(connection, select(events).where(audited)):
        for row in part:
            named: tuple[Any, ...] = tuple(row)
            number, kind, machine, line, at, _, _, run = named
            listed_as = (kind, machine, line, at) if run == 1 else None
            replay.event(number, event_of(row), listed_as=listed_as)
    for row in (await connection.execute(select(revs))).all():
        replay.rev(rev_of(row))
    async for part in _parts(connection, select(files), size=4):
        for row in part:
            replay.file(row.sha256, row.content)


async def _of_people(connection: AsyncConnection, replay: Replay) -> None:
    """Batches that wait for a second person, and entries about shifts."""
    async for part in _parts(connection, select(shift_entries)):
        for row in part:
            replay.shift_entry(row.id, shift_entry_of(row))
    for row in (await connection.execute(select(held))).all():
        replay.held(held_of(row))


async def _parts(
    connection: AsyncConnection, wanted: Select[tuple[object, ...]], size: int = _PART
) -> AsyncIterator[list[AnyRow]]:
    async with connection.stream(wanted, execution_options={"yield_per": size}) as result:
        async for part in result.partitions(size):
            yield [*part]
