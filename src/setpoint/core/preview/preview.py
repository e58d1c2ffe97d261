"""All rows of a preview: what was shown, what the person ticked, what is sent (PRE-1, PRE-2).

    preview = look(Preview(asked), known)                       shown for the first time
    preview = look(preview, known)                              again, whenever a machine changed
    preview = tick(preview, ["m_402 targetSpeed"], is_in=True, known=known)
    updates, base = preview.sends                               what was shown is what is sent

A row keeps what was shown of its field when it was first shown or last ticked. Any change of the field after that
unticks the row. Twin of `frontend/src/preview/preview.ts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeGuard

import msgspec

from setpoint.contract.values import Value, is_critical
from setpoint.core.ingest import Issue
from setpoint.core.preview.judge import Wanted, barrier_of, judge, mark_of
from setpoint.core.preview.types import (
    STATES,
    Asked,
    Barrier,
    Hold,
    Known,
    Mark,
    Note,
    Row,
    State,
    Totals,
)

_ASKS = (State.CONFLICT, State.BLOCKED, State.CHANGE)
_ASKS_OR_WAITS = (*_ASKS, State.WAITING)


class Preview(msgspec.Struct, frozen=True):
    """``chosen`` holds the rows that the person ticked or unticked, by key; ``marks`` what they were shown."""

    asked: Asked
    chosen: Mapping[str, bool] = {}
    marks: Mapping[str, Mark] = {}
    rows: tuple[Row, ...] = ()

    @property
    def sends(self) -> tuple[dict[str, dict[str, Value]], dict[str, dict[str, int]]]:
        """The targets of the ticked rows, and for each the rev that was shown."""
        updates: dict[str, dict[str, Value]] = {}
        base: dict[str, dict[str, int]] = {}
        for row in self.rows:
            if row.is_ticked and row.machine and row.field and row.base is not None:
                updates.setdefault(row.machine, {})[row.field] = row.target
                base.setdefault(row.machine, {})[row.field] = row.base
        return updates, base

    @property
    def sends_all(self) -> tuple[dict[str, dict[str, Value]], dict[str, dict[str, int]]]:
        """Every target that would change something, for cases in which nobody looks and only the server decides.

        Each has the oldest rev that counts as its base, so the server refuses fields that others changed since.
        """
        updates: dict[str, dict[str, Value]] = {}
        base: dict[str, dict[str, int]] = {}
        for row in self.rows:
            if row.state not in _ASKS or row.machine is None or row.field is None or row.base is None:
                continue
            updates.setdefault(row.machine, {})[row.field] = row.target
            base.setdefault(row.machine, {})[row.field] = self._oldest(row.machine, row.field, row)
        return updates, base

    def _oldest(self, machine: str, field: str, row: Row) -> int:
        """The template's rev, or that of the batch to undo if somebody wrote since; else the rev that was shown."""
        undone = self.asked.undoes if row.state is State.CONFLICT else {}
        for revs in (self.asked.base, undone):
            if (rev := revs.get(machine, {}).get(field)) is not None:
                return rev
        return row.base or 0

    @property
    def totals(self) -> Totals:
        """The rows, counted."""
        states = Counter(row.state for row in self.rows)
        barriers: dict[str, Barrier] = {}
        for row in self.rows:
            if row.state is State.BLOCKED:
                key = msgspec.json.encode(row.notes[0]).decode()
                known = barriers.get(key)
                barriers[key] = Barrier(row.notes[0], known.count + 1 if known else 1)
        wrong_rows = len({row.row for row in self.rows if row.state is State.ERROR})
        return Totals(
            states={state: states[state] for state in STATES},
            wrong_rows=wrong_rows,
            warnings=sum(row.has_warning for row in self.rows),
            moved=sum(row.has_moved for row in self.rows),
            awaited=sum(self._is_awaited(row) for row in self.rows),
            sending=sum(row.is_ticked for row in self.rows),
            left=wrong_rows + sum(row.state in _ASKS_OR_WAITS and not row.is_ticked for row in self.rows),
            barriers=sorted(barriers.values(), key=lambda barrier: -barrier.count),
        )

    def hold(self, *, is_atomic: bool = False) -> Hold | None:
        """Why nothing can be sent now; None if something can."""
        if any(self._is_awaited(row) for row in self.rows):
            return Hold.WAITING
        if is_atomic and any(row.state in (State.ERROR, State.BLOCKED) for row in self.rows):
            return Hold.ALL_OR_NOTHING
        return None if any(row.is_ticked for row in self.rows) else Hold.NOTHING

    def _is_awaited(self, row: Row) -> bool:
        return row.state is State.WAITING and self.chosen.get(row.key, True)


def look(preview: Preview, known: Known) -> Preview:
    """The preview compared with the present plant. Rows that are shown for the first time get their mark."""
    asked = preview.asked
    marks = dict(preview.marks)
    warnings: dict[int, list[Note]] = {}
    for issue in asked.warnings:
        warnings.setdefault(issue.row, []).append(_note(issue))
    found: dict[State, list[Row]] = {state: [] for state in STATES}
    for machine, targets in asked.targets.items():
        if machine not in known.plant.machines:
            continue
        number = asked.rows.get(machine)
        remarks = warnings.get(number, []) if number is not None else []
        for name, target in targets.items():
            field = known.plant.fields_by_name.get(name)
            if field is None:
                continue
            row = _row(preview, known, Wanted(machine, field, target, number), marks, remarks)
            found[row.state].append(row)
    for index, issue in enumerate(asked.errors):
        found[State.ERROR].append(_error(issue.row, index, _note(issue), known))
    rows = [row for state in STATES for row in sorted(found[state], key=lambda row: row.row or 0)]
    return msgspec.structs.replace(preview, marks=marks, rows=tuple(rows))


def tick(preview: Preview, keys: Iterable[str], *, is_in: bool, known: Known) -> Preview:
    """Ticks or unticks rows. A ticked row gets a new mark with the revs that are shown now."""
    marks, chosen = dict(preview.marks), dict(preview.chosen)
    rows = {row.key: row for row in preview.rows}
    for key in keys:
        chosen[key] = is_in
        row = rows.get(key)
        if not is_in or row is None or not row.can_send or row.machine is None or row.field is None:
            continue
        mark = mark_of(known, row.machine, row.field)
        if mark is not None:
            marks[key] = mark
    return look(msgspec.structs.replace(preview, marks=marks, chosen=chosen), known)


def _row(preview: Preview, known: Known, wanted: Wanted, marks: dict[str, Mark], remarks: list[Note]) -> Row:
    machine, field, target, number = wanted
    key = f"{machine} {field.name}"
    mark = _marked(marks, key, known, machine, field.name)
    judged = judge(preview.asked, known, wanted, mark)
    own = [note for note in remarks if note.args.get("column") in (None, field.column, known.plant.id_column)]
    can_send = judged.state in (State.CHANGE, State.CONFLICT) and mark is not None
    default = judged.state is State.CHANGE
    now = known.machines.get(machine, {}).get(field.name)
    delta, percent = _difference(now, target)
    return Row(
        key,
        judged.state,
        number,
        machine,
        field.name,
        now,
        target,
        delta,
        percent,
        [*judged.notes, *own],
        has_warning=bool(own),
        has_moved=judged.has_moved,
        can_send=can_send,
        is_ticked=can_send and not judged.has_moved and preview.chosen.get(key, default),
        base=mark.rev if mark else None,
    )


def _marked(marks: dict[str, Mark], key: str, known: Known, machine: str, field: str) -> Mark | None:
    """The row's mark; a new one if there was none. If a stop has begun since then, the mark keeps it after the stop is
    cleared."""
    mark = marks.get(key)
    if mark is None:
        mark = mark_of(known, machine, field)
    else:
        barrier = barrier_of(known.machines.get(machine, {}))
        if barrier != mark.barrier and is_critical(barrier):
            mark = msgspec.structs.replace(mark, barrier=barrier)
    if mark is not None:
        marks[key] = mark
    return mark


def _error(number: int, index: int, note: Note, known: Known) -> Row:
    column = note.args.get("column")
    field = next((each.name for each in known.plant.fields if column and each.column == column), None)
    return Row(f"row {number} {index}", State.ERROR, number, field=field, notes=[note])


def _note(issue: Issue) -> Note:
    return Note(issue.code, {"column": issue.column} if issue.column else {}, issue.message)


def _difference(now: Value, target: Value) -> tuple[float | None, float | None]:
    if not _is_number(now) or not _is_number(target):
        return None, None
    delta = target - now
    return delta, delta / abs(now) * 100 if now else None


def _is_number(value: Value) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
