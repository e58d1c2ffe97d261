"""A Modbus TCP server on pymodbus's simulator that a test controls with JSON, one command or answer in each line."""

from __future__ import annotations

import asyncio
import json
import sys
from functools import partial
from typing import Any

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

READS = (1, 2, 3, 4)


class Peer:
    """The devices and the requests to them. ``rules`` are those of `machines_node/modbus.mjs`."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.reset()

    def reset(self) -> None:
        self.rules: dict[str, Any] = {}
        self.writes: list[list[int]] = []
        self.taken_back: dict[int, set[int]] = {unit: set() for unit in self.options["units"]}
        self.wanted: dict[int, dict[int, int]] = {
            unit: dict.fromkeys(range(400), 0) for unit in self.options["units"]
        }

    def devices(self) -> list[SimDevice]:
        return [
            SimDevice(
                unit,
                (
                    [SimData(0, count=64, values=False, datatype=DataType.BITS)],
                    [SimData(0, count=64, values=False, datatype=DataType.BITS)],
                    [SimData(0, count=400, values=0, datatype=DataType.REGISTERS)],
                    [SimData(0, count=400, values=0, datatype=DataType.REGISTERS)],
                ),
                action=partial(self.on_request, unit),
            )
            for unit in self.options["units"]
        ]

    async def on_request(  # noqa: PLR0917  # the simulator calls it so
        self,
        unit: int,
        function: int,
        start: int,
        address: int,
        count: int,
        registers: list[int],
        values: Any,
    ) -> ExcCodes | None:
        rules = self.rules
        if unit in rules.get("deaf", ()):
            await asyncio.sleep(3600)
        if any(at in rules.get("missing", ()) for at in range(address, address + count)) and function in (
            3,
            4,
        ):
            return ExcCodes.ILLEGAL_ADDRESS
        if function in (3, 4):
            for at, value in self.wanted[unit].items():
                registers[at - start] = value
            for at in self.taken_back[unit] & set(range(address, address + count)):
                self.wanted[unit][at] = rules["resets"]
                self.taken_back[unit].discard(at)
        if values is None or function in READS or function not in (6, 16):
            return None
        for at, value in enumerate(values, start=address):
            self.writes.append([unit, at, value])
            if (refusal := self._refusal(unit, at, value)) is not None:
                return refusal
        if rules.get("stops") == "swallowed":
            return None
        for index, value in enumerate(list(values)):
            values[index] = min(value, rules.get("clamp", value))
            self.wanted[unit][address + index] = values[index]
        if "resets" in rules:
            self.taken_back[unit].add(address)  # after the next read
        return None

    def _refusal(self, unit: int, at: int, value: int) -> ExcCodes | None:
        rules = self.rules
        if "stops" in rules:  # reports its emergency stop before it decides about the write
            self.wanted[unit][1] = 1
        if rules.get("busy"):
            return ExcCodes.DEVICE_BUSY
        is_refused = rules.get("stops") == "refused" or at in rules.get("refuse", ())
        return ExcCodes.ILLEGAL_VALUE if is_refused or (at == 10 and value > 9000) else None

    def handle_command(self, command: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if command == "set":
            self.wanted[parameters["unit"]].update(
                {int(at): value for at, value in parameters["values"].items()}
            )
        elif command == "rules":
            self.rules = parameters["rules"]
        elif command == "reset":
            self.reset()
        elif command == "log":
            return {"writes": self.writes}
        return {}


async def main() -> None:
    peer = Peer(json.loads(sys.argv[1]))
    server = ModbusTcpServer(peer.devices(), address=("127.0.0.1", peer.options["port"]))
    await server.serve_forever(background=True)
    print(json.dumps({"ready": True}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        command = json.loads(line)
        print(json.dumps(peer.handle_command(command.pop("do"), command)), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
