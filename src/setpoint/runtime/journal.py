"""Plays the effects of commands in the order that their promise needs: stored first, acted upon after (CMD-1).

One queue, one writer. Whatever waits when the writer is free is stored in one transaction, however many batches
and outcomes that is; only then are the effects behind it played. A machine is not written to, and nobody is told
an outcome, before the record of it would survive a crash.

When storage fails, the journal is *ailing*: batches that could not be recorded are given back as such (they never
were, and nothing of them leaves), outcomes wait and are tried again, and new batches are refused at the door
(`Journal.is_ailing`) until a write has succeeded. Where nothing waits, it asks the storage whether it can be written
again, so that it takes batches soon after the storage is back.

The queue is bounded by the targets in hand (`setpoint.core.commands.commands.MAX_TARGETS`). What machines do by
themselves while storage fails waits in it too, some 0.5 KB an event, because it must not be lost: an ailing server
wants its disk back, and says so.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from setpoint.core.commands import (
    AnswerReady,
    Change,
    Echo,
    Effect,
    RecordBatch,
    RecordEvents,
    RecordOutcomes,
    Revise,
)
from setpoint.errors import StorageError

RETRY_AFTER_S = 1.0
MAX_CHANGES = 200
"""Effects stored in one transaction: bounds how long one commit can take and what is repeated when it fails."""

log = structlog.get_logger("setpoint.journal")


class Storage(Protocol):
    async def store(self, changes: Sequence[Change], /) -> None:
        """Stores all of them in one transaction, or raises `StorageError` and stores none of them."""

    async def check(self) -> None:
        """Raises `StorageError` where nothing can be written now."""


class Journal:
    """``play`` gets each effect once what stands before it is stored.

    ``refuse`` gets a batch that could not be, and returns what takes its place.
    """

    def __init__(
        self,
        storage: Storage,
        *,
        play: Callable[[Effect], None],
        refuse: Callable[[RecordBatch, StorageError], Iterable[Effect]],
    ) -> None:
        self._storage = storage
        self._play = play
        self._refuse = refuse
        self._queue: deque[Effect] = deque()
        self._wake = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._is_closing = False
        self.is_ailing = False

    def start(self) -> None:
        self._writer = asyncio.create_task(self._write(), name="journal")

    def put(self, effects: Iterable[Effect]) -> None:
        """Takes effects in order. Never blocks; what waits is bounded by the batches that may be under way."""
        self._queue.extend(effects)
        self._wake.set()

    async def stop(self, *, within_s: float) -> int:
        """Stores what waits, for a bounded time; returns how many effects had to be left."""
        self._is_closing = True
        self._wake.set()
        if self._writer is not None:
            _, unfinished = await asyncio.wait([self._writer], timeout=within_s)
            for task in unfinished:
                task.cancel()
                await asyncio.wait([task])
        return len(self._queue)

    async def _write(self) -> None:
        while self._queue or not self._is_closing:
            if self._queue:
                await self._write_some()
            elif self.is_ailing:
                await self._probe()
            else:
                self._wake.clear()
                await self._wake.wait()

    async def _probe(self) -> None:
        """Nothing waits: asks whether the storage is well again, and sleeps where it is not."""
        try:
            await self._storage.check()
        except StorageError:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken(), RETRY_AFTER_S)
        else:
            self._recovered()

    async def _woken(self) -> None:
        self._wake.clear()
        await self._wake.wait()

    def _recovered(self) -> None:
        self.is_ailing = False
        log.info("storage_recovered")

    async def _write_some(self) -> None:
        part = [self._queue.popleft() for _ in range(min(len(self._queue), MAX_CHANGES))]
        changes = [
            effect for effect in part if isinstance(effect, RecordBatch | RecordOutcomes | RecordEvents)
        ]
        try:
            if changes:
                await self._storage.store(changes)
        except StorageError as error:
            if not self.is_ailing:
                log.error("storage_failed", error=error.message)
            self.is_ailing = True
            left: list[Effect] = []
            for effect in part:
                left += self._refuse(effect, error) if isinstance(effect, RecordBatch) else (effect,)
            self._queue.extendleft(reversed(left))
            await asyncio.sleep(RETRY_AFTER_S)
            return
        except asyncio.CancelledError:
            self._queue.extendleft(reversed(part))
            raise
        if self.is_ailing and changes:
            self._recovered()
        for effect in part:
            self._play(effect)


JOURNALLED = (RecordBatch, RecordOutcomes, RecordEvents, Revise, Echo, AnswerReady)
"""The effects that go through the journal; the others are played at once."""
