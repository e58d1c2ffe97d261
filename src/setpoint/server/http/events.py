"""``GET /api/events``: the one stream of events, newest first; acknowledging, and exports."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from setpoint.contract.http.machines import Event, EventAcknowledgement, EventKind
from setpoint.contract.http.pages import Page
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.values import Value
from setpoint.core.audit.queries import EventQuery
from setpoint.core.names import clean_text
from setpoint.errors import RequestError
from setpoint.server.http.body import json_of
from setpoint.server.http.deps import CursorText, Instant, Limit, Provided, Text, decoded, download, entity
from setpoint.server.http.openapi import refusals, takes
from setpoint.server.http.request import HttpRequest
from setpoint.server.http.shift_question import shift_named
from setpoint.server.http.sight import Sight
from setpoint.server.http.workbooks import BOM, CSV, XLSX, local_time
from setpoint.workbook.safe import csv_text, put

MAX_EXPORTED = 100_000
EXPECTED = '{"kind": "offline", "machine": "m_402", "at": 1704230000.1, "note": "…"}'
HEADERS = (
    "At",
    "Kind",
    "Line",
    "Machine",
    "Field or alarm",
    "Before",
    "Value",
    "What",
    "Person",
    "Priority",
    "Message",
    "Batch",
    "Acknowledged by",
    "Note",
)
Kinds = Annotated[str | None, QueryParameter(max_length=400, pattern="^[a-z_,]*$")]
"""Several, separated by commas."""


async def read_event_query(
    sight: Provided[Sight],
    *,
    line: Text = None,
    machine: Text = None,
    person: Text = None,
    kind: Kinds = None,
    since: Instant = None,
    until: Instant = None,
    shift: Instant = None,
) -> EventQuery:
    """The filters of a list of events. Raises `RequestError`: 422 for an unknown kind, 404 for an unknown shift."""
    try:
        kinds = tuple(EventKind(each) for each in (kind or "").split(",") if each)
    except ValueError as error:
        raise RequestError(
            f"{error}; kinds are {', '.join(EventKind)}", code=ProblemCode.INVALID_EVENT
        ) from error
    if shift is not None:
        worked = shift_named(sight.calendar, shift, sight.ts)
        since = max(since or 0.0, worked.since)
        until = min(until or worked.until, worked.until)
    return EventQuery(
        entity(machine),
        since,
        until,
        line=(line or "").removeprefix("line:") or None,
        person=person or None,
        kinds=tuple(dict.fromkeys(kinds)),
    )


class EventController(Controller):
    path = "/events"

    @get(
        summary="What happened, newest first: stops, contact, alarms, targets, changes",
        responses=refusals(404, 422, 429, 503),
    )
    async def events(
        self,
        sight: Provided[Sight],
        event_query: Provided[EventQuery],
        *,
        cursor: CursorText = None,
        limit: Limit = 50,
    ) -> Page[Event]:
        return await sight.events(msgspec.structs.replace(event_query, cursor=cursor, limit=limit))

    @get("/export.csv", summary="Events as csv", media_type=CSV, responses=refusals(403, 404, 422, 429, 503))
    async def export_csv(self, sight: Provided[Sight], event_query: Provided[EventQuery]) -> Response[bytes]:
        async with sight.exporting():
            rows = await _rows(sight, event_query)
            content = await asyncio.to_thread(_csv, rows)
        return download(content, CSV, "setpoint-events.csv")

    @get(
        "/export.xlsx", summary="Events as xlsx", media_type=XLSX, responses=refusals(403, 404, 422, 429, 503)
    )
    async def export_xlsx(self, sight: Provided[Sight], event_query: Provided[EventQuery]) -> Response[bytes]:
        async with sight.exporting():
            rows = await _rows(sight, event_query)
            content = await asyncio.to_thread(_xlsx, rows)
        return download(content, XLSX, "setpoint-events.xlsx")

    @post(
        "/acknowledge",
        status_code=204,
        summary="Say that you have seen an event, with a note",
        operation_class=takes(EventAcknowledgement),
        responses=refusals(403, 404, 409, 415, 422, 429, 503),
    )
    async def acknowledge(self, request: HttpRequest, sight: Provided[Sight]) -> None:
        body, sight = await json_of(request, sight)
        acknowledgement = decoded(body, EventAcknowledgement, EXPECTED, ProblemCode.INVALID_EVENT)
        machine = entity(acknowledgement.machine) or ""
        cleaned = msgspec.structs.replace(
            acknowledgement, machine=machine, note=clean_text(acknowledgement.note)
        )
        await sight.acknowledge(cleaned, sight.ts)


async def _rows(sight: Sight, query: EventQuery) -> list[Sequence[Value]]:
    events = await sight.all_events(query, at_most=MAX_EXPORTED)
    zone = sight.plant.timezone
    return await asyncio.to_thread(lambda: list(_cells(zone, events)))


def _cells(zone: str, events: Iterable[Event]) -> Iterator[Sequence[Value]]:
    for event in events:
        note = event.acknowledged
        yield (
            local_time(zone, event.at),
            event.kind.value,
            event.line,
            event.machine.replace("_", ":", 1),
            event.label or event.alarm or event.field,
            event.before,
            event.value,
            event.change or event.outcome or event.status,
            event.person,
            event.priority,
            event.message or event.cause,
            event.tx_id,
            note.person if note else None,
            note.note if note else None,
        )


def _csv(rows: Iterable[Sequence[Value]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADERS)
    for row in rows:
        writer.writerow([csv_text(value) for value in row])
    return (BOM + out.getvalue()).encode()


def _xlsx(rows: Iterable[Sequence[Value]]) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415  # only if asked for

    book = Workbook()
    sheet = book.create_sheet("Events", 0)
    del book["Sheet"]
    for number, row in enumerate((HEADERS, *rows), 1):
        for column, value in enumerate(row, 1):
            put(sheet, number, column, value)
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
