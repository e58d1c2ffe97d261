"""A connection to SQLite ends, however often it is stopped."""

from __future__ import annotations

import asyncio
import threading

from setpoint.persistence.engine import sqlite_connection
from setpoint.testing.patience import patient


async def test_a_connection_that_is_stopped_while_it_closes_does_not_wait_for_ever() -> None:
    """As when the event loop ends: the call, and the close that SQLAlchemy began for it, are cancelled together."""
    connection = await sqlite_connection(":memory:")
    may_end = threading.Event()
    await connection.create_function("wait", 0, may_end.wait)
    running = asyncio.create_task(connection.execute_fetchall("SELECT wait()"))
    await asyncio.sleep(0)
    closing = asyncio.create_task(connection.close())
    await asyncio.sleep(0)
    connection.stop()
    closing.cancel()
    await asyncio.sleep(0)
    may_end.set()
    async with asyncio.timeout(patient(20)):
        await asyncio.gather(running, closing, return_exceptions=True)
    assert closing.cancelled()
