"""Verifies the audit's hash chain, and compares the tables with the audit (`setpoint.core.audit.replay`)."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import aiosqlite
import msgspec
from sqlalchemy import inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Select

from setpoint.contract.http.machines import AUDITED_KINDS
from setpoint.core.accounts import shown_grants
from setpoint.core.audit.chain import Break, Head
from setpoint.core.audit.chain import verify as verify_chain
from setpoint.core.audit.replay import Difference, Replay
from setpoint.core.audit.retention import ANCHOR, start_of
from setpoint.errors import StorageError
from setpoint.message import sentence
from setpoint.persistence.accounts.sql import account_of, fingerprint_of, limits_by_account, token_of
from setpoint.persistence.accounts.tables import accounts, tokens
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
from setpoint.persistence.tables import (
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
        head = await _begin(connection, replay)
        async for part in _many(connection, select(audit).order_by(audit.c.seq)):
            entries = [entry_of(row) for row in part]
            covers_known = known is not None and known.seq <= entries[-1].seq
            broken = verify_chain(entries, start=head, end=known if covers_known else None)
            if broken is not None:
                return Verdict(head, broken, [], 0)
            head = Head(entries[-1].seq, entries[-1].hash)
            for entry in entries:
                try:
                    replay.take(entry)
                except _UNREADABLE as error:
                    replay.unreadable(
                        sentence("words-audit-entry", "entry {seq} of the audit", seq=entry.seq), error
                    )
        await _tables(connection, replay)
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


async def _begin(connection: AsyncConnection, replay: Replay) -> Head:
    """The beginning of the chain: its first entry, or the anchor at which old entries were removed."""
    first = (await connection.execute(select(audit).order_by(audit.c.seq).limit(1))).first()
    if first is None or first.seq == 1:
        return Head()
    anchors = select(audit).where(audit.c.kind == ANCHOR).order_by(audit.c.seq.desc())
    found = [entry_of(row) for row in (await connection.execute(anchors)).all()]
    head, anchor = start_of(entry_of(first), found)
    if anchor is not None:
        replay.begin(anchor, first.at)
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
    def event(row: Sequence[Any]) -> None:
        number, kind, machine, line, at, body, person, run = row
        listed_as = (kind, machine, line, at, person) if run == 1 else None
        replay.event(number, decode_event(body), listed_as=listed_as)

    def unknown(row: AnyRow) -> None:
        for _, item in unknown_of(row):
            replay.item(item)

    show = partial(_show, replay)
    async for part in _many(connection, select(batches)):
        show("batches", part, lambda row: replay.batch(batch_of(row, ())))
    async for part in _many(connection, select(items)):
        show("items", part, lambda row: replay.item(item_of(row)))
    async for part in _parts(connection, select(unknown_items)):
        show("unknown_items", part, unknown)
    audited = events.c.kind.in_([kind.value for kind in AUDITED_KINDS])
    async for part in _many(connection, select(events).where(audited)):
        show("events", part, event)
    async for part in _parts(connection, select(revs)):
        show("revs", part, lambda row: replay.rev(rev_of(row)))
    async for part in _parts(connection, select(files), size=4):
        show("files", part, lambda row: replay.file(row.sha256, row.content))


async def _of_people(connection: AsyncConnection, replay: Replay) -> None:
    """Batches that wait for a second person, and entries about shifts."""
    show = partial(_show, replay)
    async for part in _parts(connection, select(shift_entries)):
        show("shift_entries", part, lambda row: replay.shift_entry(row.id, shift_entry_of(row)))
    async for part in _parts(connection, select(held)):
        show("held", part, lambda row: replay.held(held_of(row)))
    async for part in _parts(connection, select(event_marks)):
        show("event_marks", part, lambda row: replay.mark(mark_of(row)))


async def _accounts(connection: AsyncConnection, replay: Replay) -> None:
    def account(row: AnyRow) -> None:
        found = account_of(row)
        rights, fingerprint = shown_grants(found.grants), fingerprint_of(found.password_hash)
        replay.account(found.name, rights, is_disabled=found.is_disabled, fingerprint=fingerprint)

    def token(row: AnyRow) -> None:
        found = token_of(row)
        replay.token(
            found.id,
            found.account,
            shown_grants(found.grants),
            created_at=found.created_ts,
            is_revoked=found.revoked_ts is not None,
        )

    show = partial(_show, replay)
    async for part in _parts(connection, select(accounts)):
        show("accounts", part, account)
    for name, limits in (await limits_by_account(connection)).items():
        replay.limits(name, limits)
    async for part in _parts(connection, select(tokens)):
        show("tokens", part, token)


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
    """Rows of a table that may have millions, to be read by place. From SQLite they come as the driver makes them:
    SQLAlchemy's own rows would take a quarter of the time.
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
