"""What a standby answers while another server owns the plant: it is alive, and everything else is unavailable."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import msgspec

from setpoint.contract.http.problems import MEDIA_TYPE, TYPE_PREFIX, Problem
from setpoint.server.edge.gate import Message, Receive, Send

_REFUSAL = msgspec.json.encode(
    Problem(
        f"{TYPE_PREFIX}standby-unavailable",
        "standby unavailable",
        503,
        "this server is a standby, and another one serves the plant; ask that one, or ask again",
    )
)
_ALIVE = b'{"status":"alive","role":"standby"}'
_FIGURES = (
    b"# HELP setpoint_role The server's part.\n# TYPE setpoint_role gauge\n"
    b'setpoint_role{role="standby"} 1.0\n'
)
_RETRY_AFTER_S = b"1"


async def standby(scope: Message, _: Receive, send: Send) -> None:
    """An ASGI application."""
    match scope.get("path"):
        case "/healthz":
            await _answer(send, 200, b"application/json", _ALIVE)
        case "/metrics":
            await _answer(send, 200, b"text/plain; version=0.0.4", _FIGURES)
        case _:
            await _answer(send, 503, MEDIA_TYPE.encode(), _REFUSAL, (b"retry-after", _RETRY_AFTER_S))


async def _answer(
    send: Send, status: int, media_type: bytes, body: bytes, *more: tuple[bytes, bytes]
) -> None:
    headers = [(b"content-type", media_type), (b"cache-control", b"no-store"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class NoSockets(asyncio.Protocol):
    """Refuses a WebSocket as the other requests are refused."""

    def __init__(self, **_: Any) -> None:
        """uvicorn gives the settings of its own protocols."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        head = (
            b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: %b\r\nretry-after: %b\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n" % (MEDIA_TYPE.encode(), _RETRY_AFTER_S, len(_REFUSAL))
        )
        cast("asyncio.Transport", transport).write(head + _REFUSAL)
        transport.close()
