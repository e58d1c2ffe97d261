"""A plausible past for the demo: three shifts, their people, changes, faults, micro-stops, scrap.

The simulated machines run through it in simulated time, and people give them targets as shift leaders would. The
machines' reports go through a recorder as if they had been measured then; people's targets become batches.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from random import Random
from uuid import UUID

from msgspec import UNSET
from msgspec.structs import replace

from setpoint.contract.http.machines import FieldRev
from setpoint.contract.live import By, ByKind, Outcome
from setpoint.contract.values import Quality, Value
from setpoint.contract.values import Record as Values
from setpoint.core.audit.changes import Change
from setpoint.core.commands import BatchRecord, ItemRecord, RecordBatch
from setpoint.core.history import Points, Recorder, Signal, joined
from setpoint.core.plant import Answer, FieldType, Plant, Write, WriteAnswer
from setpoint.core.shifts import RecordShiftEntry, ShiftEntry
from setpoint.history.historian import Historian
from setpoint.message import message_of
from setpoint.persistence.base import Persistence
from setpoint.runtime.breakdown import HOUR, Breakdowns
from setpoint.runtime.past_events import PastEvents, store_past
from setpoint.sources.simulator.model import Simulation
from setpoint.sources.simulator.settings import SimulatorSettings

STEP_MS = 5_000
MAX_STEPS = 400_000
"""The number of steps of all machines together; a larger plant, or a longer past, is sampled less often."""
FAULT_EVERY_S, HOLD_EVERY_S = 6 * 3_600.0, 2_700.0
"""Mean intervals for one machine. A demo has more faults and holds than a real plant in a week."""
SHIFTS = ((6, "anna"), (14, "ben"), (22, "carla"))
CAUGHT_UP_S = 1.0
"""A past whose end is nearer to the present than this is complete."""
_ROUND = 50
"""Targets are multiples of this."""


@dataclass(slots=True)
class _Given:
    """A batch that some machines have not answered yet."""

    batch: BatchRecord
    items: dict[tuple[str, str], ItemRecord]
    left: int


class Past:
    """``since`` to ``until`` (Unix seconds) of a simulated plant, always the same for the same seed."""

    def __init__(self, plant: Plant, settings: SimulatorSettings, since: float, until: float) -> None:
        machines = len(plant.machines)
        step_ms = max(STEP_MS, int((until - since) * 1000 * machines / MAX_STEPS))
        self._plant, self._since, self._until, self._step_ms = plant, since, until, step_ms
        self._random = Random(f"{settings.seed}:past")
        stepping = SimulatorSettings(
            settings.seed, step_ms, settings.stops, FAULT_EVERY_S / machines, HOLD_EVERY_S
        )
        self._simulation = Simulation(list(plant.machines), plant.fields, stepping)
        nothing: Values = {each.name: None for each in plant.fields}
        nothing |= {"status": None, "cause": None, "quality": Quality.NEVER_SEEN}
        self._records: dict[str, Values] = {key: dict(nothing) for key in plant.machines}
        self._recorder = Recorder(plant, self._records, pause_ms=2 * step_ms)
        self.events = PastEvents(plant, self._records)
        self._given: dict[str, _Given] = {}
        self._revs: dict[tuple[str, str], int] = {}
        self._breakdowns = Breakdowns(plant, settings.seed)
        self._breaks_down = settings.stops
        self._now_ms, self._hour = 0, -1

    @property
    def signals(self) -> tuple[Signal, ...]:
        return self._recorder.signals

    def run(self, until: float | None = None) -> Iterator[tuple[Points, list[RecordBatch]]]:
        """Step by step: the recorded points, and the batches that got their outcomes. A call with a later ``until``
        continues.
        """
        end_ms = int(((self._until if until is None else until) - self._since) * 1000)
        while self._now_ms < end_ms:
            now_ms = self._now_ms
            ts = self._since + now_ms / 1000
            if (now := int(ts // 3600)) != self._hour:
                self._hour = now
                self._plan(ts, now_ms)
            self._break_down(ts, now_ms)
            progress = self._simulation.advance(now_ms, ts)
            ended = self._answered(progress.answers, ts)
            for report in progress.reports:
                record = self._records[report.machine]
                before = record["status"]
                record.update(report.values)
                record["quality"] = Quality.GOOD
                self.events.changed(report.machine, report.values, before, ts)
                self._recorder.changed(report.machine, (*report.values, "quality"), ts)
            self.events.sample(now_ms, ts)
            yield self._recorder.sample(now_ms, ts), ended
            self._now_ms = min(now_ms + self._step_ms, end_ms)

    def end(self) -> Points:
        """Every value once more, because it holds until the end."""
        self._recorder.restart()
        return self._recorder.sample(self._now_ms, self._since + self._now_ms / 1000)

    @property
    def set_points(self) -> dict[str, dict[str, Value]]:
        """The last reported values, by machine and field."""
        names = [each.name for each in self._plant.writable]
        return {
            key: {name: record[name] for name in names if record[name] is not None}
            for key, record in self._records.items()
        }

    @property
    def entries(self) -> list[ShiftEntry]:
        """People's entries for shifts."""
        return self._breakdowns.entries

    def _break_down(self, ts: float, now_ms: int) -> None:
        person = _on_duty(ts)

        def give(machine: str, updates: dict[str, Value], reason: str) -> None:
            if updates:
                line = self._plant.machines[machine].line
                self._give({machine: updates}, person, reason=reason, line=line, ts=ts, now_ms=now_ms)

        self._breakdowns.advance(
            ts, setpoints=self._setpoints, inject=self._simulation.inject, give=give, person=person
        )

    def _setpoints(self, machine: str) -> dict[str, Value]:
        numbers = [each.name for each in self._plant.writable if each.type is FieldType.NUMBER]
        record = self._records[machine]
        return {name: record[name] for name in numbers if record[name] is not None}

    # People

    def _plan(self, ts: float, now_ms: int) -> None:
        """At the beginning of a shift every line gets its speeds; now and then somebody corrects one. If there are
        several lines, the last one has no night shift."""
        hour = datetime.fromtimestamp(ts, UTC).hour
        person = _on_duty(ts)
        if hour == HOUR and self._breaks_down:
            self._breakdowns.plan(ts)
        begins = any(hour == at for at, _ in SHIFTS)
        for number, line in enumerate(self._plant.lines):
            rests = number == len(self._plant.lines) - 1 and len(self._plant.lines) > 1
            updates: dict[str, dict[str, Value]] = {}
            for machine in line.machines:
                if begins and rests and hour in (6, 22):
                    updates[machine.key] = {"mode": "IDLE" if hour == 22 else "RUN"}
                if begins and not (rests and hour == 22):
                    updates.setdefault(machine.key, {}).update(self._speed(machine.key))
                elif not begins and self._random.random() < 0.04:
                    updates[machine.key] = self._speed(machine.key)
            if updates:
                reason = f"shift of {person}" if begins else "correction"
                self._give(updates, person, reason=reason, line=line.id, ts=ts, now_ms=now_ms)

    def _speed(self, machine: str) -> dict[str, Value]:
        target = next((each for each in self._plant.writable if each.actual is not None), None)
        if target is None:
            return {}
        before = self._records[machine][target.name]
        low, high = target.minimum or 0.0, target.maximum or 3000.0
        middle = float(before) if isinstance(before, int | float) and before else 0.5 * (low + high)
        wanted = middle * self._random.uniform(0.85, 1.18)
        return {target.name: min(max(round(wanted / _ROUND) * _ROUND, low + 0.2 * (high - low)), 0.8 * high)}

    def _give(
        self,
        updates: dict[str, dict[str, Value]],
        person: str,
        *,
        reason: str,
        line: str,
        ts: float,
        now_ms: int,
    ) -> None:
        tx_id = str(UUID(int=self._random.getrandbits(128), version=4))
        items: dict[tuple[str, str], ItemRecord] = {}
        for machine, fields in updates.items():
            for name, value in fields.items():
                before = self._records[machine][name]
                self._revs[machine, name] = rev = self._revs.get((machine, name), 0) + 1
                items[machine, name] = ItemRecord(
                    tx_id, machine, name, value, Outcome.PENDING, ts, before, rev=rev, line=line
                )
        digest = hashlib.sha256(tx_id.encode()).hexdigest()
        batch = BatchRecord(tx_id, person, ts, digest, (), reason=reason)
        self._given[tx_id] = _Given(batch, items, len(items))
        writes = [Write(tx_id, machine, name, item.asked) for (machine, name), item in items.items()]
        self._simulation.write(writes, now_ms)

    def _answered(self, answers: Iterable[WriteAnswer], ts: float) -> list[RecordBatch]:
        ended = []
        for answer in answers:
            given = self._given[answer.tx_id]
            item = given.items[answer.machine, answer.field]
            is_taken = answer.answer is Answer.TAKEN
            outcome = Outcome.APPLIED if is_taken else Outcome.FAILED
            reported = item.asked if is_taken else UNSET
            given.items[answer.machine, answer.field] = replace(
                item,
                outcome=outcome,
                at=ts,
                reported=reported,
                message=str(answer.message) or None,
                said=message_of(answer.message),
            )
            given.left -= 1
            if not given.left:
                del self._given[answer.tx_id]
                batch = replace(given.batch, items=tuple(given.items.values()))
                ended.append(RecordBatch(batch, tuple(map(partial(_rev, batch), batch.items))))
        return ended


def _on_duty(ts: float) -> str:
    hour = datetime.fromtimestamp(ts, UTC).hour
    return next((name for at, name in reversed(SHIFTS) if hour >= at), SHIFTS[-1][1])


def _rev(batch: BatchRecord, item: ItemRecord) -> FieldRev:
    rev = item.rev or 0
    return FieldRev(item.machine, item.field, rev, rev, By(ByKind.OPERATOR, batch.person), batch.at)


async def make_past(
    plant: Plant,
    settings: SimulatorSettings,
    *,
    span_s: float,
    now: Callable[[], float],
    store: Persistence,
    historian: Historian,
) -> dict[str, dict[str, Value]]:
    """Fills an empty history, and the batches that belong to it, up to ``now``. The historian continues from there.

    Making the past takes a while, so the time that has passed meanwhile is made next, and so on, until the past reaches
    the present.

    Returns the set-points with which the past ends, by machine and field.
    """
    until = now()
    past = Past(plant, settings, until - span_s, until)
    found: list[Points] = []
    while True:
        points, changes = await asyncio.to_thread(_played, past, until)
        found.append(points)
        for start in range(0, len(changes), 100):
            await store.store(changes[start : start + 100])
        await store_past(store, past.events, [each for each in changes if isinstance(each, RecordBatch)])
        if (later := now()) - until < CAUGHT_UP_S:
            break
        until = later
    historian.past(past.signals, joined([*found, past.end()]))
    return past.set_points


def _played(past: Past, until: float) -> tuple[Points, list[Change]]:
    parts: list[Points] = []
    changes: list[Change] = []
    for points, ended in past.run(until):
        parts.append(points)
        changes += ended
        changes += map(RecordShiftEntry, past.entries)
        past.entries.clear()
    return joined(parts), changes
