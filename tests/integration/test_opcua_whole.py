"""A batch on its way to real controllers and back, through commands, store and hub: what becomes of each target."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.integration.live_support import LiveClient, RunningLive, running_live
from tests.integration.opcua_peer import Peer, start_peer
from tests.integration.opcua_support import STACKS, press_plant, source_of

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
from setpoint.testing.patience import patient

ANNA = Person("anna", {WHOLE_PLANT: Role.OPERATOR})


class Works:
    """One server's rooms over one controller, with the live socket in front."""

    def __init__(self, plant: Plant, peer: Peer, front: RunningLive) -> None:
        self.persistence = MemoryPersistence()
        self.runtime = Runtime(
            plant,
            engine=front.engine,
            live=front.live,
            persistence=self.persistence,
            sources={"press": source_of(plant)},
        )
        self.peer = peer
        self.front = front

    def of(self, machine: str, field: str) -> Value:
        return self.runtime.machines[machine][field]

    async def ask(self, tx_id: str = "", **targets: dict[str, Value]) -> str:
        """Commits targets by machine; the txId. Answers come within 3 s whatever happens."""
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
            found = [items[machine].outcome for machine in sorted(items)]
            if found == list(outcomes):
                return items
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.05)

    async def wait_for(self, machine: str, field: str, value: Value, *, within_s: float = 5.0) -> None:
        deadline = time.monotonic() + patient(within_s)
        while self.of(machine, field) != value:
            assert time.monotonic() < deadline, self.runtime.machines[machine]
            await asyncio.sleep(0.02)

    async def told_of(self, tx_id: str) -> list[str | None]:
        """What the audit says of a batch's landings beside its outcomes. The journal is in order: what an outcome
        brings with it is stored with it, before the outcome goes out."""
        found = (await self.runtime.events(EventQuery())).items
        return [event.message for event in found if event.tx_id == tx_id]

    async def until_event(self, kind: EventKind, *, within_s: float = 3.0) -> None:
        """Waits until the audit tells of it; it is written after the outcome has gone out."""
        deadline = time.monotonic() + patient(within_s)
        while kind not in (
            found := [event.kind for event in (await self.runtime.events(EventQuery())).items]
        ):
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.05)


class Board:
    """What a person sees of m:401: the store over the socket's own frames, and every view that it had, in order."""

    def __init__(self, client: LiveClient, plant: Plant) -> None:
        self.views: list[MachineView] = []
        self._client = client
        self._store = Store([field.name for field in plant.writable])

    @classmethod
    @asynccontextmanager
    async def open(cls, works: Works) -> AsyncIterator[Board]:
        async with works.front.client() as client:
            board = cls(client, works.runtime.plant)
            await client.say(type="subscribe", id=1, topic="m:401")
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
                    await self._client.say(type="pong", ts=frame.ts)
            self._look()

    def ask(self, tx_id: str, speed: float) -> None:
        self._store.step(Commit(tx_id, {"m_401": {"targetSpeed": speed}}), _now_ms())
        self._store.step(Inflight(tx_id), _now_ms())
        self._look()

    def _look(self) -> None:
        view = self._store.view("m_401")
        if view is not None and view not in self.views[-1:]:
            self.views.append(view)

    def never_showed_a_target_after(self, status: str) -> bool:
        """From the first view with this condition on, the set-point shown was the machine's own."""
        since = next(at for at, view in enumerate(self.views) if view.record["status"] == status)
        return not any(view.overlays for view in self.views[since:])

    async def until(self, **shown: Value) -> None:
        """Waits until these fields are shown, whoever they come from."""
        deadline = time.monotonic() + patient(8)
        while not (self.views and shown.items() <= self.views[-1].record.items()):
            assert time.monotonic() < deadline, self.views[-1:]
            await asyncio.sleep(0.02)


def _now_ms() -> int:
    return int(time.monotonic() * 1000)


@pytest.fixture(params=STACKS)
async def works(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Works]:
    with start_peer(request.param, tmp_path) as peer:
        plant = press_plant(request.param, peer.endpoint)
        async with running_live(plant=plant, ticks=False) as front:
            works = Works(plant, peer, front)
            await works.runtime.start()
            try:
                for machine in ("m_401", "m_402"):
                    await works.wait_for(machine, "quality", Quality.GOOD, within_s=10)
                yield works
            finally:
                peer.thaw()
                await works.runtime.stop()


@pytest.mark.rule("CMD-3")
async def test_a_target_is_applied_and_one_out_of_range_is_failed_with_the_controllers_reason(
    works: Works,
) -> None:
    tx_id = await works.ask(m_401={"targetSpeed": 1500}, m_402={"targetSpeed": 4000})
    items = await works.until(tx_id, Outcome.APPLIED, Outcome.FAILED)
    assert "BadOutOfRange" in str(items["m_402"].message)
    assert works.of("m_401", "targetSpeed") == 1500
    assert works.of("m_402", "targetSpeed") == 1000


@pytest.mark.rule("CMD-3")
async def test_a_controller_that_resets_what_was_written_has_diverged_with_both_values(works: Works) -> None:
    # Reset before the next publishing, so that the written value is never reported.
    works.peer.tell("rule", node="Press401.Target", rule={"resetTo": 800.0, "afterMs": 0})
    tx_id = await works.ask(m_401={"targetSpeed": 1500})
    items = await works.until(tx_id, Outcome.DIVERGED)
    assert (items["m_401"].asked, items["m_401"].reported) == (1500, 800)


@pytest.mark.rule("CMD-3", "CMD-6")
async def test_a_write_into_a_frozen_controller_is_unknown_and_its_late_landing_settles_it(
    works: Works,
) -> None:
    works.peer.freeze()
    tx_id = await works.ask(m_401={"targetSpeed": 1500})
    await works.until(tx_id, Outcome.UNKNOWN)
    works.peer.thaw()
    await works.until(tx_id, Outcome.APPLIED)
    await works.until_event(EventKind.LATE_LANDING)
    assert works.peer.written() == [["Press401.Target", 1500]]


STOPPED = {"first": {"Press401.Alarms": 1}, "holds": True}
"""The controller has a write in hand, asserts its emergency stop, and only then decides what becomes of the write."""


@pytest.mark.rule("SAFE-1", "SAFE-2", "SAFE-3", "CMD-3", "CMD-6")
@pytest.mark.parametrize(
    ("release", "outcome", "target", "warnings"),
    [
        ({"lands": False, "answer": "BadInvalidState"}, Outcome.FAILED, 1000, []),
        ({"lands": True, "answer": "Good"}, Outcome.APPLIED, 1500, ["took effect, after EMERGENCY_STOP"]),
        ({"lands": False, "answer": "Good"}, Outcome.UNKNOWN, 1000, []),
    ],
    ids=["refused", "landed", "swallowed"],
)
async def test_a_stop_at_the_controller_while_it_has_a_write_in_hand_voids_the_target_and_tells_what_became_of_it(
    works: Works, release: dict[str, object], outcome: Outcome, target: float, warnings: list[str]
) -> None:
    works.peer.tell("rule", node="Press401.Target", rule=STOPPED)
    async with Board.open(works) as board:
        await board.until(targetSpeed=1000, status="RUNNING")
        tx_id = str(uuid.uuid4())
        board.ask(tx_id, 1500)
        assert board.views[-1].record["targetSpeed"] == 1500
        asked = asyncio.create_task(works.ask(tx_id, m_401={"targetSpeed": 1500}))
        await board.until(status="EMERGENCY_STOP")
        refused = await works.ask(m_401={"targetSpeed": 1600})
        await works.until(refused, Outcome.BLOCKED)
        works.peer.tell("release", node="Press401.Target", **release)
        await asked
        items = await works.until(tx_id, outcome)
        await works.wait_for("m_401", "targetSpeed", target)
        works.peer.set(Press401__Alarms=0)
        await board.until(targetSpeed=target, status="RUNNING")
    if outcome is Outcome.FAILED:
        assert "BadInvalidState" in str(items["m_401"].message)
    assert works.peer.written() == [["Press401.Target", 1500]]
    assert await works.told_of(tx_id) == warnings
    assert board.never_showed_a_target_after("EMERGENCY_STOP")


@pytest.mark.rule("SAFE-1", "SAFE-2", "SAFE-3", "CMD-3", "CMD-6")
async def test_what_lands_after_a_stop_and_after_its_time_was_unknown_and_settles_with_a_warning(
    works: Works,
) -> None:
    works.peer.tell("rule", node="Press401.Target", rule=STOPPED)
    async with Board.open(works) as board:
        await board.until(targetSpeed=1000, status="RUNNING")
        tx_id = str(uuid.uuid4())
        board.ask(tx_id, 1500)
        asked = asyncio.create_task(works.ask(tx_id, m_401={"targetSpeed": 1500}))
        await board.until(status="EMERGENCY_STOP")
        await asked
        await works.until(tx_id, Outcome.UNKNOWN)
        assert board.views[-1].record["targetSpeed"] == 1000
        works.peer.tell("release", node="Press401.Target", lands=True, answer="Good")
        items = await works.until(tx_id, Outcome.APPLIED)
        await board.until(targetSpeed=1500, status="EMERGENCY_STOP")
    assert items["m_401"].message == "took effect late"
    assert works.peer.written() == [["Press401.Target", 1500]]
    assert await works.told_of(tx_id) == ["took effect late, after EMERGENCY_STOP"]
    assert board.never_showed_a_target_after("EMERGENCY_STOP")


@pytest.mark.rule("SAFE-3")
async def test_an_emergency_stop_at_the_controller_blocks_what_comes_after_it(works: Works) -> None:
    works.peer.set(Press401__Alarms=1)
    await works.wait_for("m_401", "status", "EMERGENCY_STOP")
    tx_id = await works.ask(m_401={"targetSpeed": 1500}, m_402={"targetSpeed": 1500})
    items = await works.until(tx_id, Outcome.BLOCKED, Outcome.APPLIED)
    assert "EMERGENCY_STOP" in str(items["m_401"].message)
    assert works.peer.written() == [["Press402.Target", 1500]]


@pytest.mark.rule("SAFE-4")
async def test_a_machine_that_is_out_of_contact_is_not_written_to(works: Works) -> None:
    works.peer.freeze()
    await works.wait_for("m_401", "quality", Quality.STALE, within_s=3.0)
    tx_id = await works.ask(m_401={"targetSpeed": 1500})
    items = await works.items(tx_id)
    assert items["m_401"].outcome in (Outcome.BLOCKED, Outcome.REJECTED)
    works.peer.thaw()
    await works.wait_for("m_401", "quality", Quality.GOOD, within_s=3.0)
    assert works.peer.written() == []
