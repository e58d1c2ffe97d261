"""A server that waits: a standby until it owns the plant (LEASE-3), a gateway until there is a plant server.

Until then it only answers that it is alive.
"""

from __future__ import annotations

import asyncio
import math
import signal
import socket
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from setpoint.persistence.sql import SqlPersistence
from setpoint.runtime.port import port_server
from setpoint.runtime.service import Service
from setpoint.server.edge.edge import Edge
from setpoint.server.http.standby import no_sockets, waiting

END_WITHIN_S = 1
"""How long a request to the standby may delay the takeover."""

log = structlog.get_logger("setpoint.serving")


T = TypeVar("T")


async def stand_by(
    persistence: SqlPersistence, listening: socket.socket, edge: Edge, service: Service
) -> bool:
    """Whether this server owns the plant now; False if the process was asked to stop before that."""

    async def take() -> bool:
        await persistence.take(wait_s=math.inf)
        return True

    is_owner = await answer_until(take(), listening, edge, service, "standby") or False
    if is_owner:
        log.info("taken_over")
    return is_owner


async def answer_until(
    waited_for: Coroutine[Any, Any, T], listening: socket.socket, edge: Edge, service: Service, role: str
) -> T | None:
    """Answers 503 until the result is there, and returns the result. None if the process was asked to stop before that.

    The port stays open, so that the next server answers connections that arrive in between.
    """
    app = edge.gate(waiting(role))
    server = port_server(app, no_sockets(role), edge.uvicorn_options(), lambda: service.notify("READY=1"))
    server.config.timeout_graceful_shutdown = END_WITHIN_S
    serving = asyncio.create_task(server.serve(sockets=[listening.dup()]), name=role)
    taking = asyncio.create_task(waited_for, name="waiting")
    try:
        await asyncio.wait({serving, taking}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        taking.cancel()
        server.should_exit = server.force_exit = True
        await asyncio.wait({serving, taking})
    serving.result()
    return None if taking.cancelled() else taking.result()


async def wait_quietly(waited_for: Coroutine[Any, Any, T], service: Service) -> T | None:
    """Like `answer_until`, but without answering, because other processes listen on the port too and can serve people
    better.
    """
    loop = asyncio.get_running_loop()
    waiting = asyncio.create_task(waited_for, name="waiting")
    service.notify("READY=1")
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, waiting.cancel)
    try:
        await asyncio.wait({waiting})
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
    return None if waiting.cancelled() else waiting.result()
