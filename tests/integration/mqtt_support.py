"""A mosquitto of the test's own, and plants behind it."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tests.integration.child import Child, free_port, node_child

from setpoint.core.plant import Plant, parse_plant
from setpoint.sources.registry import make_sources
from setpoint.sources.sparkplug import SparkplugSource
from setpoint.testing.patience import patient


class Broker:
    """mosquitto on loopback; ``settings`` are more lines of its file. Used as ``with``."""

    def __init__(self, folder: Path, settings: str = "allow_anonymous true", *, listener: str = "") -> None:
        self.port = free_port()
        self._folder = folder
        self._config = folder / f"mosquitto-{self.port}.conf"
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\n{listener}\n{settings}\nmax_inflight_messages 0\n"
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
            self._process.wait(10)
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
    [source] = make_sources(plant, secrets={"press": secrets or {}}, directory=directory).values()
    assert isinstance(source, SparkplugSource)
    return source


def sparkplug_peer(port: int, folder: Path, **options: Any) -> Child:
    devices: Sequence[str] = ("Press401", "Press402")
    return node_child(
        "sparkplug.mjs",
        {"port": port, "group": "Plant 1", "node": "Line01", "devices": devices, **options},
        folder,
    )


async def told(child: Child, what: str, **words: Any) -> dict[str, Any]:
    """`Child.tell` without holding up the loop that serves the child's broker connection."""
    return await asyncio.to_thread(child.tell, what, **words)
