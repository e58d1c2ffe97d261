"""Removes old records, in one transaction with the anchor that records it (`setpoint.core.audit.retention`).

The triggers that protect the audit are dropped inside that transaction and created again before it ends.
"""

from __future__ import annotations

import asyncio

import msgspec
from sqlalchemy import JSON, ColumnElement, String, cast, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from setpoint.contract.http.machines import AUDITED_KINDS
from setpoint.contract.live import Outcome
from setpoint.core.accounts import facts_of_token, shown_grants
from setpoint.core.audit.chain import GENESIS
from setpoint.core.audit.retention import (
    DAY_S,
    MAX_EVENTS,
    Anchor,
    Retention,
    anchor_fact,
    retention_fact,
)
from setpoint.core.shifts.entries import SHIFT
from setpoint.persistence.accounts.sql import SqlAccounts, fingerprint_of, limits_by_account
from setpoint.persistence.changes import continue_chain
from setpoint.persistence.sql import SqlPersistence
from setpoint.persistence.stream import bound_of_events, remove_events
from setpoint.persistence.tables import (
    audit,
    batches,
    events,
    files,
    items,
    retention,
    shift_entries,
    unknown_items,
    uploads,
)

_ROW = 1
_EVENTS_AT_ONCE = 1_000
_REST_S = 0.05
"""A part takes a few milliseconds, so that a commit never waits long."""


async def read_retention(store: SqlPersistence) -> Retention:
    async with store.database.reading("reading how long records are kept") as connection:
        body = await connection.scalar(select(retention.c.body).where(retention.c.id == _ROW))
    return Retention() if body is None else msgspec.json.decode(body, type=Retention)


async def set_retention(store: SqlPersistence, to: Retention, now: float, *, by: str) -> None:
    """Stores it together with its entry in the security log."""
    async with store.database.writing("setting how long records are kept") as connection:
        await connection.execute(delete(retention))
        await connection.execute(insert(retention).values(id=_ROW, body=msgspec.json.encode(to).decode()))
        await continue_chain(connection, [retention_fact(to, now, by=by)])


async def prune(store: SqlPersistence, keep: Retention, now: float, *, by: str = "setpoint") -> Anchor | None:
    """The anchor of the removed part; None if nothing was old enough."""
    kept = SqlAccounts(store.database)
    accounts, tokens = await kept.accounts(), await kept.tokens()
    async with store.database.writing("removing what is kept no longer") as connection:
        seq, digest, gone, removed_events = 0, GENESIS, 0, 0
        if keep.records is not None:
            before = now - keep.records * DAY_S
            seq, digest = await _cut(connection, before)
            if seq:
                gone, removed_events = await _remove_records(connection, seq)
        removed = 0 if keep.files is None else await _remove_files(connection, now - keep.files * DAY_S)
        if not (seq or removed):
            return None
        anchor = Anchor(
            seq,
            digest,
            {account.name: shown_grants(account.grants) for account in accounts},
            [account.name for account in accounts if account.is_disabled],
            gone,
            removed_events,
            removed,
            by,
            passwords={account.name: fingerprint_of(account.password_hash) for account in accounts},
            limits=await limits_by_account(connection),
            subjects={account.name: account.subject or "" for account in accounts},
            tokens={
                token.id: facts_of_token(token) | {"account": token.account, "at": str(token.created_ts)}
                for token in tokens
            },
        )
        await continue_chain(connection, [anchor_fact(anchor, now)])
        return anchor


async def prune_events(store: SqlPersistence, keep: Retention, now: float) -> int:
    """Removes events that are not in the audit and are too old or too many, and returns how many. Other commits may run
    in between.
    """
    async with store.database.browsing("counting events") as connection:
        full = await bound_of_events(connection, MAX_EVENTS)
    before = max(now - keep.events * DAY_S, full or 0.0)
    removed = 0
    while True:
        async with store.database.writing("removing old events") as connection:
            part = await remove_events(connection, before, _EVENTS_AT_ONCE)
        removed += part
        if part < _EVENTS_AT_ONCE:
            return removed
        await asyncio.sleep(_REST_S)


async def _cut(connection: AsyncConnection, before: float) -> tuple[int, str]:
    """The last entry that may be removed: all entries up to it are old, and none belongs to an open batch."""
    last = await connection.scalar(select(func.max(audit.c.seq))) or 0
    first_kept = await connection.scalar(select(func.min(audit.c.seq)).where(audit.c.at >= before)) or last
    is_open = items.c.outcome.in_([each.value for each in Outcome if not each.is_final])
    open_ones = select(items.c.tx_id).where(is_open)
    of_open = select(func.min(audit.c.seq)).where(audit.c.kind == "batch", _tx_id(connection).in_(open_ones))
    first_kept = min(first_kept, await connection.scalar(of_open) or first_kept)
    wanted = select(audit.c.seq, audit.c.hash).where(audit.c.seq == first_kept - 1)
    row = (await connection.execute(wanted)).first()
    return (0, GENESIS) if row is None else (row.seq, row.hash)


def _tx_id(connection: AsyncConnection) -> ColumnElement[str]:
    """The txId in the payload of a batch's entry."""
    if connection.dialect.name == "sqlite":
        found: ColumnElement[str] = func.json_extract(audit.c.payload, "$.txId", type_=String)
        return found
    named: ColumnElement[str] = cast(audit.c.payload, JSON)["txId"].as_string()
    return named


async def _remove_records(connection: AsyncConnection, seq: int) -> tuple[int, int]:
    """Removes entries with their batches, events and entries of shifts. The last two were stored in their order."""
    goes = audit.c.seq <= seq
    old = select(_tx_id(connection)).where(goes, audit.c.kind == "batch")
    for table in (items, unknown_items):
        await connection.execute(delete(table).where(table.c.tx_id.in_(old)))
    gone = (await connection.execute(delete(batches).where(batches.c.tx_id.in_(old)))).rowcount
    kinds = [kind.value for kind in AUDITED_KINDS]
    audited_count = await connection.scalar(
        select(func.count()).select_from(audit).where(goes, audit.c.kind.in_(kinds))
    )
    first = (
        select(events.c.id).where(events.c.kind.in_(kinds)).order_by(events.c.id).limit(audited_count or 0)
    )
    removed_events = (await connection.execute(delete(events).where(events.c.id.in_(first)))).rowcount
    entry_count = await connection.scalar(
        select(func.count()).select_from(audit).where(goes, audit.c.kind == SHIFT)
    )
    oldest = select(shift_entries.c.id).order_by(shift_entries.c.id).limit(entry_count or 0)
    await connection.execute(delete(shift_entries).where(shift_entries.c.id.in_(oldest)))
    await _lift_guards(connection)
    await connection.execute(delete(audit).where(goes))
    await _set_guards(connection)
    return gone, removed_events


async def _remove_files(connection: AsyncConnection, before: float) -> int:
    await connection.execute(delete(uploads).where(uploads.c.at < before))
    orphaned = files.c.sha256.not_in(select(uploads.c.sha256))
    return (await connection.execute(delete(files).where(orphaned))).rowcount


_GUARD = """
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""
_POSTGRES_GUARD = """
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()
"""


async def _lift_guards(connection: AsyncConnection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    await connection.execute(
        text("DROP TRIGGER audit_no_delete" if is_sqlite else "DROP TRIGGER audit_no_change ON audit")
    )


async def _set_guards(connection: AsyncConnection) -> None:
    await connection.execute(text(_GUARD if connection.dialect.name == "sqlite" else _POSTGRES_GUARD))
