"""A batch on its way to real controllers and back, through commands, store and hub: what becomes of each target."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.integration.opcua_peer import Peer, start_peer
from tests.integration.opcua_support import STACKS, press_plant, source_of

from setpoint.core.commands import BatchRequest, EventKind, ItemRecord
from setpoint.core.commands.history import EventQuery
from setpoint.core.hub import Hub
from setpoint.core.plant import WHOLE_PLANT, Person, Plant, Quality, Report, Role, Value
from setpoint.core.protocol import Outcome
from setpoint.persistence.memory import MemoryPersistence
from setpoint.runtime.runtime import Runtime
from setpoint.server.auth import DemoAuth
from setpoint.server.live import LiveConnection, LiveServer, SystemClock

ANNA = Person("anna", {WHOLE_PLANT: Role.OPERATOR})


class Works:
    """One server's rooms over one controller, without the network in front."""

    def __init__(self, plant: Plant, peer: Peer) -> None:
        clock = SystemClock()
        hub: Hub[LiveConnection] = Hub(plant, epoch="test", now_ms=clock.now_ms, ts=clock.ts)
        live = LiveServer(hub, clock, DemoAuth().identify_live)
        self.persistence = MemoryPersistence()
        self.runtime = Runtime(
            plant, hub=hub, live=live, persistence=self.persistence, sources={"press": source_of(plant)}
        )
        self.peer = peer

    def of(self, machine: str, field: str) -> Value:
        return self.runtime.machines[machine][field]

    async def ask(self, **targets: dict[str, Value]) -> str:
        """Commits targets by machine; the txId. Answers come within 3 s whatever happens."""
        tx_id = str(uuid.uuid4())
        async with asyncio.timeout(4):
            await self.runtime.submit(BatchRequest(tx_id, dict(targets)), ANNA)
        return tx_id

    async def items(self, tx_id: str) -> dict[str, ItemRecord]:
        batch = await self.runtime.batch(tx_id)
        assert batch is not None
        return {item.machine: item for item in batch.items}

    async def until(self, tx_id: str, *outcomes: Outcome, within_s: float = 8.0) -> dict[str, ItemRecord]:
        """Waits until the items of a batch, in the order of their machines, have these outcomes."""
        deadline = time.monotonic() + within_s
        while True:
            items = await self.items(tx_id)
            found = [items[machine].outcome for machine in sorted(items)]
            if found == list(outcomes):
                return items
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.05)

    async def wait_for(self, machine: str, field: str, value: Value, *, within_s: float = 5.0) -> None:
        deadline = time.monotonic() + within_s
        while self.of(machine, field) != value:
            assert time.monotonic() < deadline, self.runtime.machines[machine]
            await asyncio.sleep(0.02)

    async def until_event(self, kind: EventKind, *, within_s: float = 3.0) -> None:
        """Waits until the audit tells of it; it is written after the outcome has gone out."""
        deadline = time.monotonic() + within_s
        while kind not in (
            found := [event.kind for event in (await self.runtime.events(EventQuery())).items]
        ):
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.05)


@pytest.fixture(params=STACKS)
async def works(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Works]:
    with start_peer(request.param, tmp_path) as peer:
        works = Works(press_plant(request.param, peer.endpoint), peer)
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


@pytest.mark.rule("SAFE-3", "CMD-6")
async def test_a_late_landing_after_a_stop_raises_a_warning(works: Works) -> None:
    works.peer.freeze()
    tx_id = await works.ask(m_401={"targetSpeed": 1500})
    await works.until(tx_id, Outcome.UNKNOWN)
    # The stop is asserted by hand, before the controller takes what waits in its socket.
    works.runtime.reported([Report("m_401", {"status": "EMERGENCY_STOP"}, time.time())])
    works.peer.thaw()
    await works.wait_for("m_401", "targetSpeed", 1500)
    await works.until_event(EventKind.STOP_BETWEEN)


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
