"""``GET /api/history``: recorded values, for a chart, a sheet, a dashboard or a notebook."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from litestar import Controller, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from setpoint.contract.http.history import HistoryAnswer, SetPointChange
from setpoint.contract.http.machines import EventKind
from setpoint.contract.live import Outcome
from setpoint.core.audit.queries import EventQuery, TargetQuery
from setpoint.core.history import HistoryQuery
from setpoint.server.http.deps import NO_STORE, Provided, download
from setpoint.server.http.history_query import read_query
from setpoint.server.http.openapi import refusals
from setpoint.server.http.sight import Sight

MAX_CHANGES = 500
_FILES = {"csv": "csv", "parquet": "parquet", "xlsx": "xlsx"}

_ANSWER = {
    200: ResponseSpec(
        HistoryAnswer, description="As JSON; other forms have its signals as rows.", generate_examples=False
    )
}

Signals = Annotated[str, QueryParameter(max_length=20_000)]
Width = Annotated[int | None, QueryParameter(ge=1, le=4_000)]
Form = Literal["json", "rows", "csv", "parquet", "xlsx"]


class HistoryController(Controller):
    @get(
        "/history",
        summary="What was recorded of signals, with changes and states",
        responses=refusals(403, 404, 413, 429, 503) | _ANSWER,
    )
    async def history(
        self,
        sight: Provided[Sight],
        *,
        signals: Signals,
        since: Annotated[str, QueryParameter(name="from", max_length=60)] = "-1h",
        until: Annotated[str, QueryParameter(name="to", max_length=60)] = "now",
        width: Width = None,
        form: Annotated[Form, QueryParameter(name="format")] = "json",
    ) -> Response[bytes]:
        query = read_query(sight.plant, signals, since, until, width=width, now=sight.ts)
        changes = msgspec.json.encode(await _changes(sight, query)) if form == "json" else b"[]"
        body, media_type = await sight.history(query, form, changes)
        if form in _FILES:
            return download(body, media_type, f"setpoint-history.{_FILES[form]}")
        return Response(body, media_type=media_type, headers=NO_STORE)


async def _changes(sight: Sight, query: HistoryQuery) -> list[SetPointChange]:
    """Changes of the machines in the query, newest first, at most `MAX_CHANGES`."""
    machines = tuple(dict.fromkeys(signal.machine for signal in query.signals))
    targets = await sight.targets(TargetQuery(machines, query.since, query.until, MAX_CHANGES))
    found = [
        SetPointChange(
            each.item.machine,
            each.item.field,
            each.item.at if each.item.outcome is Outcome.APPLIED else each.at,
            each.person,
            each.item.before,
            each.item.asked,
            each.item.outcome.value,
            each.item.tx_id,
            each.reason,
        )
        for each in targets
    ]
    for machine in machines if len(machines) <= 10 else ():
        page = await sight.events(
            EventQuery(machine, query.since, query.until, limit=MAX_CHANGES, kinds=(EventKind.DEVICE_CHANGE,))
        )
        found += [
            SetPointChange(
                event.machine,
                event.field or "",
                event.at,
                "the machine",
                event.before,
                event.value,
                "applied",
            )
            for event in page.items
            if event.kind is EventKind.DEVICE_CHANGE
        ]
    found.sort(key=lambda each: each.at, reverse=True)
    return found[:MAX_CHANGES]
