"""A shift's report out of the history: statuses, causes and counters are read once, and the core does the rest."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from threading import Lock

import msgspec
import numpy as np

from setpoint.contract.http.shifts import ShiftReport
from setpoint.core.history import HistoryQuery, Signal
from setpoint.core.plant.shifts import State
from setpoint.core.shifts.question import ShiftQuestion
from setpoint.core.shifts.report import Down, Tally, report_of
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
from setpoint.history.reader import PointsRead, Reader
from setpoint.history.steps import HAS_CONTACT

KEPT = 4
"""Shifts whose tallies are kept: what happened in a shift that is over does not change, only what people say of it."""
OVER_AFTER_S = 60.0
"""By then everything of a shift is recorded."""


class ShiftReports:
    """Reports of shifts, for several threads. Those that are over are read from the history once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._kept: OrderedDict[bytes, list[Tally]] = OrderedDict()
        self._lock = Lock()

    def report(self, question: ShiftQuestion, now: float) -> ShiftReport:
        """Raises `RequestError` if it would take too long."""
        if now < question.shift.until + OVER_AFTER_S:
            return shift_report(self._reader, question)
        asked = msgspec.structs.replace(question, entries=(), changes=(), reasons=())
        key = hashlib.sha256(msgspec.msgpack.encode(asked)).digest()
        with self._lock:
            found = self._kept.pop(key, None)
        if found is None:
            found = _read(self._reader, question)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return report_of(question, found)


def shift_report(reader: Reader, question: ShiftQuestion) -> ShiftReport:
    """Raises `RequestError` if it would take too long."""
    return report_of(question, _read(reader, question))


def _read(reader: Reader, question: ShiftQuestion) -> list[Tally]:
    fields = ("status", "cause", *question.counters)
    signals = tuple(Signal(each.key, field, each.line) for field in fields for each in question.machines)
    query = HistoryQuery(signals, question.counters, question.shift.since, question.until)
    return tallies_of(question, reader.points(query))


def tallies_of(question: ShiftQuestion, read: PointsRead) -> list[Tally]:
    """What each machine did. ``read`` numbers status, cause and counters, each of all machines in their order."""
    return _Shift(question, read).tallies()


class _Shift:
    def __init__(self, question: ShiftQuestion, read: PointsRead) -> None:
        self._question = question
        self._texts = read.texts
        self._count = len(question.machines)
        self._columns = read.columns
        self._status, self._cause = self._of_field(0), self._of_field(1)

    def _of_field(self, place: int) -> Columns:
        """The points of one field, by machine. Signals are sorted by field, so these are one slice."""
        first = place * self._count
        low, high = np.searchsorted(self._columns.signal, (first, first + self._count))
        found = self._columns.of(slice(int(low), int(high)))
        return Columns(found.signal - first, found.time, found.number, found.text, found.quality)

    def tallies(self) -> list[Tally]:
        shift, until = self._question.shift, round(self._question.until * 1000)
        since = round(shift.since * 1000)
        runs = runs_of(
            self._status.signal,
            self._status.time,
            self._states(),
            count=self._count,
            since=since,
            until=until,
            breaks=[(round(begins * 1000), round(ends * 1000)) for begins, ends in shift.breaks],
        )
        seconds = seconds_by_state(runs, self._count)
        total, good = self._parts()
        tallies = [
            Tally(
                machine,
                dict(zip(ORDER, seconds[place].tolist(), strict=True)),
                total=total[place],
                good=good[place],
            )
            for place, machine in enumerate(self._question.machines)
        ]
        self._add_stops(stops_of(runs), tallies)
        self._add_unmapped(tallies)
        return tallies

    def _states(self) -> Ints:
        """Of each point of a status: its state's place in `ORDER`."""
        states = self._question.states
        codes = [ORDER.index(states.get(text, State.UNKNOWN)) for text in self._texts]
        found = np.array([*codes, UNKNOWN], np.int64)[self._status.text]
        return np.where(HAS_CONTACT[self._status.quality], found, UNKNOWN)

    def _add_stops(self, stops: Runs, tallies: list[Tally]) -> None:
        is_micro = stops.seconds < self._question.micro_stop_s
        micro = stops.of(is_micro)
        counts = np.bincount(micro.machine, minlength=self._count).tolist()
        lasted = np.bincount(micro.machine, micro.seconds, self._count).tolist()
        for tally, count, seconds in zip(tallies, counts, lasted, strict=True):
            tally.micro_stops, tally.micro_s = count, seconds
        long = stops.of(~is_micro)
        status = self._status.text[long.row].tolist() if len(self._status) else []
        for machine, since, until, text, cause in zip(
            long.machine.tolist(),
            long.since.tolist(),
            long.until.tolist(),
            status,
            self._causes(long),
            strict=True,
        ):
            down = Down(since / 1000, until / 1000, self._text(text), self._text(cause))
            tallies[machine].stops.append(down)

    def _causes(self, stops: Runs) -> list[int]:
        """What each machine gave as the cause when its stop began."""
        cause = self._cause
        if len(cause) == 0:
            return [NO_TEXT] * len(stops.machine)
        low = int(cause.time.min())
        span = int(max(cause.time.max(), stops.since.max(initial=0))) - low + 1
        keys = cause.signal * span + cause.time - low
        at = np.searchsorted(keys, stops.machine * span + stops.since - low, side="right") - 1
        mine = (at >= 0) & (cause.signal[at] == stops.machine)
        found: list[int] = np.where(mine, cause.text[at], NO_TEXT).tolist()
        return found

    def _text(self, number: int) -> str | None:
        return None if number == NO_TEXT else self._texts[number]

    def _add_unmapped(self, tallies: list[Tally]) -> None:
        known = [text in self._question.states for text in self._texts]
        if all(known):
            return
        status = self._status
        is_unmapped = np.array([not each for each in known] + [False])[status.text]
        chosen = is_unmapped & HAS_CONTACT[status.quality]
        pairs = np.unique(np.stack([status.signal[chosen], status.text[chosen]]), axis=1)
        for machine, text in pairs.T.tolist():
            tallies[machine].unmapped.append(self._texts[text][:60])

    # Parts

    def _parts(self) -> tuple[list[float | None], list[float | None]]:
        """All parts and the good ones, by machine; None where that is not known."""
        question = self._question
        nothing = np.full(self._count, np.nan)
        counted = {name: self._counted(2 + place) for place, name in enumerate(question.counters)}
        total = counted[question.total] if question.total else nothing
        good = counted[question.good] if question.good else nothing
        if question.scrap:
            good = np.maximum(total - counted[question.scrap], 0.0)
        return _known(total), _known(np.minimum(good, total))

    def _counted(self, place: int) -> Floats:
        points = self._of_field(place)
        return made(points.signal, points.number, HAS_CONTACT[points.quality], self._count)


def _known(numbers: Floats) -> list[float | None]:
    return [None if np.isnan(each) else each for each in numbers.tolist()]
