"""Makes events of stored facts and of alarms. Events of the audit (stops, changes by machines) exist
already."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from setpoint.contract.http.machines import Event, EventKind
from setpoint.contract.live import FINAL_OUTCOMES, Outcome
from setpoint.core.alarms import AlarmChange
from setpoint.core.audit.chain import AuditEntry, Fact
from setpoint.core.audit.changes import Change, RecordFact
from setpoint.core.commands.effects import RecordBatch, RecordOutcomes
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.message import Message

MAX_BATCHES = 10_000
"""The number of batches whose person is remembered until all outcomes have arrived. An unknown one may still change."""
_OPEN = frozenset(Outcome) - FINAL_OUTCOMES | {Outcome.UNKNOWN}
_KINDS = {
    Outcome.APPLIED: EventKind.APPLIED,
    Outcome.UNKNOWN: EventKind.UNKNOWN,
    Outcome.CONFLICT: EventKind.CONFLICT,
}
_FINAL = {outcome: (_KINDS.get(outcome, EventKind.NOT_APPLIED), outcome.value) for outcome in FINAL_OUTCOMES}
"""The event of each final outcome, and the outcome's name."""


class _Access(msgspec.Struct):
    event: str = ""
    person: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


_access = msgspec.json.Decoder(_Access)


class _UnderWay:
    """A batch: who sent it, and the number of its items whose outcome may still change."""

    __slots__ = ("items", "person")

    def __init__(self, person: str, items: int) -> None:
        self.person = person
        self.items = items


class EventFactory:
    """Knows who sent the batches that are under way."""

    def __init__(self) -> None:
        self._under_way: OrderedDict[str, _UnderWay] = OrderedDict()

    def stored(self, changes: Sequence[Change], facts: Iterable[Fact] = ()) -> Iterator[Event]:
        """The events of one transaction, which is stored."""
        for change in changes:
            match change:
                case RecordBatch(batch):
                    self.follow(batch)
                    yield from events_of_batch(batch)
                case RecordOutcomes(items):
                    for item in items:
                        person = self._settled(item)
                        yield from events_of_outcome(item, person)
                case RecordFact(fact):
                    yield from events_of_fact(fact)
                case _:
                    pass
        for fact in facts:
            yield from events_of_fact(fact)

    def follow(self, batch: BatchRecord) -> None:
        """Follows a batch that is under way."""
        items = sum(item.outcome in _OPEN for item in batch.items)
        if not items:
            return
        self._under_way[batch.tx_id] = _UnderWay(batch.person, items)
        if len(self._under_way) > MAX_BATCHES:
            self._under_way.popitem(last=False)

    def _settled(self, item: ItemRecord) -> str | None:
        """Returns the person who sent the batch. Forgets them with its last outcome."""
        batch = self._under_way.get(item.tx_id)
        if batch is None:
            return None
        batch.items -= item.outcome not in _OPEN
        if not batch.items:
            del self._under_way[item.tx_id]
        return batch.person


def alarm_events(change: AlarmChange, person: str | None = None, note: str = "") -> Iterator[Event]:
    """One event for each change of an alarm."""
    for kind in change.events:
        yield Event(
            EventKind.ALARM,
            change.key.machine,
            change.at,
            change.line,
            change.alarm.field or None,
            value=change.value,
            message=note or None,
            person=person,
            alarm=change.key.name,
            change=kind.value,
            priority=change.alarm.priority.value,
        )


def events_of_batch(batch: BatchRecord) -> Iterator[Event]:
    """Makes the events of a batch: its targets, and the outcomes of targets that were refused at once."""
    by_line = sorted(batch.items, key=lambda item: item.line)  # which are stored as one run for each line
    for item in by_line:
        if item.line:
            yield _of_item(item, EventKind.ASKED, batch.person, batch.at, batch.reason)
    for item in batch.items:
        yield from events_of_outcome(item, batch.person)


def events_of_outcome(item: ItemRecord, person: str | None) -> Iterator[Event]:
    final = _FINAL.get(item.outcome)
    if item.line and final is not None:
        kind, name = final
        yield _of_item(item, kind, person, item.at, item.message, outcome=name, code=item.said)


def _of_item(
    item: ItemRecord,
    kind: EventKind,
    person: str | None,
    at: float,
    message: str | None,
    *,
    outcome: str | None = None,
    code: Message | None = None,
) -> Event:
    return Event(
        kind,
        item.machine,
        at,
        item.line,
        item.field,
        item.tx_id,
        before=item.before,
        value=item.asked,
        rev=item.rev,
        message=message,
        person=person,
        outcome=outcome,
        said=code,
    )


def events_of_fact(fact: Fact | AuditEntry) -> Iterator[Event]:
    if fact.kind != "access":
        return
    payload = _access.decode(fact.payload)
    if payload.event == "signed-in":
        yield Event(EventKind.SIGN_IN, "", fact.at, person=payload.person)
    elif payload.event == "plant-changed":
        yield Event(EventKind.PLANT_CHANGE, "", fact.at, person=payload.person, message=_plant_words(payload))


def _plant_words(payload: _Access) -> str:
    counts = (
        ("machine", "added", len(payload.added)),
        ("machine", "removed", len(payload.removed)),
        ("machine", "moved", len(payload.moved)),
        ("field", "changed", len(payload.fields)),
        ("line", "changed", len(payload.lines)),
    )
    words = [f"{count} {noun if count == 1 else f'{noun}s'} {what}" for noun, what, count in counts if count]
    return ", ".join(words) or "nothing changed"
