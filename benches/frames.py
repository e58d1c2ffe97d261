"""WebSocket frames for thousands of clients in one process, without a library object for each client."""

from __future__ import annotations

import socket

PING = b'{"type":"ping"'
DELTA = b'{"type":"delta"'


def masked(payload: bytes) -> bytes:
    """Makes a text frame with a mask of zeros. It is valid (RFC 6455, 5.3), costs the server as much as any, and us
    nothing.
    """
    length = len(payload)
    head = bytes((0x81, 0x80 | length)) if length < 126 else bytes((0x81, 0xFE)) + length.to_bytes(2, "big")
    return head + b"\x00\x00\x00\x00" + payload


PONG = masked(b'{"type":"pong","ts":1}')


def upgraded(connected: socket.socket, port: int, path: str, headers: str = "") -> tuple[bytes, bytes]:
    """Shakes hands. Returns the head of the answer, and the bytes that came after it.

    ``headers`` are further lines of the request, each with its end.
    """
    connected.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{headers}\r\n".encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connected.recv(4_096)
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101"), head
    return head, rest


def frames(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Returns a server's complete frames, each with its first byte, and the bytes of an unfinished frame."""
    complete = []
    at, size = 0, len(data)
    while at + 2 <= size:
        length, start = data[at + 1], at + 2
        if length == 126:
            length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
        elif length == 127:
            length, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
        end = start + length
        if start > size or end > size:
            break
        complete.append((data[at], data[start:end]))
        at = end
    return complete, data[at:]
