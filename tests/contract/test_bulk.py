"""Bulk writes to SQLite use its driver directly, and keep the same promises as all other statements."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiosqlite
import pytest
from tests.contract.test_persistence import batch, item, tx
from tests.databases import migrated_sqlite

from setpoint.core.commands import RecordBatch
from setpoint.errors import StorageError
from setpoint.persistence.sql import SqlPersistence


async def test_an_error_among_many_rows_says_what_to_do_and_stores_nothing(tmp_path: Path) -> None:
    store = SqlPersistence(await migrated_sqlite(tmp_path / "setpoint.sqlite"))
    await store.start()
    async with store.engine.connect() as connection:
        await connection.exec_driver_sql("ALTER TABLE items RENAME COLUMN line TO row")
        await connection.commit()
    with pytest.raises(StorageError, match=r"recording failed: .*column.*; see the database's own log"):
        await store.store([RecordBatch(batch(1, item(1), item(1, "m_402")))])
    async with store.engine.connect() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM batches")).scalar_one() == 0
    await store.close()


async def test_a_call_that_is_given_up_among_many_rows_gives_up_its_connection_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqlPersistence(await migrated_sqlite(tmp_path / "setpoint.sqlite"), timeout_s=0.5)
    await store.start()

    async def for_ever(*_: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as frozen:
        frozen.setattr(aiosqlite.Connection, "executemany", for_ever)
        with pytest.raises(StorageError, match=r"has not answered for 0\.5 s"):
            await store.store([RecordBatch(batch(1))])
        await store.bounds.close()
    await store.store([RecordBatch(batch(2))])
    assert await store.batch(tx(1)) is None
    assert await store.batch(tx(2)) == batch(2)
    await store.close()
