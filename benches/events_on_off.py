"""The effect of events and alarms on the urgent lane and on commits: the same work with and without them.

A part of `benches.events`. Urgent: 1,000 machines report, one of them a stop. The bench measures the time until the
engine has made the frame with the stop. Commit: the database stores one batch after another, and 167 events five times
a second, or none. Both cases take turns, so that other work on the machine meets both.
"""

from __future__ import annotations

import asyncio
import statistics
import time
import uuid
from contextlib import suppress
from pathlib import Path

from setpoint.contract.http.machines import Event, EventKind
from setpoint.contract.live import Outcome
from setpoint.contract.topics import DASHBOARD
from setpoint.core.commands.effects import RecordBatch
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.engine import Engine, Reported
from setpoint.core.events import EventChanges
from setpoint.core.plant import WHOLE_PLANT, Person, Report, Role, demo_plant
from setpoint.persistence.memory import MemoryPersistence
from setpoint.persistence.sql import SqlPersistence
from setpoint.runtime.event_monitor import EventMonitor

MACHINES = 1_000
EVENTS_A_SECOND = MACHINES * 10 // 60


class _Plant:
    """An engine with one listener to the plant, and optionally an event monitor."""

    def __init__(self, *, is_on: bool) -> None:
        plant = demo_plant(machines=MACHINES)
        self.keys = list(plant.machines)
        self.engine: Engine[str] = Engine(plant, epoch="bench", now_ms=0)
        self.event_monitor = EventMonitor(MemoryPersistence()) if is_on else None
        if self.event_monitor is not None:
            self.event_monitor.watch(plant, self.engine.machines)
            self.engine.observe(self.event_monitor)
        self.engine.open("a", Person("anna", {WHOLE_PLANT: Role.VIEWER}), name="a", now_ms=0, ts=0.0)
        self.engine.received("a", f'{{"type":"subscribe","id":1,"topic":"{DASHBOARD}"}}', 0, 0.0)
        self.now_ms = 0

    def stop(self, turn: int) -> float:
        """Returns the seconds from a report of all machines, one of them stopped, until the frame is made."""
        self.now_ms += 1_000
        ts = self.now_ms / 1000
        status = "EMERGENCY_STOP" if turn % 2 else "RUNNING"
        reports = [
            Report(
                key,
                {
                    "speed": turn + place,
                    "temp": 40.0 + turn % 60,
                    "status": status if place == 0 else "RUNNING",
                },
                ts,
            )
            for place, key in enumerate(self.keys)
        ]
        self.engine.touch("a", self.now_ms)
        began = time.perf_counter()
        self.engine.handle(Reported(reports), self.now_ms, ts)
        took = time.perf_counter() - began
        if self.event_monitor is not None:
            for _ in range(self.event_monitor.parts):
                self.event_monitor.sample(self.now_ms, ts)
        return took


def measure_urgent(rounds: int) -> dict[str, float]:
    off, on = _Plant(is_on=False), _Plant(is_on=True)
    took: dict[str, list[float]] = {"off": [], "on": []}
    for turn in range(rounds):
        took["off"].append(off.stop(turn))
        took["on"].append(on.stop(turn))
    return _figures("urgent", took)


async def measure_commits(folder: Path, rounds: int) -> dict[str, float]:
    store = SqlPersistence(f"sqlite:///{folder / 'commits.sqlite'}", timeout_s=60)
    await store.start()
    took: dict[str, list[float]] = {"off": [], "on": []}
    try:
        for turn in range(rounds):
            name = "on" if turn % 2 else "off"
            beside = asyncio.create_task(_note(store)) if name == "on" else None
            for _ in range(20):
                took[name].append(await _commit(store))
                await asyncio.sleep(0.02)
            if beside is not None:
                beside.cancel()
                with suppress(asyncio.CancelledError):
                    await beside
    finally:
        await store.close()
    return _figures("commit", took)


async def _commit(store: SqlPersistence) -> float:
    tx_id, at = str(uuid.uuid4()), time.time()
    item = ItemRecord(tx_id, "m_401", "targetSpeed", 150, Outcome.PENDING, at, before=100, rev=1, line="01")
    began = time.perf_counter()
    await store.store([RecordBatch(BatchRecord(tx_id, "anna", at, "0" * 64, (item,)))])
    return time.perf_counter() - began


async def _note(store: SqlPersistence) -> None:
    """Stores a second's events every 200 ms: five times as many as the plant has."""
    while True:
        at = time.time()
        await store.store_events(
            EventChanges(
                tuple(
                    Event(EventKind.ALARM, f"m_{each}", at, "01", alarm="hot")
                    for each in range(EVENTS_A_SECOND)
                )
            )
        )
        await asyncio.sleep(0.2)


def _figures(what: str, took: dict[str, list[float]]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, each in took.items():
        hundredths = statistics.quantiles(each, n=100)
        figures |= {
            f"{what}_{name}_p50_ms": round(hundredths[49] * 1000, 3),
            f"{what}_{name}_p99_ms": round(hundredths[98] * 1000, 3),
        }
    return figures
