"""``GET /api/machines/{machine}/history``: what a machine did before its page was opened."""

from __future__ import annotations

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from setpoint.contract.http.machines import TrendView
from setpoint.server.http.deps import Asking, entity
from setpoint.server.http.openapi import refusals
from setpoint.server.http.sight import Sights


def trend_routes(sights: Sights) -> list[HTTPRouteHandler]:
    @get("/machines/{machine:str}/history", summary="A machine's last ten minutes", responses=refusals(404))
    async def history(request: Asking, machine: FromPath[str]) -> TrendView:
        return (await sights.of(request)).trend(entity(machine) or "", machine)

    return [history]
