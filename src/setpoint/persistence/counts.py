"""How many items of each outcome batches have, counting only items that the person may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from setpoint.contract.live import Outcome
from setpoint.core.audit.queries import BatchQuery
from setpoint.persistence.tables import batches, items, unknown_items


def seen(query: BatchQuery) -> ColumnElement[bool]:
    """Condition: an item that the person may see (`setpoint.core.commands.narrow`)."""
    if query.lines is None:
        return true()
    return or_(items.c.line.in_(query.lines), and_(items.c.line == "", batches.c.person == query.or_person))


async def counts_of(
    connection: AsyncConnection, tx_ids: Sequence[str], query: BatchQuery
) -> defaultdict[str, dict[str, int]]:
    counted = (
        select(items.c.tx_id, items.c.outcome, func.count().label("number"))
        .join(batches, batches.c.tx_id == items.c.tx_id)
        .where(items.c.tx_id.in_(tx_ids), seen(query))
        .group_by(items.c.tx_id, items.c.outcome)
    )
    counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in (await connection.execute(counted)).all():
        counts[row.tx_id][row.outcome] = row.number
    unknown = (
        select(unknown_items.c.tx_id, unknown_items.c.count.label("number"))
        .join(batches, batches.c.tx_id == unknown_items.c.tx_id)
        .where(unknown_items.c.tx_id.in_(tx_ids))
    )
    if query.lines is not None:
        unknown = unknown.where(batches.c.person == query.or_person)
    for row in (await connection.execute(unknown)).all():
        found = counts[row.tx_id]
        found[Outcome.REJECTED.value] = found.get(Outcome.REJECTED.value, 0) + row.number
    return counts
