"""What a shift's report is made of: the shift, the machines that a person may see, and what people said and changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from setpoint.clock import offset_at, zone_named
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.http.shifts import PersonChanges
from setpoint.core.audit.queries import PastTarget, TargetQuery
from setpoint.core.plant import Line, Plant
from setpoint.core.plant.shifts import ShiftSettings
from setpoint.core.shifts import (
    Shift,
    ShiftMachine,
    ShiftQuery,
    ShiftQuestion,
    shift_at,
    shifts_between,
)
from setpoint.errors import RequestError
from setpoint.server.http.sight import Sight

MAX_TARGETS = 20_000
"""Targets of a shift that are counted; a shift with more says so."""
_MAX_REASONS = 5
NO_SHIFTS = "the plant file describes no shifts; see [shifts] in docs/reference/plant-file.md"


def settings_of(plant: Plant) -> ShiftSettings:
    """Raises `RequestError` 404."""
    if plant.shifts is None or not plant.shifts.pattern:
        raise RequestError(NO_SHIFTS, code=ProblemCode.UNKNOWN_SHIFT)
    return plant.shifts


def between(plant: Plant, since: float, until: float) -> list[Shift]:
    offset = partial(offset_at, zone_named(plant.timezone))
    return shifts_between(settings_of(plant), offset, since, until)


def shift_named(plant: Plant, since: float, now: float) -> Shift:
    """The shift that began then. Raises `RequestError` 404."""
    found = shift_at(settings_of(plant), partial(offset_at, zone_named(plant.timezone)), since)
    if found is None or found.since >= now:
        raise RequestError(
            f"no shift began at {since:.0f}; GET /api/shifts names them", code=ProblemCode.UNKNOWN_SHIFT
        )
    return found


def lines_of(plant: Plant, line: str | None) -> Sequence[Line]:
    """The line, or all. Raises `RequestError` 404."""
    if line is None:
        return plant.lines
    found = plant.lines_by_id.get(line)
    if found is None:
        raise RequestError(f"there is no line {line[:64]!r} in this plant", code=ProblemCode.UNKNOWN_TOPIC)
    return (found,)


async def question_of(sight: Sight, shift: Shift, line: str | None, now: float) -> ShiftQuestion:
    plant, settings = sight.plant, settings_of(sight.plant)
    lines, until = lines_of(plant, line), min(shift.until, now)
    machines = tuple(
        ShiftMachine(machine.key, each.id, settings.ideal_cycle_of(machine.key, each.id))
        for each in lines
        for machine in each.machines
    )
    said = await sight.shift_entries(ShiftQuery(tuple(each.id for each in lines), shift.since, shift.until))
    keys = tuple(each.key for each in machines)
    asked = await sight.targets(TargetQuery(keys, shift.since, until, MAX_TARGETS))
    return ShiftQuestion(
        shift,
        until,
        machines,
        dict(settings.states),
        settings.reasons,
        settings.micro_stop_s,
        settings.total,
        settings.good,
        settings.scrap,
        tuple(said),
        changes_of(asked),
        plant.timezone,
    )


@dataclass(slots=True)
class _Person:
    batches: set[str] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)
    last_at: float = 0.0
    reasons: dict[str, None] = field(default_factory=dict)


def changes_of(asked: Sequence[PastTarget]) -> tuple[PersonChanges, ...]:
    """By person, who changed most first."""
    people: dict[str, _Person] = {}
    for each in asked:
        person = people.setdefault(each.person, _Person())
        person.batches.add(each.item.tx_id)
        person.outcomes[each.item.outcome.value] += 1
        person.last_at = max(person.last_at, each.at)
        if each.reason and len(person.reasons) < _MAX_REASONS:
            person.reasons[each.reason] = None
    found = [
        PersonChanges(
            name,
            len(each.batches),
            each.outcomes.total(),
            dict(each.outcomes),
            each.last_at,
            list(each.reasons),
        )
        for name, each in people.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.targets, each.person)))
