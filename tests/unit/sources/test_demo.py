"""The plant behind the demo's servers ends on request."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs

from setpoint.core.plant import Report, Write, WriteAnswer
from setpoint.sources.demo import DemoPlayer


@dataclass
class IdlePlant:
    """A plant in which nothing happens. It is due again in an hour."""

    reports: Sequence[Report] = ()
    answers: Sequence[WriteAnswer] = ()
    next_ms: int = 3_600_000

    def advance(self, now_ms: int, at: float) -> IdlePlant:
        return self

    def write(self, writes: Sequence[Write], now_ms: int) -> None: ...
    def inject(self, machine: str, status: str | None) -> None: ...
    def inject_fault(self, machine: str, fault: str | None) -> None: ...


@pytest.mark.parametrize("turns", range(5))
async def test_a_stop_that_meets_news_of_a_machine_ends_the_player(turns: int) -> None:
    player = DemoPlayer(IdlePlant(), lambda _: None)
    player.start()
    await asyncio.sleep(0.01)
    player.inject("m_401", None)
    for _ in range(turns):
        await asyncio.sleep(0)
    with capture_logs() as logged:
        await player.stop()
    assert logged == []
