"""Opens a database with the right settings for its kind, and explains failures with a remedy.

SQLite runs in WAL mode, so that readers never wait for the writer, and with ``synchronous=FULL``, because the record of
a batch must survive a power cut, not only a crash. We begin transactions ourselves instead of the driver. Writing ones
begin as writers (``IMMEDIATE``), so that none can read first and then fail to write because another wrote in between.

Connections stay open, because opening one in SQLite means starting a thread and running five pragmas. If all are in
use, a caller waits for one. The most recently used one is taken first, so that few have full caches.

No statement takes longer than ``timeout_s``. PostgreSQL ends it (``statement_timeout``) and releases the locks of a
client that has gone. SQLite checks while it works whether its call is over (`bounds`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from setpoint.errors import ConfigError, StorageError
from setpoint.message import Sentence, sentence
from setpoint.persistence.bounds import DATABASE_TIMEOUT_S, Call, current_call
from setpoint.persistence.sqlite_connection import sqlite_connection

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
"""If a URL names a database but no driver, it gets the driver that Setpoint includes."""

SQLITE_CONNECTIONS = 5
"""One for writing and four for reading. More would not be faster, and each thread has its own heap, which grows with
the largest result and does not shrink."""

_POOL_WAITS = 10
"""How many times the time-out a caller waits for a connection: `bounds` gives the call up long before that, but does
not count time during which this process stood still.
"""
_SQLITE_HEAD = b"SQLite format 3\x00"
_BUSY = 800
"""SQLite waits this many milliseconds for each second of the time-out, so that it reports its own error before the call
is given up."""
_LOOK_EVERY = 20_000
"""SQLite's steps between two checks of the time: some milliseconds."""
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
)

CHAIN_LOCK = 7_378_117
"""PostgreSQL's advisory lock that writers take in turn, because each continues the audit's chain."""
_CALL = "setpoint_call"
WRITES = {"setpoint_writes": True}
"""Execution options of a connection whose transaction will write."""

_REMEDIES = (
    ("no space", sentence("words-free-space", "free some space where the data directory lies")),
    ("disk is full", sentence("words-free-space", "free some space where the data directory lies")),
    (
        "readonly",
        sentence(
            "words-may-write-folder", "give this user permission to write to the database and its folder"
        ),
    ),
    (
        "read-only",
        sentence(
            "words-may-write-primary",
            "give this user permission to write to the database, or connect to the primary",
        ),
    ),
    ("interrupted", sentence("words-took-longer", "it took longer than --database-timeout allows")),
    (
        "timeout",
        sentence(
            "words-took-longer-runs",
            "it took longer than --database-timeout allows; check that the database runs",
        ),
    ),
    (
        "locked",
        sentence("words-locked-by-another", "another process has locked the database; stop it or wait"),
    ),
    ("malformed", sentence("words-database-damaged", "the database is damaged; restore a copy")),
    (
        "not a database",
        sentence(
            "words-no-database-of-ours",
            "the file is no database of ours; move it away or give another data directory",
        ),
    ),
    (
        "unable to open",
        sentence("words-see-data-directory", "see that the data directory exists and can be written"),
    ),
    (
        "server version mismatch",
        sentence(
            "words-install-newer-client",
            "install PostgreSQL's client programs of the server's version, or newer ones",
        ),
    ),
    (
        "translate host name",
        sentence("words-start-database", "start the database server, or correct the database URL"),
    ),
    (
        "connection refused",
        sentence("words-start-database", "start the database server, or correct the database URL"),
    ),
    (
        "connect call failed",
        sentence("words-start-database", "start the database server, or correct the database URL"),
    ),
    ("password", sentence("words-correct-password", "correct the user and password in the database URL")),
    ("does not exist", sentence("words-create-it", "create it, or correct the database URL")),
    (
        "permission denied",
        sentence("words-grant-rights", "grant the database's user the rights to its tables"),
    ),
)


def parse_url(url: str) -> URL:
    """A database URL with its driver. Raises `ConfigError` if the URL is not valid."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _unusable() from error
    return parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))


def open_engine(
    url: URL, *, timeout_s: float = DATABASE_TIMEOUT_S, connections: int = 1, idle_s: float | None = None
) -> AsyncEngine:
    """An engine with this many connections. Raises `ConfigError` if the URL is not valid.

    ``idle_s``: how long PostgreSQL keeps a transaction, with its locks, of a client that says nothing.
    """
    is_sqlite = url.get_backend_name() == "sqlite"
    options: dict[str, Any] = {
        "connect_args": (
            {"async_creator_fn": sqlite_connection}
            if is_sqlite
            else _postgres_arguments(timeout_s, idle_s or 5 * timeout_s)
        )
    }
    if not is_in_memory(url):
        options |= {
            "pool_size": connections,
            "max_overflow": 0,
            "pool_use_lifo": True,
            "pool_timeout": _POOL_WAITS * timeout_s,
            "pool_pre_ping": not is_sqlite,
        }
    try:
        engine = create_async_engine(url, **options)
    except (ArgumentError, NoSuchModuleError) as error:
        raise _unusable() from error
    except ModuleNotFoundError as error:
        raise ConfigError(
            sentence(
                "words-database-url-needs-install-postgresql-pip",
                "the database URL needs {name}; install it, for PostgreSQL with: pip install 'setpoint[postgres]'",
                name=error.name,
            )
        ) from error
    if is_sqlite:
        event.listen(engine.sync_engine, "connect", partial(_prepare_sqlite, timeout_s))
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    event.listen(engine.sync_engine, "before_cursor_execute", _a_statement_begins)
    return engine


def _postgres_arguments(timeout_s: float, idle_s: float) -> dict[str, Any]:
    milliseconds = str(round(timeout_s * 1000))
    settings = {
        "application_name": "setpoint",
        "statement_timeout": milliseconds,
        "lock_timeout": milliseconds,
        "idle_in_transaction_session_timeout": str(round(idle_s * 1000)),
        "tcp_user_timeout": str(round(timeout_s * 5_000)),
    }
    return {"timeout": timeout_s, "server_settings": settings}


def _unusable() -> ConfigError:
    return ConfigError(
        sentence(
            "words-database-url-cannot-be-used-give",
            "the database URL cannot be used; give sqlite:///PATH or postgresql://USER@HOST/NAME",
        )
    )


def is_in_memory(url: URL) -> bool:
    """Whether it is an SQLite database without a file, which exists only in its one connection."""
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def look_at_file(url: URL) -> None:
    """Raises `StorageError` if an SQLite file cannot be Setpoint's, before a driver thread is started for it."""
    if url.get_backend_name() != "sqlite" or is_in_memory(url):
        return
    path = Path(str(url.database))
    if not path.parent.is_dir():
        raise StorageError(
            sentence(
                "words-there-no-folder-database-see-data",
                "there is no folder {parent} for the database; see that the data directory exists and can be written",
                parent=path.parent,
            )
        )
    if path.is_file():
        with translate_errors(opening(path)), path.open("rb") as file:
            head = file.read(len(_SQLITE_HEAD))
        if head not in (b"", _SQLITE_HEAD):
            raise StorageError(
                sentence(
                    "words-not-database-ours-move-away-give",
                    "{path} is not a database of ours; move it away or give another data directory",
                    path=path,
                )
            )


def shown(url: str | URL) -> str:
    """A database URL without its password, for people and logs."""
    return make_url(url).render_as_string(hide_password=True)


def _prepare_sqlite(
    timeout_s: float, connection: Any, entry: ConnectionPoolEntry
) -> None:  # a DBAPI connection, untyped by PEP 249
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        for pragma in (*_PRAGMAS, f"PRAGMA busy_timeout={round(timeout_s * _BUSY)}"):
            cursor.execute(pragma)
    finally:
        cursor.close()

    def is_over() -> bool:
        call: Call | None = entry.info.get(_CALL)
        return call is not None and call.is_over()

    connection.run_async(lambda driver: driver.set_progress_handler(is_over, _LOOK_EVERY))


def _a_statement_begins(connection: Connection, *_: object) -> None:
    call = current_call()
    connection.info[_CALL] = call
    if call is not None:
        call.moved()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("setpoint_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def cause_of(error: BaseException) -> str:
    """The error message of a database or the system in one line. May be empty."""
    lines = str(getattr(error, "orig", None) or error).splitlines()
    return lines[0] if lines else type(error).__name__


@contextmanager
def translate_errors(doing: str) -> Iterator[None]:
    """Turns an error of a database into a `StorageError` that says what failed and what to do."""
    try:
        yield
    # `bulk` uses SQLite's driver directly, which raises its own errors.
    except (SQLAlchemyError, sqlite3.Error, OSError, TimeoutError) as error:
        raise StorageError(failed(_action(doing), cause_of(error))) from error


def failed(doing: str, cause: str) -> Sentence:
    """What failed, why, and what to do about it."""
    known = (remedy for sign, remedy in _REMEDIES if sign in cause.lower())
    remedy = next(known, sentence("words-see-database-log", "see the database's own log"))
    return sentence(
        "words-failed-2", "{doing} failed: {cause}; {remedy}", doing=doing, cause=cause, remedy=remedy
    )


def opening(path: Path) -> Sentence:
    return sentence("words-opening-database", "opening the database {path}", path=path)


def _action(doing: str) -> str:
    """The action as a text of the catalogue: ``reading a batch`` is ``words-doing-reading-a-batch``."""
    if isinstance(doing, Sentence):
        return doing
    return sentence(f"words-doing-{doing.replace(' ', '-')}", "{doing}", doing=doing)
