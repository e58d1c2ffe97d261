"""Replays the audit to find what the tables must contain: batches, items, outcomes, events, revs, accounts, and so on.

`chain.verify` shows that no entry was changed. This module replays the entries and compares the result with the tables,
record by record. It keeps only a short hash of each record, so that a million entries fit in memory. An entry's payload
is canonical JSON, so it hashes the bytes themselves.

The hash is Python's own for bytes (SipHash, 64 bits). Its key is a secret of the running process, so nobody can prepare
a record that has the hash of another. A cryptographic hash of this length would be no better, and takes longer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

import msgspec

from setpoint.contract.http.machines import AUDITED_KINDS, Event, EventKind, FieldRev
from setpoint.contract.live import Outcome
from setpoint.core.approval.approvals import HELD_FOR_S, PendingApproval
from setpoint.core.audit.access import Access
from setpoint.core.audit.chain import AuditEntry
from setpoint.core.audit.queries import EventMark
from setpoint.core.audit.retention import Anchor
from setpoint.core.commands.fact import canonical
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.shifts.entries import SHIFT, ShiftEntry
from setpoint.message import sentence

MAX_TOLD = 100
"""The number of differences that are reported one by one."""
_EVENTS: Final = frozenset(kind.value for kind in AUDITED_KINDS)
_DEVICE_CHANGE: Final = EventKind.DEVICE_CHANGE.value
_HELD: Final = "held"
_ACKNOWLEDGED: Final = "event-acknowledged"
_MARK: Final = ("event", "machine", "field", "at", "note")
_ITEMS: Final = b'"items":['
"""Where the items begin. No text can contain it, because a quote within a text is escaped."""
_ACCEPTED: Final = Outcome.PENDING
"""The data about an accepted target in a batch's own entry. That of a refused one names the rev that it conflicted
with.
"""


class _Items(msgspec.Struct, gc=False):
    items: list[msgspec.Raw]


class _Change(msgspec.Struct, gc=False):
    machine: str
    field: str | None = None
    rev: int | None = None


_batch = msgspec.json.Decoder(BatchRecord)
_items = msgspec.json.Decoder(list[ItemRecord])
_raw_batch = msgspec.json.Decoder(_Items)
_raw_items = msgspec.json.Decoder(list[msgspec.Raw])
_change = msgspec.json.Decoder(_Change)
_values = msgspec.json.Decoder(dict[str, object])
_Digest: TypeAlias = int
OfTargets: TypeAlias = BatchRecord | list[ItemRecord] | None
"""What an entry says of targets: a batch, or outcomes."""


class Difference(msgspec.Struct, frozen=True):
    """One difference: ``what`` differs, and how."""

    what: str
    how: str


class Replay:
    """Replays the audit: `take` every entry in order, then pass it every record.

    ``differences`` has what does not match.
    """

    def __init__(self) -> None:
        self.differences: list[Difference] = []
        self.total = 0
        self._batches: dict[str, _Digest] = {}
        self._items: dict[tuple[str, str, str], _Digest] = {}
        self._events: dict[_Digest, int] = {}
        self._shift_entries: dict[_Digest, int] = {}
        self._held: dict[str, _Digest] = {}
        self._held_by_name: set[str] = set()
        """Waiting batches about which the audit knows nothing else, because 0.1.0 recorded only their txId."""
        self._revs: dict[tuple[str, str], tuple[int, str]] = {}
        """The highest rev of a field in the audit, and the one who raised it."""
        self.access = Access(self.differs)
        self._since = 0.0
        """Entries of an earlier instant may have been removed."""
        self._marks: dict[_Digest, int] = {}

    def begin(self, anchor: Anchor, since: float) -> None:
        """Starts with the result of the part of the audit that is no longer stored. ``since``: its first entry now."""
        self.access.begin(anchor, since)
        self._since = since

    def take(self, entry: AuditEntry) -> OfTargets:
        """Returns what it has decoded, so that callers need not decode it again."""
        payload = entry.payload.encode()
        if entry.kind == "batch":
            return self._take_batch(payload)
        if entry.kind == "outcomes":
            return self._take_outcomes(payload)
        if entry.kind in _EVENTS:
            _count(self._events, hash(payload))
            if entry.kind == _DEVICE_CHANGE:
                change = _change.decode(payload)
                if change.field is not None and change.rev is not None:
                    self._raised(change.machine, change.field, change.rev, change.machine.replace("_", ":"))
        else:
            self._take_seldom(entry, payload)
        return None

    def _take_batch(self, payload: bytes) -> BatchRecord:
        batch = _batch.decode(payload)
        raws = [bytes(raw) for raw in _raw_batch.decode(payload).items]
        start = payload.find(_ITEMS) + len(_ITEMS)
        end = start + len(b",".join(raws))
        self._batches[batch.tx_id] = hash(payload[:start] + payload[end:])
        for raw, item in zip(raws, batch.items, strict=True):
            self._items[item.tx_id, item.machine, item.field] = hash(raw)
            if item.rev is not None and item.outcome is _ACCEPTED:
                self._raised(item.machine, item.field, item.rev, batch.person)
        return batch

    def _take_outcomes(self, payload: bytes) -> list[ItemRecord]:
        items = _items.decode(payload)
        for raw, item in zip(_raw_items.decode(payload), items, strict=True):
            if item.tx_id in self._batches:  # otherwise it belongs to a batch that is no longer kept
                self._items[item.tx_id, item.machine, item.field] = hash(bytes(raw))
        return items

    def _take_seldom(self, entry: AuditEntry, payload: bytes) -> None:
        if entry.kind == SHIFT:
            _count(self._shift_entries, hash(payload))
        elif entry.kind == "access":
            self.access.take(_values.decode(payload), entry.at)
        elif entry.kind == "second-person":
            self._take_held(_values.decode(payload), entry.at)
        elif entry.kind == _ACKNOWLEDGED:
            values = _values.decode(payload)
            _count(self._marks, _hash((entry.actor, entry.at, *(values.get(key) for key in _MARK))))

    def _raised(self, machine: str, field: str, rev: int, by: str) -> None:
        if rev > self._revs.get((machine, field), (0, ""))[0]:
            self._revs[machine, field] = (rev, by)

    def _take_held(self, payload: dict[str, object], at: float) -> None:
        tx_id = str(payload.get("txId"))
        if payload.get("event") != _HELD:
            self._held.pop(tx_id, None)
        elif "updates" in payload:
            self._held[tx_id] = _hash(
                (at, payload.get("askedBy"), payload.get("updates"), payload.get("reason"))
            )
        else:
            self._held_by_name.add(tx_id)

    # What the tables hold

    def batch(self, header: BatchRecord) -> None:
        expected = self._batches.pop(header.tx_id, None)
        found = _hash(msgspec.structs.replace(header, items=()) if header.items else header)
        if expected != found:
            self._hold(f"batch {header.tx_id}", expected, found)

    def item(self, item: ItemRecord) -> None:
        expected = self._items.pop((item.tx_id, item.machine, item.field), None)
        found = _hash(item)
        if expected != found:
            self._hold(f"batch {item.tx_id}, {item.machine} {item.field}", expected, found)

    def unknown_items(self, tx_id: str, count: int, found: Sequence[ItemRecord]) -> None:
        """Checks the items of one row: whether they belong to the row's batch, and whether their number is right."""
        if count != len(found) or any(item.tx_id != tx_id for item in found):
            self._hold(f"batch {tx_id}", 0, 1)

    def alarm_differs(self, machine: str, alarm: str) -> None:
        self.differs(
            sentence("words-alarm-of", "the alarm {alarm} of {machine}", alarm=alarm, machine=machine),
            sentence("words-not-what-audit-says", "is not what the audit says"),
        )

    def rev(self, rev: FieldRev) -> None:
        """Stops raise revs that no entry names, so a field's rev may be higher than in the audit but never lower."""
        recorded, by = self._revs.get((rev.machine, rev.field), (0, ""))
        name = sentence("words-the-rev", "the rev of {machine} {field}", machine=rev.machine, field=rev.field)
        if rev.rev < recorded:
            self.differs(
                name,
                sentence(
                    "words-audit-tells", "is {rev}; the audit tells of {value}", rev=rev.rev, value=recorded
                ),
            )
        elif rev.rev == recorded and (rev.by is None or rev.by.name != by):
            self.differs(
                name,
                sentence(
                    "words-by-by-audit-by",
                    "is by {value}; by the audit it is by {by}",
                    value=rev.by.name if rev.by else sentence("words-nobody", "nobody"),
                    by=by,
                ),
            )

    def held(self, held: PendingApproval, listed_as: tuple[str, float, float]) -> None:
        """A batch that waits for a second person. An expired one is removed without an entry. ``listed_as``: its txId,
        and when it began and ends.
        """
        request = held.request
        found = _hash((held.at, held.person.name, request.updates, request.reason))
        if listed_as != (request.tx_id, held.at, held.until) or held.until > held.at + HELD_FOR_S:
            found = 0
        expected = self._held.pop(request.tx_id, None)
        if request.tx_id not in self._held_by_name:
            self._hold(
                sentence("words-batch-waits", "batch {batch}, which waits", batch=request.tx_id),
                expected,
                found,
            )

    def event(self, event: Event) -> bool:
        """Whether an event of `AUDITED_KINDS` is what the audit says."""
        found = _hash(event)
        left = self._events.get(found, 0)
        if left:
            self._events[found] = left - 1
        return left > 0

    def event_differs(self, number: int, event: Event, *, is_listed: bool = True, is_so: bool = True) -> None:
        """``is_listed``: the columns by which it is found agree with the event. ``is_so``: the event is what the audit
        says."""
        if is_listed and is_so:
            return
        how = sentence("words-not-what-audit-says", "is not what the audit says")
        if not is_listed:
            how = sentence(
                "words-listed-elsewhere", "is not listed under its kind, machine, line, instant and person"
            )
        self.differs(
            sentence(
                "words-event",
                "event {number} ({kind} of {machine})",
                number=number,
                kind=event.kind.value,
                machine=event.machine,
            ),
            how,
        )

    def shift_entry(self, number: int, entry: ShiftEntry, listed_as: tuple[str, float, float, float]) -> None:
        """``listed_as``: its line and instants in the list."""
        found = _hash(entry)
        is_listed_right = listed_as == (entry.line, entry.since, entry.until, entry.at)
        if is_listed_right and (left := self._shift_entries.get(found, 0)):
            self._shift_entries[found] = left - 1
        else:
            self.differs(
                sentence(
                    "words-shift-entry",
                    "entry {number} of a shift, by {person}",
                    number=number,
                    person=entry.person,
                ),
                sentence("words-not-what-audit-says", "is not what the audit says"),
            )

    def mark(self, mark: EventMark) -> None:
        """An acknowledgement of an event."""
        note = mark.note
        found = _hash((note.person, note.at, mark.kind, mark.machine, mark.field, mark.at, note.note))
        if left := self._marks.get(found, 0):
            self._marks[found] = left - 1
        elif note.at >= self._since:
            self.differs(
                sentence(
                    "words-acknowledgement",
                    "the acknowledgement of an event of {machine} by {person}",
                    machine=mark.machine,
                    person=note.person,
                ),
                sentence("words-not-what-audit-says", "is not what the audit says"),
            )

    def file(self, sha256: str, content: bytes) -> None:
        if hashlib.sha256(content).hexdigest() != sha256:
            self.differs(
                sentence("words-workbook", "workbook {sha}", sha=sha256),
                sentence(
                    "words-does-not-have-bytes-was-kept", "does not have the bytes that it was kept with"
                ),
            )

    def unreadable(self, what: str, error: Exception) -> None:
        """An entry or a row holds something that Setpoint never writes."""
        why = f"{type(error).__name__}: {error}"[:200]
        self.differs(what, sentence("words-cannot-be-read", "cannot be read ({why})", why=why))

    def end(self) -> None:
        """Ends after the last record, and adds what is missing."""
        for name in self._missing():
            self.differs(name, sentence("words-missing-2", "is missing"))

    def _missing(self) -> Iterator[str]:
        for tx_id in self._batches:
            yield sentence("words-batch", "batch {batch}", batch=tx_id)
        for tx_id, machine, field in self._items:
            yield sentence(
                "words-batch-item",
                "batch {batch}, {machine} {field}",
                batch=tx_id,
                machine=machine,
                field=field,
            )
        if missing := sum(self._events.values()):
            yield sentence("words-of-events", "of the events, {missing}", missing=missing)
        if missing := sum(self._shift_entries.values()):
            yield sentence("words-of-shift-entries", "of the entries of shifts, {missing}", missing=missing)
        if missing := sum(self._marks.values()):
            yield sentence("words-of-acknowledgements", "of the acknowledgements, {missing}", missing=missing)
        yield from self.access.missing()

    def _hold(self, name: str, expected: _Digest | None, found: _Digest) -> None:
        if expected is None:
            self.differs(name, sentence("words-not-audit", "is not in the audit"))
        elif expected != found:
            self.differs(name, sentence("words-not-what-audit-says", "is not what the audit says"))

    def differs(self, what: str, how: str) -> None:
        self.total += 1
        if len(self.differences) < MAX_TOLD:
            self.differences.append(Difference(what, how))


def _hash(record: object) -> _Digest:
    return hash(canonical.encode(record))


def _count(found: dict[_Digest, int], digest: _Digest) -> None:
    found[digest] = found.get(digest, 0) + 1
