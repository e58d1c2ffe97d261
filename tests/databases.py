"""Databases with an up-to-date schema. They are copies, because a migration takes longer than most tests."""

from __future__ import annotations

import tempfile
from pathlib import Path

import asyncpg

from setpoint.persistence.sql import SqlPersistence

_migrated: list[bytes] = []
_migrated_clusters: set[str] = set()


async def migrated_sqlite(file: Path) -> str:
    """Makes a database with all tables and no rows. Returns its URL."""
    if not _migrated:
        with tempfile.TemporaryDirectory(prefix="setpoint-migrated-") as folder:
            template = Path(folder) / "setpoint.sqlite"
            store = SqlPersistence(f"sqlite:///{template}", timeout_s=20)
            await store.start()
            await store.close()
            _migrated.append(template.read_bytes())
    file.write_bytes(_migrated[0])  # noqa: ASYNC240  # it is small
    return f"sqlite:///{file}"


async def migrated_postgres(cluster: str) -> str:
    """Replaces the database ``test`` of a cluster by one with all tables and no rows. Returns its URL."""
    server, _, _ = cluster.rpartition("/")
    connection = await asyncpg.connect(cluster)
    try:
        if cluster not in _migrated_clusters:
            await connection.execute("CREATE DATABASE migrated")
            store = SqlPersistence(f"{server}/migrated", timeout_s=20)
            await store.start()
            await store.close()
            _migrated_clusters.add(cluster)
        await connection.execute("DROP DATABASE IF EXISTS test WITH (FORCE)")
        await connection.execute("CREATE DATABASE test TEMPLATE migrated STRATEGY FILE_COPY")
    finally:
        await connection.close()
    return f"{server}/test"
