"""The simulated plant as a state machine: instants and writes go in, reports and answers come out.

It has no clock and no loop, and its randomness comes from its seed. `Simulation.advance` gets the time and returns what
has happened until then; `Simulation.next_ms` returns when something will happen next. `source` runs it on the event
loop. A test or a deterministic simulation runs it with its own clock and sees the same plant.

A write is handled as by a controller: some milliseconds later it is answered with ``taken`` or ``refused`` (out of
range, or a critical status holds), and the next report has the accepted set-point. A *frozen* machine sends nothing. A
write to it is answered with ``unknown`` after three seconds, and still lands when the machine thaws.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import heapify, heappop, heappush
from itertools import count
from random import Random

from setpoint.contract.values import CRITICAL_OVERRIDES, Value, is_critical
from setpoint.core.plant import Answer, Field, Report, Write, WriteAnswer
from setpoint.errors import MisuseError
from setpoint.sources.mapping.writes import may_land, no_answer
from setpoint.sources.simulator.machine import Layout, SimulatedMachine
from setpoint.sources.simulator.settings import SimulatorSettings
from setpoint.sources.wording import words

ANSWER_WITHIN_MS = 3_000
SIGN_OF_LIFE_MS = 1_000
_ANSWERS_AFTER_MS = (4, 40)
_ANSWERS_SLOWLY_AFTER_MS = (1_500, 2_500)
_NO_ANSWER = may_land(no_answer())
_MAX_SWALLOWED = 1_000
"""The writes that a frozen machine keeps until it thaws. Further writes never land, as if a queue were full."""
_CAUSE = "set from the simulator"
_MACHINES_A_SLICE = 200
_ANSWERS_A_CALL = 300


class Fault(StrEnum):
    """The faults of simulated machines: send nothing, refuse every write, answer late."""

    FREEZE = "freeze"
    REFUSE = "refuse"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Happened:
    """The answers and reports of the machines. Answers come before the reports of the same instant."""

    reports: list[Report]
    answers: list[WriteAnswer]


class Simulation:
    """All machines of one simulator.

    They report every ``interval_ms``, but not all at the same instant: many machines are divided into slices that take
    turns, so that no call of `advance` lasts long. The first call reports every field of every machine.
    """

    def __init__(
        self,
        machines: Sequence[str],
        fields: Sequence[Field],
        settings: SimulatorSettings,
        *,
        now_ms: int = 0,
    ) -> None:
        layout = Layout.of(fields)
        stops = settings.stops
        self._fields = {each.name: each for each in fields}
        self._machines = {
            key: SimulatedMachine(
                key,
                layout,
                Random(f"{settings.seed}:{key}"),
                now_ms=now_ms,
                fault_every_ms=settings.fault_every_s * 1000 * len(machines) if stops else None,
                hold_every_ms=settings.hold_every_s * 1000 if stops else None,
            )
            for key in machines
        }
        self._random = Random(f"{settings.seed}:answers")
        self._interval_ms = settings.interval_ms
        self._slices: deque[_Slice] = deque()
        everyone = list(self._machines.values())
        slices = max(1, min(settings.interval_ms // 25, -(-len(everyone) // _MACHINES_A_SLICE)))
        for index in range(slices):
            due_ms = now_ms + index * settings.interval_ms // slices
            self._slices.append(_Slice(everyone[index::slices], now_ms, due_ms))
        self._spoke_ms = dict.fromkeys(self._machines, now_ms - SIGN_OF_LIFE_MS)
        self._faults: dict[str, Fault] = {}
        self._queue: list[tuple[int, int, Write]] = []
        self._order = count()
        self._unanswered: list[tuple[int, int, Write]] = []
        self._swallowed: dict[str, list[Write]] = {}
        self._urgent: dict[str, None] = dict.fromkeys(self._machines)

    def begin_with(self, set_points: Mapping[str, Mapping[str, Value]]) -> None:
        """The set-points of these machines, by machine and field, before anything is reported."""
        for machine, fields in set_points.items():
            self._machine(machine).begin_with(fields)

    @property
    def machines(self) -> tuple[str, ...]:
        return tuple(self._machines)

    @property
    def next_ms(self) -> int:
        """When `advance` will return something next. May be in the past."""
        if self._urgent:
            return 0
        due_ms = self._slices[0].due_ms
        if self._queue:
            due_ms = min(due_ms, self._queue[0][0])
        if self._unanswered:
            due_ms = min(due_ms, self._unanswered[0][0])
        return due_ms

    def advance(self, now_ms: int, at: float, *, slices: int | None = None) -> Happened:
        """Everything that happened until ``now_ms``; ``at`` is the same instant as Unix seconds.

        ``slices`` limits how many due slices this call handles, and with them the answers, so that a late call does
        not last long; the others stay due.
        """
        happened = Happened([], [])
        most = len(self._queue) if slices is None else _ANSWERS_A_CALL
        while self._queue and self._queue[0][0] <= now_ms and most > 0:
            self._take(heappop(self._queue)[2], now_ms, happened.answers)
            most -= 1
        while self._unanswered and self._unanswered[0][0] <= now_ms:
            write = heappop(self._unanswered)[2]
            happened.answers.append(_answer(write, Answer.UNKNOWN, _NO_ANSWER))
        for key in self._urgent:
            self._report(self._machines[key], now_ms, at, happened.reports)
        self._urgent.clear()
        for _ in range(len(self._slices) if slices is None else slices):
            if self._slices[0].due_ms > now_ms:
                break
            due = self._slices.popleft()
            elapsed_ms, due.stepped_ms = now_ms - due.stepped_ms, now_ms
            for machine in due.machines:
                machine.step(now_ms, elapsed_ms)
                self._report(machine, now_ms, at, happened.reports)
            # A late call does not catch up: the next turn is on the same grid, in the future.
            due.due_ms += (1 + (now_ms - due.due_ms) // self._interval_ms) * self._interval_ms
            self._slices.append(due)
        return happened

    def write(self, writes: Sequence[Write], now_ms: int) -> None:
        """The writes arrive at the controllers; a later `advance` returns the answers."""
        for write in writes:
            is_slow = self._faults.get(write.machine) is Fault.SLOW
            delay_ms = self._random.randint(*(_ANSWERS_SLOWLY_AFTER_MS if is_slow else _ANSWERS_AFTER_MS))
            heappush(self._queue, (now_ms + delay_ms, next(self._order), write))

    def unanswered(self) -> list[Write]:
        """The writes without an answer; for a source that stops."""
        return [write for _, _, write in (*self._queue, *self._unanswered)]

    def inject(self, machine: str, status: str | None, cause: str = _CAUSE) -> None:
        """Asserts a critical status, or with None clears all of them. The machine reports it at once."""
        found = self._machine(machine)
        if status is None:
            found.clear()
        elif is_critical(status):
            found.assert_status(status, cause)
        else:
            raise MisuseError(
                f"the simulator does not know {status!r}; give {', '.join(CRITICAL_OVERRIDES)}, or null to clear",
                code="unknown_status",
            )
        self._urgent[machine] = None

    def inject_fault(self, machine: str, fault: str | None) -> None:
        """Makes a machine freeze, refuse or answer slowly. None ends the fault; writes kept while frozen then land."""
        found = self._machine(machine)
        if fault is not None and fault not in tuple(Fault):
            raise MisuseError(
                f"the simulator does not know {fault!r}; give {', '.join(Fault)}, or null for none",
                code="unknown_fault",
            )
        was_frozen = self._faults.pop(machine, None) is Fault.FREEZE
        if fault is not None:
            self._faults[machine] = Fault(fault)
        if was_frozen and fault != Fault.FREEZE:
            self._thaw(found)

    def _thaw(self, machine: SimulatedMachine) -> None:
        """Handles the writes that arrived while it was frozen. They are answered, or land late if nobody waits."""
        waiting = {id(write) for _, _, write in self._unanswered}
        swallowed = self._swallowed.pop(machine.key, [])
        for write in swallowed:
            if id(write) in waiting:
                heappush(self._queue, (0, next(self._order), write))
            elif self._refusal(write) is None:
                machine.accept(write.field, write.value)
        gone = {id(write) for write in swallowed}
        self._unanswered = [entry for entry in self._unanswered if id(entry[2]) not in gone]
        heapify(self._unanswered)
        machine.forget_reported()
        self._urgent[machine.key] = None

    def _machine(self, machine: str) -> SimulatedMachine:
        found = self._machines.get(machine)
        if found is None:
            raise MisuseError(
                f"machine {machine!r} is not simulated; give one of the plant, such as {next(iter(self._machines))}",
                code="unknown_machine",
            )
        return found

    def _report(self, machine: SimulatedMachine, now_ms: int, at: float, reports: list[Report]) -> None:
        key = machine.key
        if self._faults.get(key) is Fault.FREEZE:
            return
        values = machine.changes()
        if values or now_ms - self._spoke_ms[key] >= SIGN_OF_LIFE_MS:
            self._spoke_ms[key] = now_ms
            reports.append(Report(key, values, at))

    def _take(self, write: Write, now_ms: int, answers: list[WriteAnswer]) -> None:
        if self._faults.get(write.machine) is Fault.FREEZE:
            swallowed = self._swallowed.setdefault(write.machine, [])
            if len(swallowed) < _MAX_SWALLOWED:
                swallowed.append(write)
            heappush(self._unanswered, (now_ms + ANSWER_WITHIN_MS, next(self._order), write))
            return
        refusal = self._refusal(write)
        if refusal is None:
            self._machines[write.machine].accept(write.field, write.value)
            answers.append(_answer(write, Answer.TAKEN, ""))
        else:
            answers.append(_answer(write, Answer.REFUSED, refusal))

    def _refusal(self, write: Write) -> str | None:
        machine, field = self._machines.get(write.machine), self._fields.get(write.field)
        if machine is None or field is None:
            return words("words-simulator-has-no", field=write.field, machine=write.machine)
        if self._faults.get(write.machine) is Fault.REFUSE:
            return words("words-controller-refuses-every-write")
        if machine.critical_status is not None:
            return words("words-controller-refuses-while", status=machine.critical_status)
        return field.refuse(write.value)


@dataclass(slots=True)
class _Slice:
    machines: list[SimulatedMachine]
    stepped_ms: int
    due_ms: int


def _answer(write: Write, answer: Answer, message: str) -> WriteAnswer:
    return WriteAnswer(write.tx_id, write.machine, write.field, answer, message)
