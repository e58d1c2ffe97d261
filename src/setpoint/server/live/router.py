"""The class for uvicorn's ``ws=``: takes ``/live`` and passes every other path to uvicorn's own class.

When a request asks for an upgrade, uvicorn makes an object of this class, calls ``connection_made`` with the open
transport, then ``data_received`` with the request written out again, and then sets it as the transport's protocol. By
then the path is known, and the right class takes over the transport. This order is internal to uvicorn;
tests/integration/test_live_under_uvicorn.py checks it.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, cast

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from setpoint.server.live.base import Live
from setpoint.server.live.connection import LiveConnection

LIVE_PATH = b"/live"


class UpgradeRouter(asyncio.Protocol):
    """Base of the class that `LiveServer.protocol_class` makes; ``live`` is set there."""

    live: ClassVar[Live]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config = config
        self._server_state = server_state
        self._app_state = app_state
        self._loop = _loop or asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._inner: asyncio.Protocol | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit from it

    def data_received(self, data: bytes) -> None:
        if self._inner is None:
            assert self._transport is not None
            self._inner = self._open(data)
            self._inner.connection_made(self._transport)
            # uvicorn is about to make this router the transport's protocol.
            self._loop.call_soon(self._transport.set_protocol, self._inner)
        self._inner.data_received(data)

    def _open(self, request: bytes) -> asyncio.Protocol:
        target = request.split(b" ", 2)[1]
        if target.partition(b"?")[0] == LIVE_PATH:
            return LiveConnection(self.live, self._server_state.connections, self._loop)
        return WebSocketsSansIOProtocol(self._config, self._server_state, self._app_state, self._loop)

    # Calls that may still arrive before the router is replaced.

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._inner else None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._inner:
            self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        if self._inner:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        if self._inner:
            self._inner.resume_writing()
