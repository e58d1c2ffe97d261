"""An attacker: a separate process that opens sockets from several addresses of loopback and never signs in.

    python -m tests.security.flood PORT COUNT

A quarter of the sockets send nothing at all. The others open ``/live`` and send nothing on it. This side never closes a
socket: each stays until the server ends it. At the end it prints the results as one line of JSON (`FloodResult`).
"""

from __future__ import annotations

import json
import resource
import select
import socket
import sys
import time
from dataclasses import asdict, dataclass, field
from itertools import count

from setpoint.testing.patience import patient

ADDRESSES = tuple(f"127.0.0.{last}" for last in range(2, 10))
IN_FLIGHT = 500
"""Connections that are opened at once. The server's backlog holds more, so none is lost."""
GIVE_UP_AFTER_S = 40.0
SPARE_FILES = 100


@dataclass
class FloodResult:
    """The results. ``most`` is the peak of open sockets. ``codes`` counts the received close codes, ``statuses`` the
    HTTP answers.
    """

    opened: int = 0
    most: int = 0
    left: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Socket:
    peer: socket.socket
    is_silent: bool
    is_made: bool = False
    received: bytes = b""


class Flood:
    def __init__(self, port: int) -> None:
        self._port = port
        self._hello = (
            f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        ).encode()
        self._poll = select.epoll()
        self._open: dict[int, _Socket] = {}
        self._numbers = count()
        self._in_flight = 0
        self.result = FloodResult()

    def run(self, count_wanted: int) -> FloodResult:
        give_up = time.monotonic() + patient(GIVE_UP_AFTER_S)
        while (self.result.opened < count_wanted or self._open) and time.monotonic() < give_up:
            while self._in_flight < IN_FLIGHT and self.result.opened < count_wanted:
                self._begin()
            for number, events in self._poll.poll(0.1, IN_FLIGHT):
                self._happened(self._open[number], events)
        self.result.left = len(self._open)
        return self.result

    def _begin(self) -> None:
        number = next(self._numbers)
        peer = socket.socket()
        peer.setblocking(False)
        # Without this, bind would choose a port for all destinations alike, and loopback would run out of ports.
        peer.setsockopt(socket.IPPROTO_IP, socket.IP_BIND_ADDRESS_NO_PORT, 1)
        peer.bind((ADDRESSES[number % len(ADDRESSES)], 0))
        peer.connect_ex(("127.0.0.1", self._port))
        self._open[peer.fileno()] = _Socket(peer, is_silent=number // len(ADDRESSES) % 4 == 0)
        self._poll.register(peer, select.EPOLLOUT | select.EPOLLIN)
        self._in_flight += 1
        self.result.opened += 1
        self.result.most = max(self.result.most, len(self._open))

    def _happened(self, each: _Socket, events: int) -> None:
        if not each.is_made and events & (select.EPOLLOUT | select.EPOLLERR | select.EPOLLHUP):
            each.is_made = True
            if each.is_silent:
                self._in_flight -= 1
            elif not events & (select.EPOLLERR | select.EPOLLHUP):
                each.peer.send(self._hello)
            self._poll.modify(each.peer, select.EPOLLIN)
        if events & (select.EPOLLIN | select.EPOLLERR | select.EPOLLHUP):
            self._read(each)

    def _read(self, each: _Socket) -> None:
        try:
            data = each.peer.recv(4096)
        except ConnectionError:
            data = b""
        if data:
            if not each.received and not each.is_silent:
                self._in_flight -= 1
            each.received += data
            return
        if not each.received and not each.is_silent:
            self._in_flight -= 1
        self._ended(each)

    def _ended(self, each: _Socket) -> None:
        head, _, frames = each.received.partition(b"\r\n\r\n")
        if head:
            status = head.split(b" ", 2)[1].decode()
            self.result.statuses[status] = self.result.statuses.get(status, 0) + 1
        if frames[:1] == b"\x88":
            code = str(int.from_bytes(frames[2:4], "big"))
            self.result.codes[code] = self.result.codes.get(code, 0) + 1
        del self._open[each.peer.fileno()]
        each.peer.close()


def main() -> None:
    port, number = int(sys.argv[1]), int(sys.argv[2])
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, number + SPARE_FILES), hard))
    print(json.dumps(asdict(Flood(port).run(number))))


if __name__ == "__main__":
    main()
