"""Writes changes (`setpoint.core.audit.changes`) into the tables of a SQL database, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, delete, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from setpoint.core.approval.effects import EndHeld, RecordHeld
from setpoint.core.audit.chain import Fact, Head, append
from setpoint.core.audit.changes import Change, RecordFact
from setpoint.core.commands.effects import RecordBatch, RecordEvents, RecordOutcomes, last_reported
from setpoint.core.commands.records import BatchRecord
from setpoint.core.shifts import RecordShiftEntry
from setpoint.persistence.base import batch_exists
from setpoint.persistence.bulk import ADD_AUDIT, ADD_EVENTS, ADD_ITEMS, RAISE_REVS, REMEMBER, SETTLE
from setpoint.persistence.rows import (
    batch_values,
    event_values,
    held_values,
    is_unknown,
    item_values,
    outcome_values,
    rev_values,
    set_point_values,
    shift_entry_values,
    unknown_values,
)
from setpoint.persistence.tables import audit, batches, shift_entries, unknown_items
from setpoint.persistence.tables import held as held_batches

_HOLD = text(
    "INSERT INTO held (tx_id, at, until, body) VALUES (:tx_id, :at, :until, :body)"
    " ON CONFLICT (tx_id) DO UPDATE SET at = excluded.at, until = excluded.until, body = excluded.body"
)
_REMOVE_HELD = delete(held_batches).where(held_batches.c.tx_id == bindparam("ended"))
"""Made once, because it is executed for every batch: making it takes longer than executing it."""
_HEAD = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)


async def write(connection: AsyncConnection, change: Change) -> None:
    """Writes everything of a change except its outcomes and the machines' last reports."""
    match change:
        case RecordBatch(batch, raised):
            await _add_batch(connection, batch)
            await RAISE_REVS.write(connection, map(rev_values, raised))
        case RecordEvents(happened, raised):
            await ADD_EVENTS.write(connection, map(event_values, happened))
            await RAISE_REVS.write(connection, map(rev_values, raised))
        case RecordHeld(held, _, over):
            await connection.execute(delete(held_batches).where(held_batches.c.tx_id.in_(over)))
            await connection.execute(_HOLD, held_values(held))
        case EndHeld(tx_id):
            await connection.execute(_REMOVE_HELD, {"ended": tx_id})
        case RecordShiftEntry(entry):
            await connection.execute(insert(shift_entries), shift_entry_values(entry))
        case RecordOutcomes() | RecordFact():
            pass  # `write_outcomes`; facts go with the others


async def write_outcomes(connection: AsyncConnection, changes: Sequence[Change]) -> None:
    """Writes the outcomes of all changes together, because each may have only a few; their batches exist already."""
    settled = (item for change in changes if isinstance(change, RecordOutcomes) for item in change.items)
    await SETTLE.write(connection, map(outcome_values, settled))
    reporting = (change for change in changes if isinstance(change, RecordOutcomes | RecordEvents))
    reported = (last for change in reporting for last in last_reported(change))
    await REMEMBER.write(connection, map(set_point_values, reported))


async def _add_batch(connection: AsyncConnection, batch: BatchRecord) -> None:
    try:
        await connection.execute(insert(batches), batch_values(batch))
    except IntegrityError as error:
        raise batch_exists(batch.tx_id) from error
    await connection.execute(_REMOVE_HELD, {"ended": batch.tx_id})
    known = (item_values(position, item) for position, item in enumerate(batch.items) if not is_unknown(item))
    await ADD_ITEMS.write(connection, known)
    unknown = [(position, item) for position, item in enumerate(batch.items) if is_unknown(item)]
    if unknown:
        await connection.execute(insert(unknown_items), unknown_values(batch.tx_id, unknown))


async def head_of(connection: AsyncConnection) -> Head:
    """The newest entry of the audit's chain."""
    row = (await connection.execute(_HEAD)).first()
    return Head() if row is None else Head(row.seq, row.hash)


async def continue_chain(connection: AsyncConnection, new: Sequence[Fact]) -> None:
    """Adds entries to the audit's chain."""
    if not new:
        return
    entries = append(await head_of(connection), new)
    await ADD_AUDIT.write(connection, map(msgspec.structs.astuple, entries))
