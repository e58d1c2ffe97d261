"""The cost of the Modbus source: 10,000 points at 4 Hz in full blocks of registers, and 100 writes on one connection.

    python -m benches.modbus [--json OUT] [--seconds 10]

pymodbus's own server runs in a process of its own, and changes every register at each read. The share of a core is that
of source and hub together.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import uvloop
from benches.mqtt import HubSink, plant_of, share
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from tests.ports import free_port

from setpoint.core.plant import Write
from setpoint.sources.modbus.source import ModbusSource
from setpoint.sources.registry import make_sources

MACHINES, FIELDS = 80, 125
WRITES = 100


async def measure(port: int, seconds: float) -> dict[str, float]:
    fields = {f"f{number}": {"holding": number} for number in range(FIELDS)}
    settings: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "unit": "{id}",
        "poll_ms": 250,
        "fields": fields,
    }
    plant = plant_of("modbus", MACHINES, FIELDS, settings)
    [source] = make_sources(plant).values()
    assert isinstance(source, ModbusSource)
    sink = HubSink(plant, WRITES)
    await source.start(sink)
    requests = source.requests
    began = time.monotonic()
    figures = await share(sink, seconds)
    figures["requests_per_s"] = (source.requests - requests) / (time.monotonic() - began)
    began = time.monotonic()
    await source.write([Write(f"t{at}", f"m_{1 + at % MACHINES}", "f0", at) for at in range(WRITES)])
    async with asyncio.timeout(10):
        await sink.is_answered.wait()
    figures["writes_answered_after_s"] = time.monotonic() - began
    figures["writes_taken"] = sum(each.answer == "taken" for each in sink.answers)
    await source.stop()
    return figures


async def serve(port: int) -> None:
    """The machines: 80 units of 125 registers."""

    async def turn(*arguments: object) -> None:
        registers = arguments[4]
        assert isinstance(registers, list)
        if arguments[5] is None:
            registers[:] = [(each + 1) % 65_536 for each in registers]

    units = [
        SimDevice(unit, [SimData(0, count=FIELDS, values=unit, datatype=DataType.REGISTERS)], action=turn)
        for unit in range(1, MACHINES + 1)
    ]
    await ModbusTcpServer(units, address=("127.0.0.1", port)).serve_forever()


def _until_it_listens(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the server did not start")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--serve", type=int)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.serve))
        return
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "benches.modbus", "--serve", str(port)])
    try:
        _until_it_listens(port)
        figures = uvloop.run(measure(port, options.seconds))
    finally:
        server.kill()
        server.wait()
    print({key: round(value, 3) for key, value in figures.items()})
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2), "utf-8")


if __name__ == "__main__":
    main()
