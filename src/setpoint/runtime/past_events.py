"""The events of the demo's past: its stops, its alarms, and the targets that people gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from setpoint.contract.http.machines import Event, EventKind
from setpoint.contract.values import Record, Value, is_critical
from setpoint.core.alarms import AlarmBook
from setpoint.core.commands import RecordBatch, RecordEvents
from setpoint.core.events import EventChanges, EventFactory, alarm_events
from setpoint.core.plant import Plant
from setpoint.persistence.base import Persistence

_AT_ONCE = 2_000


class PastEvents:
    """Takes the reports of the past in their order. ``stops`` are for the audit, ``others`` are not."""

    def __init__(self, plant: Plant, records: Mapping[str, Record]) -> None:
        self._plant = plant
        self._records = records
        self._book = AlarmBook(plant, records, {})
        self.stops: list[Event] = []
        self.others: list[Event] = []

    def changed(self, machine: str, values: Mapping[str, Value], before: Value, ts: float) -> None:
        """Takes a report that is already in the record; ``before`` is the status before it."""
        self._book.changed(machine, values.keys())
        record = self._records[machine]
        status, line = record["status"], self._plant.machines[machine].line
        if status == before:
            return
        if is_critical(before):
            self.stops.append(Event(EventKind.CLEARED, machine, ts, line, status=str(before)))
        if is_critical(status):
            cause = None if record["cause"] is None else str(record["cause"])
            self.stops.append(Event(EventKind.ASSERTED, machine, ts, line, status=str(status), cause=cause))

    def sample(self, now_ms: int, ts: float) -> None:
        for change in self._book.sample(now_ms, ts):
            self.others += alarm_events(change)


async def store_past(store: Persistence, past: PastEvents, batches: Sequence[RecordBatch]) -> None:
    """Stores the events and removes them from ``past``, the oldest first."""
    others = sorted([*past.others, *EventFactory().stored(batches)], key=lambda event: event.at)
    for start in range(0, len(past.stops), _AT_ONCE):
        await store.store([RecordEvents(tuple(past.stops[start : start + _AT_ONCE]))])
    for start in range(0, len(others), _AT_ONCE):
        await store.store_events(EventChanges(tuple(others[start : start + _AT_ONCE])))
    past.stops.clear()
    past.others.clear()
