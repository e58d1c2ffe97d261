"""The simulated plant behind a real OPC UA server, so that the real client can connect to it.

``setpoint demo --opcua`` starts it, and the board reads it through the same source as real machines. It listens only on
loopback, without security; the plant of `plant_of` says so. It answers writes like a controller: BadOutOfRange for an
item out of range, BadInvalidState during a stop, BadNoCommunication for a frozen machine, where the write lands when
the machine thaws.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from typing import Final

from asyncua import ua
from asyncua.crypto.permission_rules import User
from asyncua.server.address_space import AttributeService
from asyncua.server.internal_server import InternalServer
from asyncua.server.server import Server
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from setpoint.contract.values import Value
from setpoint.core.plant import (
    Answer,
    Field,
    FieldType,
    Machine,
    Plant,
    Report,
    SourceConfig,
    Write,
    WriteAnswer,
)
from setpoint.sources.demo import Simulated
from setpoint.sources.opcua.notifications import raw_value
from setpoint.sources.supervision import end_by_force, stop_within

NAMESPACE = "urn:setpoint:demo"
SOURCE = "opcua"
_SPACE: Final = 2
_STATUS_FIELDS = ("status", "cause")
_ANSWER_WITHIN_S = 2.8


class SimulatorServer:
    """A running OPC UA server on loopback. ``endpoint`` is known after `start`."""

    def __init__(
        self, simulation: Simulated, machines: Sequence[Machine], fields: Sequence[Field], *, port: int = 0
    ) -> None:
        self.endpoint = ""
        self._machines = machines
        self._fields = {each.name: each for each in fields}
        self._simulation = simulation
        self._port = port
        self._server: Server | None = None
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._started_at = 0.0
        self._transactions = 0
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._nodes: dict[tuple[str, str], ua.NodeId] = {}
        self._frozen: set[str] = set()

    async def start(self) -> None:
        """Builds the address space and listens. Takes a second or two, because the standard has many nodes."""
        server = Server(iserver=_Internal(self))
        await server.init()
        server.name = "Setpoint demo plant"
        server.set_endpoint(f"opc.tcp://127.0.0.1:{self._port}")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        space = await server.register_namespace(NAMESPACE)
        if space != _SPACE:
            raise RuntimeError(f"the demo's namespace has index {space} instead of {_SPACE}")
        await self._build(server)
        await server.start()
        self._server = server
        if server.bserver is not None:
            self.endpoint = f"opc.tcp://127.0.0.1:{server.bserver.port}"
        self._started_at = time.monotonic()
        self._task = asyncio.create_task(self._play(), name="opcua demo server")

    async def stop(self) -> None:
        if self._task is not None:
            end_by_force(await stop_within([self._task], "the demo's OPC UA server"))
            self._task = None
        if self._server is not None:
            await self._server.stop()
            self._server = None

    def inject(self, machine: str, status: str | None) -> None:
        """Like the simulator: asserts a critical status, or clears all with None."""
        self._simulation.inject(machine, status)
        self._wake.set()

    def inject_fault(self, machine: str, fault: str | None) -> None:
        """Like the simulator. A frozen machine's nodes get BadNoCommunication, as from a gateway that lost it."""
        self._simulation.inject_fault(machine, fault)
        if fault == "freeze":
            self._frozen.add(machine)
        else:
            self._frozen.discard(machine)
        self._wake.set()

    async def write(self, node: ua.NodeId, value: ua.DataValue) -> int | None:
        """Handles a client's write. Returns its status code; None if the node does not belong to a machine."""
        if node.NamespaceIndex != _SPACE or not isinstance(node.Identifier, str):
            return None
        machine, _, name = node.Identifier.rpartition(".")
        field = self._fields.get(name)
        if field is None or not field.is_writable or (machine, name) not in self._nodes:
            return StatusCodes.BadNotWritable
        found = raw_value(value.Value)
        raw = found if isinstance(found, str | int | float | bool) else None
        if field.refuse(raw) is not None:
            is_number = field.type is FieldType.NUMBER and isinstance(raw, int | float)
            is_text = field.type is not FieldType.NUMBER and isinstance(raw, str)
            return StatusCodes.BadOutOfRange if is_number or is_text else StatusCodes.BadTypeMismatch
        self._transactions += 1
        tx_id = str(self._transactions)
        self._simulation.write([Write(tx_id, machine, name, raw)], self._now_ms())
        if machine in self._frozen:
            return StatusCodes.BadNoCommunication
        self._waiting[tx_id] = waiting = asyncio.get_running_loop().create_future()
        self._wake.set()
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                answer = await waiting
        except TimeoutError:
            return StatusCodes.BadTimeout
        finally:
            del self._waiting[tx_id]
        return StatusCodes.Good if answer is Answer.TAKEN else StatusCodes.BadInvalidState

    async def _build(self, server: Server) -> None:
        space = server.iserver.aspace
        plant = await server.nodes.objects.add_object(_SPACE, "Plant")
        lines = {
            line: await plant.add_object(ua.NodeId(ua.String(f"Line{line}"), ua.Int16(_SPACE)), f"Line{line}")
            for line in dict.fromkeys(machine.line for machine in self._machines)
        }
        names = [*self._fields, *_STATUS_FIELDS]
        for machine in self._machines:
            number = machine.key.removeprefix("m_")
            parent = await lines[machine.line].add_object(
                ua.NodeId(ua.String(machine.key), ua.Int16(_SPACE)), f"Machine{number}"
            )
            for name in names:
                field = self._fields.get(name)
                node = ua.NodeId(ua.String(f"{machine.key}.{name}"), ua.Int16(_SPACE))
                kind = (
                    ua.VariantType.Double
                    if field is not None and field.type is FieldType.NUMBER
                    else ua.VariantType.String
                )
                start = 0.0 if kind is ua.VariantType.Double else ""
                variable = await parent.add_variable(node, name, start, varianttype=kind)
                if field is not None and field.is_writable:
                    await variable.set_writable()
                self._nodes[machine.key, name] = node
        assert all(node in space for node in self._nodes.values())

    def _now_ms(self) -> int:
        return int((time.monotonic() - self._started_at) * 1000)

    async def _play(self) -> None:
        while True:
            happened = self._simulation.advance(self._now_ms(), time.time())
            for answer in happened.answers:
                self._answer(answer)
            for report in happened.reports:
                await self._publish(report)
            for machine in self._frozen:
                await self._lose(machine)
            self._wake.clear()
            wait_s = max((self._simulation.next_ms + 1 - self._now_ms()) / 1000, 0.001)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()

    def _answer(self, answer: WriteAnswer) -> None:
        waiting = self._waiting.get(answer.tx_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.answer)

    async def _publish(self, report: Report) -> None:
        stamp = ua.DateTime.fromtimestamp(report.at, UTC)
        for name, value in report.values.items():
            await self._set(self._nodes[report.machine, name], _data(value, self._fields.get(name), stamp))

    async def _lose(self, machine: str) -> None:
        lost = ua.DataValue(StatusCode=ua.StatusCode(ua.UInt32(StatusCodes.BadNoCommunication)))
        for name in (*self._fields, *_STATUS_FIELDS):
            await self._set(self._nodes[machine, name], lost)

    async def _set(self, node: ua.NodeId, value: ua.DataValue) -> None:
        assert self._server is not None
        await self._server.iserver.aspace.write_attribute_value(node, AttributeIds.Value, value)


class _Internal(InternalServer):
    """asyncua's server, except that the simulator decides about writes to set-points."""

    def __init__(self, plant: SimulatorServer) -> None:
        super().__init__()
        self.attribute_service = _Attributes(self.aspace, plant)


class _Attributes(AttributeService):
    def __init__(self, space: object, plant: SimulatorServer) -> None:
        super().__init__(space)  # type: ignore[arg-type]  # asyncua's own address space
        self._plant = plant

    async def write(self, params: ua.WriteParameters, user: User | None = None) -> list[ua.StatusCode]:
        """Handles all items at once, like one scan of a controller. Returns an answer for each, in order."""
        return list(await asyncio.gather(*(self._one(each, user) for each in params.NodesToWrite)))

    async def _one(self, value: ua.WriteValue, user: User | None) -> ua.StatusCode:
        if value.AttributeId == AttributeIds.Value:
            code = await self._plant.write(value.NodeId, value.Value)
            if code is not None:
                return ua.StatusCode(ua.UInt32(code))
        parameters = ua.WriteParameters(NodesToWrite=[value])
        others = super().write(parameters) if user is None else super().write(parameters, user)
        return (await others)[0]


def plant_of(plant: Plant, endpoint: str) -> Plant:
    """The same plant with all machines behind ``endpoint``, as an engineer would write it in a plant file."""
    settings: Mapping[str, object] = {
        "endpoint": endpoint,
        "security": "None",
        "fields": {each.name: f"nsu={NAMESPACE};s=m_{{id}}.{each.name}" for each in plant.fields},
        "status": {
            "node": f"nsu={NAMESPACE};s=m_{{id}}.status",
            "cause": f"nsu={NAMESPACE};s=m_{{id}}.cause",
        },
    }
    lines = tuple(
        replace(line, machines=tuple(replace(machine, source=SOURCE) for machine in line.machines))
        for line in plant.lines
    )
    return replace(plant, lines=lines, sources=(SourceConfig(SOURCE, "opcua", settings),))


def _data(value: Value, field: Field | None, stamp: ua.DateTime) -> ua.DataValue:
    if field is not None and field.type is FieldType.NUMBER:
        number = float(value) if isinstance(value, int | float) else 0.0
        return ua.DataValue(ua.Variant(number, ua.VariantType.Double), SourceTimestamp=stamp)
    text = "" if value is None else str(value)
    return ua.DataValue(ua.Variant(text, ua.VariantType.String), SourceTimestamp=stamp)
