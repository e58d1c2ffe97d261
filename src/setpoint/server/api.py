"""``/api``: the calls of the contract's section 6.

Handlers know HTTP and nothing else: they read a request, ask `Services`, and tell the answer. Whoever may not see a
line gets the very answers that they would get if it did not exist.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Response, Router, get, post
from litestar.handlers import HTTPRouteHandler

from setpoint.core.commands import Event
from setpoint.core.commands.history import EventQuery, Page
from setpoint.core.topics import DASHBOARD
from setpoint.errors import RequestError
from setpoint.server.auth import Authenticator, person_of
from setpoint.server.batches import batch_routes
from setpoint.server.calls import (
    NO_STORE,
    Asking,
    CursorText,
    Instant,
    Limit,
    Text,
    download,
    entity,
    json_body,
    lines_of,
)
from setpoint.server.changes import change_routes
from setpoint.server.documented import refusals
from setpoint.server.held import held_routes
from setpoint.server.services import Services
from setpoint.server.trends import trend_routes
from setpoint.server.views import PlantView, plant_view
from setpoint.server.workbooks import XLSX, filled_template


class SimulatorEvent(msgspec.Struct, frozen=True):
    """``status`` asserts a critical status or clears it with null; ``fault`` makes trouble or mends it with null."""

    machine: Annotated[str, msgspec.Meta(max_length=64)]
    status: str | msgspec.UnsetType | None = msgspec.UNSET
    fault: str | msgspec.UnsetType | None = msgspec.UNSET


def api_routes(services: Services, auth: Authenticator) -> Router:
    """Everything under ``/api`` but sign-in."""
    rooms = (_plant_routes, change_routes, trend_routes, batch_routes, held_routes)
    handlers = [handler for room in rooms for handler in room(services, auth)]
    return Router("/api", route_handlers=handlers, response_headers=NO_STORE)


def _plant_routes(services: Services, auth: Authenticator) -> list[HTTPRouteHandler]:
    @get("/plant", summary="What there is, and what may be asked of it", responses=refusals())
    async def plant(request: Asking) -> PlantView:
        return plant_view(services.plant, await person_of(request, auth), is_simulated=services.is_simulated)

    @get("/template.xlsx", summary="A workbook to fill in", media_type=XLSX, responses=refusals(404))
    async def template(request: Asking, topic: Text = None) -> Response[bytes]:
        content = await filled_template(services, await person_of(request, auth), topic or DASHBOARD)
        name = (topic or "plant").replace(":", "-")
        return download(content, XLSX, f"setpoint-{name}.xlsx")

    @get("/events", summary="Stops, changes at machines and warnings, newest first", responses=refusals())
    async def events(
        request: Asking,
        *,
        machine: Text = None,
        since: Instant = None,
        until: Instant = None,
        cursor: CursorText = None,
        limit: Limit = 50,
    ) -> Page[Event]:
        lines = lines_of(await person_of(request, auth), services)
        return await services.events(EventQuery(entity(machine), since, until, lines, cursor, limit))

    @post(
        "/simulator/events", status_code=204, summary="Make trouble", responses=refusals(403, 404, 415, 422)
    )
    async def simulate(request: Asking) -> None:
        person = await person_of(request, auth)
        data = _event(await json_body(request))
        if not services.is_simulated:
            raise RequestError("this plant's machines are real", status=404, code="not-simulated")
        machine = entity(data.machine) or ""
        found = services.plant.machines.get(machine)
        if found is None or not person.may_see(found.line):
            raise RequestError(
                f"there is no machine {data.machine!r} in this plant", status=404, code="unknown-machine"
            )
        if not person.may_change(found.line):
            raise RequestError(f"needs operator on line {found.line}", status=403, code="forbidden")
        if data.status is msgspec.UNSET and data.fault is msgspec.UNSET:
            raise RequestError("a status or a fault was expected", status=422, code="invalid-event")
        if data.status is not msgspec.UNSET:
            services.simulate_status(machine, data.status)
        if data.fault is not msgspec.UNSET:
            services.simulate_fault(machine, data.fault)

    return [plant, template, events, simulate]


def _event(body: bytes) -> SimulatorEvent:
    try:
        return msgspec.json.decode(body, type=SimulatorEvent)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(
            f'{{"machine": "m_402", "status": "EMERGENCY_STOP"}} was expected: {error}',
            status=422,
            code="invalid-event",
        ) from error
