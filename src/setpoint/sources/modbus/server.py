"""The simulated plant behind real Modbus TCP servers on loopback: ``setpoint demo --modbus``.

Each machine is a unit, up to 240 behind one port. Numbers are ``float64``, everything else is a text, in the order of
the plant's fields. A target out of range, or during a stop, is answered with an exception; a frozen machine with the
exception of a gateway that gets no answer from its device.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from setpoint.contract.values import Value
from setpoint.core.plant import Field, FieldType, Machine, Plant, Report, SourceConfig
from setpoint.sources.demo import DemoPlayer, FrozenError, Simulated
from setpoint.sources.modbus.registers import RegisterPlace, decode, encode

SOURCE = "modbus"
UNITS = 240
_TEXT, _STATUS, _CAUSE = 16, 12, 40
_WRITES = (6, 16)


@dataclass(frozen=True, slots=True)
class Layout:
    """The address of each field in a unit, and its number of registers."""

    places: Mapping[str, RegisterPlace]
    size: int

    @classmethod
    def of(cls, fields: Sequence[Field]) -> Layout:
        places: dict[str, RegisterPlace] = {}
        at = 0
        sizes = [(each.name, 0 if each.type is FieldType.NUMBER else _TEXT) for each in fields]
        for name, length in (*sizes, ("status", _STATUS), ("cause", _CAUSE)):
            kind = "string" if length else "float64"
            places[name] = RegisterPlace("127.0.0.1", 0, 1, "holding", at, kind, length=length or 1)
            at += places[name].size
        return cls(places, at)


class ModbusDemo:
    """Running servers. ``ports`` are known after `start`."""

    def __init__(self, simulation: Simulated, machines: Sequence[Machine], fields: Sequence[Field]) -> None:
        self.ports: list[int] = []
        self._machines = machines
        self._fields = {each.name: each for each in fields}
        self._layout = Layout.of(fields)
        self._player = DemoPlayer(simulation, self._reported)
        self._memory = {machine.key: [0] * self._layout.size for machine in machines}
        self._servers: list[ModbusTcpServer] = []

    async def start(self) -> None:
        self._player.start()
        for start in range(0, len(self._machines), UNITS):
            units = [
                SimDevice(
                    unit,
                    [SimData(0, count=self._layout.size, values=0, datatype=DataType.REGISTERS)],
                    action=partial(self._on_request, machine.key),
                )
                for unit, machine in enumerate(self._machines[start : start + UNITS], start=1)
            ]
            server = ModbusTcpServer(units, address=("127.0.0.1", 0))
            await server.serve_forever(background=True)
            self._servers.append(server)
            listening = cast(asyncio.Server, cast(object, server.transport))
            self.ports.append(listening.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        await self._player.stop()
        for server in self._servers:
            server.close()

    def inject(self, machine: str, status: str | None) -> None:
        self._player.inject(machine, status)

    def inject_fault(self, machine: str, fault: str | None) -> None:
        self._player.inject_fault(machine, fault)

    async def _on_request(
        self,
        machine: str,
        function: int,
        _start: int,
        address: int,
        _count: int,
        registers: list[int],
        values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        if machine in self._player.frozen and function not in _WRITES:
            return ExcCodes.GATEWAY_NO_RESPONSE
        registers[:] = self._memory[machine]
        if function not in _WRITES or values is None:
            return None
        written = list(map(int, values))
        name = next((name for name, each in self._layout.places.items() if each.address == address), "")
        field = self._fields.get(name)
        if field is None or self._layout.places[name].size != len(written):
            return ExcCodes.ILLEGAL_ADDRESS
        data = b"".join(each.to_bytes(2, "big") for each in written)
        raw = decode(self._layout.places[name], data, 0)
        if field.refuse(raw) is not None:
            return ExcCodes.ILLEGAL_VALUE
        try:
            refusal = await self._player.write(machine, name, raw)
        except FrozenError:
            return ExcCodes.GATEWAY_NO_RESPONSE
        return ExcCodes.NEGATIVE_ACKNOWLEDGE if refusal else None

    def _reported(self, reports: Sequence[Report]) -> None:
        for report in reports:
            memory = self._memory[report.machine]
            for name, value in report.values.items():
                place = self._layout.places.get(name)
                if place is not None:
                    memory[place.address : place.address + place.size] = _registers(place, value)


def plant_of(plant: Plant, demo: ModbusDemo) -> Plant:
    """The same plant with all machines behind the servers, as an engineer would write it in a plant file."""
    layout = Layout.of(plant.fields)
    settings: Mapping[str, object] = {
        "host": "127.0.0.1",
        "poll_ms": 250,
        "fields": {each.name: _table(layout.places[each.name]) for each in plant.fields},
        "status": {"state": _table(layout.places["status"]), "cause": _table(layout.places["cause"])},
    }
    numbers = {key: number for number, key in enumerate(plant.machines)}
    lines = tuple(
        replace(
            line, machines=tuple(_moved(machine, numbers[machine.key], demo) for machine in line.machines)
        )
        for line in plant.lines
    )
    return replace(plant, lines=lines, sources=(SourceConfig(SOURCE, "modbus", settings),))


def _moved(machine: Machine, number: int, demo: ModbusDemo) -> Machine:
    where = {"port": demo.ports[number // UNITS], "unit": number % UNITS + 1}
    return replace(machine, source=SOURCE, settings=where)


def _table(place: RegisterPlace) -> Mapping[str, object]:
    return {"holding": place.address, "type": place.type, "length": place.length}


def _registers(place: RegisterPlace, value: Value) -> tuple[int, ...]:
    if place.type == "float64":
        return encode(place, float(value) if isinstance(value, int | float) else 0.0)
    text = "" if value is None else str(value)
    return encode(place, text.encode()[: 2 * place.length].decode("utf-8", "ignore"))
