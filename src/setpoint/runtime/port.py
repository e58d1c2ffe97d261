"""One port: listens on it, and serves HTTP and `/live` there until the process is asked to stop."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import uvicorn

from setpoint.errors import ConfigError
from setpoint.message import sentence

STOP_WITHIN_S = 8
"""How long open requests may take after the server was asked to stop."""


class Server(uvicorn.Server):
    """uvicorn's server without its signal handling, which would end the process before everything is stored."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


def port_server(
    app: Any, sockets: type[asyncio.Protocol], options: Mapping[str, Any], on_ready: Callable[[], None]
) -> Server:
    """``sockets`` handles the connections that ask for a WebSocket."""
    config = uvicorn.Config(
        app,
        ws=sockets,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        **options,
    )
    return Server(config, on_ready)


@contextmanager
def listening(host: str, port: int, *, is_shared: bool = False) -> Iterator[socket.socket]:
    """Listens on the port. Raises `ConfigError` if it is in use or not permitted.

    ``is_shared``: other processes listen on it too. The system spreads connections over them.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        port_socket = socket.create_server(
            (host, port),
            family=family,
            backlog=2048,
            reuse_port=is_shared and hasattr(socket, "SO_REUSEPORT"),
        )
    except OSError as error:
        raise ConfigError(
            sentence(
                "words-cannot-listen-on-stop-program-uses",
                "cannot listen on {host}:{port} ({why}); stop the program that uses it, or give another --port",
                host=host,
                port=port,
                why=error.strerror,
            )
        ) from error
    with port_socket:
        yield port_socket


def shown_host(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host
