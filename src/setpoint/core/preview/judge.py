"""Compares one target with its machine. Twin of `frontend/src/preview/judge.ts`.

The server checks again, and its decision counts. This predicts it from what the client knows.
"""

from __future__ import annotations

from typing import NamedTuple

from setpoint.contract.http.machines import FieldRev
from setpoint.contract.values import Quality, Record, Value, is_critical
from setpoint.core.plant import Field, is_same
from setpoint.core.preview.types import Asked, Known, Mark, Note, NoteCode, State


class Wanted(NamedTuple):
    """One requested target; ``row`` is the number that the spreadsheet shows, if there is one."""

    machine: str
    field: Field
    target: Value
    row: int | None = None


class Judged(NamedTuple):
    state: State
    notes: list[Note]
    has_moved: bool = False


def judge(asked: Asked, known: Known, wanted: Wanted, mark: Mark | None) -> Judged:
    """The state of one row. ``mark`` holds the shown values of the field, None before it was shown."""
    machine, field, target, _ = wanted
    if field.refuse(target) is not None:
        return Judged(State.ERROR, [Note(NoteCode.NOT_ALLOWED)])
    record = known.machines.get(machine)
    if record is None:
        return Judged(State.WAITING, [])
    own = record.get(field.name)
    if is_same(field, own, target):
        return Judged(
            State.UNCHANGED, [], has_moved=mark is not None and has_moved(known, machine, field, mark)
        )
    line = known.plant.machines[machine].line
    if line in known.read_only:
        return Judged(State.BLOCKED, [Note(NoteCode.READ_ONLY, {"line": line})])
    if (note := _barrier_note(record, line)) is not None:
        return Judged(State.BLOCKED, [note])
    if field.name not in record:
        return Judged(State.WAITING, [])
    change = _change(known, machine, field.name)
    if mark is not None and has_moved(known, machine, field, mark):
        return Judged(State.CONFLICT, [_moved_note(known, machine, mark, change)], has_moved=True)
    if _is_in_conflict(asked, known, machine, field.name, change):
        return Judged(State.CONFLICT, [Note(NoteCode.CHANGED, _who(change))])
    return Judged(State.CHANGE, [])


def mark_of(known: Known, machine: str, field: str) -> Mark | None:
    """The present state of a field; None while its machine is not known."""
    record = known.machines.get(machine)
    if record is None or (field not in record and barrier_of(record) is None):
        return None
    return Mark(rev_of(known, machine, field), record.get(field), barrier_of(record))


def has_moved(known: Known, machine: str, field: Field, mark: Mark) -> bool:
    """Whether somebody, a stop or the machine itself has moved a field since it was shown (PRE-1)."""
    record = known.machines.get(machine, {})
    own = record.get(field.name)
    if rev_of(known, machine, field.name) != mark.rev:
        return True
    if own != mark.now and not is_same(field, own, mark.now):
        return True
    return mark.barrier is not None and mark.barrier != barrier_of(record)


def barrier_of(record: Record) -> str | None:
    """What blocks a machine: its critical status, else its quality; None if nothing does (SAFE-1, SAFE-4)."""
    status = record.get("status")
    if is_critical(status):
        return str(status)
    quality = record.get("quality")
    return None if quality in (None, Quality.GOOD) else str(quality)


def rev_of(known: Known, machine: str, field: str) -> int:
    """A field that was never changed has no rev on the wire: its rev is 0."""
    return known.revs.get(machine, {}).get(field, 0)


def _barrier_note(record: Record, line: str) -> Note | None:
    barrier = barrier_of(record)
    if barrier is None:
        return None
    if is_critical(barrier):
        since = None if record.get("sinceSeen") else record.get("since")
        return Note(NoteCode.STOP, {"line": line, "status": barrier, "since": since})
    return Note(NoteCode.QUALITY, {"line": line, "quality": barrier})


def _is_in_conflict(asked: Asked, known: Known, machine: str, field: str, change: FieldRev | None) -> bool:
    """Whether others moved the field since the workbook was prepared, or since the batch that is undone."""
    rev = rev_of(known, machine, field)
    base = asked.base.get(machine, {}).get(field)
    if base is not None and rev > base:
        return True
    undone = asked.undoes.get(machine, {}).get(field)
    if undone is None or rev <= undone:
        return False
    return change is None or change.written != undone


def _change(known: Known, machine: str, field: str) -> FieldRev | None:
    """Who changed it last; None if the answer is older than the rev."""
    change = known.changes.get((machine, field))
    return change if change is not None and change.rev >= rev_of(known, machine, field) else None


def _moved_note(known: Known, machine: str, mark: Mark, change: FieldRev | None) -> Note:
    if mark.barrier is not None and mark.barrier != barrier_of(known.machines[machine]):
        return Note(NoteCode.CLEARED_SINCE_SHOWN, {"barrier": mark.barrier})
    return Note(NoteCode.CHANGED_SINCE_SHOWN, {**_who(change), "was": mark.now})


def _who(change: FieldRev | None) -> dict[str, Value]:
    """A person, the machine itself, or a stop (CONF-2)."""
    if change is None or change.by is None:
        return {}
    return {"by": change.by.kind.value, "name": change.by.name, "at": change.at}
