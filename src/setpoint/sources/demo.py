"""The common part of the demo's servers: a simulated plant that runs by the clock and takes writes.

``setpoint demo --opcua``, ``--sparkplug`` and ``--modbus`` put it behind a real protocol, so that the real sources have
something to talk to. Each protocol's own server is in its package.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from setpoint.contract.values import Value
from setpoint.core.plant import Answer, Report, Write, WriteAnswer
from setpoint.sources.supervision import end_by_force, stop_within

ANSWER_WITHIN_S = 2.8


class Happened(Protocol):
    """The reports of simulated machines."""

    @property
    def reports(self) -> Sequence[Report]: ...
    @property
    def answers(self) -> Sequence[WriteAnswer]: ...


class Simulated(Protocol):
    """The plant to serve: `setpoint.sources.simulator.Simulation`, or another one that gets the time as an argument."""

    @property
    def next_ms(self) -> int: ...
    def advance(self, now_ms: int, at: float) -> Happened: ...
    def write(self, writes: Sequence[Write], now_ms: int) -> None: ...
    def inject(self, machine: str, status: str | None) -> None: ...
    def inject_fault(self, machine: str, fault: str | None) -> None: ...


class FrozenError(Exception):
    """The machine does not answer; a write to it lands when it thaws."""


class DemoPlayer:
    """Runs a simulated plant. ``on_reports`` gets its machines' reports; ``frozen`` are the machines that send none."""

    def __init__(self, simulation: Simulated, on_reports: Callable[[Sequence[Report]], None]) -> None:
        self.frozen: set[str] = set()
        self._simulation = simulation
        self._on_reports = on_reports
        self._wake = asyncio.Event()
        self._started_at = time.monotonic()
        self._waiting: dict[str, asyncio.Future[WriteAnswer]] = {}
        self._transactions = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Every machine has reported every field once when this returns."""
        self._advance()
        self._task = asyncio.create_task(self._play(), name="demo plant")

    async def stop(self) -> None:
        if self._task is not None:
            end_by_force(await stop_within([self._task], "the demo plant"))
            self._task = None

    def inject(self, machine: str, status: str | None) -> None:
        """Asserts a critical status in the simulator; None clears all."""
        self._simulation.inject(machine, status)
        self._wake.set()

    def inject_fault(self, machine: str, fault: str | None) -> None:
        self._simulation.inject_fault(machine, fault)
        if fault == "freeze":
            self.frozen.add(machine)
        else:
            self.frozen.discard(machine)
        self._wake.set()

    async def write(self, machine: str, field: str, value: Value) -> str:
        """Why the controller refuses the write; empty if it accepts it. Raises `FrozenError`."""
        self._transactions += 1
        tx_id = str(self._transactions)
        self._simulation.write([Write(tx_id, machine, field, value)], self._now_ms())
        if machine in self.frozen:
            raise FrozenError
        self._waiting[tx_id] = waiting = asyncio.get_running_loop().create_future()
        self._wake.set()
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                answer = await waiting
        except TimeoutError as error:
            raise FrozenError from error
        finally:
            del self._waiting[tx_id]
        return "" if answer.answer is Answer.TAKEN else answer.message or "the controller refuses"

    def _now_ms(self) -> int:
        return int((time.monotonic() - self._started_at) * 1000)

    async def _play(self) -> None:
        while True:
            self._wake.clear()
            wait_s = max((self._simulation.next_ms + 1 - self._now_ms()) / 1000, 0.001)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            self._advance()

    def _advance(self) -> None:
        happened = self._simulation.advance(self._now_ms(), time.time())
        for answer in happened.answers:
            waiting = self._waiting.get(answer.tx_id)
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)
        self._on_reports(happened.reports)
