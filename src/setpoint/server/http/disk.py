"""``GET /api/disk``: whether the disk of the data directory is nearly full, for operators and above.

A full disk stores nothing, so the server takes no batch. People who give targets learn of it before.
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


class DiskController(Controller):
    path = "/disk"

    @get(summary="Whether the server's disk is nearly full", responses=refusals(403))
    async def read(
        self, request: HttpRequest, auth: Provided[Authenticator], disk: Provided[FreeSpace]
    ) -> DiskView:
        if (await person_of(request, auth)).role < Role.OPERATOR:
            raise RequestError("needs operator on a line", code=ProblemCode.FORBIDDEN)
        return DiskView(disk.is_low, disk.free_bytes)


def disk_routes(auth: Authenticator, disk: FreeSpace) -> Router:
    return Router(
        "/api",
        route_handlers=[DiskController],
        dependencies={"auth": fixed(auth), "disk": fixed(disk)},
        tags=["plant"],
        response_headers=NO_STORE,
    )
