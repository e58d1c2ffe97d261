"""Clients of one gateway or plant server, in a process of their own. N sockets share one epoll, and check every number.

    python -m benches.cluster_load PORT CLIENTS TOKENS TOPICS

``TOKENS`` is a file with one token a line, each for `A_PERSON` clients. ``TOPICS`` are separated by commas. Clients
come from several addresses of loopback, because a server limits the connections of one address. The process prints a
line when every client has every snapshot. For each line on standard input, it prints as JSON what the clients received
since the last line. *telemetry* is the time from a source's report, which it carries as ``temp``
(`benches.stamped_server`), to the client. *urgent* is the same for a change of status.
"""

from __future__ import annotations

import json
import re
import resource
import select
import socket
import sys
import time
from pathlib import Path

from benches.frames import DELTA, PING, PONG, frames, masked, upgraded

A_PERSON = 90
AN_ADDRESS = 1_500
_AT_ONCE = 50
_HELLO, _SNAPSHOT = b'{"type":"hello"', b'{"type":"snapshot"'
_STAMP = re.compile(rb'"temp":([\d.]+)')
_NUMBER = re.compile(rb'"topic":"([^"]+)","seq":(\d+)')


class Crowd:
    """All clients, and what they received."""

    def __init__(self, port: int, topics: list[str]) -> None:
        self.port = port
        self.topics = topics
        self.poll = select.epoll()
        self.clients: dict[int, Client] = {}
        self.deltas = self.gaps = self.closed = self.snapshots = 0
        self.telemetry_ms: list[float] = []
        self.urgent_ms: list[float] = []

    def take(self) -> dict[str, float]:
        figures: dict[str, float] = {"deltas": self.deltas, "gaps": self.gaps, "closed": self.closed}
        for name, delays in (("telemetry", self.telemetry_ms), ("urgent", self.urgent_ms)):
            delays.sort()
            for share in (0.5, 0.99):
                at = delays[int(len(delays) * share)] if delays else 0.0
                figures[f"{name}_p{share * 100:.0f}_ms"] = round(at, 1)
            figures[name] = len(delays)
            delays.clear()
        self.deltas = self.gaps = 0
        return figures

    def open(self, number: int, token: str) -> None:
        client = Client(self, f"127.0.0.{2 + number // AN_ADDRESS}", token)
        fd = client.socket.fileno()
        self.clients[fd] = client
        self.poll.register(fd, select.EPOLLIN)

    def work(self, within_s: float | None = None) -> bool:
        """Reads what has arrived. Returns whether there is a line on standard input."""
        for fd, _ in self.poll.poll(within_s):
            if fd == sys.stdin.fileno():
                return True
            data = self.clients[fd].socket.recv(262_144)
            if data:
                self.clients[fd].received(data)
            else:
                self.closed += 1
                self.poll.unregister(fd)
        return False


class Client:
    __slots__ = ("crowd", "numbers", "rest", "socket")

    def __init__(self, crowd: Crowd, address: str, token: str) -> None:
        self.crowd = crowd
        self.numbers: dict[bytes, int] = {}
        self.socket = socket.create_connection(("127.0.0.1", crowd.port), source_address=(address, 0))
        protocol = "Sec-WebSocket-Protocol: setpoint.v1\r\n"
        _, self.rest = upgraded(self.socket, crowd.port, "/live", protocol)
        self.socket.sendall(masked(json.dumps({"type": "auth", "token": token}).encode()))

    def received(self, data: bytes) -> None:
        now = time.time()
        messages, self.rest = frames(self.rest + data)
        for _, text in messages:
            self._frame(text, now)

    def _frame(self, text: bytes, now: float) -> None:
        if text.startswith(DELTA):
            self._delta(text, now)
        elif text.startswith(PING):
            self.socket.sendall(PONG)
        elif text.startswith(_HELLO):
            for number, topic in enumerate(self.crowd.topics):
                request = {"type": "subscribe", "id": number, "topic": topic}
                self.socket.sendall(masked(json.dumps(request).encode()))
        elif text.startswith(_SNAPSHOT):
            self.crowd.snapshots += 1

    def _delta(self, text: bytes, now: float) -> None:
        crowd = self.crowd
        crowd.deltas += 1
        match = _NUMBER.search(text)
        assert match is not None, text
        topic, seq = match[1], int(match[2])
        last = self.numbers.get(topic)
        crowd.gaps += last is not None and seq != last + 1
        self.numbers[topic] = seq
        if (stamp := _STAMP.search(text)) is not None:
            delays = crowd.urgent_ms if b'"status":' in text else crowd.telemetry_ms
            delays.append((now - float(stamp[1])) * 1000)


def main() -> None:
    port, clients, tokens, topics = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    crowd = Crowd(int(port), topics.split(","))
    known = Path(tokens).read_text("ascii").split()
    for number in range(int(clients)):
        crowd.open(number, known[number // A_PERSON])
        if number % _AT_ONCE == 0:
            crowd.work(0.02)
    while crowd.snapshots < int(clients) * len(crowd.topics):
        crowd.work(1.0)
    crowd.poll.register(sys.stdin.fileno(), select.EPOLLIN)
    print(json.dumps({"connected": len(crowd.clients)}), flush=True)
    while True:
        if crowd.work():
            if not sys.stdin.readline():
                return
            print(json.dumps(crowd.take()), flush=True)


if __name__ == "__main__":
    main()
