"""The outbox of notifications: events that are stored become messages, and messages are kept until they are delivered.

An event is stored in one transaction with its cause; each channel then reads the events from where it stopped. So a
crash loses no message, but may send one twice, under the same message id. While `MAX_WAITING` messages of a channel
wait, it reads no further: the events wait in their table.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from setpoint.contract.http.deliveries import DeliveryState, DeliveryView
from setpoint.contract.http.machines import Event
from setpoint.contract.http.pages import Page
from setpoint.core.notify import LONGEST_WAIT_S, Outgoing, Subscription, message_of, type_of
from setpoint.persistence.base import page_size
from setpoint.persistence.bounds import Bounds, bounded
from setpoint.persistence.database import Database
from setpoint.persistence.rows import event_of
from setpoint.persistence.tables import deliveries, delivery_cursors, events

MAX_WAITING = 1_000
"""The messages of one channel that may wait."""
KEPT = 10_000
"""The messages of one channel, delivered or given up, that are kept; older ones are removed."""
_EVENTS_AT_ONCE = 500
_SHOWN = [deliveries.c[name] for name in DeliveryView.__struct_fields__]


class SqlDeliveries:
    """``new_message`` makes the id of a message."""

    def __init__(self, database: Database, new_message: Callable[[], str]) -> None:
        self.bounds: Bounds = database.bounds
        self._database = database
        self._new_message = new_message

    @bounded
    async def collect(self, channel: str, subscription: Subscription, now: float) -> int:
        """Turns the next events of the channel into messages, and returns how many. A new channel starts now."""
        async with self._database.browsing("reading events for a channel") as connection:
            newest = await connection.scalar(select(func.max(events.c.id))) or 0
            read = await _cursor(connection, channel)
            if read is not None and read == newest:
                return 0
            found: list[tuple[int, Event]] = []
            if read is not None and newest > read and await _waiting(connection, channel) < MAX_WAITING:
                wanted = select(events).where(events.c.id > read).order_by(events.c.id).limit(_EVENTS_AT_ONCE)
                found = [(row.id, event_of(row)) for row in (await connection.execute(wanted)).all()]
            elif read is not None and newest > read:
                return 0
        rows = [self._row(channel, event, now) for _, event in found if subscription.wants(event)]
        # If the newest event is before the cursor, rows of events were removed.
        reached = found[-1][0] if found else newest
        async with self._database.writing("making messages of events") as connection:
            if rows:
                await connection.execute(insert(deliveries), rows)
            await connection.execute(delete(delivery_cursors).where(delivery_cursors.c.channel == channel))
            await connection.execute(insert(delivery_cursors).values(channel=channel, event=reached))
        return len(rows)

    @bounded
    async def due(self, channel: str, now: float, limit: int) -> list[Outgoing]:
        """The messages that are due, the oldest first."""
        of = deliveries.c
        is_due = (of.next_at <= now) | (of.next_at > now + LONGEST_WAIT_S)
        wanted = (
            select(of.id, of.message, of.body, of.attempts)
            .where(of.channel == channel, of.state == DeliveryState.WAITING.value, is_due)
            .order_by(of.id)
            .limit(limit)
        )
        async with self._database.browsing("reading messages that are due") as connection:
            return [Outgoing(*row) for row in (await connection.execute(wanted)).all()]

    @bounded
    async def note(
        self, delivery: int, state: DeliveryState, detail: str, *, tried_at: float, next_at: float | None
    ) -> None:
        """Stores the result of an attempt."""
        async with self._database.writing("noting a delivery") as connection:
            await connection.execute(
                update(deliveries)
                .where(deliveries.c.id == delivery)
                .values(
                    state=state.value,
                    attempts=deliveries.c.attempts + 1,
                    said=detail,
                    tried_at=tried_at,
                    next_at=next_at,
                )
            )

    @bounded
    async def page(
        self, *, channel: str | None, state: DeliveryState | None, before: int | None, limit: int
    ) -> Page[DeliveryView]:
        """A page of messages, the newest first."""
        wanted = select(*_SHOWN).order_by(deliveries.c.id.desc())
        if channel is not None:
            wanted = wanted.where(deliveries.c.channel == channel)
        if state is not None:
            wanted = wanted.where(deliveries.c.state == state.value)
        if before is not None:
            wanted = wanted.where(deliveries.c.id < before)
        size = page_size(limit)
        async with self._database.browsing("reading deliveries") as connection:
            rows = (await connection.execute(wanted.limit(size + 1))).all()
        shown = [_view(row) for row in rows[:size]]
        return Page(shown, str(shown[-1].id) if len(rows) > size else None)

    @bounded
    async def again(self, delivery: int, now: float) -> bool:
        """Sends a message again, starting with the first attempt. False if there is no such delivery, or it still
        waits."""
        async with self._database.writing("sending a message again") as connection:
            done = await connection.execute(
                update(deliveries)
                .where(deliveries.c.id == delivery, deliveries.c.state != DeliveryState.WAITING.value)
                .values(state=DeliveryState.WAITING.value, attempts=0, next_at=now)
            )
        return done.rowcount == 1

    @bounded
    async def prune(self, channel: str) -> None:
        """Removes messages beyond `KEPT`."""
        is_over = (deliveries.c.channel == channel) & (deliveries.c.state != DeliveryState.WAITING.value)
        oldest_kept = select(deliveries.c.id).where(is_over).order_by(deliveries.c.id.desc())
        async with self._database.browsing("counting deliveries") as connection:
            bound = await connection.scalar(oldest_kept.offset(KEPT - 1).limit(1))
        if bound is not None:
            async with self._database.writing("removing old deliveries") as connection:
                await connection.execute(delete(deliveries).where(is_over, deliveries.c.id < bound))

    def _row(self, channel: str, event: Event, now: float) -> dict[str, object]:
        timestamp = datetime.fromtimestamp(event.at, UTC).isoformat(timespec="milliseconds")
        return {
            "channel": channel,
            "message": self._new_message(),
            "type": type_of(event),
            "at": event.at,
            "body": message_of(event, timestamp.replace("+00:00", "Z")),
            "state": DeliveryState.WAITING.value,
            "attempts": 0,
            "said": "",
            "next_at": now,
        }


def _view(row: Row[Any]) -> DeliveryView:
    known = dict(row._mapping)
    return DeliveryView(**known | {"state": DeliveryState(known["state"])})


async def _cursor(connection: AsyncConnection, channel: str) -> int | None:
    wanted = select(delivery_cursors.c.event).where(delivery_cursors.c.channel == channel)
    found: int | None = await connection.scalar(wanted)
    return found


async def _waiting(connection: AsyncConnection, channel: str) -> int:
    of = deliveries.c
    wanted = select(func.count()).where(of.channel == channel, of.state == DeliveryState.WAITING.value)
    return await connection.scalar(wanted) or 0
