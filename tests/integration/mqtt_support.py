"""A mosquitto for tests, and plants behind it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from aiomqtt import Client, MqttError
from tests.integration.child import Child, node_child
from tests.integration.source_support import only_source
from tests.ports import free_port

from setpoint.core.plant import Plant, parse_plant
from setpoint.sources.sparkplug import PlainSource, SparkplugSource
from setpoint.testing.patience import patient


class Broker:
    """mosquitto on loopback, used as ``with``. ``settings`` are more lines of its configuration file."""

    def __init__(self, folder: Path, settings: str = "allow_anonymous true", *, listener: str = "") -> None:
        self.port = free_port()
        self._folder = folder
        self._config = folder / f"mosquitto-{self.port}.conf"
        self._config.write_text(
            f"user root\nlistener {self.port} 127.0.0.1\n{listener}\n{settings}\nmax_inflight_messages 0\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        assert program is not None, "these tests need mosquitto: python -m tests.prepare"
        with (self._folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen([program, "-c", str(self._config)], stdout=log, stderr=log)
        deadline = time.monotonic() + patient(10)
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError(
            f"mosquitto did not start:\n{(self._folder / 'mosquitto.log').read_text()[-2000:]}"
        )

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(patient(10))
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


FIELDS = """
name = "Press shop"

[fields.speed]
unit = "rpm"
decimals = 1
[fields.temp]
unit = "°C"
decimals = 1
[fields.parts]
[fields.targetSpeed]
unit = "rpm"
min = 0
max = 99999
writable = true
actual = "speed"
[fields.feed]
unit = "mm"
decimals = 1
writable = true
[fields.mode]
type = "choice"
options = ["RUN", "IDLE", "MAINTENANCE"]
writable = true
"""

SPARKPLUG = """
[sources.press]
kind = "sparkplug"
broker = "mqtt://127.0.0.1:PORT"
group = "Plant 1"
node = "Line{line}"
device = "Press{id}"
SETTINGS

[sources.press.fields]
speed = "Speed"
temp = { metric = "Temp", optional = true }
parts = "Parts"
targetSpeed = "Target"
feed = { metric = "Feed", scale = 0.1 }
mode = { metric = "Mode", map = { RUN = 1, IDLE = 2, MAINTENANCE = 3 } }

[sources.press.status]
state = "State"
packml = true
cause = "Reason"
word = "Alarms"
bits = { EMERGENCY_STOP = { 0 = "button", 1 = "rope" }, FAULT = { 4 = "motor overload" } }
flags = { SAFETY_INTERLOCK = "Door" }
"""

LINES = """
[[lines]]
id = "01"
source = "press"
machines = [401, 402]
"""


def sparkplug_plant(port: int, *, settings: str = 'host_id = "setpoint"', lines: str = LINES) -> Plant:
    return parse_plant(FIELDS + SPARKPLUG.replace("PORT", str(port)).replace("SETTINGS", settings) + lines)


def sparkplug_source(
    plant: Plant, *, secrets: Mapping[str, str] | None = None, directory: Path = Path()
) -> SparkplugSource:
    return only_source(SparkplugSource, plant, secrets=secrets, directory=directory)


def sparkplug_peer(port: int, folder: Path, **options: Any) -> Child:
    devices: Sequence[str] = ("Press401", "Press402")
    return node_child(
        "sparkplug.mjs",
        {"port": port, "group": "Plant 1", "node": "Line01", "devices": devices, **options},
        folder,
    )


PLAIN = """
[sources.press]
kind = "mqtt"
broker = "mqtt://127.0.0.1:PORT"
time = "ts"
SETTINGS

[sources.press.fields]
speed = { topic = "hall/{id}/state", path = "speed" }

[sources.press.fields.targetSpeed]
topic = "hall/{id}/sp"
path = "v"
set = "hall/{id}/sp/set"
payload = { value = "{value}", id = "{tx}" }
ack = { topic = "hall/{id}/sp/ack", path = "ok", id = "id", message = "error" }

[sources.press.status]
state = { topic = "hall/{id}/state", path = "state" }
"""


def plain_plant(port: int, *, settings: str = "silent_after_s = 2") -> Plant:
    return parse_plant(FIELDS + PLAIN.replace("PORT", str(port)).replace("SETTINGS", settings) + LINES)


def plain_source(plant: Plant) -> PlainSource:
    return only_source(PlainSource, plant)


class PlainPeer:
    """Machines that speak plain JSON, in the test's own process. Used as ``async with``.

    They report their state five times a second, keep their set-point on the broker, and acknowledge targets. They
    accept targets up to 9,000 and refuse higher ones. With ``is_silent`` they report and answer nothing, but still
    apply targets. With ``stops`` they report an emergency stop when a target arrives, wait for ``release``, and then
    the target has ``landed``, is ``refused`` or was ``swallowed``. ``taken`` has every target that arrived, in order.
    """

    def __init__(self, port: int, machines: Sequence[str] = ("401", "402")) -> None:
        self.states: dict[str, dict[str, object]] = {
            each: {"speed": 0, "state": "RUNNING"} for each in machines
        }
        self.is_silent = False
        self.is_keeping_acks = False
        self.made_of: Callable[[object], object] = lambda value: value
        self.stops = ""
        self.release = asyncio.Event()
        self.taken: list[tuple[str, object]] = []
        self._port = port
        self._task: asyncio.Task[None] | None = None
        self._is_over = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Sets a flag too, because before Python 3.12 `asyncio.wait_for` loses a cancellation that arrives with an
        answer.
        """
        assert self._task is not None
        self._is_over = True
        self.release.set()
        while not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1)

    async def _run(self) -> None:
        while not self._is_over:
            with contextlib.suppress(MqttError, ExceptionGroup):
                async with Client("127.0.0.1", self._port, timeout=30, keepalive=60) as client:
                    await client.subscribe("hall/+/sp/set", qos=1)
                    for machine in self.states:
                        await self._keep(client, machine, 0)
                    async with asyncio.TaskGroup() as tasks:
                        tasks.create_task(self._take(client))
                        tasks.create_task(self._report(client))
            await asyncio.sleep(0.2)

    async def _report(self, client: Client) -> None:
        turn = 0
        while not self._is_over:
            turn += 1
            if not self.is_silent:
                for machine, state in self.states.items():
                    report = {"speed": turn % 100, "ts": time.time(), **state}
                    await client.publish(f"hall/{machine}/state", json.dumps(report))
            await asyncio.sleep(0.2)

    async def _take(self, client: Client) -> None:
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            machine, target = str(message.topic).split("/")[1], json.loads(message.payload)
            self.taken.append((machine, target["value"]))
            if self.stops:
                self.states[machine]["state"] = "EMERGENCY_STOP"
                await self.release.wait()
            is_good = target["value"] <= 9_000 and self.stops != "refused"
            if is_good and self.stops != "swallowed":
                await self._keep(client, machine, self.made_of(target["value"]))
            ack = {"ok": is_good, "id": target["id"], "error": "" if is_good else "too fast"}
            if not self.is_keeping_acks:
                await client.publish(f"hall/{machine}/sp/ack", json.dumps(ack), qos=1)
            if self._is_over:
                return

    async def _keep(self, client: Client, machine: str, value: object) -> None:
        await client.publish(f"hall/{machine}/sp", json.dumps({"v": value}), qos=1, retain=True)
