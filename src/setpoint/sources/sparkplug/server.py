"""The simulated plant as Sparkplug B edge nodes behind a real broker on loopback: ``setpoint demo --sparkplug``.

mosquitto carries the messages; each line is an edge node, each machine a device of it. A frozen machine is a device
that its edge node lost: it sends a death certificate, and commands land when it is born again. Commands have no answer
in Sparkplug B, so one that the machine refuses simply changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from aiomqtt import Client, MqttError, Will

from setpoint.contract.values import Value
from setpoint.core.plant import Field, FieldType, Machine, Plant, Report, SourceConfig
from setpoint.errors import ConfigError
from setpoint.sources.demo import DemoPlayer, FrozenError, Simulated
from setpoint.sources.sparkplug.payload import name_of, read, value_of
from setpoint.sources.sparkplug.sparkplug_b_pb2 import Payload
from setpoint.sources.supervision import end_by_force, stop_within
from setpoint.sources.wording import words

SOURCE = "sparkplug"
GROUP = "Setpoint demo"
_BOOLEAN, _DOUBLE, _STRING, _UINT64 = 11, 10, 12, 8
_STARTS_WITHIN_S = 10.0


class SparkplugDemo:
    """A broker and its edge nodes. ``port`` is known after `start`."""

    def __init__(self, simulation: Simulated, machines: Sequence[Machine], fields: Sequence[Field]) -> None:
        self.port = 0
        self._fields = {each.name: each for each in fields}
        self._player = DemoPlayer(simulation, self._reported)
        self._values: dict[str, dict[str, Value]] = {machine.key: {} for machine in machines}
        self._lines = {machine.key: machine.line for machine in machines}
        self._nodes: dict[str, _EdgeNode] = {}
        self._broker: asyncio.subprocess.Process | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="setpoint-demo-")
        self._tasks: list[asyncio.Task[None]] = []
        self._commands: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Raises `ConfigError` if mosquitto is not installed."""
        program = shutil.which(
            "mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/sbin"
        )
        if program is None:
            raise ConfigError(words("words-demo-over-sparkplug-b-needs-broker"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        config = self._configured()
        self._broker = await asyncio.create_subprocess_exec(program, "-c", str(config))
        await self._until_it_listens()
        self._player.start()
        for line in dict.fromkeys(self._lines.values()):
            devices = [key for key, its_line in self._lines.items() if its_line == line]
            node = self._nodes[line] = _EdgeNode(self, f"Line{line}", devices)
            self._tasks.append(asyncio.create_task(node.run(self.port), name=f"demo edge node {line}"))

    def _configured(self) -> Path:
        file = Path(self._folder.name, "mosquitto.conf")
        file.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nlog_type error\n", "utf-8")
        return file

    async def stop(self) -> None:
        await self._player.stop()
        end_by_force(await stop_within((*self._tasks, *self._commands), "the demo's edge nodes"))
        if self._broker is not None:
            with contextlib.suppress(ProcessLookupError):
                self._broker.terminate()
            await self._broker.wait()
        self._folder.cleanup()

    def inject(self, machine: str, status: str | None) -> None:
        self._player.inject(machine, status)

    def inject_fault(self, machine: str, fault: str | None) -> None:
        was_frozen = machine in self._player.frozen
        self._player.inject_fault(machine, fault)
        is_frozen = machine in self._player.frozen
        if is_frozen and not was_frozen:
            self._nodes[self._lines[machine]].say("DDEATH", machine, {})
        elif was_frozen and not is_frozen:
            self._nodes[self._lines[machine]].say("DBIRTH", machine, self.birth_of(machine))

    def is_there(self, machine: str) -> bool:
        return machine not in self._player.frozen

    def birth_of(self, machine: str) -> Mapping[str, Value]:
        """Every metric with its value."""
        held = self._values[machine]
        return {name: held.get(name) for name in (*self._fields, "status", "cause")}

    def type_of(self, name: str) -> int:
        field = self._fields.get(name)
        return _DOUBLE if field is not None and field.type is FieldType.NUMBER else _STRING

    def commanded(self, machine: str, name: str, value: Value) -> None:
        task = asyncio.create_task(self._command(machine, name, value))
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)

    async def _command(self, machine: str, name: str, value: Value) -> None:
        field = self._fields.get(name)
        if field is not None and field.refuse(value) is None:
            with contextlib.suppress(FrozenError):
                await self._player.write(machine, name, value)

    async def _until_it_listens(self) -> None:
        give_up = time.monotonic() + _STARTS_WITHIN_S
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError as error:
                if time.monotonic() > give_up:
                    raise ConfigError(words("words-mosquitto-does-not-start-run-by")) from error
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return

    def _reported(self, reports: Sequence[Report]) -> None:
        for report in reports:
            self._values[report.machine] |= report.values
            node = self._nodes.get(self._lines[report.machine])
            if node is not None and report.values and self.is_there(report.machine):
                node.say("DDATA", report.machine, report.values, at=report.at)


class _EdgeNode:
    """One line's edge node, connected again whenever it was lost."""

    def __init__(self, demo: SparkplugDemo, name: str, devices: Sequence[str]) -> None:
        self._demo = demo
        self._name = name
        self._devices = devices
        self._seq = 0
        self._bd_seq = 0
        self._outbox: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(maxsize=100_000)
        self._is_born = False

    async def run(self, port: int) -> None:
        while True:
            self._bd_seq += 1
            death = Payload()
            death.metrics.add(name="bdSeq", datatype=_UINT64, long_value=self._bd_seq)
            will = Will(self._topic("NDEATH"), death.SerializeToString(), qos=1)
            with contextlib.suppress(MqttError, ExceptionGroup):
                async with Client("127.0.0.1", port, will=will, keepalive=5) as client:
                    await client.subscribe(
                        [
                            (f"spBv1.0/{GROUP}/NCMD/{self._name}", 1),
                            (f"spBv1.0/{GROUP}/DCMD/{self._name}/+", 1),
                        ]
                    )
                    self._birth()
                    async with asyncio.TaskGroup() as tasks:
                        tasks.create_task(self._send(client))
                        tasks.create_task(self._take(client))
            self._is_born = False
            await asyncio.sleep(0.5)

    def say(self, verb: str, device: str, values: Mapping[str, Value], *, at: float = 0.0) -> None:
        if self._is_born and not self._outbox.full():
            self._seq = (self._seq + 1) % 256
            self._put(self._topic(verb, device), values.items(), at)

    def _birth(self) -> None:
        """The node, and each of its devices that is there."""
        while not self._outbox.empty():
            self._outbox.get_nowait()
        self._seq, self._is_born = 0, True
        payload = Payload(timestamp=int(time.time() * 1000), seq=0)
        payload.metrics.add(name="bdSeq", datatype=_UINT64, long_value=self._bd_seq)
        payload.metrics.add(name="Node Control/Rebirth", datatype=_BOOLEAN, boolean_value=False)
        self._outbox.put_nowait((self._topic("NBIRTH"), payload.SerializeToString()))
        for device in filter(self._demo.is_there, self._devices):
            self.say("DBIRTH", device, self._demo.birth_of(device))

    def _put(self, topic: str, values: Iterable[tuple[str, Value]], at: float) -> None:
        at_ms = int((at or time.time()) * 1000)
        payload = Payload(timestamp=at_ms, seq=self._seq)
        for name, value in values:
            metric = payload.metrics.add(name=name, timestamp=at_ms, datatype=self._demo.type_of(name))
            if value is None:
                metric.is_null = True
            elif metric.datatype == _DOUBLE and isinstance(value, int | float):
                metric.double_value = value
            else:
                metric.string_value = str(value)
        self._outbox.put_nowait((topic, payload.SerializeToString()))

    async def _send(self, client: Client) -> None:
        while True:
            await client.publish(*await self._outbox.get())

    async def _take(self, client: Client) -> None:
        async for message in client.messages:
            levels = str(message.topic).split("/")
            if not isinstance(message.payload, bytes):
                continue
            for metric in read(message.payload).metrics:
                if levels[2] == "DCMD" and levels[4] in self._devices:
                    self._demo.commanded(levels[4], name_of(metric), value_of(metric, metric.datatype))
                elif name_of(metric) == "Node Control/Rebirth":
                    self._birth()

    def _topic(self, verb: str, device: str = "") -> str:
        return f"spBv1.0/{GROUP}/{verb}/{self._name}{'/' if device else ''}{device}"


def plant_of(plant: Plant, demo: SparkplugDemo) -> Plant:
    """The same plant with all machines behind the broker, as an engineer would write it in a plant file."""
    settings: Mapping[str, object] = {
        "broker": f"mqtt://127.0.0.1:{demo.port}",
        "host_id": "setpoint",
        "group": GROUP,
        "node": "Line{line}",
        "device": "m_{id}",
        "fields": {each.name: each.name for each in plant.fields},
        "status": {"state": "status", "cause": "cause"},
    }
    lines = tuple(
        replace(line, machines=tuple(replace(machine, source=SOURCE) for machine in line.machines))
        for line in plant.lines
    )
    return replace(plant, lines=lines, sources=(SourceConfig(SOURCE, "sparkplug", settings),))
