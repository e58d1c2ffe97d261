"""Further promises of the SQL stores: the tables, durability, and clear errors."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, insert, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.contract.test_persistence import batch, tx

from setpoint.core.accounts import Account
from setpoint.core.audit import chain
from setpoint.core.audit.replay import Replay
from setpoint.core.commands import RecordBatch
from setpoint.core.plant import Role
from setpoint.errors import ConfigError, MisuseError, StorageError
from setpoint.persistence import verify
from setpoint.persistence.accounts import SqlAccounts
from setpoint.persistence.bulk import Bulk
from setpoint.persistence.engine import SQLITE_CONNECTIONS
from setpoint.persistence.sql import SqlPersistence
from setpoint.persistence.tables import metadata, set_points
from setpoint.testing.patience import busy, patient


def _shape(connection: Connection) -> dict[str, dict[str, bool]]:
    found = inspect(connection)
    return {
        name: {column["name"]: column["nullable"] for column in found.get_columns(name)}
        for name in metadata.tables
    }


async def test_the_migrations_make_the_tables_that_the_code_knows(database_url: str) -> None:
    store = SqlPersistence(database_url, timeout_s=20)
    await store.start()
    async with store.engine.connect() as connection:
        migrated = await connection.run_sync(_shape)
        indexes = await connection.run_sync(
            lambda sync: {
                index["name"] for name in metadata.tables for index in inspect(sync).get_indexes(name)
            }
        )
    await store.close()
    known = {
        name: {column.name: bool(column.nullable) for column in table.columns}
        for name, table in metadata.tables.items()
    }
    assert migrated == known
    assert indexes == {index.name for table in metadata.tables.values() for index in table.indexes}


async def test_stored_data_is_there_after_a_restart(database_url: str) -> None:
    for _ in range(2):
        store = SqlPersistence(database_url, timeout_s=20)
        await store.start()
        if await store.batch(tx(1)) is None:
            await store.store([RecordBatch(batch(1))])
        assert await store.batch(tx(1)) == batch(1)
        await store.close()


async def test_records_stored_while_the_audit_is_verified_are_not_a_difference(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqlPersistence(database_url, timeout_s=20)
    await store.start()
    await store.store([RecordBatch(batch(1))])
    tables = verify._tables

    async def tables_after_a_commit(connection: AsyncConnection, replay: Replay) -> None:
        added = chain.fact(
            5.0, "access", "ada", {"event": "account-added", "account": "vera", "rights": "viewer"}
        )
        await SqlAccounts(store.database).add_account(Account("vera", {"*": Role.VIEWER}, 1.0))
        await store.store([RecordBatch(batch(2))], [added])
        await tables(connection, replay)

    monkeypatch.setattr(verify, "_tables", tables_after_a_commit)
    for _ in range(2):
        found = await verify.verify(store)
        assert (found.broken, found.differences) == (None, [])
        monkeypatch.undo()
    await store.close()


async def test_a_burst_of_readers_shares_the_connections_of_a_file_and_leaves_them_open(
    tmp_path: Path,
) -> None:
    """Each connection costs a thread, two descriptors and a page cache. So their number is bounded."""
    store = SqlPersistence(f"sqlite:///{tmp_path}/plant.sqlite", timeout_s=patient(2))
    await store.start()
    opened: list[object] = []
    event.listen(store.engine.sync_engine, "connect", lambda connection, _: opened.append(connection))
    for _ in range(3):
        found = await asyncio.gather(*(store.batch(tx(number)) for number in range(100)))
        assert found == [None] * 100
    await store.close()
    assert len(opened) <= SQLITE_CONNECTIONS


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
async def test_the_database_itself_refuses_to_change_the_audit(database_url: str, change: str) -> None:
    store = SqlPersistence(database_url, timeout_s=20)
    await store.start()
    await store.store([RecordBatch(batch(1))])
    with pytest.raises(DBAPIError, match="append-only"):
        async with store.engine.begin() as connection:
            await connection.execute(text(change))
    assert len(await store.audit()) == 1
    await store.close()


async def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    store = SqlPersistence(database_url, timeout_s=20)
    await store.start()
    async with store.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageError, match="newer"):
        await store.start()
    await store.close()


async def test_a_file_that_is_not_a_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "setpoint.sqlite"
    path.write_bytes(b"these are somebody's notes, and no database at all" * 100)
    before = path.read_bytes()
    store = SqlPersistence(f"sqlite:///{path}")
    with pytest.raises(StorageError, match="move it away"):
        await store.start()
    await store.close()
    assert path.read_bytes() == before


async def test_a_database_that_another_process_holds_says_so(tmp_path: Path) -> None:
    path = tmp_path / "setpoint.sqlite"
    store = SqlPersistence(f"sqlite:///{path}", timeout_s=2 * busy())
    await store.start()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="another process"):
        await store.check()
    other.close()
    await store.check()
    await store.close()


async def test_a_database_that_cannot_be_reached_says_what_to_do_and_hides_the_password() -> None:
    store = SqlPersistence("postgresql://anna:secret@127.0.0.1:1/none")
    with pytest.raises(StorageError, match="start the database server") as refused:
        await store.start()
    assert "secret" not in refused.value.message
    await store.close()


async def test_a_folder_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    store = SqlPersistence(f"sqlite:///{tmp_path / 'none' / 'setpoint.sqlite'}")
    with pytest.raises(StorageError, match="data directory"):
        await store.start()
    await store.close()


@pytest.mark.parametrize("url", ["nonsense", "mysqlx://root@localhost/x", ""])
def test_an_invalid_url_is_a_mistake_in_the_settings(url: str) -> None:
    with pytest.raises(ConfigError, match="give sqlite"):
        SqlPersistence(url)


async def test_sqlite_is_durable_and_does_not_block_readers(tmp_path: Path) -> None:
    store = SqlPersistence(f"sqlite:///{tmp_path / 'setpoint.sqlite'}")
    await store.start()
    async with store.engine.connect() as connection:
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA synchronous")) == 2
    await store.close()


async def test_a_statement_refuses_rows_whose_values_are_in_another_order() -> None:
    store = SqlPersistence("sqlite://")
    await store.start()
    async with store.engine.connect() as connection:
        with pytest.raises(MisuseError, match="but the rows have"):
            await Bulk(insert(set_points), ("value", "machine", "field")).write(
                connection, [("1", "m_401", "a")]
            )
    await store.close()
