"""Passes events to the engine and routes each of its effects to what carries it out.

Frames ──▸ server.live     Store, Find, Probe ──▸ storing     Dispatch ──▸ writing ──▸ a source
"""

from __future__ import annotations

import asyncio
import time
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
    Frames,
    MoreDue,
    PlantTaken,
    Probe,
    Reply,
    Settled,
    Store,
    TimePassed,
)
from setpoint.core.engine import Effect as EngineEffect
from setpoint.core.plant import Plant, Write, WriteAnswer
from setpoint.persistence.base import Persistence
from setpoint.runtime.sources import Sources
from setpoint.runtime.storing import Storing
from setpoint.runtime.writing import Writing
from setpoint.server.live import LiveServer, LiveSession

Effect: TypeAlias = EngineEffect[LiveSession]

log = structlog.get_logger("setpoint.player")


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
        self._storing = Storing(persistence, stored)
        self._writing = Writing(sources, persistence, voided=engine.voided, answered=self._answered)
        self._settled = settled
        self._plant_taken = plant_taken
        self._calls: dict[int, asyncio.Future[BatchAnswer | None]] = {}
        self._numbers = count()
        self._tasks: set[asyncio.Task[None]] = set()
        self._due: asyncio.TimerHandle | None = None
        self._is_idle = asyncio.Event()

    # In

    def feed(self, event: Event) -> None:
        """Passes an event to the engine and carries out its effects."""
        was_degraded = self._engine.is_degraded
        self.play(self._engine.handle(event, clock.now_ms(), time.time()))
        if self._engine.is_degraded is not was_degraded:
            if was_degraded:
                log.info("storage_recovered")
            else:
                log.error(
                    "storage_failed", remedy="see the disk and the database; until then no targets are taken"
                )

    async def ask(self, make_event: Callable[[int], Event]) -> BatchAnswer | None:
        """Passes a request to the engine, under its own number, and waits for the answer. Raises the refusal."""
        call = next(self._numbers)
        answer: asyncio.Future[BatchAnswer | None] = asyncio.get_running_loop().create_future()
        self._calls[call] = answer
        try:
            self.feed(make_event(call))
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
            self._carry_out(effect)
        self._set_timer()
        if self._engine.unstored:
            self._is_idle.clear()
        else:
            self._is_idle.set()

    def _carry_out(self, effect: Effect) -> None:
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
                self._spawn(self._act(self._storing.store(changes, name)), "store")
            case Find(tx_id):
                self._spawn(self._act(self._storing.find(tx_id)), "find")
            case Probe():
                self._spawn(self._act(self._storing.probe()), "probe")
            case Settled(outcomes):
                self._settled(outcomes)
            case PlantTaken(plant):
                self._plant_taken(plant)
            case _:
                assert_never(effect)

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

    async def _act(self, work: Coroutine[Any, Any, Event]) -> None:
        self.feed(await work)

    def _hand_over(self, writes: Sequence[Write], limit_ms: int) -> None:
        for serving, part in self._writing.by_source(writes).items():
            name = serving.name if serving else "no source"
            self._spawn(self._writing.write(serving, part, limit_ms), f"write to {name}")

    def _answered(self, answers: Sequence[WriteAnswer]) -> None:
        self.feed(Answered(answers))

    # Time

    def _set_timer(self) -> None:
        """Sets the timer to the instant that the engine names (answers after 3 s, outcomes after 5 s)."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if (due_ms := self._engine.next_due_ms()) is not None:
            delay_s = max(0, due_ms - clock.now_ms()) / 1000
            self._due = asyncio.get_running_loop().call_later(delay_s, self.feed, TimePassed())
