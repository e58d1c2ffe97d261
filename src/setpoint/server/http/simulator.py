"""Events that people trigger in a simulated plant."""

from __future__ import annotations

import msgspec
from litestar import Controller, post

from setpoint.contract.http.machines import SimulatorEvent
from setpoint.contract.http.problems import ProblemCode
from setpoint.errors import RequestError
from setpoint.server.http.body import json_of
from setpoint.server.http.deps import Provided, decoded, entity
from setpoint.server.http.openapi import refusals, takes
from setpoint.server.http.request import HttpRequest
from setpoint.server.http.sight import Sight


class SimulatorController(Controller):
    @post(
        "/simulator/events",
        status_code=204,
        summary="Make trouble",
        operation_class=takes(SimulatorEvent),
        responses=refusals(403, 404, 415, 422),
    )
    async def simulate(self, request: HttpRequest, sight: Provided[Sight]) -> None:
        body, sight = await json_of(request, sight)
        data = _simulator_event(body)
        if not sight.is_simulated:
            raise RequestError("this plant's machines are real", code=ProblemCode.NOT_SIMULATED)
        found = sight.machine(entity(data.machine) or "", data.machine)
        if not sight.person.may_change(found.line):
            raise RequestError(
                f"needs operator on line {found.line}",
                code=ProblemCode.FORBIDDEN,
                arguments={"role": "operator", "line": found.line},
            )
        if data.status is msgspec.UNSET and data.fault is msgspec.UNSET:
            raise RequestError("expected a status or a fault", code=ProblemCode.INVALID_EVENT)
        sight.simulate(found, status=data.status, fault=data.fault)


def _simulator_event(body: bytes) -> SimulatorEvent:
    expected = '{"machine": "m_402", "status": "EMERGENCY_STOP"}'
    return decoded(body, SimulatorEvent, expected, ProblemCode.INVALID_EVENT)
