"""The machines of a simulated plant. Their controllers have the faults of real ones, and their log is always right.

The log holds every write that took effect, with its txId, and every stop. The laws compare the server's outcomes with
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from tests.simulation.clock import WALL_AT_START, Clock

from setpoint.contract.values import Value, is_critical
from setpoint.core.plant import Answer, Plant, Report, Write, WriteAnswer

REPORT_EVERY_MS = 250
ANSWER_MS = (5, 120)
SLOW_MS = (2_500, 9_000)
LAND_MS = (5, 400)


@dataclass(frozen=True, slots=True)
class LandedWrite:
    """A write that the server sent at ``sent_ms`` and that took effect at ``at_ms``."""

    at_ms: int
    sent_ms: int
    write: Write


@dataclass
class Machine:
    """One machine and its controller.

    ``last_report`` holds the values that it last reported. ``waiting`` holds the writes that came while it was frozen.
    """

    key: str
    set_points: dict[str, Value]
    speed: float = 0.0
    status: str = "RUNNING"
    is_frozen: bool = False
    is_slow: bool = False
    refuses: bool = False
    resets_in_ms: int | None = None
    """The time after which the controller undoes a write; None if it does not."""
    last_report: dict[str, Value] = field(default_factory=dict)
    waiting: list[tuple[int, Write]] = field(default_factory=list)
    is_new: bool = True

    def values(self) -> dict[str, Value]:
        cause = "simulated" if is_critical(self.status) else None
        return {**self.set_points, "speed": round(self.speed), "status": self.status, "cause": cause}

    def take_changes(self) -> dict[str, Value]:
        """Returns the values that differ from the last report, and counts them as reported."""
        values, last = self.values(), self.last_report
        if values == last:
            return {}
        self.last_report = values
        changed = {name: value for name, value in values.items() if last.get(name, ...) != value}
        if "status" in changed:
            changed["cause"] = values["cause"]  # a new status needs its cause, even if the cause is the same
        return changed


class Floor:
    """All machines. ``report`` and ``answer`` pass data to the server. They are None while no server listens."""

    def __init__(self, clock: Clock, plant: Plant) -> None:
        self.clock = clock
        self.machines = {
            key: Machine(key, {"targetSpeed": 1000.0, "mode": "RUN"}, speed=1000.0) for key in plant.machines
        }
        self.landed: list[LandedWrite] = []
        self.reported: set[tuple[str, str, Value]] = set()
        self.report: Callable[[Sequence[Report]], None] | None = None
        self.answer: Callable[[Sequence[WriteAnswer]], None] | None = None
        clock.after(REPORT_EVERY_MS, self._tick)

    # What people and chance do to machines

    def set_status(self, key: str, status: str) -> None:
        """Sets a machine's status. A stop sets the target speed to 0, so that a reset does not restart the machine."""
        machine = self.machines[key]
        machine.status = status
        if is_critical(status):
            machine.set_points["targetSpeed"] = 0.0
        self._report([machine])

    def turn_by_hand(self, key: str, name: str, value: Value) -> None:
        """An operator changes a set-point at the machine's panel."""
        self.machines[key].set_points[name] = value
        self._report([self.machines[key]])

    def thaw(self, key: str) -> None:
        machine = self.machines[key]
        machine.is_frozen = False
        waiting, machine.waiting = machine.waiting, []
        for sent_ms, write in waiting:
            self._land(sent_ms, write)
        self._report([machine])

    def restart(self, key: str) -> None:
        """Turns the machine off and on. It loses open writes and reports every value again."""
        machine = self.machines[key]
        machine.is_frozen = False
        machine.waiting = []
        machine.last_report = {}
        self._report([machine])

    # What the server does

    def write(self, writes: Iterable[Write]) -> None:
        now_ms = self.clock.now_ms
        for write in writes:
            machine = self.machines[write.machine]
            low, high = SLOW_MS if machine.is_slow else ANSWER_MS
            delay_ms = self.clock.between(low, high)
            self.clock.after(delay_ms, partial(self._arrive, now_ms, write))

    def _arrive(self, sent_ms: int, write: Write) -> None:
        machine = self.machines[write.machine]
        if machine.is_frozen:
            machine.waiting.append((sent_ms, write))
            return
        refused = machine.refuses or is_critical(machine.status)
        answer = Answer.REFUSED if refused else Answer.TAKEN
        if not refused:
            self.clock.after(self.clock.between(*LAND_MS), lambda: self._land(sent_ms, write))
        self._answer(WriteAnswer(write.tx_id, write.machine, write.field, answer, "no" if refused else ""))

    def _land(self, sent_ms: int, write: Write) -> None:
        machine = self.machines[write.machine]
        if machine.is_frozen:
            machine.waiting.append((sent_ms, write))
            return
        if is_critical(machine.status):
            return
        before = machine.set_points[write.field]
        machine.set_points[write.field] = write.value
        self.landed.append(LandedWrite(self.clock.now_ms, sent_ms, write))
        if machine.resets_in_ms is not None:
            self.clock.after(
                machine.resets_in_ms, lambda: self.turn_by_hand(write.machine, write.field, before)
            )

    # What the server receives

    def listen(
        self,
        report: Callable[[Sequence[Report]], None] | None,
        answer: Callable[[Sequence[WriteAnswer]], None] | None,
    ) -> None:
        """Connects a server, to which every machine reports everything, or disconnects it."""
        self.report, self.answer = report, answer
        for machine in self.machines.values():
            machine.last_report = {}
        self._report(self.machines.values())

    def begin(self, keys: Iterable[str]) -> None:
        """A source begins to serve these machines. They report every value."""
        for key in keys:
            self.machines[key].last_report = {}
        self._report([self.machines[key] for key in keys])

    def _tick(self) -> None:
        for machine in self.machines.values():
            target = machine.set_points["targetSpeed"]
            goal = float(target) if isinstance(target, (int, float)) and machine.status == "RUNNING" else 0.0
            machine.speed += (goal - machine.speed) * 0.3
        self._report(self.machines.values())
        self.clock.after(REPORT_EVERY_MS, self._tick)

    def _report(self, machines: Iterable[Machine]) -> None:
        if self.report is None:
            return
        reports, at = [], WALL_AT_START + self.clock.now_ms / 1000
        for machine in machines:
            if not machine.is_frozen:
                changed = machine.take_changes()
                if changed and not machine.set_points.keys().isdisjoint(changed):
                    self.reported.update((machine.key, *each) for each in machine.set_points.items())
                reports.append(Report(machine.key, changed, at))
        if reports:
            self.report(reports)

    def _answer(self, answer: WriteAnswer) -> None:
        if self.answer is not None:
            self.answer([answer])
