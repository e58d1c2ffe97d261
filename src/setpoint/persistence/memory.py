"""A store in memory: for tests, for simulations, and as a simple model of the SQL store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from setpoint.contract.http.batches import BatchSummary
from setpoint.contract.http.machines import Event, EventNote, FieldRev
from setpoint.contract.http.pages import Page
from setpoint.contract.live import Outcome
from setpoint.core.alarms import AlarmKey, AlarmState
from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.approval.effects import EndHeld, RecordHeld
from setpoint.core.audit.chain import AuditEntry, Fact, Head, append, facts
from setpoint.core.audit.changes import Change, RecordFact
from setpoint.core.audit.queries import BatchQuery, EventQuery, KeptFile, PastTarget, TargetQuery
from setpoint.core.commands.effects import (
    LastReported,
    RecordBatch,
    RecordEvents,
    RecordOutcomes,
    last_reported,
)
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.events import EventChanges
from setpoint.core.limits import DEFAULT_LIMITS, PersonLimits
from setpoint.core.shifts import RecordShiftEntry, ShiftEntry, ShiftQuery
from setpoint.persistence.base import (
    Cursor,
    batch_exists,
    events_page,
    page_size,
    read_cursor,
    refuse_beyond,
    refuse_large,
)
from setpoint.persistence.stream import acknowledged_already, name_of, no_event

T = TypeVar("T")


class MemoryPersistence:
    """A `Persistence` that loses its data with the process."""

    def __init__(self) -> None:
        self._batches: dict[str, BatchRecord] = {}
        self._held: dict[str, PendingApproval] = {}
        self._revs: dict[tuple[str, str], FieldRev] = {}
        self._set_points: dict[tuple[str, str], LastReported] = {}
        self._events: list[Event] = []
        self._alarms: dict[AlarmKey, AlarmState] = {}
        self._marks: dict[tuple[str, str, float, str], EventNote] = {}
        self._audit: list[AuditEntry] = []
        self._shift_entries: list[ShiftEntry] = []
        self._stored_last = ""
        self._files: dict[tuple[str, str], tuple[KeptFile, float]] = {}

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    @property
    def is_owner(self) -> bool:
        return True

    async def check(self) -> str:
        return self._stored_last

    async def store(
        self, changes: Sequence[Change], facts_too: Sequence[Fact] = (), *, name: str | None = None
    ) -> None:
        added = [change.batch.tx_id for change in changes if isinstance(change, RecordBatch)]
        for tx_id, count in Counter(added).items():
            if tx_id in self._batches or count > 1:
                raise batch_exists(tx_id)
        for change in changes:
            match change:
                case RecordBatch(batch, raised):
                    self._batches[batch.tx_id] = batch
                    self._held.pop(batch.tx_id, None)
                    self._raise_revs(raised)
                case RecordOutcomes(settled):
                    self._settle(settled)
                    self._remember(change)
                case RecordEvents(happened, raised):
                    self._events.extend(happened)
                    self._raise_revs(raised)
                    self._remember(change)
                case RecordHeld(held, _, over):
                    self._held = {key: each for key, each in self._held.items() if key not in over}
                    self._held[held.request.tx_id] = held
                case EndHeld(tx_id):
                    self._held.pop(tx_id, None)
                case RecordShiftEntry(entry):
                    self._shift_entries.append(entry)
                case RecordFact():
                    pass  # it goes into the audit below, with the other facts
        changed_facts = [fact for change in changes for fact in facts(change)]
        self._audit += append(await self.head(), [*changed_facts, *facts_too])
        self._stored_last = name or self._stored_last

    def _settle(self, settled: Sequence[ItemRecord]) -> None:
        changed: dict[str, dict[tuple[str, str], ItemRecord]] = {}
        for item in settled:
            changed.setdefault(item.tx_id, {})[item.machine, item.field] = item
        for tx_id, by_name in changed.items():
            if (batch := self._batches.get(tx_id)) is not None:
                items = tuple(by_name.get((item.machine, item.field), item) for item in batch.items)
                self._batches[tx_id] = msgspec.structs.replace(batch, items=items)

    def _raise_revs(self, raised: Sequence[FieldRev]) -> None:
        for rev in raised:
            known = self._revs.get((rev.machine, rev.field))
            if known is None or rev.rev > known.rev:
                self._revs[rev.machine, rev.field] = rev

    def _remember(self, change: RecordOutcomes | RecordEvents) -> None:
        for each in last_reported(change):
            self._set_points[each.machine, each.field] = each

    async def batch(self, tx_id: str) -> BatchRecord | None:
        return self._batches.get(tx_id)

    async def batches(self, query: BatchQuery) -> Page[BatchSummary]:
        lines = query.lines
        found = [
            batch
            for batch in self._batches.values()
            if (query.person is None or batch.person == query.person)
            and (
                query.machine is None
                or any(item.machine == query.machine and item.line for item in _seen(batch, query))
            )
            and (lines is None or batch.person == query.or_person or any(_seen(batch, query)))
        ]
        page = _page(found, query, lambda batch: Cursor(batch.at, batch.tx_id))
        return Page([_summary(batch, _seen(batch, query)) for batch in page.items], page.next_cursor)

    async def events(self, query: EventQuery) -> Page[Event]:
        kinds, lines = query.wanted_kinds, query.wanted_lines
        found = [
            (number, event)
            for number, event in enumerate(self._events)
            if query.machine in (None, event.machine)
            and query.person in (None, event.person)
            and (lines is None or event.line in lines)
            and (kinds is None or event.kind in kinds)
        ]
        start, size = read_cursor(query.cursor, int), page_size(query.limit)
        ordered = sorted(found, key=lambda each: (each[1].at, each[0]), reverse=True)
        wanted = [self._with_note(event) for _, event in ordered if _is_between(event.at, query)]
        if start is not None:
            wanted = [event for event in wanted if event.at <= start.at][int(start.key) :]
        return events_page(wanted[: size + 1], size, start)

    def _with_note(self, event: Event) -> Event:
        note = self._marks.get((event.kind, event.machine, event.at, name_of(event)))
        return event if note is None else msgspec.structs.replace(event, acknowledged=note)

    async def store_events(self, changes: EventChanges) -> None:
        for mark in changes.marks:
            place = (mark.kind, mark.machine, mark.at, mark.field)
            known = {(each.kind, each.machine, each.at, name_of(each)) for each in self._events}
            if place not in known:
                raise no_event()
            if place in self._marks:
                raise acknowledged_already(self._marks[place])
            self._marks[place] = mark.note
        self._events.extend(changes.events)
        self._alarms.update(changes.alarms)
        self._audit += append(await self.head(), changes.facts)

    async def alarms(self) -> dict[AlarmKey, AlarmState]:
        return {key: state for key, state in self._alarms.items() if state != AlarmState()}

    async def targets(self, query: TargetQuery) -> list[PastTarget]:
        found = [
            PastTarget(batch.person, batch.at, batch.reason, item)
            for batch in self._batches.values()
            if query.since <= batch.at < query.until
            for item in batch.items
            if item.machine in query.machines
        ]
        return sorted(found, key=lambda each: each.at, reverse=True)[: query.limit]

    async def shift_entries(self, query: ShiftQuery) -> list[ShiftEntry]:
        return [
            each
            for each in self._shift_entries
            if each.line in query.lines and each.since < query.until and each.until > query.since
        ]

    async def unsettled(self, unknown_since: float) -> list[BatchRecord]:
        def is_open(item: ItemRecord) -> bool:
            is_lost = item.outcome is Outcome.UNKNOWN and item.at >= unknown_since
            return is_lost or not item.outcome.is_final

        found = [batch for batch in self._batches.values() if any(map(is_open, batch.items))]
        return sorted(found, key=lambda batch: batch.at)

    async def held(self) -> list[PendingApproval]:
        left = (each for each in self._held.values() if each.request.tx_id not in self._batches)
        return sorted(left, key=lambda each: each.at)

    async def revs(self) -> list[FieldRev]:
        return list(self._revs.values())

    async def set_points(self) -> list[LastReported]:
        return list(self._set_points.values())

    async def audit(self, after_seq: int = 0, limit: int = 500) -> list[AuditEntry]:
        return self._audit[after_seq : after_seq + page_size(limit)]

    async def head(self) -> Head:
        return Head(self._audit[-1].seq, self._audit[-1].hash) if self._audit else Head()

    async def keep_file(
        self, file: KeptFile, account: str, at: float, limits: PersonLimits = DEFAULT_LIMITS
    ) -> None:
        refuse_large(file)
        others = [
            len(each.content)
            for (sha256, owner), (each, _) in self._files.items()
            if owner == account and sha256 != file.sha256
        ]
        refuse_beyond(len(others), sum(others), file, limits)
        self._files[file.sha256, account] = file, at

    async def file(self, sha256: str, account: str) -> KeptFile | None:
        found = self._files.get((sha256, account))
        return None if found is None else found[0]


def _is_between(at: float, query: BatchQuery | EventQuery) -> bool:
    return (query.since is None or at >= query.since) and (query.until is None or at < query.until)


def _page(found: Sequence[T], query: BatchQuery, place: Callable[[T], Cursor]) -> Page[T]:
    """Newest first, between the query's instants, after its cursor."""

    def key(each: T) -> tuple[float, str | int]:
        cursor = place(each)
        return cursor.at, cursor.key

    start = read_cursor(query.cursor, str)
    size = page_size(query.limit)
    wanted = [
        each
        for each in found
        if _is_between(key(each)[0], query) and (start is None or key(each) < (start.at, start.key))
    ]
    ordered = sorted(wanted, key=key, reverse=True)
    return Page(ordered[:size], place(ordered[size - 1]).text() if len(ordered) > size else None)


def _seen(batch: BatchRecord, query: BatchQuery) -> list[ItemRecord]:
    """The items that the person may see (`setpoint.core.commands.narrow`)."""
    if query.lines is None:
        return list(batch.items)
    is_own = batch.person == query.or_person
    return [item for item in batch.items if (item.line in query.lines if item.line else is_own)]


def _summary(batch: BatchRecord, seen: Sequence[ItemRecord]) -> BatchSummary:
    counts = Counter(item.outcome.value for item in seen)
    return BatchSummary(
        batch.tx_id,
        batch.person,
        batch.at,
        dict(sorted(counts.items())),
        batch.kind,
        batch.reason,
        batch.source,
        batch.follows,
    )
