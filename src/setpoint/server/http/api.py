"""``/api``: the calls of the contract's section 6.

Handlers know only HTTP: they read a request, call `Services`, and return the answer. A person who may not see a line
gets the same answers as if it did not exist.
"""

from __future__ import annotations

import msgspec
from litestar import Response, Router, get, post
from litestar.handlers import HTTPRouteHandler

from setpoint.contract.http.machines import Event, SimulatorEvent
from setpoint.contract.http.pages import Page
from setpoint.contract.http.plant import PlantView
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.topics import DASHBOARD
from setpoint.core.audit.queries import EventQuery
from setpoint.errors import RequestError
from setpoint.server.http.batches import batch_routes
from setpoint.server.http.changes import change_routes
from setpoint.server.http.deps import (
    NO_STORE,
    Asking,
    CursorText,
    Instant,
    Limit,
    Text,
    download,
    entity,
    json_body,
)
from setpoint.server.http.held import held_routes
from setpoint.server.http.history import history_routes
from setpoint.server.http.openapi import refusals, takes
from setpoint.server.http.sight import Sights
from setpoint.server.http.views import plant_view
from setpoint.server.http.workbooks import XLSX, filled_template


def api_routes(sights: Sights) -> Router:
    """Everything under ``/api`` but sign-in."""
    rooms = (_plant_routes, change_routes, history_routes, batch_routes, held_routes)
    handlers = [handler for room in rooms for handler in room(sights)]
    return Router("/api", route_handlers=handlers, response_headers=NO_STORE)


def _plant_routes(sights: Sights) -> list[HTTPRouteHandler]:
    @get("/plant", summary="What there is, and what may be asked of it", responses=refusals())
    async def plant(request: Asking) -> PlantView:
        return plant_view(await sights.of(request))

    @get("/template.xlsx", summary="A workbook to fill in", media_type=XLSX, responses=refusals(404))
    async def template(request: Asking, topic: Text = None) -> Response[bytes]:
        content = await filled_template(await sights.of(request), topic or DASHBOARD)
        name = (topic or "plant").replace(":", "-")
        return download(content, XLSX, f"setpoint-{name}.xlsx")

    @get(
        "/events",
        summary="Stops, changes at machines and warnings, newest first",
        responses=refusals(429, 503),
    )
    async def events(
        request: Asking,
        *,
        machine: Text = None,
        since: Instant = None,
        until: Instant = None,
        cursor: CursorText = None,
        limit: Limit = 50,
    ) -> Page[Event]:
        sight = await sights.of(request)
        return await sight.events(EventQuery(entity(machine), since, until, None, cursor, limit))

    @post(
        "/simulator/events",
        status_code=204,
        summary="Make trouble",
        operation_class=takes(SimulatorEvent),
        responses=refusals(403, 404, 415, 422),
    )
    async def simulate(request: Asking) -> None:
        sight = await sights.of(request)
        data = _event(await json_body(request))
        if not sight.is_simulated:
            raise RequestError("this plant's machines are real", code=ProblemCode.NOT_SIMULATED)
        found = sight.machine(entity(data.machine) or "", data.machine)
        if not sight.person.may_change(found.line):
            raise RequestError(f"needs operator on line {found.line}", code=ProblemCode.FORBIDDEN)
        if data.status is msgspec.UNSET and data.fault is msgspec.UNSET:
            raise RequestError("a status or a fault was expected", code=ProblemCode.INVALID_EVENT)
        sight.simulate(found, status=data.status, fault=data.fault)

    return [plant, template, events, simulate]


def _event(body: bytes) -> SimulatorEvent:
    try:
        return msgspec.json.decode(body, type=SimulatorEvent)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(
            f'{{"machine": "m_402", "status": "EMERGENCY_STOP"}} was expected: {error}',
            code=ProblemCode.INVALID_EVENT,
        ) from error
