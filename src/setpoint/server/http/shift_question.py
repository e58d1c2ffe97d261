"""The inputs of a shift's report: the shift, the machines that a person may see, people's entries, and events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from setpoint.contract.http.machines import Event, EventKind
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.http.shifts import PersonChanges, ShiftAlarm
from setpoint.core.alarms import AlarmEventKind
from setpoint.core.audit.queries import EventQuery, PastTarget, TargetQuery
from setpoint.core.plant import Line, Plant, Priority
from setpoint.core.shifts import Calendar, Shift, ShiftMachine, ShiftQuery, ShiftQuestion
from setpoint.errors import RequestError
from setpoint.server.http.shift_calendar import settings_of
from setpoint.server.http.sight import Sight

MAX_TARGETS = 20_000
"""The most targets of a shift that are counted; the report says if there are more."""
MAX_ALARM_EVENTS = 2_000
MAX_EVENTS = 200
"""The most events of a shift, the newest ones; the report says if there are more."""
LISTED_KINDS = (
    EventKind.ASSERTED,
    EventKind.CLEARED,
    EventKind.OFFLINE,
    EventKind.ONLINE,
    EventKind.LATE_LANDING,
    EventKind.STOP_BETWEEN,
    EventKind.PLANT_CHANGE,
)
"""The kinds of events that a report lists one by one. It counts targets by person, and alarms by name."""
_MAX_REASONS = 5
_PRIORITIES = [each.value for each in Priority]


def shift_named(calendar: Calendar, since: float, now: float) -> Shift:
    """The shift that began then. Raises `RequestError` 404."""
    found = calendar.at(since) if 0 <= since < now else None
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
        raise RequestError(
            f"there is no line {line[:64]!r} in this plant",
            code=ProblemCode.UNKNOWN_TOPIC,
            arguments={"name": line[:64]},
        )
    return (found,)


def measured_question(plant: Plant, lines: Sequence[Line], shift: Shift, until: float) -> ShiftQuestion:
    """The part of a question that the history answers. Raises `RequestError` 404 for a plant without shifts."""
    settings = settings_of(plant)
    return ShiftQuestion(
        shift,
        until,
        tuple(
            ShiftMachine(machine.key, each.id, settings.ideal_cycle_of(machine.key, each.id))
            for each in lines
            for machine in each.machines
        ),
        dict(settings.states),
        settings.reasons,
        settings.micro_stop_s,
        settings.total,
        settings.good,
        settings.scrap,
        timezone=plant.timezone,
    )


async def question_of(sight: Sight, shift: Shift, line: str | None, now: float) -> ShiftQuestion:
    """The whole question of one person, with the entries, changes and events of the shift."""
    lines, until = lines_of(sight.plant, line), min(shift.until, now)
    measured = measured_question(sight.plant, lines, shift, until)
    entries = await sight.shift_entries(
        ShiftQuery(tuple(each.id for each in lines), shift.since, shift.until)
    )
    keys = tuple(each.key for each in measured.machines)
    targets = await sight.targets(TargetQuery(keys, shift.since, until, MAX_TARGETS))
    event_query = EventQuery(since=shift.since, until=until, line=line, kinds=LISTED_KINDS)
    alarm_query = msgspec.structs.replace(event_query, kinds=(EventKind.ALARM,))
    alarms = await sight.all_events(alarm_query, at_most=MAX_ALARM_EVENTS + 1)
    events = await sight.all_events(event_query, at_most=MAX_EVENTS + 1)
    return msgspec.structs.replace(
        measured,
        entries=tuple(entries),
        changes=changes_of(targets),
        alarms=alarms_of(alarms[:MAX_ALARM_EVENTS]),
        events=tuple(reversed(events[:MAX_EVENTS])),
        cut_alarms=len(alarms) > MAX_ALARM_EVENTS,
        cut_events=len(events) > MAX_EVENTS,
    )


def alarms_of(events: Sequence[Event]) -> tuple[ShiftAlarm, ...]:
    """The raised alarms by priority; within one priority, those raised most often come first."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    newest: dict[tuple[str, str], Event] = {}
    for event in events:
        key = event.machine, event.alarm or ""
        newest.setdefault(key, event)
        counts.setdefault(key, Counter())[event.change or ""] += 1
    found = [
        ShiftAlarm(
            machine,
            last.line,
            name,
            last.priority or "",
            counts[machine, name][AlarmEventKind.RAISED],
            counts[machine, name][AlarmEventKind.ACKNOWLEDGED],
            last.at,
            last.label or name,
        )
        for (machine, name), last in newest.items()
        if counts[machine, name][AlarmEventKind.RAISED]
    ]
    return tuple(sorted(found, key=_place))


def _place(alarm: ShiftAlarm) -> tuple[int, int, str, str]:
    known = _PRIORITIES.index(alarm.priority) if alarm.priority in _PRIORITIES else len(_PRIORITIES)
    return known, -alarm.raised, alarm.machine, alarm.name


@dataclass(slots=True)
class _Person:
    batches: set[str] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)
    last_at: float = 0.0
    reasons: dict[str, None] = field(default_factory=dict)


def changes_of(targets: Sequence[PastTarget]) -> tuple[PersonChanges, ...]:
    """By person; the one who changed most comes first."""
    people: dict[str, _Person] = {}
    for each in targets:
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
