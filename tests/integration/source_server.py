"""A server over a real source, in the test's own process. Tests give batches and see the outcome of each target."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from tests.integration.live_support import LiveClient, RunningLive, running_live

from setpoint.contract.http.batches import BatchRequest
from setpoint.contract.http.machines import EventKind
from setpoint.contract.live import Delta, Hello, Outcome, Ping, Snapshot, decode_down
from setpoint.contract.values import Quality, Value
from setpoint.core.audit.queries import EventQuery
from setpoint.core.commands import ItemRecord
from setpoint.core.plant import WHOLE_PLANT, Person, Plant, Role
from setpoint.core.store import Commit, Inflight, MachineView, Store
from setpoint.persistence.memory import MemoryPersistence
from setpoint.runtime.runtime import Runtime
from setpoint.sources.base import Source
from setpoint.testing.patience import patient

ANNA = Person("anna", {WHOLE_PLANT: Role.OPERATOR})


class SourceServer:
    """The parts of one server over one source, with the live socket."""

    def __init__(self, plant: Plant, source: Source, front: RunningLive) -> None:
        self.persistence = MemoryPersistence()
        self.runtime = Runtime(
            plant,
            engine=front.engine,
            live=front.live,
            persistence=self.persistence,
            sources={"press": source},
        )
        self.front = front

    @classmethod
    @asynccontextmanager
    async def open(cls, plant: Plant, source: Source) -> AsyncIterator[Self]:
        """Waits until m:401 and m:402 are live."""
        async with running_live(plant=plant, ticks=False) as front:
            server = cls(plant, source, front)
            await server.runtime.start()
            try:
                for machine in ("m_401", "m_402"):
                    await server.wait_for(machine, "quality", Quality.GOOD, within_s=10)
                yield server
            finally:
                await server.runtime.stop()

    def value(self, machine: str, field: str) -> Value:
        return self.runtime.machines[machine][field]

    async def commit(self, tx_id: str = "", **targets: dict[str, Value]) -> str:
        """Commits targets by machine, and returns the txId. An answer comes within 3 s whatever happens."""
        tx_id = tx_id or str(uuid.uuid4())
        async with asyncio.timeout(patient(4)):
            await self.runtime.submit(BatchRequest(tx_id, dict(targets)), ANNA)
        return tx_id

    async def items(self, tx_id: str) -> dict[str, ItemRecord]:
        batch = await self.runtime.batch(tx_id)
        assert batch is not None
        return {item.machine: item for item in batch.items}

    async def until(self, tx_id: str, *outcomes: Outcome, within_s: float = 8.0) -> dict[str, ItemRecord]:
        """Waits until the items of a batch, in the order of their machines, have these outcomes."""
        deadline = time.monotonic() + patient(within_s)
        while True:
            items = await self.items(tx_id)
            seen_outcomes = [items[machine].outcome for machine in sorted(items)]
            if seen_outcomes == list(outcomes):
                return items
            assert time.monotonic() < deadline, seen_outcomes
            await asyncio.sleep(0.05)

    async def wait_for(self, machine: str, field: str, value: Value, *, within_s: float = 5.0) -> None:
        deadline = time.monotonic() + patient(within_s)
        while self.value(machine, field) != value:
            assert time.monotonic() < deadline, self.runtime.machines[machine]
            await asyncio.sleep(0.02)

    async def late_effects(self, tx_id: str) -> list[str | None]:
        """Returns what the audit says about a batch's late effects, apart from its outcomes.

        The outbox is in order: the facts of an outcome are stored with it, before the server sends the outcome.
        """
        landings = (EventKind.LATE_LANDING, EventKind.STOP_BETWEEN)
        events = (await self.runtime.events(EventQuery())).items
        return [event.message for event in events if event.tx_id == tx_id and event.kind in landings]

    async def until_event(self, kind: EventKind, *, within_s: float = 3.0) -> None:
        """Waits until the audit has the late effect, which is stored after the server has sent the outcome."""
        deadline = time.monotonic() + patient(within_s)
        while kind not in (
            kinds := [event.kind for event in (await self.runtime.events(EventQuery())).items]
        ):
            assert time.monotonic() < deadline, kinds
            await asyncio.sleep(0.05)


class Board:
    """What a person sees of m:401: a store that reads the socket's frames, and every view that it had, in order."""

    def __init__(self, client: LiveClient, plant: Plant) -> None:
        self.views: list[MachineView] = []
        self._client = client
        self._store = Store([field.name for field in plant.writable])

    @classmethod
    @asynccontextmanager
    async def open(cls, server: SourceServer) -> AsyncIterator[Board]:
        async with server.front.client() as client:
            board = cls(client, server.runtime.plant)
            await client.send(type="subscribe", id=1, topic="m:401")
            listening = asyncio.create_task(board._listen())
            try:
                yield board
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self) -> None:
        async for data in self._client.connection:
            match frame := decode_down(data):
                case Hello() | Snapshot() | Delta():
                    self._store.step(frame, _now_ms())
                case Ping():
                    await self._client.send(type="pong", ts=frame.ts)
            self._look()

    def commit(self, tx_id: str, speed: float) -> None:
        self._store.step(Commit(tx_id, {"m_401": {"targetSpeed": speed}}), _now_ms())
        self._store.step(Inflight(tx_id), _now_ms())
        self._look()

    def _look(self) -> None:
        view = self._store.view("m_401")
        if view is not None and view not in self.views[-1:]:
            self.views.append(view)

    def never_showed_a_target_after(self, status: str) -> bool:
        """Checks that every view from the first with this condition on shows the machine's own set-point."""
        since = next(at for at, view in enumerate(self.views) if view.record["status"] == status)
        return not any(view.overlays for view in self.views[since:])

    async def until(self, **shown: Value) -> None:
        """Waits until these fields are shown, whatever their origin."""
        deadline = time.monotonic() + patient(8)
        while not (self.views and shown.items() <= self.views[-1].record.items()):
            assert time.monotonic() < deadline, self.views[-1:]
            await asyncio.sleep(0.02)


def _now_ms() -> int:
    return int(time.monotonic() * 1000)
