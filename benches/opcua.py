"""The cost of the OPC UA source: 10,000 monitored items at 4 Hz into the hub, and 1,000 writes in one batch.

    python -m benches.opcua [--json OUT] [--seconds 10]

The server of the first part is `benches.opcua_player`, because asyncua's own server cannot change 40,000 values a
second on one core. The server of the second part is asyncua's, with a controller behind it. The table also has the cost
of asyncua's general decoder for the same bytes, from the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import uvloop
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary, struct_to_binary
from tests.integration.opcua_peer import start_peer
from tests.integration.opcua_support import press_plant, source_of

from setpoint.core.hub import Hub
from setpoint.core.plant import Answer, Field, Line, Machine, Plant, Report, SourceConfig, Write, WriteAnswer
from setpoint.sources.opcua.notifications import decode
from setpoint.sources.registry import make_sources
from setpoint.testing import Recorder

MACHINES = 1_000
FIELDS = 10
WARM_UP_S = 3.0


class HubSink:
    """Feeds a hub as the runtime does, ticks it, and notes the age of each value on arrival."""

    def __init__(self, plant: Plant) -> None:
        self.hub: Hub[object] = Hub(plant, epoch="bench", now_ms=int(time.monotonic() * 1000))
        self.ages_ms: list[float] = []
        self.all_known = asyncio.Event()
        self._known: set[str] = set()

    def reported(self, reports: Sequence[Report], /) -> None:
        now = time.time()
        self.hub.reported(reports, int(time.monotonic() * 1000), now)
        if not self.all_known.is_set():
            self._known.update(report.machine for report in reports)
            if len(self._known) == MACHINES:
                self.all_known.set()
        self.ages_ms.extend((now - report.at) * 1000 for report in reports)

    def answered(self, answers: Sequence[WriteAnswer], /) -> None:
        pass

    def voided(self, _: Write, /) -> str | None:
        return None


def plant_of(endpoint: str) -> Plant:
    fields = tuple(Field(f"f{number}", is_writable=number == 0) for number in range(FIELDS))
    lines = tuple(
        Line(f"{line:02}", tuple(Machine(f"m_{number}", f"{line:02}", source="bench") for number in numbers))
        for line, numbers in enumerate(
            (range(start, start + 50) for start in range(1, MACHINES + 1, 50)), start=1
        )
    )
    nodes = {field.name: f"ns=2;s={{id}}.{field.name}" for field in fields}
    settings = {"endpoint": endpoint, "security": "None", "fields": nodes}
    return Plant("Bench", lines, fields, sources=(SourceConfig("bench", "opcua", settings),))


async def read_all(endpoint: str, seconds: float) -> dict[str, float]:
    """Returns the CPU share of source and hub together while every item changes four times a second."""
    plant = plant_of(endpoint)
    [source] = make_sources(plant).values()
    sink = HubSink(plant)
    began = time.monotonic()
    await source.start(sink)
    await sink.all_known.wait()
    connected_s = time.monotonic() - began
    await asyncio.sleep(WARM_UP_S)
    statistics_of = source.statistics  # type: ignore[attr-defined]  # the OPC UA source counts
    values, publishes = statistics_of.values, statistics_of.publishes
    sink.ages_ms.clear()
    cpu, began = time.process_time(), time.monotonic()
    while time.monotonic() - began < seconds:
        sink.hub.tick(int(time.monotonic() * 1000), time.time())
        await asyncio.sleep(0.05)
    elapsed = time.monotonic() - began
    ages = sorted(sink.ages_ms)
    figures = {
        "items": MACHINES * FIELDS,
        "core_share": (time.process_time() - cpu) / elapsed,
        "values_per_s": (statistics_of.values - values) / elapsed,
        "publishes_per_s": (statistics_of.publishes - publishes) / elapsed,
        "gaps": statistics_of.gaps,
        "age_median_ms": statistics.median(ages),
        "age_p99_ms": ages[int(len(ages) * 0.99)],
        "first_values_after_s": connected_s,
    }
    await source.stop()
    return figures


def decoding() -> dict[str, float]:
    """Returns the µs for one value of a Publish response: for our decoder, and for asyncua's on the same bytes."""
    stamp = ua.DateTime.utcnow()
    items = [
        ua.MonitoredItemNotification(
            handle, ua.DataValue(ua.Variant(142.5), StatusCode=None, SourceTimestamp=stamp)
        )
        for handle in range(500)
    ]
    response = ua.PublishResponse()
    response.Parameters.NotificationMessage.NotificationData.append(ua.DataChangeNotification(items))
    data = struct_to_binary(response)
    ours, theirs = [], []
    for _ in range(15):
        began = time.process_time()
        decode(data, 0)
        middle = time.process_time()
        struct_from_binary(ua.PublishResponse, Buffer(data))
        ours.append(middle - began)
        theirs.append(time.process_time() - middle)
    return {
        "us_a_value": statistics.median(ours) / 500 * 1e6,
        "asyncua_us_a_value": statistics.median(theirs) / 500 * 1e6,
    }


async def write_all(folder: Path) -> dict[str, float]:
    """Returns the wall and CPU seconds from the handing over of 1,000 writes to the last answer and the last report."""
    with start_peer("asyncua", folder, machines=range(1, MACHINES + 1)) as peer:
        plant = press_plant("asyncua", peer.endpoint, machines=f'["1-{MACHINES}"]')
        source, recorder = source_of(plant), Recorder()
        await source.start(recorder)
        await recorder.until(lambda: len(recorder.state) == MACHINES, within_s=60)
        answered, reported, cpu = [], [], []
        for turn in range(3):
            target = 100.0 + turn
            writes = [Write(f"t{turn}", f"m_{n}", "targetSpeed", target) for n in range(1, MACHINES + 1)]
            recorder.answers.clear()
            began, cpu_began = time.monotonic(), time.process_time()
            await source.write(writes)
            await recorder.until(lambda: len(recorder.answers) == MACHINES, within_s=10)
            answered.append(time.monotonic() - began)
            cpu.append(time.process_time() - cpu_began)
            assert all(each.answer is Answer.TAKEN for each in recorder.answers)
            await recorder.until(partial(_all_show, recorder, target), within_s=10)
            reported.append(time.monotonic() - began)
        await source.stop()
    return {
        "writes": MACHINES,
        "answered_s": statistics.median(answered),
        "reported_s": statistics.median(reported),
        "cpu_s": statistics.median(cpu),
    }


def _all_show(recorder: Recorder, target: float) -> bool:
    return all(state["targetSpeed"] == target for state in recorder.state.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    command = [sys.executable, "-m", "benches.opcua_player", str(MACHINES), str(FIELDS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as player:
        try:
            assert player.stdout is not None
            endpoint = json.loads(player.stdout.readline())["endpoint"]
            reading = uvloop.run(read_all(endpoint, arguments.seconds))
        finally:
            player.kill()
    with tempfile.TemporaryDirectory() as folder:
        writing = uvloop.run(write_all(Path(folder)))
    figures = {"reading": reading, "decoding": decoding(), "writing": writing}
    for name, table in figures.items():
        print(name)
        for key, value in table.items():
            print(f"  {key:<22} {value:>12.3f}")
    if reading["gaps"]:
        sys.exit("messages were missed")
    if arguments.json:
        arguments.json.write_text(json.dumps({"opcua": figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
