"""A shift's report out of the history: statuses, causes and counters are read once, and the core does the rest."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import msgspec

from setpoint.contract.http.shifts import ShiftReport
from setpoint.core.history import HistoryQuery, Signal
from setpoint.core.shifts.question import ShiftQuestion
from setpoint.core.shifts.report import Tally, report_of
from setpoint.history.reader import PointsRead, Reader
from setpoint.history.shift_parts import Part, joined, part_of, tallies_of_part

KEPT = 24
"""Shifts of which what is over is kept: it does not change, only what people say of it."""
OVER_AFTER_S = 60.0
"""By then everything of an instant is recorded."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is over of a shift, of these machines; each has its row."""

    places: dict[str, int]
    part: Part


class ShiftReports:
    """Reports of shifts, for several threads. What is over of a shift is read from the history once.

    It is kept under what its figures depend on, but the machines: who sees one line is answered from what is known of
    all of them.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._kept: OrderedDict[tuple[bytes, frozenset[str]], _Kept] = OrderedDict()
        self._lock = Lock()

    def report(self, question: ShiftQuestion, now: float) -> ShiftReport:
        """Raises `RequestError` if it would take too long."""
        since, until = _ms(question.shift.since), _ms(question.until)
        over = min(until, _ms(now - OVER_AFTER_S))
        if now < question.shift.until + OVER_AFTER_S:
            over = min(over, self._reader.recorded_until_ms)
        part = self._known(question)
        start = since if part is None else part.until
        if start < until:
            read = _read(self._reader, question, start)
            if start < over:
                part = _then(part, part_of(question, read, start, over), question)
                self._keep(question, part)
                start = over
            if start < until:
                part = _then(part, part_of(question, read, start, until), question)
        assert part is not None
        return report_of(question, tallies_of_part(question, part))

    def _known(self, question: ShiftQuestion) -> Part | None:
        """What is kept of these machines, or of more; none that goes beyond what is asked for."""
        settings, machines = _settings_of(question), frozenset(each.key for each in question.machines)
        with self._lock:
            names = [name for name in self._kept if name[0] == settings and name[1] >= machines]
            found = max((self._kept[name] for name in names), key=lambda each: each.part.until, default=None)
            for name in names:
                self._kept.move_to_end(name)
        if found is None or found.part.until > _ms(question.until):
            return None
        return found.part.of([found.places[each.key] for each in question.machines])

    def _keep(self, question: ShiftQuestion, part: Part) -> None:
        places = {each.key: place for place, each in enumerate(question.machines)}
        name = _settings_of(question), frozenset(places)
        with self._lock:
            self._kept[name] = _Kept(places, part)
            self._kept.move_to_end(name)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def shift_report(reader: Reader, question: ShiftQuestion) -> ShiftReport:
    """Read at once, and nothing is kept. Raises `RequestError` if it would take too long."""
    return report_of(question, tallies_of(question, _read(reader, question, _ms(question.shift.since))))


def tallies_of(question: ShiftQuestion, read: PointsRead) -> list[Tally]:
    """What each machine did. ``read`` numbers status, cause and counters, each of all machines in their order."""
    since, until = _ms(question.shift.since), _ms(question.until)
    return tallies_of_part(question, part_of(question, read, since, until))


def _then(part: Part | None, more: Part, question: ShiftQuestion) -> Part:
    return more if part is None else joined(part, more, question.micro_stop_s)


def _read(reader: Reader, question: ShiftQuestion, start_ms: int) -> PointsRead:
    fields = ("status", "cause", *question.counters)
    signals = tuple(Signal(each.key, field, each.line) for field in fields for each in question.machines)
    return reader.points(HistoryQuery(signals, question.counters, start_ms / 1000, question.until))


def _settings_of(question: ShiftQuestion) -> bytes:
    told = (
        question.shift,
        question.states,
        question.micro_stop_s,
        (question.total, question.good, question.scrap),
    )
    return hashlib.sha256(msgspec.msgpack.encode(told)).digest()


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
