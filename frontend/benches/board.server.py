"""The servers of the board's bench. Each has an exactly known load, and serves the board from ``--board``.

    stream      a `/live` of its own that follows the contract, but is faster than the product. On most lines every
                machine changes with each delta. One line never changes
    plant       the same with 10,000 machines in 200 lines, of which 1 % change their status every 5 s
    ages        the real server over a source whose ``speed`` is the instant of its report, in milliseconds
    simulator   the real server over its own simulator, calm

Prints its address once it listens; SIGTERM ends it.

    python board.server.py stream|plant|ages|simulator --board DIR --data-dir DIR [--machines N]
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import http
import itertools
import mimetypes
import random
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from unittest.mock import patch

import msgspec
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from setpoint.config import load_settings
from setpoint.contract.live import (
    SUBPROTOCOL,
    Ack,
    Delta,
    Hello,
    Overview,
    Ping,
    Snapshot,
    SnapshotData,
    Subscribe,
    Unsubscribe,
    User,
    decode_up,
    encode,
    key_runs,
    pack,
)
from setpoint.contract.values import Record
from setpoint.core.plant import (
    WHOLE_PLANT,
    Answer,
    Line,
    Machine,
    Person,
    Plant,
    Report,
    Role,
    SourceConfig,
    Write,
    WriteAnswer,
    demo_plant,
)
from setpoint.runtime.serving import run_demo
from setpoint.server.http.board_files import PAGE, read_board
from setpoint.server.http.sight import Sight
from setpoint.server.http.views import plant_view
from setpoint.sources.base import Sink

CADENCE_S = 0.25
PLANT_TOPIC = "dashboard:global"
PING_EVERY_S = 5.0
IDLE = "03"
SIZES = {"01": 1_000, "02": 10_000, IDLE: 1_000, "04": 50}
"""Machines by line. All change with every delta, except on the idle line."""

PLANT_SIZES = {f"{line:03}": 50 for line in range(1, 201)}
STATUS_EVERY_S = 5.0
STATUS_SHARE = 0.01

AGE_MODULO_MS = 10_000_000
REPORT_EVERY_S = 1.3
"""Longer than a line's cadence, so that every report causes a paint of its own."""
REPORT_STEP_S = 0.01


def record(number: int, tick: int) -> Record:
    """Returns what a machine measures: a new speed, temperature and count with every tick."""
    return {
        "speed": 1_000 + (number * 7 + tick * 3) % 500,
        "temp": round(50 + ((number + tick) % 200) / 10, 1),
        "parts": number + tick,
    }


class Stream:
    """A plant whose lines are as large as the bench wants them, at 4 Hz.

    With ``has_overview``, the plant's topic carries the condition of every machine, and the changes."""

    def __init__(self, board: Path, sizes: Mapping[str, int], *, has_overview: bool = False) -> None:
        self._lines = {
            line: [f"m_{line}{number:05}" for number in range(size)] for line, size in sizes.items()
        }
        self._status = {key: "RUNNING" for keys in self._lines.values() for key in keys}
        self._has_overview = has_overview
        self._plant_seq = 0
        self._files = read_board(board)
        plant = Plant(
            "Bench",
            tuple(
                Line(line, tuple(Machine(key, line) for key in keys)) for line, keys in self._lines.items()
            ),
        )
        sight = SimpleNamespace(
            plant=plant,
            person=Person("bench", {WHOLE_PLANT: Role.OPERATOR}),
            is_simulated=True,
            capabilities=lambda _machine: None,
        )
        self._plant = msgspec.json.encode(plant_view(cast(Sight, sight)))
        self._tick = 0
        self._listeners: dict[ServerConnection, set[str]] = {}

    async def run(self) -> None:
        async with serve(
            self._converse,
            "127.0.0.1",
            0,
            process_request=self._answer,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=None,
            ping_interval=None,
        ) as server:
            print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
            await asyncio.gather(self._tell(), self._ping(), self._change_statuses())

    def _answer(self, _connection: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        if path == "/live":
            return None
        if path == "/api/plant":
            return _response(self._plant, "application/json")
        if path.startswith("/api/"):
            return _response(b"{}", "application/json", http.HTTPStatus.NOT_FOUND)
        name = path.removeprefix("/")
        file = self._files.get(name) or self._files[PAGE]
        return _response(file.content, mimetypes.guess_type(name)[0] or "text/html")

    async def _converse(self, connection: ServerConnection) -> None:
        topics: set[str] = set()
        await connection.send(encode(Hello("e", "s", time.time(), User("bench", "operator"))).decode())
        self._listeners[connection] = topics
        try:
            async for frame in connection:
                match decode_up(frame):
                    case Subscribe(id=number, topic=topic):
                        await connection.send(encode(Ack(number, topic)).decode())
                        snapshot = self._snapshot(topic)
                        topics.add(
                            topic
                        )  # before anything is awaited, so that no delta is missed or sent twice
                        await connection.send(encode(snapshot).decode())
                    case Unsubscribe(topic=topic):
                        topics.discard(topic)
                    case _:
                        pass
        except ConnectionClosed:
            pass
        finally:
            del self._listeners[connection]

    def _snapshot(self, topic: str) -> Snapshot:
        rest: Record = {
            "targetSpeed": 1_200,
            "mode": "RUN",
            "status": "RUNNING",
            "since": 1.7e9,
            "quality": "GOOD",
        }
        machines = {
            key: {**record(number, self._tick), **rest}
            for number, key in enumerate(self._lines.get(topic.removeprefix("line:"), ()))
        }
        now = time.time()
        data = SnapshotData(machines=machines)
        if topic == PLANT_TOPIC and self._has_overview:
            data = SnapshotData(overview=self._overview(list(self._status), now))
        return Snapshot(topic, "e", self._head(topic), now, data)

    def _overview(self, keys: list[str], now: float) -> Overview:
        return pack(((self._status[key], "GOOD", now) for key in keys), key_runs(keys), now)

    async def _change_statuses(self) -> None:
        keys = list(self._status)
        share = max(1, int(len(keys) * STATUS_SHARE))
        for first in itertools.cycle(range(0, len(keys), share)) if self._has_overview else ():
            await asyncio.sleep(STATUS_EVERY_S)
            changed = keys[first :: len(keys) // share][:share]
            for key in changed:
                self._status[key] = "IDLE" if self._status[key] == "RUNNING" else "RUNNING"
            self._plant_seq += 1
            now = time.time()
            overview = self._overview(changed, now)
            frame = encode(Delta(PLANT_TOPIC, self._plant_seq, now, overview=overview)).decode()
            for listener in [each for each, topics in self._listeners.items() if PLANT_TOPIC in topics]:
                with suppress(ConnectionClosed):
                    await listener.send(frame)

    def _head(self, topic: str) -> int:
        if topic == PLANT_TOPIC:
            return self._plant_seq
        return self._tick if topic.removeprefix("line:") in self._lines and IDLE not in topic else 0

    async def _tell(self) -> None:
        due = time.monotonic()
        while True:
            due += CADENCE_S
            await asyncio.sleep(due - time.monotonic())
            self._tick += 1
            for line, keys in self._lines.items():
                topic = f"line:{line}"
                listeners = [each for each, topics in self._listeners.items() if topic in topics]
                if line == IDLE or not listeners:
                    continue
                machines = {key: record(number, self._tick) for number, key in enumerate(keys)}
                frame = encode(Delta(topic, self._tick, time.time(), machines=machines)).decode()
                for listener in listeners:
                    with suppress(ConnectionClosed):
                        await listener.send(frame)

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_EVERY_S)
            for listener, topics in list(self._listeners.items()):
                heads = {topic: self._head(topic) for topic in topics}
                with suppress(ConnectionClosed):
                    await listener.send(encode(Ping(time.time(), heads)).decode())


def _response(body: bytes, media_type: str, status: http.HTTPStatus = http.HTTPStatus.OK) -> Response:
    headers = Headers({"Content-Type": media_type, "Content-Length": str(len(body)), "Connection": "close"})
    return Response(status, status.phrase, headers, body)


class Ages:
    """A source whose machines report the time of their reports, at random instants."""

    def __init__(self, machines: Sequence[Machine]) -> None:
        self._keys = [machine.key for machine in machines]
        self._sink: Sink | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, sink: Sink) -> None:
        self._sink = sink
        rest: Record = {"temp": 60.0, "parts": 0, "targetSpeed": 1_200, "mode": "RUN", "status": "RUNNING"}
        now = time.time()
        sink.reported([Report(key, {"speed": 0, **rest}, now) for key in self._keys])
        self._task = asyncio.create_task(self._report(sink), name="ages")

    async def _report(self, sink: Sink) -> None:
        rng = random.Random(1)
        due = {key: time.monotonic() + rng.uniform(0, REPORT_EVERY_S) for key in self._keys}
        while True:
            await asyncio.sleep(REPORT_STEP_S)
            ready = [key for key, at in due.items() if at <= time.monotonic()]
            for key in ready:
                due[key] += REPORT_EVERY_S + rng.uniform(0, 0.1)
            now = time.time()
            sink.reported([Report(key, {"speed": int(now * 1000) % AGE_MODULO_MS}, now) for key in ready])

    async def write(self, writes: Sequence[Write]) -> None:
        assert self._sink is not None
        refused = [WriteAnswer(each.tx_id, each.machine, each.field, Answer.REFUSED) for each in writes]
        self._sink.answered(refused)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()


def real(load: str, board: Path, data_dir: Path, machines: int) -> None:
    """Runs `setpoint demo` with the given board, and optionally with our own source."""
    kinds = {"ages": lambda _config, machines, *_: Ages(machines)}
    source = SourceConfig("simulator", load, {"stops": False} if load == "simulator" else {})
    plant = Plant("Bench", demo_plant(machines=machines).lines, sources=(source,))
    with (
        patch("setpoint.server.http.app.read_board", functools.partial(read_board, board)),
        patch.dict("setpoint.sources.registry._BUILT_IN", kinds),
    ):
        settings = load_settings(data_dir=data_dir, host="127.0.0.1", port=0, environment={})
        run_demo(settings, plant, on_ready=functools.partial(print, flush=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("load", choices=("stream", "plant", "ages", "simulator"))
    parser.add_argument("--board", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--machines", type=int, default=1_000)
    asked = parser.parse_args()
    if asked.load in ("stream", "plant"):
        is_plant = asked.load == "plant"
        stream = Stream(asked.board, PLANT_SIZES if is_plant else SIZES, has_overview=is_plant)
        with suppress(KeyboardInterrupt):
            asyncio.run(stream.run())
    else:
        real(asked.load, asked.board, asked.data_dir, asked.machines)


if __name__ == "__main__":
    main()
