"""A connection to SQLite ends, however often it is cancelled."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from setpoint.persistence.sqlite_connection import sqlite_connection
from setpoint.testing.patience import patient


async def test_a_connection_that_is_stopped_while_it_closes_does_not_wait_for_ever() -> None:
    """Cancels the call and the close that SQLAlchemy began for it together, as the end of the event loop does."""
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


def test_a_connection_closes_its_database_after_the_end_of_its_event_loop(tmp_path: Path) -> None:
    """Cancels in the middle of a call, as Ctrl-C does. Nobody gets the answer, and no connection stays open."""
    path = tmp_path / "setpoint.sqlite"
    others = set(threading.enumerate())
    may_end = threading.Event()

    async def ask_and_leave() -> None:
        connection = await sqlite_connection(str(path))
        await connection.execute_fetchall("PRAGMA journal_mode=WAL")
        await connection.execute_fetchall("CREATE TABLE parts (number)")
        await connection.create_function("wait", 0, may_end.wait)
        running = asyncio.create_task(connection.execute_fetchall("SELECT wait()"))
        await asyncio.sleep(0)
        running.cancel()
        connection.stop()

    asyncio.run(ask_and_leave())
    (thread,) = set(threading.enumerate()) - others
    assert path.with_name("setpoint.sqlite-wal").exists()
    may_end.set()
    thread.join(patient(20))
    assert not path.with_name("setpoint.sqlite-wal").exists()
