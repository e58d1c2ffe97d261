"""The stores that the persistence tests run on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.contract.postgres import cluster
from tests.databases import migrated_postgres, migrated_sqlite

from setpoint.persistence.base import Persistence
from setpoint.persistence.memory import MemoryPersistence
from setpoint.persistence.sql import SqlPersistence


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with cluster() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    return await empty_database(request, tmp_path)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Persistence]:
    if request.param == "memory":
        yield MemoryPersistence()
        return
    store = SqlPersistence(await migrated_database(request, tmp_path), timeout_s=20)
    await store.start()
    yield store
    await store.close()


async def migrated_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that has the tables already."""
    if request.param == "sqlite":
        return await migrated_sqlite(tmp_path / "setpoint.sqlite")
    return await migrated_postgres(request.getfixturevalue("postgres_url"))


async def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'setpoint.sqlite'}"
    url: str = request.getfixturevalue("postgres_url")
    store = SqlPersistence(url, timeout_s=20)
    async with store.engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    await store.close()
    return url
