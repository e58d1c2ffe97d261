"""``GET /api/disk``: whether the disk of the data directory is nearly full, for operators and above.

Once it is full the server can store nothing, and so takes no batch: those who give targets learn it before.
"""

from __future__ import annotations

from typing import Protocol

from litestar import Router, get

from setpoint.contract.http.disk import DiskView
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.plant import Role
from setpoint.errors import RequestError
from setpoint.server.http.deps import NO_STORE
from setpoint.server.http.openapi import refusals
from setpoint.server.http.problems import Asking
from setpoint.server.identity.authenticator import Authenticator, person_of


class FreeSpace(Protocol):
    free_bytes: int
    is_low: bool


def disk_routes(auth: Authenticator, disk: FreeSpace) -> Router:
    @get("/disk", summary="Whether the server's disk is nearly full", responses=refusals(403))
    async def read(request: Asking) -> DiskView:
        if (await person_of(request, auth)).role < Role.OPERATOR:
            raise RequestError("needs operator on a line", code=ProblemCode.FORBIDDEN)
        return DiskView(disk.is_low, disk.free_bytes)

    return Router("/api", route_handlers=[read], tags=["plant"], response_headers=NO_STORE)
