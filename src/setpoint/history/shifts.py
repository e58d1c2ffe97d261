"""A shift's report from the history: statuses, causes and counters are read once, and the core does the rest."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise
from threading import Lock

import msgspec

from setpoint.contract.http.shifts import ShiftReport
from setpoint.core.history import HistoryQuery, Signal
from setpoint.core.shifts.question import ShiftMachine, ShiftQuestion
from setpoint.core.shifts.report import Tally, report_of
from setpoint.errors import StorageError
from setpoint.history.reader import WITHIN_S, PointsRead, Reader, too_much
from setpoint.history.shift_parts import Part, joined, part_of, tallies_of_part
from setpoint.history.shift_sums import ShiftSums

KEPT = 24
"""The number of shifts whose finished part is kept in memory. A finished part does not change; only people's entries
do."""
OVER_AFTER_S = 60.0
"""This long after an instant, everything from that instant is recorded and on the disk."""
STORED_EVERY_S = 900.0
"""How often the finished part of a current shift is stored again; a restarted server continues from there."""
READ_TOGETHER_S = 50 * 8 * 3600.0
"""Machine-seconds that are read at once: more would need more memory, and leave the processor's cache."""
READERS = min(2, os.cpu_count() or 1)
"""Threads of one report: Parquet and NumPy leave the interpreter to others while they work."""


@dataclass(slots=True)
class _Line:
    """The machines of a line that a report asks for, and their known part from the beginning of the shift."""

    id: str
    question: ShiftQuestion
    part: Part | None

    @property
    def start(self) -> int:
        """The instant from which on points have to be read."""
        return _ms(self.question.shift.since) if self.part is None else self.part.until

    def add(self, part: Part) -> None:
        whole = part if self.part is None else joined(self.part, part, self.question.micro_stop_s)
        self.part = whole


@dataclass(frozen=True, slots=True)
class _Kept:
    """The finished part of a shift for these machines; each has its row."""

    places: dict[str, int]
    part: Part

    def of(self, question: ShiftQuestion) -> Part | None:
        """The part for the question's machines; None if some are missing, or if it goes beyond the question's time."""
        places = [self.places.get(each.key, -1) for each in question.machines]
        if min(places, default=0) < 0 or self.part.until > _ms(question.until):
            return None
        return self.part.of(places)


class ShiftReports:
    """Reports of shifts, for several threads.

    The finished part of a shift is read from the history once. It is kept by line and by settings: in memory, and in
    ``sums``, where it is stored regularly while the shift lasts and once more when it is over.
    """

    def __init__(
        self, reader: Reader, sums: ShiftSums | None = None, *, stored_every_s: float = STORED_EVERY_S
    ) -> None:
        self._reader = reader
        self._sums = sums
        self._stored_every_ms = _ms(stored_every_s)
        self._stored_until: dict[tuple[str, bytes], int] = {}
        self._kept: OrderedDict[bytes, dict[str, _Kept]] = OrderedDict()
        self._lock = Lock()
        self._rewritten = 0
        """Counts calls of `forget`: data that was read before the last one is not kept."""

    def report(self, question: ShiftQuestion, now: float) -> ShiftReport:
        """Raises `RequestError` if it would take too long; the next try continues with the data that was read."""
        settings, rewritten, deadline = settings_of(question), self._rewritten, time.monotonic() + WITHIN_S
        lines = [
            _Line(line, mine, self._known(line, mine, settings, rewritten))
            for line, mine in _by_line(question).items()
        ]
        until = _ms(question.until)
        over = min(until, min(_ms(now), self._reader.recorded_until_ms) - _ms(OVER_AFTER_S))
        groups = [*_together([each for each in lines if each.part is None or each.start < until], until)]
        read = partial(self._parts, question, over=over, until=until, deadline=deadline)
        with ThreadPoolExecutor(READERS, "shift") as pool:
            for group, parts in zip(groups, pool.map(read, groups), strict=True):
                for part in parts:
                    _add(group, part)
                    if part.since < part.until <= over:
                        for line in group:
                            self._keep(line, settings, rewritten)
        return _report_of(question, lines)

    def _parts(
        self, question: ShiftQuestion, lines: list[_Line], *, over: int, until: int, deadline: float
    ) -> list[Part]:
        """Reads the missing parts of these lines: the finished part, which is kept, and the rest."""
        if time.monotonic() > deadline:
            raise too_much(f"this takes longer than {WITHIN_S:.0f} s")
        start, joint = lines[0].start, _joint(question, lines)
        points = _read(self._reader, joint, start)
        edges = [start, over, until] if start < over < until else [start, until]
        return [part_of(joint, points, begin, end) for begin, end in pairwise(edges)]

    def forget(self, since_ms: int) -> None:
        """Call this before points from this instant on are written; each point holds until the next. Raises
        `StorageError`.
        """
        with self._lock:
            self._rewritten += 1
            self._kept.clear()
            self._stored_until.clear()
            if self._sums is not None:
                self._sums.remove(since_ms)

    def _known(self, line: str, question: ShiftQuestion, settings: bytes, rewritten: int) -> Part | None:
        """The kept part that includes these machines; none that goes beyond the time asked for."""
        with self._lock:
            kept = self._kept.get(settings, {}).get(line)
            if kept is not None:
                self._kept.move_to_end(settings)
        found = None if kept is None else kept.of(question)
        until = _ms(question.shift.until)
        is_over = _ms(question.until) >= until
        if self._sums is None or (found and (found.until == until or not is_over)):
            return found
        stored = self._sums.last(line, _ms(question.shift.since), _ms(question.until), settings)
        if stored is None or (found and stored[1].until <= found.until):
            return found
        kept = _Kept({key: place for place, key in enumerate(stored[0])}, stored[1])
        if (whole := kept.of(question)) is not None:
            with self._lock:
                if rewritten == self._rewritten:
                    self._remember(line, settings, kept)
                    self._stored_until[line, settings] = kept.part.until
        return whole or found

    def _keep(self, line: _Line, settings: bytes, rewritten: int) -> None:
        assert line.part is not None
        keys = [each.key for each in line.question.machines]
        kept = _Kept({key: place for place, key in enumerate(keys)}, line.part)
        with self._lock:
            known = self._kept.get(settings, {}).get(line.id)
            if rewritten != self._rewritten or (known and self._is_better(known, kept)):
                return
            self._remember(line.id, settings, kept)
            if self._sums is not None and self._is_to_be_stored(line, settings):
                try:
                    self._sums.put(line.id, settings, keys, line.part)
                except (OSError, StorageError) as error:
                    print(f"a shift's sums are not stored: {error}", file=sys.stderr)
                self._stored_until[line.id, settings] = line.part.until

    def _is_better(self, known: _Kept, found: _Kept) -> bool:
        """Whether the kept part has these machines and more, and goes nearly as far, because the question is from
        somebody who sees fewer machines.
        """
        has_more = len(known.places) > len(found.places) and known.places.keys() >= found.places.keys()
        return has_more and found.part.until - known.part.until < self._stored_every_ms

    def _is_to_be_stored(self, line: _Line, settings: bytes) -> bool:
        assert line.part is not None
        shift, until = line.question.shift, line.part.until
        last = self._stored_until.get((line.id, settings), _ms(shift.since))
        return until == _ms(shift.until) or until - last >= self._stored_every_ms

    def _remember(self, line: str, settings: bytes, kept: _Kept) -> None:
        self._kept.setdefault(settings, {})[line] = kept
        self._kept.move_to_end(settings)
        while len(self._kept) > KEPT:
            forgotten, lines = self._kept.popitem(last=False)
            for each in lines:
                self._stored_until.pop((each, forgotten), None)


def _add(lines: list[_Line], part: Part) -> None:
    first = 0
    for line in lines:
        count = len(line.question.machines)
        line.add(part.of(range(first, first + count)))
        first += count


def _by_line(question: ShiftQuestion) -> dict[str, ShiftQuestion]:
    members: dict[str, list[ShiftMachine]] = {}
    for each in question.machines:
        members.setdefault(each.line, []).append(each)
    return {line: msgspec.structs.replace(question, machines=tuple(each)) for line, each in members.items()}


def _joint(question: ShiftQuestion, lines: Sequence[_Line]) -> ShiftQuestion:
    machines = tuple(each for line in lines for each in line.question.machines)
    return msgspec.structs.replace(question, machines=machines)


def _together(lines: Sequence[_Line], until: int) -> Iterator[list[_Line]]:
    """Lines that begin at the same instant, as many as may be read at once."""
    for start, group in groupby(sorted(lines, key=lambda each: each.start), key=lambda each: each.start):
        together: list[_Line] = []
        machines = 0
        for line in group:
            count = len(line.question.machines)
            if together and (machines + count) * (until - start) > READ_TOGETHER_S * 1000:
                yield together
                together, machines = [], 0
            together.append(line)
            machines += count
        yield together


def _report_of(question: ShiftQuestion, lines: Sequence[_Line]) -> ShiftReport:
    """The report, with the machines in the order of the question."""
    tallies: dict[str, Tally] = {}
    for line in lines:
        assert line.part is not None
        tallies |= {each.machine.key: each for each in tallies_of_part(line.question, line.part)}
    return report_of(question, [tallies[each.key] for each in question.machines])


def shift_report(reader: Reader, question: ShiftQuestion) -> ShiftReport:
    """A report that is read at once, without keeping anything. Raises `RequestError` if it would take too long."""
    return report_of(question, tallies_of(question, _read(reader, question, _ms(question.shift.since))))


def tallies_of(question: ShiftQuestion, read: PointsRead) -> list[Tally]:
    """The states, stops and counts of each machine. ``read`` numbers status, cause and counters, each of all machines
    in their order.
    """
    since, until = _ms(question.shift.since), _ms(question.until)
    return tallies_of_part(question, part_of(question, read, since, until))


def _read(reader: Reader, question: ShiftQuestion, start_ms: int) -> PointsRead:
    fields = ("status", "cause", *question.counters)
    signals = tuple(Signal(each.key, field, each.line) for field in fields for each in question.machines)
    return reader.points(HistoryQuery(signals, question.counters, start_ms / 1000, question.until))


def settings_of(question: ShiftQuestion) -> bytes:
    basis = (
        question.shift,
        question.states,
        question.micro_stop_s,
        (question.total, question.good, question.scrap),
    )
    return hashlib.sha256(msgspec.msgpack.encode(basis)).digest()


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
