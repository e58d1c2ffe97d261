"""``GET /api/machines/{machine}/history``: what a machine did before its page was opened."""

from __future__ import annotations

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from setpoint.core.hub import TrendView
from setpoint.errors import RequestError
from setpoint.server.auth import Authenticator, person_of
from setpoint.server.calls import Asking, entity
from setpoint.server.documented import refusals
from setpoint.server.services import Services


def trend_routes(services: Services, auth: Authenticator) -> list[HTTPRouteHandler]:
    @get("/machines/{machine:str}/history", summary="A machine's last ten minutes", responses=refusals(404))
    async def history(request: Asking, machine: FromPath[str]) -> TrendView:
        person = await person_of(request, auth)
        found = services.plant.machines.get(entity(machine) or "")
        if found is None or not person.may_see(found.line):
            raise RequestError(
                f"there is no machine {machine[:200]!r} in this plant", status=404, code="unknown-machine"
            )
        return services.trend(found.key)

    return [history]
