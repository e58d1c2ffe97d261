"""Passes events to the engine and carries out its effects. It only decides where an effect goes."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from itertools import count
from typing import Any, TypeAlias, assert_never

import structlog

from setpoint import clock
from setpoint.contract.http.batches import BatchAnswer
from setpoint.contract.live import TxOutcome
from setpoint.core.audit.changes import Change
from setpoint.core.commands import Dispatch, DispatchMore
from setpoint.core.engine import (
    Answered,
    Engine,
    Event,
    Find,
    Found,
    Frames,
    MoreDue,
    NotFound,
    NotStored,
    PlantTaken,
    Probe,
    Probed,
    Reply,
    Settled,
    Store,
    Stored,
    TimePassed,
)
from setpoint.core.engine import Effect as EngineEffect
from setpoint.core.plant import Answer, Plant, Write, WriteAnswer
from setpoint.errors import InDoubtError, StorageError
from setpoint.message import sentence
from setpoint.persistence.base import Persistence
from setpoint.runtime.sources import Serving, Sources
from setpoint.server.live import LiveServer, LiveSession

Effect: TypeAlias = EngineEffect[LiveSession]

log = structlog.get_logger("setpoint.player")

_TOO_LATE = sentence(
    "words-too-late-stood-still", "too late: the server was suspended before it could send this"
)
_NOT_OWNER = sentence(
    "words-not-sent-no-owner", "nothing was sent: this server does not own the plant any more"
)
_STARTING = sentence("words-not-sent-starting", "nothing was sent: its source is being started again")
_FAILED = sentence("words-source-failed", "the source failed while writing; it may have reached the machine")


class Player:
    """``settled`` is called with every outcome that goes out on the stream, ``plant_taken`` with each new plant.

    ``stored`` is called with what was stored, after everything that follows from it.
    """

    def __init__(
        self,
        engine: Engine[LiveSession],
        *,
        live: LiveServer,
        persistence: Persistence,
        sources: Sources,
        settled: Callable[[Sequence[TxOutcome]], None],
        plant_taken: Callable[[Plant], None],
        stored: Callable[[Sequence[Change]], None] = lambda _: None,
    ) -> None:
        self._engine = engine
        self._live = live
        self._persistence = persistence
        self._sources = sources
        self._settled = settled
        self._plant_taken = plant_taken
        self._stored = stored
        self._calls: dict[int, asyncio.Future[BatchAnswer | None]] = {}
        self._numbers = count()
        self._tasks: set[asyncio.Task[None]] = set()
        self._due: asyncio.TimerHandle | None = None
        self._is_idle = asyncio.Event()
        self._in_doubt: tuple[str, Sequence[Change]] | None = None
        """The name and the changes of a transaction whose commit was not answered."""

    # In

    def feed(self, event: Event) -> None:
        """Passes an event to the engine and carries out its effects."""
        was_degraded = self._engine.is_degraded
        self.play(self._engine.handle(event, clock.now_ms(), time.time()))
        if self._engine.is_degraded is not was_degraded:
            log.info("storage_recovered" if was_degraded else "storage_failed")

    async def ask(self, asked: Callable[[int], Event]) -> BatchAnswer | None:
        """Passes a request to the engine, under its own number, and waits for the answer. Raises the refusal."""
        call = next(self._numbers)
        answer: asyncio.Future[BatchAnswer | None] = asyncio.get_running_loop().create_future()
        self._calls[call] = answer
        try:
            self.feed(asked(call))
            return await answer
        finally:
            del self._calls[call]

    async def stop(self, *, within_s: float) -> int:
        """Stores what waits, for at most ``within_s``. Returns the number of facts that could not be stored."""
        if self._engine.unstored:
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._is_idle.wait()
        await asyncio.sleep(0)  # announce what was stored last
        for task in self._tasks:
            task.cancel()
        if self._due is not None:
            self._due.cancel()
        return self._engine.unstored

    # Out

    def play(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Frames(frames):
                    self._live.play(frames)
                case Dispatch(writes, limit_ms):
                    self._hand_over(writes, limit_ms)
                case DispatchMore(tx_id):
                    asyncio.get_running_loop().call_soon(self.feed, MoreDue(tx_id))
                case Reply(call, result):
                    self._reply(call, result)
                case Store(changes, name):
                    self._spawn(self._store(changes, name), "store")
                case Find(tx_id):
                    self._spawn(self._find(tx_id), "find")
                case Probe():
                    self._spawn(self._probe(), "probe")
                case Settled() | PlantTaken():
                    self._tell(effect)
                case _:
                    assert_never(effect)
        self._set_timer()
        if self._engine.unstored:
            self._is_idle.clear()
        else:
            self._is_idle.set()

    def _tell(self, effect: Settled | PlantTaken) -> None:
        if isinstance(effect, Settled):
            self._settled(effect.outcomes)
        else:
            self._plant_taken(effect.plant)

    def _reply(self, call: int, result: BatchAnswer | Exception | None) -> None:
        answer = self._calls.get(call)
        if answer is None or answer.done():
            return  # the request was cancelled
        if isinstance(result, Exception):
            answer.set_exception(result)
        else:
            answer.set_result(result)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Storage

    async def _store(self, changes: Sequence[Change], name: str) -> None:
        try:
            await self._persistence.store(changes, name=name)
        except StorageError as error:
            is_in_doubt = isinstance(error, InDoubtError)
            log.warning("not_stored", error=error.message, in_doubt=is_in_doubt)
            self._in_doubt = (name, changes) if is_in_doubt else None
            self.feed(NotStored(error))
        except Exception as error:
            log.exception("store_failed")
            self.feed(
                NotStored(
                    StorageError(
                        sentence(
                            "words-storing-failed-see-server-s-log",
                            "storing failed: {why}; see the server's log",
                            why=error,
                        )
                    )
                )
            )
        else:
            self.feed(Stored())
            asyncio.get_running_loop().call_soon(self._stored, changes)  # in a turn of its own

    async def _find(self, tx_id: str) -> None:
        try:
            batch = await self._persistence.batch(tx_id)
        except StorageError as error:
            self.feed(NotFound(tx_id, error))
        except Exception as error:
            log.exception("read_failed")
            self.feed(
                NotFound(
                    tx_id,
                    StorageError(
                        sentence(
                            "words-reading-failed-see-server-s-log",
                            "reading failed: {why}; see the server's log",
                            why=error,
                        )
                    ),
                )
            )
        else:
            self.feed(Found(tx_id, batch))

    async def _probe(self) -> None:
        try:
            stored_last = await self._persistence.check()
        except StorageError:
            self.feed(Probed(is_well=False))
        else:
            doubted, self._in_doubt = self._in_doubt, None
            self.feed(Probed(is_well=True, stored_last=stored_last))
            if doubted is not None and doubted[0] == stored_last:
                self._stored(doubted[1])

    # Sources

    def voided(self, write: Write) -> str | None:
        """Why this write must not leave any more, although it was handed over (SAFE-3)."""
        return self._engine.voided(write)

    def _hand_over(self, writes: Sequence[Write], limit_ms: int) -> None:
        by_source: dict[Serving | None, list[Write]] = defaultdict(list)
        for write in writes:
            by_source[self._sources.of(write.machine)].append(write)
        for serving, part in by_source.items():
            name = serving.name if serving else "no source"
            self._spawn(self._write(serving, part, limit_ms), f"write to {name}")

    async def _write(self, serving: Serving | None, writes: Sequence[Write], limit_ms: int) -> None:
        """Hands writes to a source. If a faulty source raises, its items are still answered.

        A stop may have come since the decision, and the process may have been suspended. So the stop, the time limit
        and the lease are checked again (SAFE-3, CMD-8, LEASE-5).
        """
        if clock.now_ms() >= limit_ms:
            late = _TOO_LATE
            self._answer(writes, Answer.NOT_SENT, late)
            return
        if not self._persistence.is_owner:
            self._answer(writes, Answer.NOT_SENT, _NOT_OWNER)
            return
        if serving is None or not serving.is_started:
            self._answer(writes, Answer.NOT_SENT, _STARTING)
            return
        leaving = []
        for write in writes:
            if (voided := self.voided(write)) is None:
                leaving.append(write)
            else:
                self._answer([write], Answer.NOT_SENT, voided)
        if not leaving:
            return
        try:
            await serving.source.write(leaving)
        except Exception:
            log.exception("source_failed_to_write", source=serving.name, writes=len(writes))
            message = _FAILED
            self._answer(leaving, Answer.UNKNOWN, message)

    def _answer(self, writes: Sequence[Write], answer: Answer, message: str) -> None:
        said = [WriteAnswer(each.tx_id, each.machine, each.field, answer, message) for each in writes]
        self.feed(Answered(said))

    # Time

    def _set_timer(self) -> None:
        """Sets the timer to the instant that the engine names (answers after 3 s, outcomes after 5 s)."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if (due_ms := self._engine.next_due_ms()) is not None:
            delay_s = max(0, due_ms - clock.now_ms()) / 1000
            self._due = asyncio.get_running_loop().call_later(delay_s, self.feed, TimePassed())
