"""Brings a database's tables up to date, at start and in one transaction.

The migrations are shipped with the package and only ever go forward: a server that finds a database of a newer
version than its own refuses it, instead of guessing.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from setpoint.errors import StorageError
from setpoint.persistence.engine import WRITES, look_at_file, shown, told

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_378_116
"""PostgreSQL's advisory lock that two servers starting at once take in turn."""


async def migrate(engine: AsyncEngine) -> None:
    """Raises `StorageError` where the database cannot be reached, written, or is of a newer version."""
    look_at_file(engine.url)
    with told(f"preparing the database {shown(engine.url)}"):
        async with engine.connect() as connection:
            await connection.execution_options(**WRITES)
            async with connection.begin():
                await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StorageError(
            f"the database is not of this version of Setpoint ({error}); run the version that made it, or a newer one"
        ) from error
