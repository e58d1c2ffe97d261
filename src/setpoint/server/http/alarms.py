"""``GET /api/alarms``: the alarms that are not normal, by priority, with figures; and what people do with them."""

from __future__ import annotations

from collections import Counter

from litestar import Controller, get, post
from litestar.params import FromPath

from setpoint.contract.http.alarms import (
    AlarmAct,
    AlarmActRequest,
    AlarmCount,
    AlarmFigures,
    AlarmList,
    AlarmMark,
    AlarmsOpen,
    AlarmView,
)
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.alarms import (
    Acknowledge,
    AlarmChange,
    Figures,
    ListedState,
    PutBack,
    Shelve,
    TakeOut,
    Unshelve,
    figures_of,
)
from setpoint.core.alarms.figures import Worst
from setpoint.core.alarms.state import MAX_SHELVED_S, Act, Mark
from setpoint.core.names import clean_text
from setpoint.core.plant import Priority
from setpoint.errors import RequestError
from setpoint.server.http.body import json_of
from setpoint.server.http.deps import Provided, Text, decoded, entity
from setpoint.server.http.openapi import refusals, takes
from setpoint.server.http.request import HttpRequest
from setpoint.server.http.sight import Sight

_ORDER = {priority: place for place, priority in enumerate(Priority)}
_KNOWN = ("GOOD", "UNCERTAIN")
_OPEN = (ListedState.UNACKNOWLEDGED, ListedState.RETURNED)


class AlarmController(Controller):
    path = "/alarms"

    @get(summary="Alarms that are not normal, by priority, and figures", responses=refusals())
    async def alarms(self, sight: Provided[Sight], *, line: Text = None, machine: Text = None) -> AlarmList:
        now = sight.ts
        listed = [each for each in await sight.alarms() if line in (None, each.line)]
        raises = [each for each in await sight.alarm_raises() if line in (None, each.line)]
        figures = _figures(figures_of(raises, listed, now))
        key = entity(machine)
        shown = sorted((each for each in listed if key in (None, each.key.machine)), key=_place)
        return AlarmList(sight.defined_alarms, [_view(sight, each) for each in shown], figures)

    @get("/open", summary="How many alarms nobody has acknowledged, by priority", responses=refusals())
    async def open(self, sight: Provided[Sight]) -> AlarmsOpen:
        listed = await sight.alarms()
        counts = Counter(each.alarm.priority.value for each in listed if each.state.listed_state in _OPEN)
        return AlarmsOpen(**{priority.value: counts[priority.value] for priority in Priority})

    @post(
        "/{machine:str}/{name:str}/{act:str}",
        status_code=200,
        summary="Acknowledge, shelve, or take out of service",
        operation_class=takes(AlarmActRequest, is_required=False),
        responses=refusals(403, 404, 409, 415, 422, 429, 503),
    )
    async def act(
        self,
        request: HttpRequest,
        sight: Provided[Sight],
        machine: FromPath[str],
        name: FromPath[str],
        act: FromPath[str],
    ) -> AlarmView:
        sight.machine(entity(machine) or "", machine)
        body, sight = await json_of(request, sight, is_required=False)
        found = sight.machine(entity(machine) or "", machine)
        what = _act(act, _request_of(body), sight.person.name, sight.ts)
        return _view(sight, await sight.act_on_alarm(found, name, what))


def _request_of(body: bytes) -> AlarmActRequest:
    expected = '{"note": "…", "forS": 3600}'
    return decoded(body or b"{}", AlarmActRequest, expected, ProblemCode.INVALID_ACT)


def _act(name: str, request: AlarmActRequest, by: str, now: float) -> Act:
    note = clean_text(request.note)
    match name:
        case "acknowledge":
            return Acknowledge(by, note)
        case "shelve":
            if not note or request.for_s is None:
                raise RequestError(
                    "shelving needs a reason and a time: note, and forS of at most 86400 s",
                    code=ProblemCode.INVALID_ACT,
                )
            return Shelve(by, note, now + min(request.for_s, MAX_SHELVED_S))
        case "unshelve":
            return Unshelve(by)
        case "take-out":
            if not note:
                raise RequestError(
                    "taking an alarm out of service needs a reason: note", code=ProblemCode.INVALID_ACT
                )
            return TakeOut(by, note)
        case "put-back":
            return PutBack(by)
        case _:
            acts = ", ".join(AlarmAct.__args__)  # type: ignore[attr-defined]  # of a Literal
            raise RequestError(
                f"there is no act {name[:40]!r}; acts are {acts}", code=ProblemCode.INVALID_ACT
            )


def _place(each: AlarmChange) -> tuple[int, float]:
    return _ORDER[each.alarm.priority], -each.state.since


def _view(sight: Sight, each: AlarmChange) -> AlarmView:
    alarm, state = each.alarm, each.state
    field = sight.plant.fields_by_name.get(alarm.field)
    record = sight.record(each.key.machine)
    return AlarmView(
        each.key.machine,
        each.line,
        alarm.name,
        alarm.label,
        alarm.priority.value,
        state.listed_state.value,
        state.is_active,
        state.since,
        state.raised_at,
        alarm.field or None,
        record.get(alarm.field or "status"),
        field.unit if field else "",
        alarm.consequence,
        alarm.response,
        _mark(state.acknowledged),
        _mark(state.shelf),
        _mark(state.out),
        record.get("quality") in _KNOWN,
    )


def _mark(mark: Mark | None) -> AlarmMark | None:
    return None if mark is None else AlarmMark(mark.by, mark.at, mark.note, mark.until)


def _figures(found: Figures) -> AlarmFigures:
    return AlarmFigures(
        found.raised,
        found.is_flood,
        [_count(each) for each in found.worst],
        [_count(each) for each in found.chattering],
        found.standing,
    )


def _count(each: Worst) -> AlarmCount:
    return AlarmCount(each.machine, each.name, each.raised)
