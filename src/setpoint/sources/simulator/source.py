"""Runs a `Simulation` on the event loop with a timer for its next instant.

The model keeps the promises of a source (`setpoint.sources.base`); this shell adds the clock.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

import structlog

from setpoint.contract.values import Value
from setpoint.core.plant import Answer, Field, Machine, Write, WriteAnswer
from setpoint.errors import MisuseError
from setpoint.sources.base import Capability, Finding, Sink
from setpoint.sources.mapping.writes import may_land
from setpoint.sources.simulator.model import Simulation
from setpoint.sources.simulator.settings import SimulatorSettings
from setpoint.sources.supervision import FIRST_AGAIN_AFTER_S, LogLimiter
from setpoint.sources.wording import words

log = structlog.get_logger("setpoint.simulator")


class SimulatorSource:
    """A `Source` of simulated machines. `inject` and `inject_fault` cause stops and faults."""

    capability = Capability(quality=False)

    def __init__(
        self,
        machines: Sequence[Machine],
        fields: Sequence[Field],
        settings: SimulatorSettings | None = None,
    ) -> None:
        self._keys = [machine.key for machine in machines]
        self._fields = fields
        self._settings = settings or SimulatorSettings()
        self._simulation = Simulation(self._keys, fields, self._settings)
        self._limiter = LogLimiter()
        self._sink: Sink | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._started_at = 0.0

    def begin_with(self, set_points: Mapping[str, Mapping[str, Value]]) -> None:
        """The set-points that the machines have when they start, by machine and field. Others have their own."""
        mine = {key: set_points[key] for key in self._keys if key in set_points}
        self._simulation.begin_with(mine)

    async def start(self, sink: Sink) -> None:
        """Every machine reports all its fields before this returns, and its changes after that."""
        self._sink = sink
        self._loop = asyncio.get_running_loop()
        self._started_at = self._loop.time()
        self._play()

    async def write(self, writes: Sequence[Write]) -> None:
        if self._sink is None:
            raise MisuseError("the simulator is not running; start it before writing")
        self._simulation.write(writes, self._now_ms())
        self._set_timer()

    async def stop(self) -> None:
        sink, self._sink = self._sink, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if sink is not None and (left := self._simulation.unanswered()):
            message = may_land(words("words-stopped-before-answer"))
            sink.answered(
                [WriteAnswer(each.tx_id, each.machine, each.field, Answer.UNKNOWN, message) for each in left]
            )

    async def probe(self) -> Sequence[Finding]:
        """The first report of every machine, from a separate simulation."""
        happened = Simulation(self._keys, self._fields, self._settings).advance(0, time.time())
        return [
            Finding(report.machine, field.name, "simulated", field.type.value, report.values.get(field.name),
                    report.quality, field.is_writable)
            for report in happened.reports
            for field in self._fields
        ]  # fmt: skip

    def inject(self, machine: str, status: str | None) -> None:
        """Asserts a critical status, or clears all with None. The machine reports it before this returns."""
        self._simulation.inject(machine, status)
        self._play()

    def inject_fault(self, machine: str, fault: str | None) -> None:
        """``freeze``, ``refuse``, ``slow``, or None to end the fault."""
        self._simulation.inject_fault(machine, fault)
        self._play()

    def _now_ms(self) -> int:
        assert self._loop is not None
        return int((self._loop.time() - self._started_at) * 1000)

    def _play(self) -> None:
        if self._sink is None:
            return
        try:
            happened = self._simulation.advance(self._now_ms(), time.time(), slices=1)
            if happened.answers:
                self._sink.answered(happened.answers)
            if happened.reports:
                self._sink.reported(happened.reports)
        except Exception:
            # The plant keeps running if one step fails.
            self._limiter.say(log.exception, "simulator.failed")
            self._set_timer(at_least_s=FIRST_AGAIN_AFTER_S)
        else:
            self._set_timer()

    def _set_timer(self, *, at_least_s: float = 0.0) -> None:
        assert self._loop is not None
        if self._timer is not None:
            self._timer.cancel()
        due = self._started_at + (self._simulation.next_ms + 1) / 1000.0
        self._timer = self._loop.call_at(max(due, self._loop.time() + at_least_s), self._play)
