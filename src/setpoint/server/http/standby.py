"""The answers of a server that waits for its role: it is alive, and everything else is unavailable."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import msgspec

from setpoint.contract.http.problems import MEDIA_TYPE, TYPE_PREFIX, Problem
from setpoint.server.edge.gate import Message, Receive, Send

_WHY = {
    "standby": "this server is a standby, and another one serves the plant; ask that one, or ask again",
    "gateway": "this gateway waits for a plant server; see that one and NATS run, or ask again",
}
_RETRY_AFTER_S = b"1"


def waiting(role: str) -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """An ASGI application for a server of this role."""
    alive = msgspec.json.encode({"status": "alive", "role": role})
    figures = (
        "# HELP setpoint_role The server's part.\n# TYPE setpoint_role gauge\n"
        f'setpoint_role{{role="{role}"}} 1.0\n'
    ).encode()

    async def answer(scope: Message, _: Receive, send: Send) -> None:
        match scope.get("path"):
            case "/healthz":
                await _answer(send, 200, b"application/json", alive)
            case "/metrics":
                await _answer(send, 200, b"text/plain; version=0.0.4", figures)
            case _:
                retry = (b"retry-after", _RETRY_AFTER_S)
                await _answer(send, 503, MEDIA_TYPE.encode(), _refusal(role), retry)

    return answer


def _refusal(role: str) -> bytes:
    code, title = f"{role}-unavailable", f"{role} unavailable"
    return msgspec.json.encode(Problem(f"{TYPE_PREFIX}{code}", title, 503, _WHY[role], code))


async def _answer(
    send: Send, status: int, media_type: bytes, body: bytes, *more: tuple[bytes, bytes]
) -> None:
    headers = [(b"content-type", media_type), (b"cache-control", b"no-store"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class NoSockets(asyncio.Protocol):
    """Refuses a WebSocket in the same way as other requests."""

    body = b""

    def __init__(self, **_: Any) -> None:
        """The parameters are those that uvicorn passes to its own protocols."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        head = (
            b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: %b\r\nretry-after: %b\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n" % (MEDIA_TYPE.encode(), _RETRY_AFTER_S, len(self.body))
        )
        cast("asyncio.Transport", transport).write(head + self.body)
        transport.close()


def no_sockets(role: str) -> type[NoSockets]:
    """The class for a server of this role."""
    return type("NoSockets", (NoSockets,), {"body": _refusal(role)})
