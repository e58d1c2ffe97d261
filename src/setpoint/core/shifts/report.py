"""A shift's report from its machines' states and people's entries (SHIFT-5, SHIFT-6, OEE-3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import pairwise

from setpoint.contract.http.shifts import (
    LineShift,
    Loss,
    MachineShift,
    Note,
    ShiftReport,
    ShiftView,
    Stop,
)
from setpoint.core.plant.shifts import Reason, State
from setpoint.core.shifts.entries import ShiftEntry
from setpoint.core.shifts.oee import Sums, oee_of, rolled_up, sums_of
from setpoint.core.shifts.question import ShiftMachine, ShiftQuestion

MAX_STOPS = 2_000
"""The number of stops that a report lists: the longest ones."""
THE_MACHINE = "the machine"


@dataclass(frozen=True, slots=True)
class Down:
    """A stop that is not a micro-stop: Unix seconds, and the machine's status and cause when it began."""

    since: float
    until: float
    status: str | None = None
    cause: str | None = None


@dataclass(slots=True)
class Tally:
    """The states, stops and counts of one machine in the shift."""

    machine: ShiftMachine
    seconds: dict[State, float]
    stops: list[Down] = field(default_factory=list)
    micro_stops: int = 0
    micro_s: float = 0.0
    total: float | None = None
    good: float | None = None
    unmapped: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _LossSum:
    seconds: float = 0.0
    stops: int = 0
    machines: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, machine: str, seconds: float, stops: int) -> None:
        self.seconds += seconds
        self.stops += stops
        self.machines[machine] += seconds


def report_of(question: ShiftQuestion, tallies: Sequence[Tally]) -> ShiftReport:
    reasons = {each.id: each for each in question.reasons}
    by_cause = {cause: each.id for each in question.reasons for cause in each.causes}
    entries: dict[str, list[ShiftEntry]] = {}
    for entry in sorted(question.entries, key=lambda each: each.at):
        entries.setdefault(entry.machine or "", []).append(entry)
    lost: dict[tuple[str, str | None], _LossSum] = {("uncategorised", None): _LossSum()}
    by_line: dict[str, list[Sums]] = {}
    machines, stops = [], []
    for tally in tallies:
        key, seconds = tally.machine.key, dict(tally.seconds)
        for stop in tally.stops:
            for part in _parts(stop, tally.machine, entries.get(key, ()), by_cause):
                stops.append(part)
                _move(part, reasons, seconds)
                kind = ("uncategorised", None) if part.reason is None else ("reason", part.reason)
                lost.setdefault(kind, _LossSum()).add(key, part.until - part.since, 1)
        _add_sums(tally, lost)
        sums = sums_of(
            key, seconds, ideal_cycle_s=tally.machine.ideal_cycle_s, total=tally.total, good=tally.good
        )
        by_line.setdefault(tally.machine.line, []).append(sums)
        machines.append(
            MachineShift(
                key, tally.machine.line, oee_of(sums), len(tally.stops), tally.micro_stops, tally.unmapped
            )
        )
    lines = {line: rolled_up(each) for line, each in by_line.items()}
    longest = nlargest(MAX_STOPS, stops, key=lambda each: each.until - each.since)
    shift = question.shift
    return ShiftReport(
        ShiftView(shift.name, shift.date, shift.since, shift.until),
        question.until,
        oee_of(rolled_up(lines.values())),
        [LineShift(line, oee_of(each)) for line, each in lines.items()],
        machines,
        _losses(lost, reasons),
        sorted(longest, key=lambda each: (each.since, each.machine)),
        len(stops) - len(longest),
        list(question.changes),
        [Note(each.line, each.text, each.person, each.at) for each in entries.get("", ())],
        list(question.alarms),
        list(question.events),
        question.cut_alarms,
        question.cut_events,
    )


def _add_sums(tally: Tally, lost: dict[tuple[str, str | None], _LossSum]) -> None:
    if tally.micro_stops:
        lost.setdefault(("micro-stops", None), _LossSum()).add(
            tally.machine.key, tally.micro_s, tally.micro_stops
        )
    if (setup := tally.seconds.get(State.SETUP, 0.0)) > 0:
        lost.setdefault(("setup", None), _LossSum()).add(tally.machine.key, setup, 0)


def _parts(
    stop: Down, machine: ShiftMachine, entries: Sequence[ShiftEntry], by_cause: dict[str, str]
) -> Iterator[Stop]:
    """A stop, split where entries begin and end; for each part the latest entry counts (SHIFT-6)."""
    over = [each for each in entries if each.since < stop.until and each.until > stop.since]
    inner = {edge for each in over for edge in (each.since, each.until) if stop.since < edge < stop.until}
    edges = sorted({stop.since, stop.until, *inner})
    of_cause = by_cause.get(stop.cause or "")
    parts: list[tuple[float, float, ShiftEntry | None]] = []
    for since, until in pairwise(edges):
        entry = next((each for each in reversed(over) if each.since <= since and each.until >= until), None)
        if parts and parts[-1][2] is entry:
            parts[-1] = parts[-1][0], until, entry
        else:
            parts.append((since, until, entry))
    for since, until, entry in parts:
        reason, by = (
            (of_cause, THE_MACHINE if of_cause else None)
            if entry is None
            else (entry.reason or None, entry.person)
        )
        text = entry.text if entry else ""
        yield Stop(
            machine.key, machine.line, since, until, stop.status, stop.cause, reason, by, text, stop.since, stop.until
        )  # fmt: skip


def _move(part: Stop, reasons: dict[str, Reason], seconds: dict[State, float]) -> None:
    """A reason may turn the time into planned downtime, set-up or standby (SHIFT-6)."""
    state = reasons[part.reason].state if part.reason in reasons else State.UNPLANNED_DOWN
    if state is not State.UNPLANNED_DOWN:
        moved = part.until - part.since
        seconds[State.UNPLANNED_DOWN] -= moved
        seconds[state] = seconds.get(state, 0.0) + moved


def _losses(lost: dict[tuple[str, str | None], _LossSum], reasons: dict[str, Reason]) -> list[Loss]:
    """The longest first; downtime without a reason is always listed."""
    found = [_loss(kind, reason, each, reasons) for (kind, reason), each in lost.items()]
    return sorted(found, key=lambda each: -each.seconds)


_NAMES = {"uncategorised": "Uncategorised", "micro-stops": "Micro-stops", "setup": "Set-up"}


def _loss(kind: str, reason: str | None, lost: _LossSum, reasons: dict[str, Reason]) -> Loss:
    known = reasons.get(reason or "")
    name = _NAMES.get(kind) or " / ".join(path_of(reason or "", reasons))
    state = known.state if known else State.SETUP if kind == "setup" else State.UNPLANNED_DOWN
    return Loss(kind, reason, name, state.value, lost.seconds, lost.stops, dict(lost.machines))  # type: ignore[arg-type]  # one of its four


def path_of(reason: str, reasons: dict[str, Reason]) -> list[str]:
    """The names down to a reason; none if the plant file no longer has it."""
    names: list[str] = []
    at: str | None = reason
    while at is not None and (found := reasons.get(at)) is not None:
        names.append(found.name)
        at = found.within
    return names[::-1]


def leaves(reasons: Iterable[Reason]) -> list[Reason]:
    """The reasons that can be assigned: those without others below them."""
    every = list(reasons)
    parents = {each.within for each in every}
    return [each for each in every if each.id not in parents]
