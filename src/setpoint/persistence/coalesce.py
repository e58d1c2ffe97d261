"""Shares one query among all calls of the same kind at the same time.

After a restart, thousands of boards come back within a second, and each has to be identified. A query for each of them
would keep the last waiting for longer than a database may take to answer. While one query runs, those who come wait,
and the next query answers all of them: 10,000 questions take 20 queries, and a single question waits for nobody.

An answer was always read after its question was asked, so nobody sees rights that had already been taken away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

AT_MOST = 500
"""The most calls in one query. Both databases accept this many parameters."""


class Coalesced(Generic[K, V]):
    """``ask`` answers many keys with one query; a key that it leaves out has the answer None."""

    def __init__(self, ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._ask = ask
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """The answer for this key. Raises what ``ask`` raises."""
        answer = self._waiting.get(key)
        if answer is None:
            answer = self._waiting[key] = asyncio.get_running_loop().create_future()
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._ask_all())
        return await asyncio.shield(answer)  # others may wait for the same answer

    async def _ask_all(self) -> None:
        while self._waiting:
            batch = dict(islice(self._waiting.items(), AT_MOST))
            for key in batch:
                del self._waiting[key]
            try:
                found = await self._ask(list(batch))
            except Exception as error:  # everybody who waits gets it
                for answer in batch.values():
                    answer.set_exception(error)
                    answer.exception()  # retrieved, in case nobody waits any more
            else:
                for key, answer in batch.items():
                    answer.set_result(found.get(key))
            finally:
                for answer in batch.values():
                    answer.cancel()
