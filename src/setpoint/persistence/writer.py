"""Makes sure that only one server writes to a database. A second one does not start; a replaced one writes no more.

A lock stops a second server from starting: an operating system lock on a file beside an SQLite database, or an advisory
lock in PostgreSQL. In addition, each server writes a *term* into the database when it starts, and every writing
transaction reads it. So a server that was replaced, for whatever reason, commits nothing.

Commands that write accounts do not replace a running server: their transactions take turns with its own.
"""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

from sqlalchemy import column, delete, func, insert, select, table
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from setpoint.errors import ConfigError, StorageError
from setpoint.persistence.engine import CHAIN_LOCK, WRITES, is_in_memory, shown, translate_errors
from setpoint.persistence.lease import Lease
from setpoint.persistence.lock import FileLock
from setpoint.persistence.migrate import migrate

_KEYS = table("keys", column("name"), column("value"))
_TERM = "writer"
_WAIT_S = 1.0
"""How long a starting server waits for a command or another server that is about to end."""


class Writer:
    """Call `take` before using the tables, `begin` when they are up to date, and `check` in each transaction."""

    def __init__(self, url: URL, *, timeout_s: float) -> None:
        self._url = url
        self._term = uuid.uuid4().hex
        self._engine: AsyncEngine | None = None
        self._lock: FileLock | None = None
        self._lease: Lease | None = None
        if url.get_backend_name() == "postgresql":
            self._lease = Lease(url, timeout_s, self._is_still_ours)
        elif not is_in_memory(url):
            file = Path(str(url.database)).resolve()
            self._lock = FileLock(file.with_name(f"{file.name}.lock"))

    async def take(self, *, wait_s: float = _WAIT_S) -> None:
        """Takes the lock. Raises `ConfigError` naming the server that already uses the database."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + wait_s
        while True:
            try:
                await self._take()
            except ConfigError:
                if loop.time() >= give_up:
                    raise
                await asyncio.sleep(0.1)
            else:
                return

    async def _take(self) -> None:
        if self._lock is not None:
            self._lock.take(
                guarded=f"the database {shown(self._url)}",
                remedy="stop it, or give another --data-dir or --database",
            )
        if self._lease is not None:
            await self._lease.take()

    async def begin(self, engine: AsyncEngine) -> None:
        """Makes this server the one that may write."""
        self._engine = engine
        with translate_errors("beginning to write"):
            async with engine.connect() as connection:
                await connection.execution_options(**WRITES)
                async with connection.begin():
                    if self._lease is not None:
                        await connection.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))
                    await connection.execute(delete(_KEYS).where(_KEYS.c.name == _TERM))
                    await connection.execute(insert(_KEYS).values(name=_TERM, value=self._term))

    def check_hold(self) -> None:
        """Raises `StorageError` while the lock is lost. Does not ask the database."""
        if self._lease is None or self._lease.is_held:
            return
        if self._lease.is_taken_over:
            raise StorageError(_REPLACED)
        raise StorageError(
            "this server has lost its hold on the database, and another may have it; it writes again when it has the "
            "hold back"
        )

    async def check(self, connection: AsyncConnection) -> None:
        """Raises `StorageError` if another server has started since."""
        self.check_hold()
        if await self._read(connection) != self._term:
            raise StorageError(_REPLACED)

    async def release(self) -> None:
        if self._lease is not None:
            await self._lease.release()
        if self._lock is not None:
            self._lock.release()

    async def _is_still_ours(self) -> bool:
        if self._engine is None:
            return True
        async with self._engine.connect() as connection:
            return await self._read(connection) == self._term

    async def _read(self, connection: AsyncConnection) -> str | None:
        return await connection.scalar(select(_KEYS.c.value).where(_KEYS.c.name == _TERM))


async def migrate_alone(engine: AsyncEngine, writer: Writer) -> None:
    """Migrates the tables if no server runs. Raises `ConfigError` if one does, because it expects the older tables."""
    try:
        await writer.take()
        await migrate(engine)
    finally:
        await writer.release()


_REPLACED = "another server has taken over this database; this one writes nothing more, stop it"
