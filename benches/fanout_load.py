"""The listeners of the fan-out bench, in a process of their own. N sockets share one epoll, and check every frame.

    python -m benches.fanout_load PORT CLIENTS PATH TOPICS STALLED OFFER

``PATH`` is ``-`` for a server without a WebSocket handshake. ``TOPICS`` are the topics to subscribe to
(comma-separated, or ``-``; ``connect`` for centrifuge). ``OFFER`` is ``deflate`` to offer compression as browsers do
(RFC 7692), or ``plain``. The listeners answer pings. For each line on standard input, the process prints as JSON what
they received since the last line.
"""

from __future__ import annotations

import json
import resource
import select
import socket
import sys
import time
import zlib
from functools import lru_cache

from benches.frames import DELTA, PING, PONG, frames, masked, upgraded

PUSH = b'{"push":'
"""The start of a channel's message in centrifuge's protocol."""
CONNECT = masked(b'{"id":1,"connect":{}}')
"""The first command of centrifuge's protocol. Its server subscribes every client that connects."""
COMPRESSED = 0x40
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
"""What Chromium and Firefox send."""


@lru_cache(maxsize=16)
def inflated(payload: bytes) -> bytes:
    """Inflates a frame that needs no earlier one. If all clients get the same bytes, it inflates them only once."""
    return zlib.decompressobj(-15).decompress(payload + b"\x00\x00\xff\xff")


class Listener:
    """One connection: the bytes of an unfinished frame, and the last number of each topic.

    It has an ``inflater`` if frames refer to earlier ones (context takeover).
    """

    __slots__ = ("inflater", "numbers", "rest", "socket")

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.rest = b""
        self.numbers: dict[bytes, int] = {}
        self.inflater: zlib._Decompress | None = None

    def text(self, first: int, payload: bytes) -> bytes:
        if not first & COMPRESSED:
            return payload
        if self.inflater is None:
            return inflated(payload)
        return self.inflater.decompress(payload + b"\x00\x00\xff\xff")


class ReceivedMessage:
    def __init__(self) -> None:
        self.deltas = self.pings = self.gaps = self.closed = 0
        self.delays_ms: list[float] = []

    def take(self) -> dict[str, float]:
        delays = sorted(self.delays_ms)
        figures = {
            "deltas": self.deltas,
            "pings": self.pings,
            "gaps": self.gaps,
            "closed": self.closed,
            "p50_ms": delays[len(delays) // 2] if delays else 0.0,
            "p99_ms": delays[int(len(delays) * 0.99)] if delays else 0.0,
        }
        self.__init__()  # type: ignore[misc]  # start again
        return figures


def connect(port: int, path: str, topics: list[str], offer: str) -> Listener:
    connection = socket.create_connection(("127.0.0.1", port))
    listener = Listener(connection)
    if path != "-":
        head, listener.rest = upgraded(connection, port, path, DEFLATE if offer == "deflate" else "")
        agreed = head.lower()
        assert (b"permessage-deflate" in agreed) == (offer == "deflate"), head
        if offer == "deflate" and b"server_no_context_takeover" not in agreed:
            listener.inflater = zlib.decompressobj(-15)
        if topics == ["connect"]:
            connection.sendall(CONNECT)
            topics = []
        for topic in topics:
            connection.sendall(masked(json.dumps({"type": "subscribe", "id": 1, "topic": topic}).encode()))
    connection.setblocking(False)
    return listener


def take(listener: Listener, text: bytes, counts: ReceivedMessage, now: float) -> None:
    """Takes one message. If it is centrifuge's, takes the delta in it."""
    if text.startswith(PUSH):
        text = text[text.find(DELTA) :]
    if text.startswith(DELTA):
        # {"type":"delta","topic":"m:101","seq":12,"ts":1704230000.25,…
        topic_end = text.index(b'"', 25)
        topic = text[25:topic_end]
        number_end = text.index(b",", topic_end + 8)
        number = int(text[topic_end + 8 : number_end])
        ts = float(text[number_end + 6 : text.index(b",", number_end + 6)])
        last = listener.numbers.get(topic)
        counts.gaps += last is not None and number != last + 1
        listener.numbers[topic] = number
        counts.deltas += 1
        counts.delays_ms.append((now - ts) * 1000)
    elif text.startswith(PING):
        counts.pings += 1
        listener.socket.send(PONG)


def read(listener: Listener, data: bytes, counts: ReceivedMessage, now: float) -> None:
    messages, listener.rest = frames(listener.rest + data)
    for first, payload in messages:
        text = listener.text(first, payload)
        for line in text.split(b"\n") if text.startswith(PUSH) else (text,):
            take(listener, line, counts, now)


def main() -> None:
    port, clients, path, topic_list, stalled, offer = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    topics = [] if topic_list == "-" else topic_list.split(",")
    listeners = [connect(int(port), path, topics, offer) for _ in range(int(clients))]
    silent = [connect(int(port), path, topics, offer) for _ in range(int(stalled))]
    poll = select.epoll()
    by_fd = {listener.socket.fileno(): listener for listener in listeners}
    for fd in by_fd:
        poll.register(fd, select.EPOLLIN)
    poll.register(sys.stdin.fileno(), select.EPOLLIN)
    counts = ReceivedMessage()
    print(json.dumps({"connected": len(listeners) + len(silent)}), flush=True)
    while True:
        for fd, _ in poll.poll():
            if fd == sys.stdin.fileno():
                if not sys.stdin.readline():
                    return
                print(json.dumps(counts.take()), flush=True)
                continue
            data = by_fd[fd].socket.recv(262_144)
            if data:
                read(by_fd[fd], data, counts, time.time())
            else:
                counts.closed += 1
                poll.unregister(fd)


if __name__ == "__main__":
    main()
