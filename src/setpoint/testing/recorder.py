"""A sink that records everything that a source reports, and lets a test wait for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Answer, Report, Write, WriteAnswer
from setpoint.testing.patience import patient


class Recorder:
    """A `Sink` for tests. ``state`` is the sum of all reports, as in the hub."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.answers: list[WriteAnswer] = []
        self.arrived: list[float] = []
        """When each report arrived, in monotonic seconds."""
        self.state: dict[str, dict[str, Value]] = {}
        self.quality: dict[str, Quality] = {}
        self.reason: dict[str, str] = {}
        self.stops: dict[str, str] = {}
        """Machines whose waiting writes are voided, and why."""
        self._news = asyncio.Event()

    def reported(self, reports: Sequence[Report], /) -> None:
        """Keeps the reports and wakes whoever waits for them."""
        for report in reports:
            self.reports.append(report)
            self.arrived.append(time.monotonic())
            self.state.setdefault(report.machine, {}).update(report.values)
            self.quality[report.machine] = report.quality
            self.reason[report.machine] = report.reason
        self._news.set()

    def answered(self, answers: Sequence[WriteAnswer], /) -> None:
        """Keeps the answers and wakes whoever waits for them."""
        self.answers.extend(answers)
        self._news.set()

    def voided(self, write: Write, /) -> str | None:
        """Why the write must not leave: the entry of its machine in ``stops``."""
        return self.stops.get(write.machine)

    async def until(self, holds: Callable[[], bool], *, within_s: float = 5.0, why: str = "") -> float:
        """Waits until ``holds`` returns true, and returns the seconds that it took.

        After ``within_s``, or longer on a busy machine, raises AssertionError with everything that was recorded.
        """
        begun = time.monotonic()
        deadline = begun + patient(within_s)
        while not holds():
            self._news.clear()
            left_s = deadline - time.monotonic()
            try:
                # Checked from time to time as well, because the condition may not depend on a report.
                async with asyncio.timeout(min(max(left_s, 0), 0.1)):
                    await self._news.wait()
            except TimeoutError:
                if time.monotonic() >= deadline:
                    raise AssertionError(
                        f"not within {within_s:g} s{': ' if why else ''}{why}\n{self.story()}"
                    ) from None
        return time.monotonic() - begun

    def answer(self, tx_id: str, field: str | None = None) -> Answer | None:
        """The answer to a write; None before there is one."""
        for each in self.answers:
            if each.tx_id == tx_id and field in (None, each.field):
                return each.answer
        return None

    def said(self, machine: str, field: str) -> list[Value]:
        """Every reported value of a field, in order."""
        return [
            each.values[field] for each in self.reports if each.machine == machine and field in each.values
        ]

    def story(self) -> str:
        """The current state and the last reports, for a person who reads a failed test."""
        lines = [f"{key}: {self.quality[key]} {values}" for key, values in sorted(self.state.items())]
        lines += [f"answer {each}" for each in self.answers[-10:]]
        return "\n".join([*lines[:20], *(f"report {each}" for each in self.reports[-10:])])
