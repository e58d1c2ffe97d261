"""``GET /api/disk``: whether the disk of the data directory is nearly full, for operators and above.

A full disk stores nothing, so the server takes no batch. People who give targets are warned before that. History stops
earlier than batches do; the answer says so too.
"""

from __future__ import annotations

from typing import Protocol

from litestar import Controller, Router, get

from setpoint.contract.http.disk import DiskView
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.plant import Role
from setpoint.errors import RequestError
from setpoint.server.http.deps import NO_STORE, Provided, fixed
from setpoint.server.http.openapi import refusals
from setpoint.server.http.request import HttpRequest
from setpoint.server.identity.authenticator import Authenticator, person_of


class FreeSpace(Protocol):
    free_bytes: int
    is_low: bool

    def look(self) -> None:
        """Looks at the disk again."""
        ...


class Recorded(Protocol):
    @property
    def reason(self) -> str:
        """Why no history is recorded; empty while it is."""


class DiskController(Controller):
    path = "/disk"

    @get(summary="Whether the server's disk is nearly full", responses=refusals(403))
    async def read(
        self,
        request: HttpRequest,
        auth: Provided[Authenticator],
        disk: Provided[FreeSpace],
        history: Provided[Recorded | None],
    ) -> DiskView:
        if (await person_of(request, auth)).role < Role.OPERATOR:
            raise RequestError("needs operator on a line", code=ProblemCode.FORBIDDEN)
        disk.look()  # takes some microseconds
        return DiskView(disk.is_low, disk.free_bytes, history.reason if history else "")


def disk_routes(auth: Authenticator, disk: FreeSpace, history: Recorded | None = None) -> Router:
    return Router(
        "/api",
        route_handlers=[DiskController],
        dependencies={"auth": fixed(auth), "disk": fixed(disk), "history": fixed(history)},
        tags=["plant"],
        response_headers=NO_STORE,
    )
