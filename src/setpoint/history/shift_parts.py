"""The states, stops and counts of machines in a part of a shift, as arrays.

Two consecutive parts can be joined. So the finished part of a shift is read once, and only the last minutes are read
again while it lasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from setpoint.core.plant.shifts import State
from setpoint.core.shifts.question import ShiftQuestion
from setpoint.core.shifts.report import Down, Tally
from setpoint.core.shifts.tally import (
    ORDER,
    UNKNOWN,
    Floats,
    Ints,
    Runs,
    made,
    runs_of,
    seconds_by_state,
    stops_of,
)
from setpoint.history.columns import NO_TEXT, Columns
from setpoint.history.reader import PointsRead
from setpoint.history.steps import KNOWS_STATUS

Texts = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Stops:
    """Unplanned downs: machine (its place), start and end (ms), and the machine's status and cause at the start."""

    machine: Ints
    since: Ints
    until: Ints
    status: Texts
    cause: Texts

    def of(self, chosen: Any) -> Stops:
        return Stops(
            self.machine[chosen],
            self.since[chosen],
            self.until[chosen],
            self.status[chosen],
            self.cause[chosen],
        )

    @property
    def seconds(self) -> Floats:
        found: Floats = (self.until - self.since) / 1000.0
        return found


@dataclass(frozen=True, slots=True)
class Part:
    """From ``since`` until ``until`` (ms). A row for each machine.

    ``stops`` has no micro-stops except those at either end, which may continue beyond it. ``counted``: the counts by
    counter, NaN if they are not known.
    """

    since: int
    until: int
    seconds: Floats
    micro_stops: Ints
    micro_s: Floats
    stops: Stops
    counted: dict[str, Floats]
    unmapped: frozenset[tuple[int, str]]

    def of(self, places: Sequence[int]) -> Part:
        """The parts of the machines at these places, in this order."""
        new = np.full(len(self.seconds), -1, np.int64)
        new[list(places)] = np.arange(len(places))
        stops = self.stops.of(new[self.stops.machine] >= 0)
        return Part(
            self.since,
            self.until,
            self.seconds[list(places)],
            self.micro_stops[list(places)],
            self.micro_s[list(places)],
            replace(stops, machine=new[stops.machine]),
            {name: counted[list(places)] for name, counted in self.counted.items()},
            frozenset((int(new[machine]), text) for machine, text in self.unmapped if new[machine] >= 0),
        )


def joined(first: Part, then: Part, micro_stop_s: float) -> Part:
    """Joins two parts: ``then`` begins where ``first`` ends. A stop that lasts beyond that instant counts as one."""
    at = first.until
    goes_on = np.full(len(first.seconds), -1, np.int64)
    begins = np.flatnonzero(then.stops.since == at)
    goes_on[then.stops.machine[begins]] = begins
    lasts = first.stops.until == at
    follower = np.where(lasts, goes_on[first.stops.machine], -1)
    until = (
        np.where(follower >= 0, then.stops.until[follower], first.stops.until)
        if len(begins)
        else first.stops.until
    )
    is_new = np.ones(len(then.stops.machine), bool)
    is_new[follower[follower >= 0]] = False
    rest = then.stops.of(is_new)
    stops = Stops(
        np.concatenate([first.stops.machine, rest.machine]),
        np.concatenate([first.stops.since, rest.since]),
        np.concatenate([until, rest.until]),
        np.concatenate([first.stops.status, rest.status]),
        np.concatenate([first.stops.cause, rest.cause]),
    )
    whole = Part(
        first.since,
        then.until,
        first.seconds + then.seconds,
        first.micro_stops + then.micro_stops,
        first.micro_s + then.micro_s,
        stops,
        {name: _sum(counted, then.counted[name]) for name, counted in first.counted.items()},
        first.unmapped | then.unmapped,
    )
    return _without_micro(whole, micro_stop_s, is_whole=False)


def _sum(one: Floats, other: Floats) -> Floats:
    found: Floats = np.where(np.isnan(one), other, np.where(np.isnan(other), one, one + other))
    return found


def _without_micro(part: Part, micro_stop_s: float, *, is_whole: bool) -> Part:
    """Micro-stops become sums; those that touch an end do so only if the part is the whole."""
    stops = part.stops
    is_micro = stops.seconds < micro_stop_s
    if not is_whole:
        is_micro &= (stops.since > part.since) & (stops.until < part.until)
    micro, count = stops.of(is_micro), len(part.seconds)
    return replace(
        part,
        micro_stops=part.micro_stops + np.bincount(micro.machine, minlength=count),
        micro_s=part.micro_s + np.bincount(micro.machine, micro.seconds, count),
        stops=stops.of(~is_micro),
    )


def tallies_of_part(question: ShiftQuestion, part: Part) -> list[Tally]:
    """The result for each machine, if this part is the whole. Times are in whole ms."""
    part = _without_micro(part, question.micro_stop_s, is_whole=True)
    total, good = _parts_made(question, part)
    tallies = [
        Tally(
            machine,
            dict(zip(ORDER, seconds, strict=True)),
            micro_stops=micro_stops,
            micro_s=micro_s,
            total=total[place],
            good=good[place],
        )
        for place, (machine, seconds, micro_stops, micro_s) in enumerate(
            zip(
                question.machines,
                np.round(part.seconds, 3).tolist(),
                part.micro_stops.tolist(),
                np.round(part.micro_s, 3).tolist(),
                strict=True,
            )
        )
    ]
    stops = part.stops.of(np.lexsort((part.stops.since, part.stops.machine)))
    for machine, since, until, status, cause in zip(
        stops.machine.tolist(),
        stops.since.tolist(),
        stops.until.tolist(),
        stops.status,
        stops.cause,
        strict=True,
    ):
        tallies[machine].stops.append(Down(since / 1000, until / 1000, status, cause))
    for machine, text in sorted(part.unmapped):
        tallies[machine].unmapped.append(text)
    return tallies


def _parts_made(question: ShiftQuestion, part: Part) -> tuple[list[float | None], list[float | None]]:
    """All parts and the good ones, by machine; None if that is not known."""
    nothing = np.full(len(part.seconds), np.nan)
    total = part.counted[question.total] if question.total else nothing
    good = part.counted[question.good] if question.good else nothing
    if question.scrap:
        good = np.maximum(total - part.counted[question.scrap], 0.0)
    return _known(total), _known(np.minimum(good, total))


def _known(numbers: Floats) -> list[float | None]:
    return [None if np.isnan(each) else each for each in numbers.tolist()]


def part_of(question: ShiftQuestion, read: PointsRead, since: int, until: int) -> Part:
    """``read`` numbers status, cause and counters, each of all machines in their order; it may begin earlier."""
    return _Reading(question, read, since, until).part()


class _Reading:
    def __init__(self, question: ShiftQuestion, read: PointsRead, since: int, until: int) -> None:
        self._question = question
        self._since, self._until = since, until
        self._texts = read.texts
        self._names: Texts = np.array([*read.texts, None], object)
        self._count = len(question.machines)
        self._columns = read.columns
        self._status, self._cause = self._of_field(0), self._of_field(1)

    def _of_field(self, place: int) -> Columns:
        """The points of one field, by machine: those of this time, and the last one before. Signals are sorted by
        field, so these are one slice."""
        first = place * self._count
        low, high = np.searchsorted(self._columns.signal, (first, first + self._count))
        found = self._columns.of(slice(int(low), int(high)))
        is_before = found.time < self._since
        is_last = np.ones(len(found), bool)
        is_last[:-1] = (found.signal[1:] != found.signal[:-1]) | ~is_before[1:]
        found = found.where((found.time < self._until) & (~is_before | is_last))
        return Columns(found.signal - first, found.time, found.number, found.text, found.quality)

    def part(self) -> Part:
        runs = runs_of(
            self._status.signal,
            self._status.time,
            self._states(),
            count=self._count,
            since=self._since,
            until=self._until,
            breaks=[
                (round(begins * 1000), round(ends * 1000)) for begins, ends in self._question.shift.breaks
            ],
        )
        nothing = np.zeros(self._count)
        whole = Part(
            self._since,
            self._until,
            seconds_by_state(runs, self._count),
            nothing.astype(np.int64),
            nothing,
            self._stops(stops_of(runs)),
            {name: self._counted(2 + place) for place, name in enumerate(self._question.counters)},
            self._unmapped(),
        )
        return _without_micro(whole, self._question.micro_stop_s, is_whole=False)

    def _states(self) -> Ints:
        """For each point of a status, its state's place in `ORDER`."""
        states = self._question.states
        codes = [ORDER.index(states.get(text, State.UNKNOWN)) for text in self._texts]
        found = np.array([*codes, UNKNOWN], np.int64)[self._status.text]
        return np.where(KNOWS_STATUS[self._status.quality], found, UNKNOWN)

    def _stops(self, stops: Runs) -> Stops:
        status = self._status.text[stops.row] if len(self._status) else np.full(len(stops.row), NO_TEXT)
        return Stops(
            stops.machine, stops.since, stops.until, self._names[status], self._names[self._causes(stops)]
        )

    def _causes(self, stops: Runs) -> Ints:
        """The cause that each machine gave when its stop began."""
        cause = self._cause
        if len(cause) == 0:
            return np.full(len(stops.machine), NO_TEXT)
        low = int(cause.time.min())
        span = int(max(cause.time.max(), stops.since.max(initial=0))) - low + 1
        keys = cause.signal * span + cause.time - low
        at = np.searchsorted(keys, stops.machine * span + stops.since - low, side="right") - 1
        mine = (at >= 0) & (cause.signal[at] == stops.machine)
        return np.where(mine, cause.text[at], NO_TEXT)

    def _unmapped(self) -> frozenset[tuple[int, str]]:
        known = [text in self._question.states for text in self._texts]
        if all(known):
            return frozenset()
        is_unmapped = np.array([not each for each in known] + [False])[self._status.text]
        chosen = is_unmapped & KNOWS_STATUS[self._status.quality]
        pairs = np.unique(np.stack([self._status.signal[chosen], self._status.text[chosen]]), axis=1)
        return frozenset((machine, self._texts[text][:60]) for machine, text in pairs.T.tolist())

    def _counted(self, place: int) -> Floats:
        points = self._of_field(place)
        return made(points.signal, points.number, KNOWS_STATUS[points.quality], self._count)
