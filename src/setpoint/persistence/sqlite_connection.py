"""SQLite's connection with its thread, so that neither waits for an event loop that has ended.

An event loop can end while a call is being given up: somebody pressed Ctrl-C, or a test is over. Nobody reads the
answer then. The thread still has to go on to the next calls, because the last one closes the database.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any

import aiosqlite

# There is no public way to give a connection another queue.
from aiosqlite.core import _connection_worker_thread


def sqlite_connection(database: str, **arguments: Any) -> aiosqlite.Connection:
    """A connection to be awaited; its thread keeps no process from ending."""
    return _SqliteConnection(partial(sqlite3.connect, database, **arguments), iter_chunk_size=64)


class _SqliteConnection(aiosqlite.Connection):
    """A connection that may be stopped twice.

    Its thread ends with the first stop and does not answer another one, so a close that stops it again would wait for
    ever. This happens while a call is being given up: SQLAlchemy stops the connection that it closes.
    """

    _is_stopped = False

    def __init__(self, connector: Callable[[], sqlite3.Connection], iter_chunk_size: int) -> None:
        super().__init__(connector, iter_chunk_size)
        self._tx = _Calls()
        self._thread = Thread(target=_connection_worker_thread, args=(self._tx,), daemon=True)

    def stop(self) -> asyncio.Future[Any] | None:
        if self._is_stopped:
            return None
        self._is_stopped = True
        return super().stop()


class _Calls(SimpleQueue[tuple[Any, Callable[[], Any]]]):
    """The calls for the thread, each with the future that waits for its answer."""

    def put_nowait(self, item: tuple[Any, Callable[[], Any]]) -> None:
        future, call = item
        super().put_nowait((future and _Answer(future), call))


class _Answer:
    """A future, and its loop, to which the thread gives an answer."""

    def __init__(self, future: asyncio.Future[Any]) -> None:
        self._future = future

    def get_loop(self) -> _Answer:
        return self

    def call_soon_threadsafe(
        self, give: Callable[[asyncio.Future[Any], Any], None], _: _Answer, answer: Any
    ) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._future.get_loop().call_soon_threadsafe(give, self._future, answer)
