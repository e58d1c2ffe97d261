"""A shift's report as JSON, and as a workbook."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
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

    shift = report.shift
    yield (
        "OEE",
        [
            ("Of", *_OEE, *_INPUTS),
            (f"{shift.name} {shift.date}", *_numbers(report.plant)),
            *((f"Line {each.line}", *_numbers(each.oee)) for each in report.lines),
            *((each.machine.replace("_", ":", 1), *_numbers(each.oee)) for each in report.machines),
        ],
    )
    yield "Losses", [
        ("Reason", "State", "Seconds", "Stops", "Machines"),
        *(
            (each.name or each.reason, each.state, each.seconds, each.stops, _machines(each.machines))
            for each in report.losses
        ),
    ]  # fmt: skip
    yield (
        "Stops",
        [
            ("Machine", "Line", "From", "Until", "Seconds", "Status", "Cause", "Reason", "By", "Note"),
            *(
                (
                    each.machine.replace("_", ":", 1),
                    each.line,
                    at(each.since),
                    at(each.until),
                    each.until - each.since,
                    each.status,
                    each.cause,
                    each.reason,
                    each.by,
                    each.text,
                )
                for each in report.stops
            ),
        ],
    )
    yield (
        "Alarms",
        [
            ("Priority", "Alarm", "Machine", "Line", "Raised", "Acknowledged", "Last at"),
            *(
                (
                    each.priority,
                    each.name,
                    each.machine.replace("_", ":", 1),
                    each.line,
                    each.raised,
                    each.acknowledged,
                    at(each.last_at),
                )
                for each in report.alarms
            ),
            *_cut(cut=report.cut_alarms),
        ],
    )
    yield (
        "Events",
        [
            ("At", "Kind", "Machine", "Line", "Status or field", "Message", "Person"),
            *_cut(cut=report.cut_events),
            *(
                (
                    at(each.at),
                    each.kind.value,
                    each.machine.replace("_", ":", 1),
                    each.line,
                    each.status or each.field,
                    each.cause or each.message,
                    each.person,
                )
                for each in report.events
            ),
        ],
    )
    yield (
        "Changes",
        [
            ("Person", "Batches", "Targets", "Outcomes", "Last at", "Reasons"),
            *(
                (
                    each.person,
                    each.batches,
                    each.targets,
                    ", ".join(f"{count} {name}" for name, count in each.outcomes.items()),
                    at(each.last_at),
                    "; ".join(each.reasons),
                )
                for each in report.changes
            ),
        ],
    )
    yield (
        "Notes",
        [
            ("Line", "Note", "Person", "At"),
            *((each.line, each.text, each.person, at(each.at)) for each in report.notes),
        ],
    )


def _cut(*, cut: bool) -> Iterable[Row]:
    return [("There were more; only the newest are here.",)] if cut else []


def _numbers(oee: Oee) -> Row:
    factors = (oee.oee, oee.availability, oee.performance, oee.quality)
    shares = (None if each.value is None else round(each.value, 4) for each in factors)
    message = None if oee.oee.why is None else oee.oee.why.message
    why = None if message is None else text(message.code, message.args)
    return (*shares, why, oee.planned_busy_s, oee.production_s, oee.ideal_s, oee.total, oee.good)


def _machines(machines: dict[str, float]) -> str:
    return ", ".join(each.replace("_", ":", 1) for each in sorted(machines))
