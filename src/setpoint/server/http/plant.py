"""The plant over HTTP: its description, a workbook to fill in, and who changed each set-point last."""

from __future__ import annotations

from litestar import Controller, Response, get

from setpoint.contract.http.machines import FieldRev
from setpoint.contract.http.plant import PlantView
from setpoint.contract.topics import DASHBOARD
from setpoint.server.http.deps import Provided, Text, download
from setpoint.server.http.openapi import refusals
from setpoint.server.http.request import HttpRequest, language_of
from setpoint.server.http.sight import Sight
from setpoint.server.http.views import plant_view
from setpoint.server.http.workbooks import XLSX, filled_template


class PlantController(Controller):
    @get("/plant", summary="What there is, and what may be asked of it", responses=refusals())
    async def plant(self, sight: Provided[Sight]) -> PlantView:
        return plant_view(sight)

    @get(
        "/template.xlsx", summary="A workbook to fill in", media_type=XLSX, responses=refusals(403, 404, 429)
    )
    async def template(
        self, request: HttpRequest, sight: Provided[Sight], topic: Text = None
    ) -> Response[bytes]:
        async with sight.exporting():
            content = await filled_template(sight, topic or DASHBOARD, language_of(request))
        name = (topic or "plant").replace(":", "-")
        return download(content, XLSX, f"setpoint-{name}.xlsx")

    @get("/changes", summary="Who moved each set-point last", responses=refusals())
    async def changes(self, sight: Provided[Sight], line: Text = None) -> list[FieldRev]:
        """The stream has a field's rev, but not who changed it. A preview that finds a newer rev than the workbook's
        gets the name here (CONF-1, CONF-2)."""
        return [rev for rev in await sight.changes(line) if rev.by is not None]
