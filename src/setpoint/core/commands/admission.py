"""Decides which items of a request may pass, and why the others may not (CMD-1: shape, permission, interlock, base
rev).

Nothing is changed here. If the person may not see a machine's line, the refusal is the same as for a machine that does
not exist. So it does not reveal the machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from setpoint.contract.http.batches import DONE, BatchAnswer, BatchRequest
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.live import By, Outcome
from setpoint.contract.values import Record, Value
from setpoint.core.commands.inflight import SetPoint
from setpoint.core.commands.interlock import Interlock, interlock
from setpoint.core.commands.narrow import no_machine
from setpoint.core.commands.records import ItemRecord
from setpoint.core.commands.request import result_of
from setpoint.core.commands.revs import Revs
from setpoint.core.commands.write_state import ReportedValue
from setpoint.core.names import clean_text
from setpoint.core.plant import Field, Person, Plant, Role
from setpoint.core.plant.model import MAX_TEXT
from setpoint.core.plant.wording import words
from setpoint.errors import RequestError
from setpoint.message import message_of


class Refusal(NamedTuple):
    """Why an item is refused."""

    outcome: Outcome
    message: str
    rev: int | None = None
    by: By | None = None
    since: float | None = None
    value: ReportedValue = msgspec.UNSET


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """One item: its set-point, if the person may see it, and the reason if it is refused."""

    machine: str
    field: str
    value: Value
    set_point: SetPoint | None
    refusal: Refusal | None


def admit(
    request: BatchRequest,
    person: Person,
    *,
    plant: Plant,
    set_points: Mapping[str, Mapping[str, SetPoint]],
    machines: Mapping[str, Record],
    revs: Revs,
    is_commit: bool = True,
    is_confirmed: bool = False,
) -> Iterator[Verdict]:
    """A verdict for each item, in the order of the request.

    ``is_commit``: a person gave these targets. For an undo or a retry, the server makes the bases, so that the person's
    own later targets are conflicts too.
    """
    has_reason = bool(request.reason and request.reason.strip())
    no_base: Mapping[str, int] = {}
    roles: dict[str, Role | None] = {}
    for machine, updates in request.updates.items():
        fields = set_points.get(machine)
        found = plant.machines.get(machine)
        role = None if found is None else _role(person, found.line, roles)
        if fields is None or found is None or role is None:
            unknown = Refusal(Outcome.REJECTED, no_machine(machine))
            for name, value in updates.items():
                yield Verdict(machine, name, _storable(value), None, unknown)
            continue
        forbidden = None
        if role < Role.OPERATOR:
            forbidden = Refusal(Outcome.REJECTED, words("words-needs-operator-on-line", line=found.line))
        barred = interlock(machine, machines.get(machine))
        base = request.base.get(machine, no_base)
        for name, value in updates.items():
            set_point = fields.get(name)
            if set_point is None:
                why = _unknown_field(plant, name)
                yield Verdict(machine, name, _storable(value), None, Refusal(Outcome.REJECTED, why))
                continue
            why_not = _misshapen(set_point.field, value, has_reason=has_reason, is_confirmed=is_confirmed)
            if why_not is None:
                why_not = forbidden or (None if barred is None else _barred(barred))
            if why_not is None and name in base:
                why_not = _moved(set_point, base[name], revs, person.name if is_commit else None)
            yield Verdict(machine, name, _storable(value) if why_not else value, set_point, why_not)


def _role(person: Person, line: str, known: dict[str, Role | None]) -> Role | None:
    """Looks up a role once for each line, because a batch has many machines of few lines."""
    if line not in known:
        known[line] = person.role_on(line)
    return known[line]


def refused_item(tx_id: str, verdict: Verdict, ts: float) -> ItemRecord:
    """The record of an item that ended at admission. It has a line if the person may see its machine."""
    refusal, set_point = verdict.refusal, verdict.set_point
    outcome = refusal.outcome if refusal else Outcome.CANCELLED
    why = refusal.message if refusal else words("words-not-tried-all-or-nothing")
    return ItemRecord(
        tx_id,
        verdict.machine,
        verdict.field,
        verdict.value,
        outcome,
        ts,
        before=set_point.before if set_point else None,
        reported=refusal.value if refusal else msgspec.UNSET,
        rev=refusal.rev if refusal else None,
        by=refusal.by if refusal else None,
        message=str(why),
        said=message_of(why),
        since=refusal.since if refusal else None,
        line=set_point.machine.line if set_point else "",
    )


def atomic_refused(tx_id: str, verdicts: Sequence[Verdict], ts: float) -> RequestError:
    """CMD-4: nothing leaves; every item says whether it was refused or would have passed."""
    refused = sum(verdict.refusal is not None for verdict in verdicts)
    results = [result_of(refused_item(tx_id, verdict, ts)) for verdict in verdicts]
    return RequestError(
        f"{refused} of {len(verdicts)} targets may not pass and the batch is all or nothing; nothing was sent",
        code=ProblemCode.ATOMIC_REFUSED,
        arguments={"refused": refused, "count": len(verdicts)},
        detail=BatchAnswer(tx_id, DONE, results),
    )


def _misshapen(field: Field, value: Value, *, has_reason: bool, is_confirmed: bool) -> Refusal | None:
    why = field.refuse(value)
    if why is None and field.needs_second_person and not is_confirmed:
        why = words("words-field-needs-second-person", field=field.name)
    if why is None and field.needs_reason and not has_reason:
        why = words("words-field-needs-reason", field=field.name)
    return Refusal(Outcome.REJECTED, why) if why else None


def _barred(barred: Interlock) -> Refusal:
    return Refusal(Outcome.BLOCKED, barred.message, by=barred.by, since=barred.since)


def _moved(set_point: SetPoint, base: int, revs: Revs, person: str | None) -> Refusal | None:
    """The refusal if the field has changed since the person decided: who changed it, and its current value or target.

    Changes by ``person`` alone do not count: their newer target replaces their older one.
    """
    machine, name = set_point.machine.key, set_point.field.name
    now = revs.of(machine, name)
    if now.rev == base or (
        person is not None and base < now.rev and revs.is_own(machine, name, base, person)
    ):
        return None
    value = set_point.in_flight.record.asked if set_point.in_flight else set_point.reported
    if now.by:
        why = words("words-changed-by", who=now.by.name or now.by.kind.value, base=base, now=now.rev)
    else:
        why = words("words-changed-since", base=base, now=now.rev)
    return Refusal(
        Outcome.CONFLICT,
        why,
        now.rev,
        now.by,
        value=value,
    )


def _unknown_field(plant: Plant, name: str) -> str:
    if (field := plant.fields_by_name.get(name)) is not None and not field.is_writable:
        return words("words-field-is-measured", field=name)
    writable = ", ".join(field.name for field in plant.writable)
    if not writable:
        return words("words-no-field-plant-is-read", field=repr(name))
    return words("words-no-field-but", field=repr(name), known=writable)


def _storable(value: Value) -> Value:
    """A refused value in a form that can be stored and shown: bounded, a number that any database and JSON reader
    accepts, a text without characters that are invisible or turn the direction of writing.
    """
    if isinstance(value, str):
        seen = clean_text(value)
        return seen if len(seen) <= MAX_TEXT else seen[:MAX_TEXT] + "…"
    if isinstance(value, int) and not -(2**53) <= value <= 2**53:
        return f"{value:.3e}" if abs(value) < 10**300 else "a number of over 300 digits"
    return value
