"""``/api/shifts``: the shifts, one shift's report, reasons of downtime, and notes for the next shift."""

from __future__ import annotations

from typing import Annotated, Literal

from litestar import Controller, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.http.shifts import (
    AssignRequest,
    NoteRequest,
    ReasonView,
    ShiftReport,
    ShiftsAnswer,
    ShiftView,
)
from setpoint.core.names import clean_name, clean_text
from setpoint.core.plant import Plant
from setpoint.core.shifts import ShiftEntry, ShiftQuery
from setpoint.core.shifts.entries import MAX_ENTRIES, MAX_LENGTH_S
from setpoint.core.shifts.report import leaves
from setpoint.errors import RequestError
from setpoint.server.http.body import json_of
from setpoint.server.http.deps import NO_STORE, Instant, Provided, Text, decoded, download, entity
from setpoint.server.http.openapi import refusals, takes
from setpoint.server.http.request import HttpRequest
from setpoint.server.http.shift_calendar import settings_of
from setpoint.server.http.shift_question import lines_of, question_of, shift_named
from setpoint.server.http.sight import Sight

WEEK_S = 7 * 86_400.0
MAX_SPAN_S = 400 * 86_400.0
_AHEAD_S = 60.0
"""How far a tablet's clock may be ahead."""
Form = Literal["json", "xlsx"]
ASSIGNMENT = '{"machine": "m_402", "since": 1704230000, "until": 1704230600, "reason": "motor", "text": "…"}'
NOTE = '{"line": "01", "since": 1704230000, "text": "…"}'

_REPORT = {
    200: ResponseSpec(
        ShiftReport, description="As JSON; as a workbook with format=xlsx.", generate_examples=False
    )
}


class ShiftController(Controller):
    @get("/shifts", summary="The shifts, newest first, and the reasons of downtime", responses=refusals())
    async def shifts(
        self, sight: Provided[Sight], *, since: Instant = None, until: Instant = None
    ) -> ShiftsAnswer:
        now = sight.ts
        return _listed(sight, since, min(now, until or now), now)

    @get(
        "/shifts/{since:str}",
        summary="One shift's report: OEE and why, stops, losses, changes, notes",
        responses=refusals(403, 404, 413, 429, 503) | _REPORT,
    )
    async def report(
        self,
        sight: Provided[Sight],
        since: FromPath[str],
        *,
        line: Text = None,
        form: Annotated[Form, QueryParameter(name="format")] = "json",
    ) -> Response[bytes]:
        now = sight.ts
        shift = shift_named(sight.calendar, _instant(since), now)
        body, media_type = await sight.shift_report(await question_of(sight, shift, line, now), form)
        if form == "xlsx":
            return download(body, media_type, f"setpoint-shift-{shift.date}-{clean_name(shift.name)}.xlsx")
        return Response(body, media_type=media_type, headers=NO_STORE)

    @post(
        "/shifts/reasons",
        status_code=204,
        summary="Say why a machine was down; a part of a stop splits it",
        operation_class=takes(AssignRequest),
        responses=refusals(403, 404, 415, 422, 429, 503),
    )
    async def assign(self, request: HttpRequest, sight: Provided[Sight]) -> None:
        now = sight.ts
        body, sight = await json_of(request, sight)
        assignment = decoded(body, AssignRequest, ASSIGNMENT, ProblemCode.INVALID_SHIFT_ENTRY)
        machine = sight.machine(entity(assignment.machine) or "", assignment.machine)
        _check_reason(sight.plant, assignment.reason)
        entry = ShiftEntry(
            machine.line,
            assignment.since,
            assignment.until,
            sight.person.name,
            now,
            machine.key,
            assignment.reason,
            clean_text(assignment.text),
        )
        await _record(sight, entry, now)

    @post(
        "/shifts/notes",
        status_code=204,
        summary="A note for the next shift on a line",
        operation_class=takes(NoteRequest),
        responses=refusals(403, 404, 415, 422, 429, 503),
    )
    async def note(self, request: HttpRequest, sight: Provided[Sight]) -> None:
        now = sight.ts
        body, sight = await json_of(request, sight)
        note_request = decoded(body, NoteRequest, NOTE, ProblemCode.INVALID_SHIFT_ENTRY)
        shift = shift_named(sight.calendar, note_request.since, now)
        [line] = lines_of(sight.plant, note_request.line)
        text = clean_text(note_request.text)
        if not text:
            raise _refused("a note needs a text")
        entry = ShiftEntry(line.id, shift.since, shift.until, sight.person.name, now, text=text)
        await _record(sight, entry, now)


def _listed(sight: Sight, since: float | None, until: float, now: float) -> ShiftsAnswer:
    plant = sight.plant
    if plant.shifts is None or not plant.shifts.pattern:
        return ShiftsAnswer([], [], is_defined=False)
    begins = max(until - WEEK_S if since is None else since, until - MAX_SPAN_S)
    ids = {each.id for each in leaves(plant.shifts.reasons)}
    return ShiftsAnswer(
        [
            ShiftView(each.name, each.date, each.since, each.until)
            for each in reversed(sight.calendar.between(begins, until) if begins < until else [])
            if each.since < now
        ],
        [
            ReasonView(each.id, each.name, each.within, each.state.value, each.id in ids)
            for each in plant.shifts.reasons
        ],
    )


def _instant(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1e11:
        raise RequestError(
            f"expected the Unix seconds at which the shift begins, but got {text[:60]!r}",
            code=ProblemCode.UNKNOWN_SHIFT,
        )
    return found


def _check_reason(plant: Plant, reason: str) -> None:
    known = [each.id for each in leaves(settings_of(plant).reasons)]
    if reason and reason not in known:
        few = ", ".join(known[:20]) or "the plant file has none"
        raise _refused(f"expected a reason ({few}), or an empty one, but got {reason!r}")


async def _record(sight: Sight, entry: ShiftEntry, now: float) -> None:
    if entry.machine is not None and not 0 <= entry.since < entry.until <= now + _AHEAD_S:
        raise _refused("since is to be before until, and both are Unix seconds that are not in the future")
    if entry.until - entry.since > MAX_LENGTH_S:
        raise _refused("one entry is for at most 7 days")
    around = ShiftQuery((entry.line,), entry.until - MAX_LENGTH_S, entry.until)
    if len(await sight.shift_entries(around)) >= MAX_ENTRIES:
        raise RequestError(
            f"line {entry.line} has {MAX_ENTRIES:,} reasons and notes for that week already",
            code=ProblemCode.TOO_MANY_ENTRIES,
            arguments={"line": entry.line, "most": MAX_ENTRIES},
        )
    await sight.record_shift_entry(entry)


def _refused(what: str) -> RequestError:
    return RequestError(what, code=ProblemCode.INVALID_SHIFT_ENTRY)
