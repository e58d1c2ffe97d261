"""A shift's report as JSON, and as a workbook."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import msgspec

from setpoint.clock import zone_named
from setpoint.contract.http.shifts import Oee, ShiftReport
from setpoint.contract.values import Value
from setpoint.core.shifts.question import ShiftQuestion
from setpoint.texts import text

_OEE = ("OEE", "Availability", "Performance", "Quality", "Not known, because")
_INPUTS = ("Planned busy s", "Production s", "Ideal s", "Total parts", "Good parts")
Row: TypeAlias = Sequence[Value]


def shift_formatted(report: ShiftReport, name: str, question: ShiftQuestion) -> bytes:
    return _xlsx(report, question.timezone) if name == "xlsx" else msgspec.json.encode(report)


def _xlsx(report: ShiftReport, timezone: str) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415  # only if asked for

    from setpoint.workbook.safe import put  # noqa: PLC0415  # the same

    book: Any = Workbook()
    del book["Sheet"]
    for title, rows in _sheets(report, timezone):
        sheet = book.create_sheet(title)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                put(sheet, number, column, value)
        sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheets(report: ShiftReport, timezone: str) -> Iterable[tuple[str, Iterable[Row]]]:
    zone = zone_named(timezone)

    def at(ts: float) -> str:
        return datetime.fromtimestamp(ts, UTC).astimezone(zone).isoformat(" ", "seconds")

    return (
        ("OEE", _oee_rows(report)),
        ("Losses", _loss_rows(report)),
        ("Stops", _stop_rows(report, at)),
        ("Alarms", _alarm_rows(report, at)),
        ("Events", _event_rows(report, at)),
        ("Changes", _change_rows(report, at)),
        ("Notes", _note_rows(report, at)),
    )


def _oee_rows(report: ShiftReport) -> Iterable[Row]:
    yield "Of", *_OEE, *_INPUTS
    yield f"{report.shift.name} {report.shift.date}", *_numbers(report.plant)
    for line in report.lines:
        yield f"Line {line.line}", *_numbers(line.oee)
    for each in report.machines:
        yield _machine(each.machine), *_numbers(each.oee)


def _loss_rows(report: ShiftReport) -> Iterable[Row]:
    yield "Reason", "State", "Seconds", "Stops", "Machines"
    for each in report.losses:
        yield each.name or each.reason, each.state, each.seconds, each.stops, _machines(each.machines)


def _stop_rows(report: ShiftReport, at: Callable[[float], str]) -> Iterable[Row]:
    yield "Machine", "Line", "From", "Until", "Seconds", "Status", "Cause", "Reason", "By", "Note"
    for each in report.stops:
        times = at(each.since), at(each.until), each.until - each.since
        details = each.status, each.cause, each.reason, each.by, each.text
        yield _machine(each.machine), each.line, *times, *details


def _alarm_rows(report: ShiftReport, at: Callable[[float], str]) -> Iterable[Row]:
    yield "Priority", "Alarm", "Machine", "Line", "Raised", "Acknowledged", "Last at"
    for each in report.alarms:
        counts = each.raised, each.acknowledged, at(each.last_at)
        yield each.priority, each.name, _machine(each.machine), each.line, *counts
    yield from _cut(cut=report.cut_alarms)


def _event_rows(report: ShiftReport, at: Callable[[float], str]) -> Iterable[Row]:
    yield "At", "Kind", "Machine", "Line", "Status or field", "Message", "Person"
    yield from _cut(cut=report.cut_events)
    for each in report.events:
        details = each.status or each.field, each.cause or each.message, each.person
        yield at(each.at), each.kind.value, _machine(each.machine), each.line, *details


def _change_rows(report: ShiftReport, at: Callable[[float], str]) -> Iterable[Row]:
    yield "Person", "Batches", "Targets", "Outcomes", "Last at", "Reasons"
    for each in report.changes:
        outcomes = ", ".join(f"{count} {name}" for name, count in each.outcomes.items())
        reasons = "; ".join(each.reasons)
        yield each.person, each.batches, each.targets, outcomes, at(each.last_at), reasons


def _note_rows(report: ShiftReport, at: Callable[[float], str]) -> Iterable[Row]:
    yield "Line", "Note", "Person", "At"
    for each in report.notes:
        yield each.line, each.text, each.person, at(each.at)


def _machine(key: str) -> str:
    return key.replace("_", ":", 1)


def _cut(*, cut: bool) -> Iterable[Row]:
    return [("There were more; only the newest are here.",)] if cut else []


def _numbers(oee: Oee) -> Row:
    factors = (oee.oee, oee.availability, oee.performance, oee.quality)
    shares = (None if each.value is None else round(each.value, 4) for each in factors)
    message = None if oee.oee.why is None else oee.oee.why.message
    why = None if message is None else text(message.code, message.args)
    return (*shares, why, oee.planned_busy_s, oee.production_s, oee.ideal_s, oee.total, oee.good)


def _machines(machines: dict[str, float]) -> str:
    return ", ".join(map(_machine, sorted(machines)))
