"""A WebSocket client that sends frames as bytes on a blocking socket, so that tests can break every rule."""

from __future__ import annotations

import json
import socket
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

from setpoint.testing.patience import patient

MASK = b"\x37\xfa\x21\x3d"
"""The RFC's example. It is always the same, so that the test's name does not change."""

TEXT, BINARY, CLOSE, PING, PONG, CONT = 1, 2, 8, 9, 10, 0


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    masked: bool = True,
    length: int | None = None,
) -> bytes:
    """Makes one frame. ``length`` is the claimed length, if it differs from the true one."""
    claimed_length = len(payload) if length is None else length
    first = (fin << 7) | (rsv << 4) | opcode
    mark = masked << 7
    if claimed_length < 126:
        head = bytes((first, mark | claimed_length))
    elif claimed_length < 65_536:
        head = bytes((first, mark | 126)) + struct.pack(">H", claimed_length)
    else:
        head = bytes((first, mark | 127)) + struct.pack(">Q", claimed_length)
    if not masked:
        return head + payload
    return head + MASK + bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload))


def text(content: object, **options: Any) -> bytes:
    return frame(TEXT, json.dumps(content).encode(), **options)


def close(code: int | None = None, reason: bytes = b"") -> bytes:
    return frame(CLOSE, b"" if code is None else struct.pack(">H", code) + reason)


@dataclass
class ServerFrame:
    first: int
    payload: bytes

    @property
    def opcode(self) -> int:
        return self.first & 15

    @property
    def is_compressed(self) -> bool:
        return bool(self.first & 0x40)

    @property
    def text(self) -> bytes:
        """Returns the inflated payload. It must not need earlier messages (RFC 7692, server_no_context_takeover)."""
        if not self.is_compressed:
            return self.payload
        return zlib.decompressobj(wbits=-15).decompress(self.payload + b"\x00\x00\xff\xff")

    @property
    def code(self) -> int:
        """Returns the code of a close frame."""
        assert self.opcode == CLOSE
        return struct.unpack(">H", self.payload[:2])[0] if self.payload else 1005


@dataclass
class Wire:
    """One connection. Used as a context manager, it closes itself."""

    port: int
    origin: str | None = None
    connected: socket.socket = field(init=False)
    _rest: bytes = b""

    def __post_init__(self) -> None:
        self.connected = socket.create_connection(("127.0.0.1", self.port), timeout=patient(10))

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.connected.close()

    def send(self, data: bytes) -> None:
        self.connected.sendall(data)

    def upgrade(
        self, *, changed: dict[str, str | None] | None = None, method: str = "GET", path: str = "/live"
    ) -> str:
        """Requests the upgrade, and returns the head of the answer. ``changed`` replaces headers. None removes one."""
        headers: dict[str, str | None] = {
            "Host": f"127.0.0.1:{self.port}",
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
        lines = [
            f"{name}: {value}" for name, value in (headers | (changed or {})).items() if value is not None
        ]
        self.send(("\r\n".join([f"{method} {path} HTTP/1.1", *lines]) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self._rest:
            if not (data := self.connected.recv(65_536)):
                break
            self._rest += data
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        return head.decode()

    def receive(self) -> ServerFrame | None:
        """Returns the next frame, or None if the server has closed the connection."""
        head = self._exactly(2)
        if head is None:
            return None
        length = head[1] & 127
        assert not head[1] & 128, "a server does not mask"
        if length > 125:
            more = self._exactly(2 if length == 126 else 8)
            assert more is not None
            length = int.from_bytes(more, "big")
        payload = self._exactly(length)
        assert payload is not None
        return ServerFrame(head[0], payload)

    def receive_close(self) -> int:
        """Reads to the end. Returns the code of the close frame, or 0 if there was none."""
        code = 0
        while True:
            try:
                received = self.receive()
            except ConnectionResetError:
                return code
            if received is None:
                return code
            if received.opcode == CLOSE:
                code = received.code
                self.answer_close()

    def answer_close(self) -> None:
        try:
            self.send(close(1000))
            self.connected.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # The server has gone already.

    def receive_json(self, kind: str) -> Any:
        while True:
            received = self.receive()
            assert received is not None
            assert received.opcode == TEXT, received
            message = json.loads(received.text)
            if message["type"] == kind:
                return message

    def _exactly(self, count: int) -> bytes | None:
        while len(self._rest) < count:
            data = self.connected.recv(65_536)
            if not data:
                return None
            self._rest += data
        piece, self._rest = self._rest[:count], self._rest[count:]
        return piece
