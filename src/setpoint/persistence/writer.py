"""Makes sure that only one server writes to a database. A second one does not start; one that was replaced writes
nothing more.

In PostgreSQL, the server has a lease (`lease`). Beside an SQLite file, it locks another file, which also holds while
the process is stopped, and writes a *term* into the database. Every writing transaction proves the lease's token or
the term. So a server that was replaced, for whatever reason, commits nothing.

Commands that write accounts do not replace a running server: their transactions take turns with its own.
"""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Protocol

from sqlalchemy import column, delete, insert, select, table
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from setpoint.errors import ConfigError, StorageError
from setpoint.message import sentence
from setpoint.persistence.engine import WRITES, is_in_memory, shown, translate_errors
from setpoint.persistence.lease import REPLACED, LeaseWriter
from setpoint.persistence.lock import FileLock
from setpoint.persistence.migrate import migrate

WAIT_S = 1.0
"""How long a starting server waits for a command or another server that is about to end."""
_KEYS = table("keys", column("name"), column("value"))
_TERM = "writer"
_READ_TERM = select(_KEYS.c.value).where(_KEYS.c.name == _TERM)
_LOOK_EVERY_S = 0.1


class Writer(Protocol):
    """Call `take` before using the tables, `begin` when they are up to date, and `prove` in each transaction.

    ``replaced`` is set when another server has the database for good.
    """

    replaced: asyncio.Event

    @property
    def is_held(self) -> bool:
        """Whether this server is the only one at this instant, without a query."""

    @property
    def token(self) -> int | None:
        """The token of the lease (LEASE-1); None if there is no lease, or another server has it."""

    async def take(self, *, wait_s: float) -> None:
        """Raises `ConfigError` naming the server that still uses the database after ``wait_s``."""

    async def begin(self, engine: AsyncEngine) -> None:
        """Makes this server the only one that may write."""

    async def hold(self) -> None:
        """Waits for a renewal that is late because this process stood still. Raises `StorageError` if it fails."""

    def check_hold(self) -> None:
        """Raises `StorageError` while the hold is lost, without a query."""

    async def prove(self, connection: AsyncConnection) -> None:
        """Raises `StorageError` if another server has taken over since. Waits for the turn of the transaction."""

    async def release(self) -> None: ...


def open_writer(url: URL, *, timeout_s: float) -> Writer:
    if url.get_backend_name() == "postgresql":
        return LeaseWriter(url, timeout_s=timeout_s)
    return FileWriter(url)


class FileWriter:
    """A `Writer` of an SQLite database. One in memory belongs to its process alone."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._term = uuid.uuid4().hex
        self._lock: FileLock | None = None
        if not is_in_memory(url):
            file = Path(str(url.database)).resolve()
            self._lock = FileLock(file.with_name(f"{file.name}.lock"))
        self.replaced = asyncio.Event()

    token = None
    """A file has no lease."""

    @property
    def is_held(self) -> bool:
        return not self.replaced.is_set()

    async def take(self, *, wait_s: float) -> None:
        if self._lock is None:
            return
        self._check_name()
        loop = asyncio.get_running_loop()
        give_up = loop.time() + wait_s
        guarded = sentence("words-the-database", "the database {url}", url=shown(self._url))
        remedy = sentence(
            "words-stop-or-another-data-dir-or-database", "stop it, or give another --data-dir or --database"
        )
        while True:
            try:
                self._lock.take(guarded=guarded, remedy=remedy)
            except ConfigError:
                if loop.time() >= give_up:
                    raise
                await asyncio.sleep(_LOOK_EVERY_S)
            else:
                return

    def _check_name(self) -> None:
        """The lock and the journal are beside the file under its name. Under another name, a second server would have
        its own lock and journal, and the two would damage the file. Raises `ConfigError`.
        """
        file = Path(str(self._url.database))
        if file.is_file() and file.stat().st_nlink > 1:
            raise ConfigError(
                sentence(
                    "words-database-has-several-names",
                    "the database {file} has {count} names (hard links), and a server under another name would not be "
                    "noticed; remove the others, or copy the file and use the copy",
                    file=file,
                    count=file.stat().st_nlink,
                )
            )

    async def begin(self, engine: AsyncEngine) -> None:
        with translate_errors("beginning to write"):
            async with engine.connect() as connection:
                await connection.execution_options(**WRITES)
                async with connection.begin():
                    await connection.execute(delete(_KEYS).where(_KEYS.c.name == _TERM))
                    await connection.execute(insert(_KEYS).values(name=_TERM, value=self._term))

    async def hold(self) -> None:
        self.check_hold()

    def check_hold(self) -> None:
        if self.replaced.is_set():
            raise StorageError(REPLACED)

    async def prove(self, connection: AsyncConnection) -> None:
        if await connection.scalar(_READ_TERM) != self._term:
            self.replaced.set()
        self.check_hold()

    async def release(self) -> None:
        if self._lock is not None:
            self._lock.release()


async def migrate_alone(engine: AsyncEngine, writer: Writer) -> None:
    """Migrates the tables if no server runs. Raises `ConfigError` if one does, because it expects the older tables."""
    try:
        await writer.take(wait_s=WAIT_S)
        await migrate(engine)
    finally:
        await writer.release()
