"""``GET /api/changes``: who or what moved each set-point last, and when.

The stream tells a field's rev and not whose doing it was; a preview that finds a newer rev than the workbook's asks
here for the name (CONF-1, CONF-2).
"""

from __future__ import annotations

from litestar import get
from litestar.handlers import HTTPRouteHandler

from setpoint.core.commands import FieldRev
from setpoint.server.auth import Authenticator, person_of
from setpoint.server.calls import Asking, Text
from setpoint.server.documented import refusals
from setpoint.server.services import Services


def change_routes(services: Services, auth: Authenticator) -> list[HTTPRouteHandler]:
    @get("/changes", summary="Who moved each set-point last", responses=refusals())
    async def changes(request: Asking, *, line: Text = None) -> list[FieldRev]:
        person = await person_of(request, auth)
        seen = [each for each in services.plant.lines if person.may_see(each.id) and line in (None, each.id)]
        revs = (
            services.rev(machine.key, field.name)
            for each in seen
            for machine in each.machines
            for field in services.plant.writable
        )
        return [rev for rev in revs if rev.by is not None]

    return [changes]
