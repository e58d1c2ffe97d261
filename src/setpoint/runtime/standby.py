"""``--role standby``: waits until this server owns the plant (LEASE-3). Meanwhile it answers only that it is alive."""

from __future__ import annotations

import asyncio
import math
import socket
from typing import cast

import structlog

from setpoint.persistence.sql import SqlPersistence
from setpoint.runtime.port import port_server
from setpoint.runtime.service import Service
from setpoint.server.edge.edge import Edge
from setpoint.server.edge.gate import App
from setpoint.server.http.standby import NoSockets, standby

END_WITHIN_S = 1
"""How long a request to the standby may hold up the takeover."""

log = structlog.get_logger("setpoint.serving")


async def stand_by(
    persistence: SqlPersistence, listening: socket.socket, edge: Edge, service: Service
) -> bool:
    """Whether this server owns the plant now; False if the process was asked to stop before that.

    The port stays open: who connects at the takeover is answered by the owner.
    """
    app = edge.gate(cast("App", standby))
    server = port_server(app, NoSockets, edge.uvicorn_options(), lambda: service.tell("READY=1"))
    server.config.timeout_graceful_shutdown = END_WITHIN_S
    serving = asyncio.create_task(server.serve(sockets=[listening.dup()]), name="standby")
    taking = asyncio.create_task(persistence.take(wait_s=math.inf), name="take")
    try:
        await asyncio.wait({serving, taking}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        taking.cancel()
        server.should_exit = server.force_exit = True
        await asyncio.wait({serving, taking})
    serving.result()
    if taking.cancelled():
        return False
    taking.result()
    log.info("taken_over")
    return True
