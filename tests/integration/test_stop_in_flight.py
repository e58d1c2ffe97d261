"""A stop that a machine reports while it works on a target always wins, for JSON over MQTT and for Modbus."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.integration.child import send_command
from tests.integration.modbus_support import (
    PLANT,
    STACK_PARAMS,
    STACKS,
    modbus_peer,
    modbus_plant,
    modbus_source,
)
from tests.integration.mqtt_support import Broker, PlainPeer, plain_plant, plain_source
from tests.integration.source_server import Board, SourceServer

from setpoint.contract.live import Outcome
from setpoint.contract.values import Value

ENDS = {"refused": (Outcome.FAILED, 0), "landed": (Outcome.APPLIED, 1500), "swallowed": (Outcome.UNKNOWN, 0)}
"""What the machine does with the target after its stop: the outcome of the item, and the set-point."""


@dataclass
class StoppingPlant:
    """A plant. With ``stops``, an emergency stop meets the next target. ``release`` lets the machine go on with it."""

    server: SourceServer
    calm: str
    stops: Callable[[str], Awaitable[object]]
    release: Callable[[], None]
    clear: Callable[[], Awaitable[object]]
    taken: Callable[[], Awaitable[list[Value]]]


@asynccontextmanager
async def _json(folder: Path) -> AsyncIterator[StoppingPlant]:
    with Broker(folder) as broker:
        plant = plain_plant(broker.port, settings="silent_after_s = 60")  # busy, not silent
        async with PlainPeer(broker.port) as peer, SourceServer.open(plant, plain_source(plant)) as server:

            async def stops(end: str) -> None:
                peer.stops = end

            async def clear() -> None:
                peer.states["401"]["state"] = "RUNNING"

            async def taken() -> list[Value]:
                return [value for _, value in peer.taken if isinstance(value, int)]

            yield StoppingPlant(server, "RUNNING", stops, peer.release.set, clear, taken)


def _modbus(stack: str) -> Callable[[Path], AbstractAsyncContextManager[StoppingPlant]]:
    @asynccontextmanager
    async def running(folder: Path) -> AsyncIterator[StoppingPlant]:
        peer, port = await asyncio.to_thread(modbus_peer, stack, folder)
        with peer:
            plant = modbus_plant(port, text=PLANT.replace("timeout_ms = 700", "timeout_ms = 2500"))
            async with SourceServer.open(plant, modbus_source(plant)) as server:

                async def taken() -> list[Value]:
                    return [value for _, at, value in (await send_command(peer, "log"))["writes"] if at == 10]

                yield StoppingPlant(
                    server,
                    "STOPPED",
                    lambda end: send_command(peer, "rules", rules={"stops": end}),
                    lambda: None,  # it answers at once, and the source reads it only after that
                    lambda: send_command(peer, "set", unit=1, values={"1": 0}),
                    taken,
                )

    return running


KINDS: dict[str, Callable[[Path], AbstractAsyncContextManager[StoppingPlant]]] = {
    "json": _json,
    **{stack: _modbus(stack) for stack in STACKS},
}


@pytest.mark.rule("SAFE-1", "SAFE-2", "SAFE-3", "CMD-3", "CMD-6")
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("kind", ["json", *STACK_PARAMS])
async def test_a_stop_during_a_write_cancels_the_target_and_its_late_effect_is_shown(
    kind: str, end: str, tmp_path: Path
) -> None:
    outcome, target = ENDS[end]
    async with KINDS[kind](tmp_path) as plant:
        server = plant.server
        await plant.stops(end)
        async with Board.open(server) as board:
            await board.until(targetSpeed=0, status=plant.calm)
            tx_id = str(uuid.uuid4())
            board.commit(tx_id, 1500)
            assert board.views[-1].record["targetSpeed"] == 1500
            commit = asyncio.create_task(server.commit(tx_id, m_401={"targetSpeed": 1500}))
            await board.until(status="EMERGENCY_STOP")
            refused = await server.commit(m_401={"targetSpeed": 1600})
            await server.until(refused, Outcome.BLOCKED)
            plant.release()
            await commit
            await server.until(tx_id, outcome)
            await server.wait_for("m_401", "targetSpeed", target)
            await plant.clear()
            await board.until(targetSpeed=target, status=plant.calm)
        assert await plant.taken() == [1500]
        assert board.never_showed_a_target_after("EMERGENCY_STOP")
