"""Verifies the audit's hash chain, and compares the tables with the audit (`setpoint.core.audit.replay`)."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from math import inf
from typing import Any, TypeVar

import aiosqlite
import msgspec
from sqlalchemy import func, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Select

from setpoint.contract.http.machines import AUDITED_KINDS
from setpoint.core.accounts import Session
from setpoint.core.audit.chain import Break, Head
from setpoint.core.audit.chain import verify as verify_chain
from setpoint.core.audit.replay import Difference, Replay
from setpoint.core.audit.retention import ANCHOR, start_of
from setpoint.core.events.implied import Implied
from setpoint.errors import StorageError
from setpoint.message import sentence
from setpoint.persistence.accounts.sql import account_of, fingerprint_of, limits_by_account, token_of
from setpoint.persistence.accounts.tables import accounts, sessions, tokens
from setpoint.persistence.rows import (
    AnyRow,
    batch_of,
    decode_event,
    entry_of,
    held_of,
    item_of,
    mark_of,
    rev_of,
    shift_entry_of,
    unknown_of,
)
from setpoint.persistence.sql import SqlPersistence
from setpoint.persistence.stream import alarm_of
from setpoint.persistence.tables import (
    alarms,
    audit,
    batches,
    event_marks,
    events,
    files,
    held,
    items,
    metadata,
    revs,
    shift_entries,
    unknown_items,
)

_UNREADABLE = (msgspec.DecodeError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
"""The errors of reading a value that Setpoint never writes."""
R = TypeVar("R")
_AUDITED = [kind.value for kind in AUDITED_KINDS]
_LONGEST_RUN = 1_000_000
"""No transaction has more events."""
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
            # One snapshot for all the tables, as SQLite's transactions have, so that a commit in between does not
            # show as a difference.
            await connection.execution_options(isolation_level="REPEATABLE READ")
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
        await _refuse_views(connection)
        head, kept_since = await _begin(connection, replay)
        implied = await _implied(connection, kept_since)
        async for part in _many(connection, select(audit).order_by(audit.c.seq)):
            entries = [entry_of(row) for row in part]
            covers_known = known is not None and known.seq <= entries[-1].seq
            broken = verify_chain(entries, start=head, end=known if covers_known else None)
            if broken is not None:
                return Verdict(head, broken, [], 0)
            head = Head(entries[-1].seq, entries[-1].hash)
            for entry in entries:
                try:
                    decoded = replay.take(entry)
                    if implied is not None:
                        implied.take(entry, decoded)
                except _UNREADABLE as error:
                    replay.unreadable(
                        sentence("words-audit-entry", "entry {seq} of the audit", seq=entry.seq), error
                    )
        await _tables(connection, replay)
        await _events(connection, replay, implied)
        await _of_people(connection, replay)
        await _accounts(connection, replay)
    replay.end()
    return Verdict(head, _cut_off(known, head), replay.differences, replay.total)


async def _refuse_views(connection: AsyncConnection) -> None:
    """A view in place of a table could return rows without end. Raises `StorageError`."""
    found = await connection.run_sync(lambda each: inspect(each).get_view_names())
    views = sorted({*found} & {*metadata.tables})
    if views:
        raise StorageError(
            sentence(
                "words-views-in-database",
                "the database has views where Setpoint has tables ({views}): somebody has changed it",
                views=", ".join(views),
            )
        )


async def _begin(connection: AsyncConnection, replay: Replay) -> tuple[Head, float]:
    """The beginning of the chain (its first entry, or the anchor at which old entries were removed), and the instant
    from which on nothing was removed.
    """
    first = (await connection.execute(select(audit).order_by(audit.c.seq).limit(1))).first()
    if first is None or first.seq == 1:
        return Head(), 0.0
    anchors = select(audit).where(audit.c.kind == ANCHOR).order_by(audit.c.seq.desc())
    found = [entry_of(row) for row in (await connection.execute(anchors)).all()]
    head, anchor = start_of(entry_of(first), found)
    if anchor is not None:
        replay.begin(anchor, first.at)
    return head, 0.0 if anchor is None else first.at


async def _implied(connection: AsyncConnection, kept_since: float) -> Implied | None:
    """Compares the audit with the events that are not entries of it. None if there are no such events, which saves
    time."""
    oldest = select(func.min(events.c.at)).where(events.c.kind.not_in(_AUDITED))
    since = await connection.scalar(oldest)
    any_alarm = await connection.scalar(select(alarms.c.machine).limit(1))
    if since is None and any_alarm is None:
        return None
    return Implied(inf if since is None else since, kept_since)


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
    def unknown(row: AnyRow) -> None:
        found = unknown_of(row)
        for _, item in found:
            replay.item(item)
        replay.unknown_items(row.tx_id, row._mapping["count"], [item for _, item in found])

    show = partial(_show, replay)
    async for part in _many(connection, select(batches)):
        show("batches", part, lambda row: replay.batch(batch_of(row, ())))
    async for part in _many(connection, select(items)):
        show("items", part, lambda row: replay.item(item_of(row)))
    async for part in _parts(connection, select(unknown_items)):
        show("unknown_items", part, unknown)
    async for part in _parts(connection, select(revs)):
        show("revs", part, lambda row: replay.rev(rev_of(row)))
    async for part in _parts(connection, select(files), size=4):
        show("files", part, lambda row: replay.file(row.sha256, row.content))


async def _events(connection: AsyncConnection, replay: Replay, implied: Implied | None) -> None:
    """Compares every event: its content, and whether the columns by which it is found agree with it. In a run, only the
    first row is found by itself."""
    run_of: list[tuple[object, ...]] = []

    def event(row: Sequence[Any]) -> None:
        nonlocal run_of
        number, kind, machine, line, at, body, person, run = row
        found = decode_event(body)
        shared = (number, kind, line, at, person)
        is_listed = (*shared[1:], machine) == (found.kind, found.line, found.at, found.person, found.machine)
        if run:
            is_listed = is_listed and not run_of
            run_of = [(number + n, *shared[1:]) for n in range(run - 1, 0, -1)] if run <= _LONGEST_RUN else []
            is_listed = is_listed and run <= _LONGEST_RUN
        elif run_of:
            is_listed = is_listed and run_of.pop() == shared
        is_audited = found.kind in AUDITED_KINDS
        is_so = replay.event(found) if is_audited else implied is not None and implied.has(found)
        is_alone = run == 1 or not is_audited
        replay.event_differs(number, found, is_listed=is_listed and is_alone, is_so=is_so)

    async for part in _many(connection, select(events).order_by(events.c.id)):
        _show(replay, "events", part, event)

    def alarm(row: AnyRow) -> None:
        key, state = alarm_of(row)
        if implied is not None and not implied.has_marks(key, state):
            replay.alarm_differs(key.machine, key.name)

    async for rows in _parts(connection, select(alarms)):
        _show(replay, "alarms", rows, alarm)


async def _of_people(connection: AsyncConnection, replay: Replay) -> None:
    """Batches that wait for a second person, and entries about shifts."""
    show = partial(_show, replay)
    async for part in _parts(connection, select(shift_entries)):
        show("shift_entries", part, lambda row: _shift_entry(replay, row))
    async for part in _parts(connection, select(held)):
        show("held", part, lambda row: replay.held(held_of(row), (row.tx_id, row.at, row.until)))
    async for part in _parts(connection, select(event_marks)):
        show("event_marks", part, lambda row: replay.mark(mark_of(row)))


async def _accounts(connection: AsyncConnection, replay: Replay) -> None:
    def account(row: AnyRow) -> None:
        found = account_of(row)
        replay.access.account(found, fingerprint_of(found.password_hash))

    show = partial(_show, replay)
    async for part in _parts(connection, select(accounts)):
        show("accounts", part, account)
    for name, limits in (await limits_by_account(connection)).items():
        replay.access.limits(name, limits)
    async for part in _parts(connection, select(tokens)):
        show("tokens", part, lambda row: replay.access.token(token_of(row)))
    async for part in _parts(connection, select(sessions)):
        show("sessions", part, lambda row: replay.access.session(Session(**row._mapping)))


def _shift_entry(replay: Replay, row: AnyRow) -> None:
    listed_as = (row.line, row.since, row.until, row.at)
    replay.shift_entry(row.id, shift_entry_of(row), listed_as)


def _show(replay: Replay, table: str, rows: Iterable[R], show: Callable[[R], None]) -> None:
    """Passes on each row. One that Setpoint would never write is a difference like any other."""
    for row in rows:
        try:
            show(row)
        except _UNREADABLE as error:
            replay.unreadable(sentence("words-a-row-of", "a row of {table}", table=table), error)


async def _many(
    connection: AsyncConnection, wanted: Select[tuple[object, ...]]
) -> AsyncIterator[Sequence[Sequence[Any]]]:
    """Rows of a table that may have millions, to be read by place. SQLite's rows are those of the driver, because
    making SQLAlchemy's own would take a quarter of the time.
    """
    driver = (await connection.get_raw_connection()).driver_connection
    if not isinstance(driver, aiosqlite.Connection):
        async for part in _parts(connection, wanted):
            yield part
        return
    plain = wanted.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    async with driver.execute(str(plain)) as cursor:
        while rows := list(await cursor.fetchmany(_PART)):
            yield rows


async def _parts(
    connection: AsyncConnection, wanted: Select[tuple[object, ...]], size: int = _PART
) -> AsyncIterator[list[AnyRow]]:
    async with connection.stream(wanted, execution_options={"yield_per": size}) as result:
        async for part in result.partitions(size):
            yield [*part]
