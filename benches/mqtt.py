"""The cost of the sources behind MQTT: 10,000 Sparkplug B metrics at 4 Hz, 2,000 JSON messages a second, 1,000
commands.

    python -m benches.mqtt [--json OUT] [--seconds 10]

mosquitto carries the messages, and the machines run in a process of their own. The share of a core is that of source
and hub together. `floor` is the cost of the library alone: it reads the same messages and drops them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop
from aiomqtt import Client
from tests.integration.mqtt_support import Broker

from setpoint.core.hub import Hub
from setpoint.core.plant import Field, Line, Machine, Plant, Report, SourceConfig, Write, WriteAnswer
from setpoint.sources.registry import make_sources
from setpoint.sources.sparkplug.sparkplug_b_pb2 import Payload

DEVICES, METRICS, HERTZ = 200, 50, 4
TOPICS, PLAIN_HERTZ = 500, 4
WRITES = 1_000
WARM_UP_S = 3.0
_DOUBLE, _BOOLEAN = 10, 11


class HubSink:
    """Feeds a hub as the runtime does, and counts."""

    def __init__(self, plant: Plant, writes: int = WRITES) -> None:
        self.hub: Hub[object] = Hub(plant, epoch="bench", now_ms=int(time.monotonic() * 1000))
        self.values = 0
        self._writes = writes
        self.answers: list[WriteAnswer] = []
        self.is_answered = asyncio.Event()

    def reported(self, reports: Sequence[Report], /) -> None:
        self.hub.reported(reports, int(time.monotonic() * 1000), time.time())
        self.values += sum(len(report.values) for report in reports)

    def answered(self, answers: Sequence[WriteAnswer], /) -> None:
        self.answers += answers
        if len(self.answers) >= self._writes:
            self.is_answered.set()

    def voided(self, _: Write, /) -> str | None:
        return None


def plant_of(kind: str, machines: int, fields: int, settings: dict[str, object]) -> Plant:
    lines = tuple(
        Line(f"{at:02}", tuple(Machine(f"m_{number}", f"{at:02}", source="bench") for number in numbers))
        for at, numbers in enumerate(
            (range(start, min(start + 50, machines + 1)) for start in range(1, machines + 1, 50)), 1
        )
    )
    fields_of_kind = tuple(Field(f"f{number}", is_writable=True) for number in range(fields))
    return Plant("Bench", lines, fields_of_kind, sources=(SourceConfig("bench", kind, settings),))


async def share(sink: HubSink, seconds: float) -> dict[str, float]:
    """Returns the share of a core and the values that arrived, while the hub ticks."""
    await asyncio.sleep(WARM_UP_S)
    values, cpu, began = sink.values, time.process_time(), time.monotonic()
    while time.monotonic() - began < seconds:
        sink.hub.tick(int(time.monotonic() * 1000), time.time())
        await asyncio.sleep(0.05)
    elapsed = time.monotonic() - began
    return {
        "core_share": (time.process_time() - cpu) / elapsed,
        "values_per_s": (sink.values - values) / elapsed,
    }


async def sparkplug(port: int, seconds: float) -> dict[str, float]:
    settings: dict[str, object] = {
        "broker": f"mqtt://127.0.0.1:{port}", "group": "B", "node": "N", "device": "{id}",
        "fields": {f"f{number}": f"f{number}" for number in range(METRICS)},
    }  # fmt: skip
    plant = plant_of("sparkplug", DEVICES, METRICS, settings)
    [source] = make_sources(plant).values()
    sink = HubSink(plant)
    await source.start(sink)
    figures = await share(sink, seconds)
    writes = [Write("t", f"m_{1 + at % DEVICES}", f"f{at // DEVICES}", float(at)) for at in range(WRITES)]
    began = time.monotonic()
    await source.write(writes)
    async with asyncio.timeout(10):
        await sink.is_answered.wait()
    figures["writes_answered_after_s"] = time.monotonic() - began
    figures["writes_taken"] = sum(each.answer == "taken" for each in sink.answers)
    await source.stop()
    return figures


async def plain(port: int, seconds: float) -> dict[str, float]:
    settings: dict[str, object] = {"broker": f"mqtt://127.0.0.1:{port}", "fields": {"f0": "b/{id}"}}
    plant = plant_of("mqtt", TOPICS, 1, settings)
    [source] = make_sources(plant).values()
    sink = HubSink(plant)
    await source.start(sink)
    figures = await share(sink, seconds)
    await source.stop()
    return figures


async def floor(port: int, topic: str, seconds: float) -> dict[str, float]:
    """Measures the library alone."""
    async with Client("127.0.0.1", port) as client:
        await client.subscribe(topic)
        messages = 0
        cpu, began = time.process_time(), time.monotonic()
        async for _ in client.messages:
            messages += 1
            if time.monotonic() - began > seconds:
                break
        elapsed = time.monotonic() - began
    return {"core_share": (time.process_time() - cpu) / elapsed, "messages_per_s": messages / elapsed}


async def play(port: int, kind: str) -> None:
    """Plays the machines. Every value of each machine changes at each step."""
    async with Client("127.0.0.1", port, max_queued_outgoing_messages=0) as client:
        client.pending_calls_threshold = TOPICS
        if kind == "plain":
            await asyncio.gather(*(_turn(client, f"b/{number}") for number in range(1, TOPICS + 1)))
            return
        node = _Node(client)
        await client.subscribe("spBv1.0/B/NCMD/N")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(node.watch_rebirths())
            tasks.create_task(node.run())


async def _turn(client: Client, topic: str) -> None:
    await asyncio.sleep(random.random() / PLAIN_HERTZ)
    while True:
        await client.publish(topic, json.dumps(random.random()))
        await asyncio.sleep(1 / PLAIN_HERTZ)


class _Node:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._seq = 0
        self._has_to_be_born = True

    async def watch_rebirths(self) -> None:
        async for _ in self._client.messages:
            self._has_to_be_born = True

    async def run(self) -> None:
        due = time.monotonic()
        while True:
            for device in range(1, DEVICES + 1):
                if self._has_to_be_born:
                    await self._birth()
                await self._publish("DDATA", device)
                due += 1 / HERTZ / DEVICES
                await asyncio.sleep(max(due - time.monotonic(), 0))

    async def _birth(self) -> None:
        self._has_to_be_born, self._seq = False, 0
        payload = Payload(timestamp=1, seq=0)
        payload.metrics.add(name="Node Control/Rebirth", datatype=_BOOLEAN, boolean_value=False)
        await self._client.publish("spBv1.0/B/NBIRTH/N", payload.SerializeToString())
        for device in range(1, DEVICES + 1):
            await self._publish("DBIRTH", device)

    async def _publish(self, verb: str, device: int) -> None:
        self._seq = (self._seq + 1) % 256
        now = int(time.time() * 1000)
        payload = Payload(timestamp=now, seq=self._seq)
        for number in range(METRICS):
            alias = device * METRICS + number
            metric = payload.metrics.add(
                alias=alias, timestamp=now, datatype=_DOUBLE, double_value=random.random()
            )
            if verb == "DBIRTH":
                metric.name = f"f{number}"
        await self._client.publish(f"spBv1.0/B/{verb}/N/{device}", payload.SerializeToString())


def run(seconds: float) -> dict[str, dict[str, float]]:
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder)) as broker:
        for kind, measured, topic in (("sparkplug", sparkplug, "spBv1.0/#"), ("plain", plain, "b/#")):
            player = subprocess.Popen(
                [sys.executable, "-m", "benches.mqtt", "--play", kind, str(broker.port)]
            )
            try:
                figures[kind] = uvloop.run(measured(broker.port, seconds))
                figures[f"{kind} floor"] = uvloop.run(floor(broker.port, topic, seconds))
            finally:
                player.kill()
                player.wait()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--play", nargs=2, metavar=("KIND", "PORT"))
    options = parser.parse_args()
    if options.play:
        asyncio.run(play(int(options.play[1]), options.play[0]))
        return
    results = run(options.seconds)
    for name, figures in results.items():
        print(name, {key: round(value, 3) for key, value in figures.items()})
    if options.json:
        options.json.write_text(json.dumps(results, indent=2), "utf-8")


if __name__ == "__main__":
    main()
