"""One port: listens on it, and serves HTTP and `/live` there until the process is asked to stop."""

from __future__ import annotations

import asyncio
import errno
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


_ENDS = (signal.SIGINT, signal.SIGTERM)


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
        before: dict[int, Any] = {}
        for number in _ENDS:
            try:
                loop.add_signal_handler(number, self.handle_exit, number, None)
            except NotImplementedError:  # Windows
                before[number] = signal.signal(number, self.handle_exit)
        try:
            yield
        finally:
            for number in _ENDS:
                if number in before:
                    signal.signal(number, before[number])
                else:
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

    ``is_shared``: other processes listen on it too. The system spreads connections over all of them, so this one only
    begins to listen when it is served.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        if is_shared and hasattr(socket, "SO_REUSEPORT"):
            port_socket = _bound(host, port, family)
        else:
            port_socket = socket.create_server((host, port), family=family, backlog=2048)
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


def _bound(host: str, port: int, family: int) -> socket.socket:
    """As `socket.create_server`, for a port of several processes, and without listening."""
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            found.setsockopt(socket.SOL_SOCKET, option, 1)
        if family == socket.AF_INET6:
            found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        found.bind((host, port))
    except OSError:
        found.close()
        raise
    return found


def is_served(host: str, port: int) -> bool:
    """Whether another process listens on the port."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False


def shown_host(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host
