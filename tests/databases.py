"""SQLite databases that are up to date from the start: migrating one takes longer than most tests."""

from __future__ import annotations

import tempfile
from pathlib import Path

from setpoint.persistence.sql import SqlPersistence

_migrated: list[bytes] = []


async def migrated_sqlite(file: Path) -> str:
    """Makes a database with all tables and no rows; returns its URL."""
    if not _migrated:
        with tempfile.TemporaryDirectory(prefix="setpoint-migrated-") as folder:
            template = Path(folder) / "setpoint.sqlite"
            store = SqlPersistence(f"sqlite:///{template}", timeout_s=20)
            await store.start()
            await store.close()
            _migrated.append(template.read_bytes())
    file.write_bytes(_migrated[0])  # noqa: ASYNC240  # it is small
    return f"sqlite:///{file}"
