"""``GET /api/changes``: the last change of each set-point: who or what made it, and when.

The stream has a field's rev, but not who changed it. If a preview finds a newer rev than the workbook's, it gets the
name here (CONF-1, CONF-2).
"""

from __future__ import annotations

from litestar import get
from litestar.handlers import HTTPRouteHandler

from setpoint.contract.http.machines import FieldRev
from setpoint.server.http.deps import Asking, Text
from setpoint.server.http.openapi import refusals
from setpoint.server.http.sight import Sights


def change_routes(sights: Sights) -> list[HTTPRouteHandler]:
    @get("/changes", summary="Who moved each set-point last", responses=refusals())
    async def changes(request: Asking, *, line: Text = None) -> list[FieldRev]:
        sight = await sights.of(request)
        revs = (
            sight.rev(machine.key, field.name)
            for each in sight.plant.lines
            if line in (None, each.id)
            for machine in each.machines
            for field in sight.plant.writable
        )
        return [rev for rev in revs if rev.by is not None]

    return [changes]
