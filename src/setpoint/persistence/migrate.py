"""Brings a database's tables up to date, at start and in one transaction.

The migrations are part of the package and only go forward: a server refuses a database of a newer version instead of
guessing. A command never migrates the tables of a running server.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from setpoint.errors import StorageError
from setpoint.message import sentence
from setpoint.persistence.engine import WRITES, look_at_file, shown, translate_errors

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
NEWER = "newer_database"
"""The code of the error for tables that a newer version has made."""
_LOCK = 7_378_116
"""PostgreSQL's advisory lock, so that two servers that start at the same time migrate in turn."""


async def migrate(engine: AsyncEngine) -> None:
    """Migrates the tables. Raises `StorageError` if the database cannot be written, or has a newer version."""
    look_at_file(engine.url)
    preparing = sentence("words-preparing-database", "preparing the database {url}", url=shown(engine.url))
    with translate_errors(preparing):
        async with engine.connect() as connection:
            await connection.execution_options(**WRITES)
            async with connection.begin():
                if engine.dialect.name == "postgresql":  # moving tables may take a while
                    await connection.execute(text("SET LOCAL statement_timeout = 0"))
                    await connection.execute(text("SET LOCAL lock_timeout = 0"))
                    await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
                await connection.run_sync(_upgrade)


async def is_up_to_date(engine: AsyncEngine) -> bool:
    """Whether the tables are of this version. Raises `StorageError` if they are of a newer one."""
    look_at_file(engine.url)
    looking = sentence("words-looking-at-database", "looking at the database {url}", url=shown(engine.url))
    with translate_errors(looking):
        async with engine.connect() as connection:
            found = await connection.run_sync(_version)
    return _is_newest(found)


async def expect_tables(engine: AsyncEngine) -> None:
    """For a gateway and a command that changes no tables. Raises `StorageError` if they are not of this version."""
    if not await is_up_to_date(engine):
        raise StorageError(
            sentence(
                "words-tables-are-not-up-to-date",
                "the tables are not up to date; the plant server brings them up to date when it starts",
            )
        )


def newer(how: str) -> StorageError:
    return StorageError(
        sentence(
            "words-database-was-made-by-newer-version",
            "the database was made by a newer version of Setpoint ({how}); install that version again "
            "(pip install 'setpoint>=VERSION'), or go back to a backup of before: setpoint restore FILE "
            "--replace",
            how=how,
        ),
        code=NEWER,
    )


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    if _is_newest(_version(connection)):
        return
    # A server whose tables are up to date does not wait for Alembic to load.
    from alembic import command  # noqa: PLC0415  # see above

    command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415  # see above

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _version(connection: Connection) -> str | None:
    """The version of the tables, as Alembic notes it; None if there are none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _is_newest(found: str | None) -> bool:
    """Raises `StorageError` for a version that this program does not know."""
    known = versions()
    if found is not None and found not in known:
        raise newer(f"its tables are of version {found}, this program knows up to {known[-1]}")
    return found == known[-1]


@cache
def versions() -> tuple[str, ...]:
    """All versions of the tables, oldest first, by the names of the migrations: ``v0011_set_points.py`` is ``0011``."""
    return tuple(sorted(each.stem[1:5] for each in (_MIGRATIONS / "versions").glob("v*.py")))
