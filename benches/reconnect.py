"""A thousand clients lose their server and come back: the time until the last, the number of attempts, and the cost.

Every client is a `setpoint.core.link` on a real socket, subscribed to the plant and to one line. One process plays all
clients. There are three kinds of loss, each with a new server and as many clients:

    restarted   SIGTERM: the server sends 1012 and spreads the returns itself (``retryAfterMs``, LINK-2)
    killed      SIGKILL: the server sends nothing; the back-off's jitter spreads the returns
    lockstep    SIGKILL with the same jitter for every client: the specification's plain back-off, for comparison

``loss`` counts from the signal, ``ready`` from the moment at which the new server answers. Meanwhile Python and a
database start, which decides how many attempts fail. Attempts are sockets opened after the loss, including refused
ones. ``in 100 ms`` is the most clients that came back at once, which the jitter limits. Server CPU is the new
process's, from ready to the last client's return.

    python -m benches.reconnect [--clients N] [--json OUT]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal
from urllib.request import urlopen

from setpoint.contract.live import Snapshot, decode_down, encode
from setpoint.contract.topics import DASHBOARD
from setpoint.core.link import (
    Closed,
    Connect,
    Connected,
    Deliver,
    Disconnected,
    Drop,
    Event,
    Link,
    Received,
    ScheduleAt,
    SendFrame,
    Start,
    Wake,
    WantTopic,
    step,
)

MACHINES = 200
CLIENTS_AN_ADDRESS = 100
"""A server limits the connections of one address, and the clients of a real plant come from many addresses."""
GIVE_UP_S = 90.0
Loss = Literal["restarted", "killed", "lockstep"]


class Socket(asyncio.Protocol):
    """The minimum of RFC 6455 for a load generator: no fragments, no extensions, a mask of zeros."""

    def __init__(self, client: Client, number: int) -> None:
        self.client = client
        self.number = number
        self.transport: asyncio.Transport | None = None
        self._data = bytearray()
        self._is_open = False
        self._end = (1006, "")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.client.handshake)

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self._is_open:
            head, separator, rest = self._data.partition(b"\r\n\r\n")
            if not separator:
                return
            self._is_open = b" 101 " in head[:16]
            self._data = rest
        while self._is_open and (frame := self._take_frame()):
            opcode, payload = frame
            if opcode == 1:
                self.client.feed(Received(self.number, decode_down(payload)))
            elif opcode == 8 and len(payload) >= 2:
                self._end = (int.from_bytes(payload[:2], "big"), payload[2:].decode())
                self._send_frame(8, payload[:2])

    def _take_frame(self) -> tuple[int, bytes] | None:
        data = self._data
        if len(data) < 2:
            return None
        size, start = data[1] & 127, 2
        if size > 125:
            start += 2 if size == 126 else 8
            size = int.from_bytes(data[2:start], "big")
        if len(data) < start + size:
            return None
        opcode, payload = data[0] & 15, bytes(data[start : start + size])
        del data[: start + size]
        return opcode, payload

    def send(self, text: bytes) -> None:
        self._send_frame(1, text)

    def _send_frame(self, opcode: int, payload: bytes) -> None:
        assert self.transport
        size = len(payload)
        length = bytes((0x80 | size,)) if size < 126 else bytes((0x80 | 126,)) + size.to_bytes(2, "big")
        self.transport.write(bytes((0x80 | opcode,)) + length + bytes(4) + payload)

    def connection_lost(self, _: Exception | None) -> None:
        code, reason = self._end
        self.client.feed(Closed(self.number, self.client.jitter(), code, reason))


class Client:
    """The shell of one link: a socket and a timer."""

    def __init__(
        self,
        number: int,
        port: int,
        jitter: Callable[[], float],
        *,
        token: str = "",
        lines: int = MACHINES // 50,
        has_plant: bool = True,
    ) -> None:
        self.jitter = jitter
        self.port = port
        self.link = Link()
        self.attempts = self.snapshots = 0
        self.returned_s: float | None = None
        self._who = f"Authorization: Bearer {token}\r\n" if token else ""
        self._number = number
        self._loop = asyncio.get_running_loop()
        self._socket: Socket | None = None
        self._opening: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        if has_plant:
            self.feed(WantTopic(DASHBOARD))
        self.feed(WantTopic(f"line:{1 + number % lines:02}"))
        self.feed(Start())

    @property
    def handshake(self) -> bytes:
        return (
            f"GET /live?user=u{self._number} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: setpoint.v1\r\n"
            f"{self._who}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ).encode()

    @property
    def is_back(self) -> bool:
        return isinstance(self.link.connection, Connected) and not any(
            topic.is_stale for topic in self.link.topics.values()
        )

    @property
    def is_out(self) -> bool:
        """Ends a client that the server refused for good."""
        connection = self.link.connection
        return isinstance(connection, Disconnected) and connection.retry_at_ms is None

    def feed(self, event: Event) -> None:
        if isinstance(event, Closed):
            self.returned_s = None
        self.link, effects = step(self.link, event, int(self._loop.time() * 1000))
        for effect in effects:
            match effect:
                case Connect(socket=number):
                    self.attempts += 1
                    self._opening = self._loop.create_task(self._open(number))
                case SendFrame(frame=frame) if self._socket:
                    self._socket.send(encode(frame))
                case Drop() if self._socket and self._socket.transport:
                    self._socket.transport.abort()
                case ScheduleAt(at_ms=at_ms):
                    self._schedule(at_ms)
                case Deliver(frame=Snapshot()):
                    self.snapshots += 1
                case _:
                    pass
        if self.returned_s is None and self.is_back:
            self.returned_s = time.monotonic()

    def _schedule(self, at_ms: int | None) -> None:
        if self._timer:
            self._timer.cancel()
        if at_ms is not None:
            self._timer = self._loop.call_at(at_ms / 1000, lambda: self.feed(Wake(self.jitter())))

    async def _open(self, number: int) -> None:
        self._socket = Socket(self, number)
        opened = self._socket
        try:
            await self._loop.create_connection(
                lambda: opened,
                "127.0.0.1",
                self.port,
                local_addr=(f"127.0.0.{2 + self._number // CLIENTS_AN_ADDRESS}", 0),
            )
        except OSError:
            self.feed(Closed(number, self.jitter()))

    def leave(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._opening:
            self._opening.cancel()
        if self._socket and self._socket.transport:
            self._socket.transport.abort()


class Server:
    """``setpoint demo`` in a process of its own, always on the same port and data."""

    def __init__(self, directory: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self._directory = directory

    def start(self) -> None:
        arguments = ["demo", "--no-browser", "--calm", "--machines", str(MACHINES), "--port", str(self.port)]
        with (self._directory / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "setpoint", *arguments, "--data-dir", str(self._directory)],
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def end(self, number: signal.Signals) -> None:
        self._process.send_signal(number)
        self._process.wait(timeout=30)

    async def ready(self) -> None:
        def is_ready() -> bool:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=1) as answer:
                    return bool(answer.status == 200)
            except OSError:
                return False

        async with asyncio.timeout(60):
            while not await asyncio.to_thread(is_ready):  # noqa: ASYNC110  # another process has no event
                await asyncio.sleep(0.02)

    @property
    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Figures:
    loss: Loss
    clients: int
    down_s: float
    median_after_ready_s: float
    last_after_ready_s: float
    last_after_loss_s: float
    most_in_100_ms: int
    mean_attempts: float
    most_attempts: int
    refused_for_good: int
    not_back: int
    server_cpu_s: float
    gaps: int


async def lose(loss: Loss, count: int, directory: Path) -> Figures:
    """Measures one loss of one server with its clients."""
    server = Server(directory)
    server.start()
    await server.ready()
    jitter = (lambda: 0.999) if loss == "lockstep" else random.Random(7).random
    clients = [Client(number, server.port, jitter) for number in range(count)]
    await until(lambda: all(client.is_back for client in clients))
    for client in clients:
        client.attempts = 0
    began = time.monotonic()
    await asyncio.to_thread(server.end, signal.SIGTERM if loss == "restarted" else signal.SIGKILL)
    server.start()
    await until(lambda: not any(client.is_back for client in clients))
    for client in clients:
        client.returned_s = None
    await server.ready()
    ready, cpu_s = time.monotonic(), server.cpu_s
    await until(lambda: all(client.returned_s or client.is_out for client in clients))
    cpu_s = server.cpu_s - cpu_s
    returned = [max(client.returned_s, ready) for client in clients if client.returned_s]
    figures = Figures(
        loss,
        count,
        down_s=round(ready - began, 2),
        median_after_ready_s=round(statistics.median(returned) - ready, 2),
        last_after_ready_s=round(max(returned) - ready, 2),
        last_after_loss_s=round(max(returned) - began, 2),
        most_in_100_ms=max(Counter(int(moment * 10) for moment in returned).values()),
        mean_attempts=round(statistics.mean(client.attempts for client in clients), 2),
        most_attempts=max(client.attempts for client in clients),
        refused_for_good=sum(client.is_out for client in clients),
        not_back=count - len(returned),
        server_cpu_s=round(cpu_s, 2),
        gaps=sum(client.link.gaps for client in clients),
    )
    for client in clients:
        client.leave()
    server.end(signal.SIGKILL)
    return figures


async def until(condition: Callable[[], bool]) -> None:
    """Returns when the condition holds or the time is over. The figures then show which clients are missing."""
    give_up = time.monotonic() + GIVE_UP_S
    while not condition() and time.monotonic() < give_up:  # noqa: ASYNC110  # a thousand clients, looked at rarely
        await asyncio.sleep(0.02)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1_000)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args()
    rounds: list[Figures] = []
    print(f"reconnect: {arguments.clients} clients, each on the plant's topic and one line")
    print(
        f"{'':10} {'down':>6} {'ready→half':>11} {'ready→last':>11} {'loss→last':>10} {'in 100 ms':>10}"
        f" {'attempts':>14} {'CPU s':>6} refused"
    )
    losses: tuple[Loss, ...] = ("restarted", "killed", "lockstep")
    for loss in losses:
        with tempfile.TemporaryDirectory(prefix="setpoint-bench-") as directory:
            each = asyncio.run(lose(loss, arguments.clients, Path(directory)))
        rounds.append(each)
        print(
            f"{loss:10} {each.down_s:>5.1f}s {each.median_after_ready_s:>10.1f}s {each.last_after_ready_s:>10.1f}s"
            f" {each.last_after_loss_s:>9.1f}s {each.most_in_100_ms:>10}"
            f" {each.mean_attempts:>6.2f}, most {each.most_attempts} {each.server_cpu_s:>6.2f}"
            f" {each.refused_for_good + each.not_back}",
            flush=True,
        )
    if arguments.json:
        arguments.json.write_text(
            json.dumps({"reconnect": [asdict(each) for each in rounds]}, indent=2) + "\n"
        )


if __name__ == "__main__":
    main()
