"""One database, opened the way that its kind wants, and failures in words that say what to do.

SQLite runs in WAL mode, so that readers never wait for the writer, with ``synchronous=FULL``: what is recorded
before a machine is written to has to survive a power cut, not only a crash. Transactions are begun by us and not by the
driver, and those that write begin as writers (``IMMEDIATE``): one that reads first and then cannot write, because
another wrote in between, cannot happen.

An SQLite database is read and written over at most `SQLITE_CONNECTIONS` connections, which stay open: each is a thread,
two descriptors and a page cache of up to 2 MB, and to open one takes a thread's start and five pragmas. Whoever comes
when all are in use waits for one. The one that was used last is taken first, so that few have their caches filled.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from setpoint.errors import ConfigError, StorageError

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
"""A URL that names a database and no driver gets the one that we ship with."""

SQLITE_CONNECTIONS = 5
"""One that writes, one that would, and three that read. More would not be quicker, and each thread has a heap of its
own, which grows by what passes through it and does not shrink."""

_SQLITE_HEAD = b"SQLite format 3\x00"
_BUSY_TIMEOUT_MS = 5_000
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
)

WRITES = {"setpoint_writes": True}
"""Execution options of a connection whose transaction is going to write."""

_REMEDIES = (
    ("no space", "free some space where the data directory lies"),
    ("disk is full", "free some space where the data directory lies"),
    ("readonly", "give this user the right to write to the database and its folder"),
    ("read-only", "give this user the right to write to the database, or connect to the primary"),
    ("locked", "another process holds the database; stop it or wait"),
    ("malformed", "the database is damaged; restore a copy"),
    ("not a database", "the file is no database of ours; move it away or give another data directory"),
    ("unable to open", "see that the data directory exists and can be written"),
    ("connection refused", "start the database server, or correct the database URL"),
    ("connect call failed", "start the database server, or correct the database URL"),
    ("password", "correct the user and password in the database URL"),
    ("does not exist", "create it, or correct the database URL"),
    ("permission denied", "grant the database's user the rights to its tables"),
)


def open_engine(url: str) -> AsyncEngine:
    """An engine for a database URL; connects when it is first used. Raises `ConfigError` for a URL that cannot be."""
    try:
        parsed = make_url(url)
        parsed = parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))
        engine = create_async_engine(parsed, **_pool_of(parsed))
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(
            "the database URL is none that can be used; expected is sqlite:///PATH or postgresql://USER@HOST/NAME"
        ) from error
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"the database URL needs {error.name}; install it, for PostgreSQL with: pip install 'setpoint[postgres]'"
        ) from error
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _pool_of(url: URL) -> dict[str, Any]:
    """How connections are kept. A database in memory is its one connection."""
    if url.get_backend_name() != "sqlite":
        return {"pool_pre_ping": True}
    if _is_in_memory(url):
        return {}
    return {"pool_size": SQLITE_CONNECTIONS, "max_overflow": 0, "pool_use_lifo": True}


def _is_in_memory(url: URL) -> bool:
    return url.database in (None, "", ":memory:")


def look_at_file(url: URL) -> None:
    """Raises `StorageError` where an SQLite file plainly cannot be ours, before a driver's thread is started for it."""
    if url.get_backend_name() != "sqlite" or _is_in_memory(url):
        return
    path = Path(str(url.database))
    if not path.parent.is_dir():
        raise StorageError(
            f"there is no folder {path.parent} for the database; see that the data directory exists and can be written"
        )
    if path.is_file():
        with told(f"opening the database {path}"), path.open("rb") as file:
            head = file.read(len(_SQLITE_HEAD))
        if head not in (b"", _SQLITE_HEAD):
            raise StorageError(
                f"{path} is not a database of ours; move it away or give another data directory"
            )


def shown(url: str | URL) -> str:
    """A database URL without its password, for people and logs."""
    return make_url(url).render_as_string(hide_password=True)


def _prepare_sqlite(
    connection: Any, _entry: ConnectionPoolEntry
) -> None:  # a DBAPI connection, untyped by PEP 249
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("setpoint_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Turns what a database raises into a `StorageError` that says what failed and what to do."""
    try:
        yield
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        known = (remedy for sign, remedy in _REMEDIES if sign in cause.lower())
        remedy = next(known, "see the database's own log")
        raise StorageError(f"{doing} failed: {cause}; {remedy}") from error
