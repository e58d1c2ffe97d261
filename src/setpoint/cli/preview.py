"""A workbook beside the plant as it is now: what would change, what would not pass, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

import msgspec
from rich.table import Table
from rich.text import Text

from setpoint.cli.console import MARK, clock, critical_words, shown
from setpoint.core.commands import FieldRev
from setpoint.core.ingest import Ingested, Issue
from setpoint.core.plant import Plant, Quality, Value
from setpoint.core.protocol import ByKind, Record
from setpoint.core.topics import entity_key, machine_id

MAX_SHOWN = 60
"""Rows of a table that a person still reads; ``--json`` has them all."""

MAX_BARRIERS = 3

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
    row: int | None
    machine: str = ""
    field: str = ""
    now: Value = None
    target: Value = None
    note: str = ""
    barrier: str = ""
    """What blocks it and many others: ``line 02, EMERGENCY_STOP since 14:02:11``."""


def preview(
    ingested: Ingested,
    machines: Mapping[str, Record],
    revs: Mapping[str, Mapping[str, int]],
    plant: Plant,
    zone: tzinfo | None,
    *,
    changes: Mapping[tuple[str, str], FieldRev] | None = None,
) -> list[Line]:
    """Every error and every target, each with what stands against it; errors first, the unchanged last.

    ``changes`` tell who moved a field that is not where the workbook's template found it.
    """
    lines = [_of_error(issue) for issue in ingested.batch.errors]
    warned: dict[int, str] = {}
    for issue in ingested.batch.warnings:
        warned[issue.row] = f"{warned[issue.row]}; {issue.msg}" if issue.row in warned else issue.msg
    for machine, targets in ingested.batch.valid_rows.items():
        record = machines.get(machine, {})
        for field, value in targets.items():
            row = ingested.rows.get(machine)
            is_same = record.get(field) == value
            kind: Kind = "same" if is_same else "change"
            note = ""
            barrier = _barrier(record, zone)
            if barrier:
                kind, note = "blocked", barrier
                barrier = f"line {plant.machines[machine].line}, {barrier.removeprefix(_BLOCKED)}"
            elif is_moved(ingested, revs, machine, field):
                kind, note = "conflict", _moved((changes or {}).get((machine, field)), zone)
            note = "; ".join(part for part in (note, warned.get(row or 0, "")) if part)
            lines.append(Line(kind, row, machine_id(machine), field, record.get(field), value, note, barrier))
    return sorted(lines, key=lambda line: (_ORDER.index(line.kind), line.row or 0))


def without_unchanged(ingested: Ingested, lines: Iterable[Line]) -> Ingested:
    """What is sent of it: not the targets that machines have already, as far as one can see from here (TX-4)."""
    same = {(entity_key(line.machine), line.field) for line in lines if line.kind == "same"}
    if not same:
        return ingested
    valid = {
        machine: left
        for machine, targets in ingested.batch.valid_rows.items()
        if (left := {field: value for field, value in targets.items() if (machine, field) not in same})
    }
    return msgspec.structs.replace(ingested, batch=msgspec.structs.replace(ingested.batch, valid_rows=valid))


def is_moved(ingested: Ingested, revs: Mapping[str, Mapping[str, int]], machine: str, field: str) -> bool:
    """Whether a field is not where it was when the workbook's template was made (CONF-1)."""
    base = ingested.base.get(machine, {}).get(field)
    rev = revs.get(machine, {}).get(field)
    return base is not None and rev is not None and rev > base


def _of_error(issue: Issue) -> Line:
    return Line("error", issue.row, field=issue.column or "", note=issue.msg)


_BLOCKED = f"{MARK['critical']} blocked by "


def _barrier(record: Record, zone: tzinfo | None) -> str:
    """The server judges again, and last; this only says what it would say now (SAFE-3, SAFE-4)."""
    if critical := critical_words(record, zone):
        return f"{_BLOCKED}{critical}"
    quality = record.get("quality", Quality.NEVER_SEEN)
    return "" if quality == Quality.GOOD else f"{MARK['stale']} {quality}: nothing can be written to it now"


def _moved(change: FieldRev | None, zone: tzinfo | None) -> str:
    """By whom, where that is known: a person, the machine itself, or a stop (CONF-2)."""
    if change is None or change.by is None:
        return f"{MARK['conflict']} changed by somebody since"
    match change.by.kind:
        case ByKind.OPERATOR:
            who = f"changed by {change.by.name}"
        case ByKind.DEVICE:
            who = "changed at the machine"
        case ByKind.SAFETY:
            who = f"voided by {change.by.name}"
    return f"{MARK['conflict']} {who} at {clock(change.at, zone)}"


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
    yield "" if line.row is None else str(line.row)
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
    percent = f" ({(target - now) / abs(now):+.0%})" if now else ""
    return f"{target - now:+,g}{percent}"


def totals(lines: list[Line], *, is_whole: bool = False) -> Text:
    """``42 will change · 38 blocked (line 02, EMERGENCY_STOP since 14:02:11) · 950 unchanged, not sent``."""
    counted = {kind: sum(line.kind == kind for line in lines) for kind in _ORDER}
    barriers = Counter(line.barrier for line in lines if line.kind == "blocked").most_common(MAX_BARRIERS)
    words: tuple[tuple[Kind, str], ...] = (
        ("change", "will change"),
        ("blocked", "blocked"),
        ("conflict", "in conflict"),
        ("error", "with errors"),
        ("same", "unchanged" if is_whole else "unchanged, not sent"),
    )
    parts = []
    for kind, word in words:
        if not (counted[kind] or kind == "change"):
            continue
        parts.append(Text(f"{counted[kind]:,} {word}", _STYLE[kind]))
        if kind == "blocked":
            told = [why if len(barriers) == 1 else f"{count:,}: {why}" for why, count in barriers]
            parts[-1].append(f" ({'; '.join(told)})")
    return Text(" · ").join(parts)
