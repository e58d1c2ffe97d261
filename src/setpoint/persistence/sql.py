"""Batches, revs, events and audit in a SQL database: SQLite or PostgreSQL.

Each `store` is one transaction. Rows are written and read in parts (`PART`), and the event loop runs between them, so
that a batch of 5,000 items delays nobody. Writers run one after another (SQLite: the write lock; PostgreSQL: an
advisory lock), because each continues the audit's chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from setpoint.contract.http.batches import BatchSummary
from setpoint.contract.http.machines import Event, FieldRev
from setpoint.contract.http.pages import Page
from setpoint.contract.live import Outcome
from setpoint.core.alarms import AlarmKey, AlarmState
from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.audit.chain import AuditEntry, Fact, Head, facts
from setpoint.core.audit.changes import Change
from setpoint.core.audit.queries import (
    SECURITY_KINDS,
    BatchQuery,
    EventQuery,
    KeptFile,
    PastTarget,
    SecurityQuery,
    TargetQuery,
)
from setpoint.core.commands.effects import (
    LastReported,
)
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.events import EventChanges
from setpoint.core.limits import DEFAULT_LIMITS, PersonLimits
from setpoint.core.shifts import ShiftEntry, ShiftQuery
from setpoint.core.shifts.entries import MAX_LENGTH_S
from setpoint.persistence.base import (
    Cursor,
    page_size,
    read_cursor,
    refuse_beyond,
    refuse_large,
)
from setpoint.persistence.bounds import DATABASE_TIMEOUT_S, bounded, moved
from setpoint.persistence.bulk import ADD_EVENTS, PART
from setpoint.persistence.changes import continue_chain, head_of, write, write_outcomes
from setpoint.persistence.counts import counts_of, seen
from setpoint.persistence.database import Database
from setpoint.persistence.migrate import is_up_to_date, migrate
from setpoint.persistence.named import begin_naming, last_name, name_transaction
from setpoint.persistence.rows import (
    batch_of,
    held_of,
    item_of,
    rev_of,
    runs_of_events,
    set_point_of,
    shift_entry_of,
    summary_of,
    unknown_of,
)
from setpoint.persistence.stream import read_alarms, read_events, write_alarms, write_mark
from setpoint.persistence.tables import (
    audit,
    batches,
    files,
    items,
    revs,
    set_points,
    shift_entries,
    unknown_items,
    uploads,
)
from setpoint.persistence.tables import held as held_batches
from setpoint.persistence.writer import WAIT_S, migrate_alone, open_writer

# Made once: making such a statement takes longer than executing it.
_BATCH = select(batches).where(batches.c.tx_id == bindparam("wanted"))
_ITEMS = select(items).where(items.c.tx_id == bindparam("wanted")).order_by(items.c.position)
_UNKNOWN_ITEMS = select(unknown_items).where(unknown_items.c.tx_id == bindparam("wanted"))
_KEEP_FILE = text(
    "INSERT INTO files (sha256, filename, content) VALUES (:sha256, :filename, :content)"
    " ON CONFLICT (sha256) DO NOTHING"
)
_NOTE_UPLOAD = text(
    "INSERT INTO uploads (sha256, account, filename, at, bytes) VALUES (:sha256, :account, :filename, :at, :bytes)"
    " ON CONFLICT (sha256, account) DO UPDATE SET filename = excluded.filename"
)


class SqlPersistence:
    """A `Persistence` on a database URL. Other stores can share its ``database``.

    ``timeout_s``: how long a call may make no progress (`bounds`). ``is_server``: only one at a time (`writer`).
    """

    def __init__(self, url: str, *, timeout_s: float = DATABASE_TIMEOUT_S, is_server: bool = False) -> None:
        self.database = Database(url, timeout_s=timeout_s, is_server=is_server)
        self.bounds = self.database.bounds
        self._is_taken = False

    @property
    def engine(self) -> AsyncEngine:
        return self.database.engine

    @property
    def is_owner(self) -> bool:
        return self.database.writer is None or self.database.writer.is_held

    @property
    def token(self) -> int | None:
        """The token of the lease by which this server owns the plant (LEASE-1)."""
        return None if self.database.writer is None else self.database.writer.token

    async def take(self, *, wait_s: float = WAIT_S) -> None:
        """As the server, takes the database exclusively, before `start`. Raises `ConfigError` naming another server."""
        if self.database.writer is not None and not self._is_taken:
            await self.database.writer.take(wait_s=wait_s)
            self._is_taken = True

    async def replaced(self) -> None:
        """Returns when another server has taken the database for good."""
        if self.database.writer is not None:
            await self.database.writer.replaced.wait()

    def check_not_replaced(self) -> None:
        """Raises `StorageError` if another server has taken the database for good."""
        if self.database.writer is not None and self.database.writer.replaced.is_set():
            self.database.writer.check_hold()

    async def start(self) -> None:
        """As the server, takes the database exclusively. Otherwise it may be used while a server runs."""
        await self.take()
        if (writer := self.database.writer) is not None:
            await migrate(self.engine)
            await writer.begin(self.engine)
            async with self.database.writing("beginning to write") as connection:
                await begin_naming(connection)
        elif not await is_up_to_date(self.engine):
            await migrate_alone(self.engine, open_writer(self.database.url, timeout_s=self.bounds.timeout_s))

    async def close(self) -> None:
        await self.database.close()

    @bounded
    async def check(self) -> str:
        async with self.database.writing(
            "asking whether the database can be written", comes_first=True
        ) as connection:
            return await last_name(connection)

    # Writing

    @bounded
    async def store(
        self, changes: Sequence[Change], facts_too: Sequence[Fact] = (), *, name: str | None = None
    ) -> None:
        async with self.database.writing("recording", comes_first=name is not None) as connection:
            if name is not None:
                await name_transaction(connection, name)
            for change in changes:
                await write(connection, change)
            await write_outcomes(connection, changes)
            changed_facts = [fact for change in changes for fact in facts(change)]
            await continue_chain(connection, [*changed_facts, *facts_too])

    @bounded
    async def keep_file(
        self, file: KeptFile, account: str, at: float, limits: PersonLimits = DEFAULT_LIMITS
    ) -> None:
        refuse_large(file)
        values = {"sha256": file.sha256, "filename": file.filename, "content": file.content}
        upload = {"sha256": file.sha256, "account": account, "filename": file.filename}
        async with self.database.writing("keeping the workbook") as connection:
            await _refuse_beyond(connection, file, account, limits)
            await connection.execute(_KEEP_FILE, values)
            await connection.execute(_NOTE_UPLOAD, upload | {"at": at, "bytes": len(file.content)})

    # Reading

    @bounded
    async def held(self) -> list[PendingApproval]:
        has_begun = exists().where(batches.c.tx_id == held_batches.c.tx_id)
        wanted = select(held_batches).where(~has_begun).order_by(held_batches.c.at)
        async with self.database.reading("reading what waits for a second person") as connection:
            return [held_of(row) for row in (await connection.execute(wanted)).all()]

    @bounded
    async def batch(self, tx_id: str) -> BatchRecord | None:
        async with self.database.reading("reading a batch") as connection:
            row = (await connection.execute(_BATCH, {"wanted": tx_id})).first()
            return None if row is None else batch_of(row, await _items(connection, tx_id))

    @bounded
    async def batches(self, query: BatchQuery) -> Page[BatchSummary]:
        wanted = _window(select(batches), batches.c.at, batches.c.tx_id, query)
        if (cursor := read_cursor(query.cursor, str)) is not None:
            wanted = wanted.where(tuple_(batches.c.at, batches.c.tx_id) < tuple_(cursor.at, cursor.key))
        if query.person is not None:
            wanted = wanted.where(batches.c.person == query.person)
        if query.machine is not None:
            wanted = wanted.where(
                exists().where(
                    items.c.tx_id == batches.c.tx_id, items.c.machine == query.machine, seen(query)
                )
            )
        if query.lines is not None:
            on_lines = exists().where(items.c.tx_id == batches.c.tx_id, items.c.line.in_(query.lines))
            wanted = wanted.where(or_(on_lines, batches.c.person == query.or_person))
        size = page_size(query.limit)
        async with self.database.browsing("reading batches") as connection:
            rows = (await connection.execute(wanted.limit(size + 1))).all()
            counts = await counts_of(connection, [row.tx_id for row in rows[:size]], query)
        last = rows[size - 1] if len(rows) > size else None
        return Page(
            [summary_of(row, counts[row.tx_id]) for row in rows[:size]],
            None if last is None else Cursor(last.at, last.tx_id).text(),
        )

    @bounded
    async def events(self, query: EventQuery) -> Page[Event]:
        async with self.database.browsing("reading events") as connection:
            return await read_events(connection, query)

    @bounded
    async def store_events(self, changes: EventChanges) -> None:
        async with self.database.writing("noting events") as connection:
            for mark in changes.marks:
                await write_mark(connection, mark)
            await ADD_EVENTS.write(connection, runs_of_events(changes.events))
            await write_alarms(connection, changes.alarms)
            await continue_chain(connection, changes.facts)

    @bounded
    async def alarms(self) -> dict[AlarmKey, AlarmState]:
        async with self.database.reading("reading alarms") as connection:
            return await read_alarms(connection)

    @bounded
    async def targets(self, query: TargetQuery) -> list[PastTarget]:
        asker = (batches.c.person.label("asked_by"), batches.c.at.label("asked_at"), batches.c.reason)
        wanted = (
            select(items, *asker)
            .join(batches, batches.c.tx_id == items.c.tx_id)
            .where(items.c.machine.in_(query.machines), _within(batches.c.at, query))
            .order_by(batches.c.at.desc(), items.c.position)
            .limit(query.limit)
        )
        async with self.database.browsing("reading what was asked for") as connection:
            rows = (await connection.execute(wanted)).all()
        return [
            PastTarget(row.asked_by, row.asked_at, row.reason, item_of(row[: len(items.c)])) for row in rows
        ]

    @bounded
    async def shift_entries(self, query: ShiftQuery) -> list[ShiftEntry]:
        """Entries last at most `MAX_LENGTH_S`, so that the index finds those that began before."""
        of = shift_entries.c
        wanted = (
            select(shift_entries)
            .where(of.line.in_(query.lines), of.since < query.until, of.until > query.since)
            .where(of.since > query.since - MAX_LENGTH_S)
            .order_by(of.id)
        )
        async with self.database.browsing("reading what was said of a shift") as connection:
            return [shift_entry_of(row) for row in (await connection.execute(wanted)).all()]

    @bounded
    async def unsettled(self, unknown_since: float) -> list[BatchRecord]:
        running = items.c.outcome.in_([outcome.value for outcome in Outcome if not outcome.is_final])
        lost = and_(items.c.outcome == Outcome.UNKNOWN.value, items.c.at >= unknown_since)
        open_ones = select(items.c.tx_id).where(or_(running, lost))
        async with self.database.reading("reading what was under way") as connection:
            wanted = select(batches).where(batches.c.tx_id.in_(open_ones)).order_by(batches.c.at)
            rows = (await connection.execute(wanted)).all()
            return [batch_of(row, await _items(connection, row.tx_id)) for row in rows]

    @bounded
    async def revs(self) -> list[FieldRev]:
        async with self.database.reading("reading revs") as connection:
            return [rev_of(row) for row in (await connection.execute(select(revs))).all()]

    @bounded
    async def set_points(self) -> list[LastReported]:
        async with self.database.reading("reading set-points") as connection:
            return [set_point_of(row) for row in (await connection.execute(select(set_points))).all()]

    @bounded
    async def audit(self, after_seq: int = 0, limit: int = 500) -> list[AuditEntry]:
        wanted = select(audit).where(audit.c.seq > after_seq).order_by(audit.c.seq).limit(page_size(limit))
        async with self.database.browsing("reading the audit") as connection:
            return [AuditEntry(*row) for row in (await connection.execute(wanted)).all()]

    @bounded
    async def security(self, query: SecurityQuery) -> list[AuditEntry]:
        """The security log, newest first."""
        wanted = select(audit).where(audit.c.kind.in_(SECURITY_KINDS))
        if query.event is not None:
            wanted = wanted.where(_is_event(query.event))
        if query.person is not None:
            wanted = wanted.where(audit.c.actor == query.person)
        if query.since is not None:
            wanted = wanted.where(audit.c.at >= query.since)
        if query.until is not None:
            wanted = wanted.where(audit.c.at < query.until)
        if query.before_seq is not None:
            wanted = wanted.where(audit.c.seq < query.before_seq)
        wanted = wanted.order_by(audit.c.seq.desc()).limit(page_size(query.limit))
        async with self.database.browsing("reading the security log") as connection:
            return [AuditEntry(**row._mapping) for row in (await connection.execute(wanted)).all()]

    @bounded
    async def head(self) -> Head:
        async with self.database.browsing("reading the audit") as connection:
            return await head_of(connection)

    @bounded
    async def file(self, sha256: str, account: str) -> KeptFile | None:
        wanted = (
            select(files.c.sha256, uploads.c.filename, files.c.content)
            .join(uploads, uploads.c.sha256 == files.c.sha256)
            .where(files.c.sha256 == sha256, uploads.c.account == account)
        )
        async with self.database.browsing("reading a workbook") as connection:
            row = (await connection.execute(wanted)).first()
        return None if row is None else KeptFile(*row)


def _is_event(event: str) -> ColumnElement[bool]:
    """``event`` has no character with a meaning in LIKE or JSON."""
    return audit.c.payload.like(f'%"event":"{event}"%')


async def _refuse_beyond(
    connection: AsyncConnection, file: KeptFile, account: str, limits: PersonLimits
) -> None:
    others = (uploads.c.account == account) & (uploads.c.sha256 != file.sha256)
    kept = select(func.count(), func.coalesce(func.sum(uploads.c.bytes), 0)).where(others)
    count, size = (await connection.execute(kept)).one()
    refuse_beyond(count, size, file, limits)


async def _items(connection: AsyncConnection, tx_id: str) -> list[ItemRecord]:
    """A batch's items in order, read in parts."""
    found: list[tuple[int, ItemRecord]] = []
    async with connection.stream(_ITEMS, {"wanted": tx_id}) as result:
        async for part in result.partitions(PART):
            moved()
            found.extend((row.position, item_of(row)) for row in part)
    if (row := (await connection.execute(_UNKNOWN_ITEMS, {"wanted": tx_id})).first()) is not None:
        found.extend(unknown_of(row))
        found.sort(key=lambda each: each[0])
    return [item for _, item in found]


def _within(at: ColumnElement[float], query: TargetQuery) -> ColumnElement[bool]:
    return and_(at >= query.since, at < query.until)


def _window(
    wanted: Select[Any], at: ColumnElement[float], key: ColumnElement[Any], query: BatchQuery
) -> Select[Any]:
    """Newest first, between the query's instants."""
    if query.since is not None:
        wanted = wanted.where(at >= query.since)
    if query.until is not None:
        wanted = wanted.where(at < query.until)
    return wanted.order_by(at.desc(), key.desc())
