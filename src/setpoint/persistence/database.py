"""One database with three kinds of connections: for writing, for quick look-ups, and for browsing.

Each kind has its own connections. So 150 people who page through a long history do not delay a batch that has to be
recorded, or the look-up of an account.

    writing    one transaction after another; the record of batches comes before files, accounts and notes
    reading    a row or two: an account, a session, one batch
    browsing   lists, exports, files: queries that may take longer

SQLite keeps `SQLITE_CONNECTIONS` connections open in all: each is a thread, two descriptors and a page cache of up to
2 MB.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from setpoint.core.lease import LASTS_MS
from setpoint.persistence.bounds import DATABASE_TIMEOUT_S, Bounds, committing, joining
from setpoint.persistence.engine import (
    CHAIN_LOCK,
    WRITES,
    is_in_memory,
    open_engine,
    parse_url,
    translate_errors,
)
from setpoint.persistence.writer import Writer, open_writer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _One:
    """A transaction that the running task has open for several methods."""

    database: Database
    connection: AsyncConnection
    after: list[Callable[[], None]] = field(default_factory=list)


_one: ContextVar[_One | None] = ContextVar("setpoint_transaction", default=None)


class Database:
    """Connects when it is first used. Raises `ConfigError` for a URL that is not valid.

    With ``is_server``, this process is the only server, and every transaction proves that it still is. PostgreSQL ends
    a transaction of a server that says nothing for as long as its lease lasts, so that the next owner need not wait.
    """

    def __init__(self, url: str, *, timeout_s: float = DATABASE_TIMEOUT_S, is_server: bool = False) -> None:
        self.bounds = Bounds(timeout_s)
        self.url: URL = parse_url(url)
        self._others = asyncio.Lock()
        """Held by one of the writers that do not come first, while it waits for the connection and uses it."""
        self.writer: Writer | None = open_writer(self.url, timeout_s=timeout_s) if is_server else None
        idle_s = LASTS_MS / 1000 if is_server else None
        if is_in_memory(self.url):
            shared = open_engine(self.url, timeout_s=timeout_s)
            self._engines = (shared, shared, shared)
        else:
            self._engines = (
                open_engine(self.url, timeout_s=timeout_s, connections=1, idle_s=idle_s),
                open_engine(self.url, timeout_s=timeout_s, connections=2),
                open_engine(self.url, timeout_s=timeout_s, connections=2),
            )

    @property
    def engine(self) -> AsyncEngine:
        """The engine for writing."""
        return self._engines[0]

    async def close(self) -> None:
        await self.bounds.close()
        for engine in self._engines:
            await engine.dispose()
        if self.writer is not None:
            await self.writer.release()

    def reading(self, doing: str) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._connected(self._engines[1], doing)

    def browsing(self, doing: str) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._connected(self._engines[2], doing)

    @asynccontextmanager
    async def writing(self, doing: str, *, comes_first: bool = False) -> AsyncIterator[AsyncConnection]:
        """One transaction, committed at the end of the block; inside `together`, a part of that one.

        A transaction with ``comes_first`` waits for the one that is running, and for at most one more, however many
        wait. Raises `StorageError`; an `InDoubtError` if the commit was sent and failed, or was not answered in time.
        """
        if (one := _one.get()) is not None and one.database is self:
            yield one.connection
            return
        committing(False)
        if self.writer is not None:
            await self.writer.hold()
        with translate_errors(doing):
            async with nullcontext() if comes_first else self._others, self.engine.connect() as connection:
                await connection.execution_options(**WRITES)
                async with connection.begin():
                    if self.writer is not None:
                        await self.writer.prove(connection)
                    elif connection.dialect.name == "postgresql":
                        await connection.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))
                    yield connection
                    committing(True)

    async def together(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Runs ``work`` in one transaction, which is stored completely or not at all. Returns its result.

        ``work`` reads nothing and starts no tasks. Raises as `writing`.
        """

        async def run() -> tuple[T, _One]:
            async with self.writing("writing the accounts") as connection:
                one = _One(self, connection)
                token = _one.set(one)
                try:
                    with joining():
                        found = await work()
                finally:
                    _one.reset(token)
            return found, one

        found, one = await self.bounds.run(run)
        for each in one.after:
            each()
        return found

    def after_commit(self, act: Callable[[], None]) -> None:
        """Acts when what was written so far is stored: at once, or at the end of `together`."""
        if (one := _one.get()) is not None and one.database is self:
            one.after.append(act)
        else:
            act()

    @asynccontextmanager
    async def _connected(self, engine: AsyncEngine, doing: str) -> AsyncIterator[AsyncConnection]:
        with translate_errors(doing):
            async with engine.connect() as connection:
                yield connection
