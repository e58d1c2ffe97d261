"""The servers of the fan-out bench, each in a process of its own. All send the same deltas at the same rate.

    floor       a plain loop of ``send()`` on accepted sockets: the cost of the kernel
    setpoint    the hub and the live socket under uvicorn, heartbeats and 100 machines at 4 Hz included
    asgi        uvicorn and an ASGI application that sends to each in a loop
    queue       the same with a queue and a task for each client
    broadcast   ``websockets.broadcast()``
    setpoint-asgi, setpoint-queue
                the hub with its telemetry and heartbeats, delivered like ``asgi`` and ``queue``

All but the floor compress if the client offers it, as they do by default. Each prints its port, then answers commands
on standard input. ``rss`` returns its memory. ``go RATE SECONDS`` returns the CPU time and the frames of those seconds.
``page 4 SECONDS`` does the same for the topics of an open page: a machine four times a second, its line every second,
the plant every five seconds. ``critical COUNT`` (setpoint only) sends critical changes during telemetry and returns
their effect.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import socket
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence, Sized
from contextlib import suppress
from typing import Any

import structlog
import uvicorn
import uvloop
import websockets
from uvicorn.protocols.utils import ClientDisconnected
from websockets.asyncio.server import ServerConnection, serve

from setpoint.contract.live import Delta, encode
from setpoint.contract.topics import DASHBOARD
from setpoint.contract.values import Record
from setpoint.core.hub import Hub, HubLimits
from setpoint.core.plant import (
    STANDARD_FIELDS,
    WHOLE_PLANT,
    Field,
    Line,
    Machine,
    Person,
    Plant,
    Report,
    Role,
)
from setpoint.server.live import Identity, LiveCounters, LiveRequest, LiveServer, LiveSession, SystemClock
from setpoint.server.live.frames import text_frame

MACHINES = 100
EXTRA_FIELDS = tuple(f"signal{number}" for number in range(12))
"""Additional fields that make a machine's delta about 300 bytes long, as in other benchmarks."""

KEYS = tuple(f"m_{101 + number}" for number in range(MACHINES))
# A listener that never reads does not answer pings either. Here it must stay, so that its memory shows.
LIMITS = HubLimits(pong_within_ms=60_000)
TICKS_HZ, TURNS_OF_LINE, TURNS_OF_PLANT = 4, 4, 20

Sender = Callable[[bytes], Awaitable[None] | None]


def values(number: int) -> Record:
    return {"speed": 100.5 + number % 7, **dict.fromkeys(EXTRA_FIELDS, 40.5 + number % 11)}


def telemetry(number: int) -> Record:
    return {"speed": number % 50, "temp": number % 9}


class DeltaMaker:
    """Makes deltas, numbered by topic."""

    def __init__(self) -> None:
        self._numbers: Counter[str] = Counter()

    def due(self, word: str, turn: int) -> list[bytes]:
        """Returns the next message of ``go`` or ``page``."""
        deltas = [self._delta("m:101", {"m_101": values(turn)})]
        if word == "page" and turn % TURNS_OF_LINE == 0:
            deltas.append(self._delta("line:01", {key: telemetry(turn) for key in KEYS}))
        if word == "page" and turn % TURNS_OF_PLANT == 0:
            deltas.append(self._delta(DASHBOARD, {}, {"line:01": {"meanSpeed": turn % 50, "parts": turn}}))
        return deltas

    def _delta(self, topic: str, machines: dict[str, Record], kpis: dict[str, Record] | None = None) -> bytes:
        self._numbers[topic] += 1
        return encode(Delta(topic, self._numbers[topic], time.time(), machines, kpis or {}))


def rss_kb() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() // 1024


def listening() -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(4_096)
    return listener


def answer(figures: dict[str, float]) -> None:
    print(json.dumps(figures), flush=True)


def floor() -> None:
    listener = listening()
    answer({"port": listener.getsockname()[1]})
    sockets: list[socket.socket] = []

    def accept() -> None:
        while True:
            sockets.append(listener.accept()[0])

    threading.Thread(target=accept, daemon=True).start()
    deltas = DeltaMaker()
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "rss":
            answer({"rss_kb": rss_kb()})
            continue
        rate, seconds = float(rest[0]), float(rest[1])
        began, due, frames = time.process_time_ns(), time.monotonic(), 0
        for turn in range(round(rate * seconds)):
            for frame in map(text_frame, deltas.due(word, turn)):
                frames += len(sockets)
                for each in sockets:
                    each.send(frame)
            due += 1 / rate
            time.sleep(max(0.0, due - time.monotonic()))
        answer({"cpu_ns": time.process_time_ns() - began, "frames": frames})


class Control:
    """Answers a server's commands on standard input."""

    def __init__(self, send: Sender, listeners: Sized) -> None:
        self._send = send
        self._listeners = listeners
        self._deltas = DeltaMaker()

    async def serve(self) -> None:
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            word, *rest = line.split()
            if word == "rss":
                answer({"rss_kb": rss_kb()})
            else:
                await self.command(word, [float(each) for each in rest])

    async def command(self, word: str, numbers: list[float]) -> None:
        rate, seconds = numbers
        loop = asyncio.get_running_loop()
        began, due, frames = time.process_time_ns(), loop.time(), 0
        for turn in range(round(rate * seconds)):
            for delta in self._deltas.due(word, turn):
                frames += len(self._listeners)
                sending = self._send(delta)
                if sending is not None:
                    await sending
            due += 1 / rate
            await asyncio.sleep(max(0.0, due - loop.time()))
        answer({"cpu_ns": time.process_time_ns() - began, "frames": frames})


async def under_uvicorn(app: Any, control: Control, **options: Any) -> None:
    config = uvicorn.Config(app, interface="asgi3", lifespan="off", log_level="critical", **options)
    server = uvicorn.Server(config)
    listener = listening()
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    answer({"port": listener.getsockname()[1]})
    await control.serve()
    server.force_exit = server.should_exit = True
    await serving


async def asgi() -> None:
    sends: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del scope
        await receive()
        await send({"type": "websocket.accept"})
        sends.append(send)
        while (await receive())["type"] == "websocket.receive":
            pass

    async def send_to_all(data: bytes) -> None:
        message = {"type": "websocket.send", "text": data.decode()}
        for send in sends:
            await send(message)

    await under_uvicorn(app, Control(send_to_all, sends), ws="websockets-sansio", ws_ping_interval=None)


async def queue() -> None:
    queues: list[asyncio.Queue[str]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del scope
        await receive()
        await send({"type": "websocket.accept"})
        own_queue: asyncio.Queue[str] = asyncio.Queue()
        queues.append(own_queue)
        while True:
            await send({"type": "websocket.send", "text": await own_queue.get()})

    def send_to_all(data: bytes) -> None:
        text = data.decode()
        for each in queues:
            each.put_nowait(text)

    await under_uvicorn(app, Control(send_to_all, queues), ws="websockets-sansio", ws_ping_interval=None)


async def broadcast() -> None:
    connections: set[ServerConnection] = set()

    async def handler(connection: ServerConnection) -> None:
        connections.add(connection)
        await connection.wait_closed()

    def send_to_all(data: bytes) -> None:
        websockets.broadcast(connections, data.decode())

    async with serve(handler, sock=listening(), ping_interval=None) as server:
        answer({"port": next(iter(server.sockets)).getsockname()[1]})
        await Control(send_to_all, connections).serve()


def bench_plant() -> Plant:
    fields = STANDARD_FIELDS + tuple(Field(name) for name in EXTRA_FIELDS)
    machines = tuple(Machine(key, "01") for key in KEYS)
    return Plant("Bench", (Line("01", machines),), fields)


class AsgiDelivery(ABC):
    """Delivers the hub's frames in an ordinary ASGI application, like `LiveServer`. A session is what it sends with."""

    def __init__(self) -> None:
        self.clock = SystemClock()
        self.hub: Hub[Any] = Hub(bench_plant(), epoch="bench", now_ms=self.clock.now_ms, limits=LIMITS)
        self.counters = LiveCounters()
        self._opened = 0

    def connections(self) -> tuple[()]:
        return ()

    def tick(self) -> None:
        self.play(self.hub.tick(self.clock.now_ms, self.clock.ts))

    def play(self, effects: Sequence[Any]) -> None:
        for effect in effects:
            self.counters.frames += len(effect.sessions)
            self.deliver(effect.sessions, effect.data)

    @abstractmethod
    def deliver(self, sessions: Collection[Any], data: bytes) -> None:
        """Sends one frame to each session."""

    async def converse(self, session: Any, receive: Any) -> None:
        """Serves one client from the handshake to its end."""
        self._opened += 1
        anna = Person("anna", {WHOLE_PLANT: Role.OPERATOR})
        now_ms, ts = self.clock.now_ms, self.clock.ts
        self.play(self.hub.open(session, anna, name=str(self._opened), now_ms=now_ms, ts=ts))
        while (message := await receive())["type"] == "websocket.receive":
            self.play(self.hub.received(session, message["text"], self.clock.now_ms, self.clock.ts))
        self.hub.close(session, self.clock.now_ms)


class LoopDelivery(AsgiDelivery):
    """One task sends to each client in turn."""

    def __init__(self) -> None:
        super().__init__()
        self._due: asyncio.Queue[tuple[list[Any], bytes]] = asyncio.Queue()
        self._sending = asyncio.create_task(self._send())

    def deliver(self, sessions: Collection[Any], data: bytes) -> None:
        self._due.put_nowait((list(sessions), data))

    async def _send(self) -> None:
        while True:
            sessions, data = await self._due.get()
            message = {"type": "websocket.send", "text": data.decode()}
            for send in sessions:
                with suppress(ClientDisconnected):
                    await send(message)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        del scope
        await receive()
        await send({"type": "websocket.accept"})
        await self.converse(send, receive)


class QueueDelivery(AsgiDelivery):
    """Each client has a queue and a task."""

    def deliver(self, sessions: Collection[Any], data: bytes) -> None:
        text = data.decode()
        for each in sessions:
            each.put_nowait(text)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        del scope
        await receive()
        await send({"type": "websocket.accept"})
        own_queue: asyncio.Queue[str] = asyncio.Queue()

        async def pump() -> None:
            while True:
                await send({"type": "websocket.send", "text": await own_queue.get()})

        pumping = asyncio.create_task(pump())
        await self.converse(own_queue, receive)
        pumping.cancel()


class SetpointControl(Control):
    """Reports reach the hub as from a source. Deltas leave by the hub's own cadence, four times a second. For another
    rate, or for critical changes, they leave by its urgent lane.
    """

    def __init__(self, live: LiveServer | AsgiDelivery, hub: Hub[Any]) -> None:
        super().__init__(lambda _: None, ())
        self._live = live
        self._hub = hub
        self._number = 0
        self._turns = 0
        self._are_over = asyncio.Event()
        self._late_ms: list[float] = []

    def report(self, *reports: Report) -> None:
        result = self._hub.reported(reports, self._live.clock.now_ms, self._live.clock.ts)
        self._live.play(result.effects)

    async def tick(self) -> None:
        """Sends telemetry of all machines and a tick, four times a second."""
        loop = asyncio.get_running_loop()
        due, number = loop.time(), 0
        while True:
            number += 1
            self.report(*(Report(key, telemetry(number), 0.0) for key in KEYS[1:]))
            if self._turns:
                self.report(Report("m_101", values(number), 0.0))
                self._turns -= 1
            self._live.tick()
            due += 1 / TICKS_HZ
            await asyncio.sleep(max(0.0, due - loop.time()))
            self._late_ms.append((loop.time() - due) * 1000)
            if not self._turns:
                self._are_over.set()

    async def command(self, word: str, numbers: list[float]) -> None:
        self._late_ms.clear()
        began, frames = time.process_time_ns(), self._live.counters.frames
        if word == "critical":
            await self._urgent(round(numbers[0]))
        elif numbers[0] == TICKS_HZ:
            self._turns = round(numbers[0] * numbers[1])
            self._are_over.clear()
            await self._are_over.wait()
        else:
            await self._urgent(round(numbers[0] * numbers[1]), 1 / numbers[0])
        late = sorted(self._late_ms)
        answer(
            {
                "cpu_ns": time.process_time_ns() - began,
                "frames": self._live.counters.frames - frames,
                "tick_late_p99_ms": late[int(len(late) * 0.99)] if late else 0.0,
                "buffered_bytes": max((each.buffered_bytes for each in self._live.connections()), default=0),
            }
        )

    async def _urgent(self, count: int, pause_s: float | None = None) -> None:
        """Moves a machine into and out of a critical status. Each report leaves at once, whatever the rate."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        for _ in range(count):
            self._number += 1
            status = "FAULT" if self._number % 2 else "RUNNING"
            self.report(Report("m_101", {**values(self._number), "status": status}, 0.0))
            due += pause_s or random.uniform(0.05, 0.25)
            await asyncio.sleep(max(0.0, due - loop.time()))


async def setpoint() -> None:
    clock = SystemClock()
    hub: Hub[LiveSession] = Hub(bench_plant(), epoch="bench", now_ms=clock.now_ms, limits=LIMITS)
    anna = Person("anna", {WHOLE_PLANT: Role.OPERATOR})

    async def identify(request: LiveRequest) -> Identity:
        del request
        return anna

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive, send
        raise AssertionError("clients request only /live here, and it is answered below ASGI")

    live = LiveServer(hub, clock, identify)
    await ticking(app, SetpointControl(live, hub), ws=live.protocol_class)


async def setpoint_by(kind: type[LoopDelivery | QueueDelivery]) -> None:
    peer = kind()
    await ticking(peer.app, SetpointControl(peer, peer.hub), ws="websockets-sansio", ws_ping_interval=None)


async def ticking(app: Any, control: SetpointControl, **options: Any) -> None:
    ticks = asyncio.create_task(control.tick())
    await under_uvicorn(app, control, **options)
    ticks.cancel()


SERVERS: dict[str, Callable[[], Any]] = {
    "floor": floor,
    "setpoint": setpoint,
    "broadcast": broadcast,
    "asgi": asgi,
    "queue": queue,
    "setpoint-asgi": lambda: setpoint_by(LoopDelivery),
    "setpoint-queue": lambda: setpoint_by(QueueDelivery),
}


def main() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the answers
    kind = sys.argv[1]
    if kind == "floor":
        floor()
    else:
        uvloop.run(SERVERS[kind]())


if __name__ == "__main__":
    main()
