"""Brings a database's tables up to date, at start and in one transaction.

The migrations are part of the package and only go forward: a server refuses a database of a newer version instead of
guessing. A command never migrates the tables of a running server.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from setpoint.errors import StorageError
from setpoint.persistence.engine import WRITES, look_at_file, shown, translate_errors

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_378_116
"""PostgreSQL's advisory lock, so that two servers that start at the same time migrate in turn."""


async def migrate(engine: AsyncEngine) -> None:
    """Migrates the tables. Raises `StorageError` if the database cannot be written, or has a newer version."""
    look_at_file(engine.url)
    with translate_errors(f"preparing the database {shown(engine.url)}"):
        async with engine.connect() as connection:
            await connection.execution_options(**WRITES)
            async with connection.begin():
                if engine.dialect.name == "postgresql":  # moving tables may take its time
                    await connection.execute(text("SET LOCAL statement_timeout = 0"))
                    await connection.execute(text("SET LOCAL lock_timeout = 0"))
                await connection.run_sync(_upgrade)


async def is_up_to_date(engine: AsyncEngine) -> bool:
    """Whether the tables are of this version. Raises `StorageError` if they are of a newer one."""
    look_at_file(engine.url)
    with translate_errors(f"looking at the database {shown(engine.url)}"):
        async with engine.connect() as connection:
            found = await connection.run_sync(
                lambda sync: MigrationContext.configure(sync).get_current_revision()
            )
    script = ScriptDirectory.from_config(_config())
    if found is not None and found not in {each.revision for each in script.walk_revisions()}:
        raise newer(
            f"its tables are of version {found}, this program knows up to {script.get_current_head()}"
        )
    return found == script.get_current_head()


def newer(how: str) -> StorageError:
    return StorageError(
        f"the database was made by a newer version of Setpoint ({how}); install that version again "
        "(pip install 'setpoint>=VERSION'), or go back to a backup of before: setpoint restore FILE --replace",
        code="newer_database",
    )


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise newer(str(error)) from error


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
