"""The server's advisory lock in PostgreSQL, on a separate connection.

The lock lives as long as the connection. When the connection is lost, another server may start at any moment, so the
lease is lost until the lock is taken again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from setpoint.errors import ConfigError
from setpoint.persistence.engine import cause_of, open_engine, shown, translate_errors
from setpoint.persistence.lock import Holder, in_use

_SERVER_LOCK = 7_378_118
_LOOK_EVERY_S = 0.5
_NAME = re.compile(r"setpoint server (\d+)@(.*)")
_MAX_HOST = 30
"""PostgreSQL cuts application names at 63 bytes."""
_HOLDER = text(
    "SELECT a.application_name, extract(epoch FROM a.backend_start) AS since FROM pg_locks l"
    " JOIN pg_stat_activity a ON a.pid = l.pid"
    " JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()"
    " WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = :key AND l.granted"
)

log = structlog.get_logger("setpoint.persistence")


class Lease:
    """``is_still_ours`` is called when a lost lock is taken again. It says whether no other server was there."""

    def __init__(self, url: URL, timeout_s: float, is_still_ours: Callable[[], Awaitable[bool]]) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._is_still_ours = is_still_ours
        self._engine = open_engine(url, timeout_s=timeout_s)
        self._connection: AsyncConnection | None = None
        self._watch: asyncio.Task[None] | None = None
        self.is_held = False
        self.is_taken_over = False

    async def take(self) -> None:
        """Takes the lock. Raises `ConfigError` naming its holder, `StorageError` if the database does not answer."""
        with translate_errors(f"asking for the database {shown(self._url)}"):
            async with asyncio.timeout(2 * self._timeout_s):
                other = await self._try()
        if other is not None:
            await self.release()
            raise other
        self.is_held = True
        self._watch = asyncio.create_task(self._look(), name="lease")

    async def release(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        self.is_held = False
        await self._drop()
        await self._engine.dispose()

    async def _try(self) -> ConfigError | None:
        """Takes the lock on a new connection. Returns an error if another server has it."""
        connection = await self._engine.connect()
        self._connection = connection
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        name = f"setpoint server {os.getpid()}@{socket.gethostname()[:_MAX_HOST]}"
        await connection.execute(text("SELECT set_config('application_name', :name, false)"), {"name": name})
        if await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _SERVER_LOCK}):
            return None
        row = (await connection.execute(_HOLDER, {"key": _SERVER_LOCK})).first()
        found = _NAME.fullmatch(row.application_name) if row else None
        other = Holder(int(found[1]), found[2], float(row.since)) if row and found else None
        return in_use(f"the database {shown(self._url)}", other, "stop it, or give another --database")

    async def _look(self) -> None:
        """Notices when the lock is lost, and takes it again when the database is back."""
        while not self.is_taken_over:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                async with asyncio.timeout(self._timeout_s):
                    await (self._still() if self.is_held else self._again())
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                if self.is_held:
                    log.error("lease_lost", error=cause_of(error))
                self.is_held = False
                await self._drop()

    async def _still(self) -> None:
        if self._connection is None:
            raise TimeoutError("there is no connection")
        await self._connection.execute(text("SELECT 1"))

    async def _again(self) -> None:
        if await self._try() is not None:
            await self._drop()
        elif await self._is_still_ours():
            self.is_held = True
            log.info("lease_taken_again")
        else:
            self.is_taken_over = True
            log.error("lease_taken_over")
            await self._drop()

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with contextlib.suppress(SQLAlchemyError, OSError, TimeoutError):
            async with asyncio.timeout(self._timeout_s):
                await connection.invalidate()
                await connection.close()
