"""A workbook beside the plant as it is now: what would change, what would not pass, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from rich.table import Table
from rich.text import Text

from setpoint.cli.console import MARK, critical_words, shown
from setpoint.core.ingest import Ingested, Issue
from setpoint.core.plant import Plant, Quality, Value
from setpoint.core.protocol import Record
from setpoint.core.topics import machine_id

MAX_SHOWN = 60
"""Rows of a table that a person still reads; ``--json`` has them all."""

Kind = Literal["error", "blocked", "conflict", "change", "same"]
_STYLE: Mapping[Kind, str] = {
    "error": "red",
    "blocked": "bold red",
    "conflict": "yellow",
    "change": "",
    "same": "dim",
}
_ORDER: tuple[Kind, ...] = ("error", "blocked", "conflict", "change", "same")


@dataclass(frozen=True, slots=True)
class Line:
    """One target, or one row that is none."""

    kind: Kind
    row: int
    machine: str = ""
    field: str = ""
    now: Value = None
    target: Value = None
    note: str = ""


def preview(
    ingested: Ingested,
    machines: Mapping[str, Record],
    revs: Mapping[str, Mapping[str, int]],
    zone: tzinfo | None,
) -> list[Line]:
    """Every error and every target, each with what stands against it; errors first, the unchanged last."""
    lines = [_of_error(issue) for issue in ingested.batch.errors]
    warned: dict[int, str] = {}
    for issue in ingested.batch.warnings:
        warned[issue.row] = f"{warned[issue.row]}; {issue.msg}" if issue.row in warned else issue.msg
    for machine, targets in ingested.batch.valid_rows.items():
        record = machines.get(machine, {})
        for field, value in targets.items():
            row = ingested.rows[machine]
            base = ingested.base.get(machine, {}).get(field)
            rev = revs.get(machine, {}).get(field)
            moved = base is not None and rev is not None and rev > base
            kind, note = _judge(record, zone, is_moved=moved, is_same=record.get(field) == value)
            note = "; ".join(part for part in (note, warned.get(row, "")) if part)
            lines.append(Line(kind, row, machine_id(machine), field, record.get(field), value, note))
    return sorted(lines, key=lambda line: (_ORDER.index(line.kind), line.row))


def _of_error(issue: Issue) -> Line:
    return Line("error", issue.row, field=issue.column or "", note=issue.msg)


def _judge(record: Record, zone: tzinfo | None, *, is_moved: bool, is_same: bool) -> tuple[Kind, str]:
    """The server judges again, and last; this only says what it would say now (SAFE-3, SAFE-4, CONF-1)."""
    critical = critical_words(record, zone)
    if critical:
        return "blocked", f"{MARK['critical']} blocked by {critical}"
    quality = record.get("quality", Quality.NEVER_SEEN)
    if quality != Quality.GOOD:
        return "blocked", f"{MARK['stale']} {quality}: nothing can be written to it now"
    if is_moved:
        return "conflict", f"{MARK['conflict']} changed by somebody since the workbook was made"
    return ("same", "unchanged") if is_same else ("change", "")


def table(lines: list[Line], plant: Plant) -> Table:
    """The first lines as a table; what is unchanged is only counted (see `totals`)."""
    grid = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for name, is_number in _COLUMNS:
        grid.add_column(name, justify="right" if is_number else "left", overflow="fold", no_wrap=False)
    shown_lines = [line for line in lines if line.kind != "same"]
    for line in shown_lines[:MAX_SHOWN]:
        grid.add_row(*_cells(line, plant), style=_STYLE[line.kind])
    if len(shown_lines) > MAX_SHOWN:
        grid.add_row("…", f"and {len(shown_lines) - MAX_SHOWN:,} more", style="dim")
    return grid


_COLUMNS = (
    ("row", True),
    ("machine", False),
    ("field", False),
    ("now", True),
    ("target", True),
    ("change", True),
    ("note", False),
)


def _cells(line: Line, plant: Plant) -> Iterator[str]:
    field = plant.fields_by_name.get(line.field)
    yield str(line.row)
    yield line.machine
    yield line.field
    is_target = line.kind != "error"
    yield shown(line.now, field) if is_target else ""
    yield shown(line.target, field) if is_target else ""
    yield _change(line) if is_target else ""
    yield f"{MARK['failed']} {line.note}" if line.kind == "error" else line.note


def _change(line: Line) -> str:
    now, target = line.now, line.target
    if isinstance(now, str) or isinstance(target, str) or now is None or target is None:
        return "" if now == target else "→"
    return f"{target - now:+,g}"


def totals(lines: list[Line]) -> Text:
    """``42 will change · 3 blocked · 2 conflicts · 5 errors · 950 unchanged``."""
    counted = {kind: sum(line.kind == kind for line in lines) for kind in _ORDER}
    words: tuple[tuple[Kind, str], ...] = (
        ("change", "will change"),
        ("blocked", "blocked"),
        ("conflict", "in conflict"),
        ("error", "with errors"),
        ("same", "unchanged"),
    )
    parts = [
        Text(f"{counted[kind]:,} {word}", _STYLE[kind])
        for kind, word in words
        if counted[kind] or kind == "change"
    ]
    return Text(" · ").join(parts)
