"""Converts records to rows and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Row

from setpoint.contract.http.batches import BatchKind, BatchSource, BatchSummary
from setpoint.contract.http.machines import Event, EventKind, EventNote, FieldRev
from setpoint.contract.live import By, ByKind, Outcome
from setpoint.contract.values import Value
from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.audit.chain import AuditEntry
from setpoint.core.audit.queries import EventMark
from setpoint.core.commands.effects import LastReported
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.shifts import ShiftEntry
from setpoint.message import Message

AnyRow: TypeAlias = Row[tuple[Any, ...]]  # SQLAlchemy's own word for a row of a table without a mapped class
Values: TypeAlias = dict[str, object]
InOrder: TypeAlias = tuple[object, ...]
"""A row's values in the order of its columns, for statements that write many rows (`bulk`)."""

OUTCOME_COLUMNS = ("reported", "outcome", "at", "rev", "by_kind", "by_name", "message", "since", "said")
"""The columns that an outcome changes. An item's key, its target and its earlier value never change."""
OUTCOME_KEY = ("for_tx_id", "for_machine", "for_field")
"""An item's key under other names, for the WHERE of an UPDATE."""
EVENT_COLUMNS = ("kind", "machine", "line", "at", "body", "person", "run")
_RUN = attrgetter("kind", "line", "at", "person")
"""The key that all events of a run share."""

_decode_value: msgspec.json.Decoder[Value] = msgspec.json.Decoder(Value)
_event = msgspec.json.Decoder(Event)
_note = msgspec.json.Decoder(EventNote)
_decode_held = msgspec.json.Decoder(PendingApproval)
_decode_unknown: msgspec.json.Decoder[list[tuple[int, ItemRecord]]] = msgspec.json.Decoder(
    list[tuple[int, ItemRecord]]
)
_decode_message = msgspec.json.Decoder(Message)
_decode_source = msgspec.json.Decoder(BatchSource)


_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_NAMES = {member: member.value for members in (Outcome, ByKind) for member in members}
"""The stored text of each member. `value` would compute it each time, and a batch has thousands."""
_KINDS = {kind.value: kind for kind in BatchKind}


_encode = msgspec.json.Encoder().encode


def _json(value: object) -> str:
    return _encode(value).decode()


def batch_values(batch: BatchRecord) -> Values:
    return {
        "tx_id": batch.tx_id,
        "person": batch.person,
        "at": batch.at,
        "digest": batch.digest,
        "is_atomic": batch.is_atomic,
        "reason": batch.reason,
        "source": None if batch.source is None else _json(batch.source),
        "kind": batch.kind.value,
        "follows": batch.follows,
    }


def held_values(held: PendingApproval) -> Values:
    return {"tx_id": held.request.tx_id, "at": held.at, "until": held.until, "body": _json(held)}


def held_of(row: AnyRow) -> PendingApproval:
    return _decode_held.decode(row.body)


def item_values(position: int, item: ItemRecord) -> InOrder:
    return (
        item.tx_id,
        item.machine,
        item.field,
        position,
        item.line,
        _json(item.asked),
        _json(item.before),
        *_outcome_values(item),
    )


def is_unknown(item: ItemRecord) -> bool:
    """Whether an item was refused and has no line. Such items share one row of their batch (`unknown_items`)."""
    return not item.line and item.outcome is Outcome.REJECTED


def unknown_values(tx_id: str, found: Sequence[tuple[int, ItemRecord]]) -> Values:
    return {"tx_id": tx_id, "count": len(found), "body": _json(found)}


def unknown_of(row: AnyRow) -> list[tuple[int, ItemRecord]]:
    return _decode_unknown.decode(row.body)


def outcome_values(item: ItemRecord) -> InOrder:
    """The `OUTCOME_COLUMNS` and the `OUTCOME_KEY`."""
    return (*_outcome_values(item), item.tx_id, item.machine, item.field)


def _outcome_values(item: ItemRecord) -> InOrder:
    by = item.by
    return (
        None if item.reported is msgspec.UNSET else _json(item.reported),
        _NAMES[item.outcome],
        item.at,
        item.rev,
        _NAMES[by.kind] if by else None,
        by.name if by else None,
        item.message,
        item.since,
        None if item.said is None else _json(item.said),
    )


def rev_values(rev: FieldRev) -> InOrder:
    by = rev.by
    return (
        rev.machine,
        rev.field,
        rev.rev,
        rev.written,
        _NAMES[by.kind] if by else None,
        by.name if by else None,
        rev.at,
    )


def event_values(event: Event, run: int = 1) -> InOrder:
    """The `EVENT_COLUMNS`."""
    return event.kind.value, event.machine, event.line, event.at, _json(event), event.person, run


def runs_of_events(events: Iterable[Event]) -> Iterator[InOrder]:
    """The `EVENT_COLUMNS` of many events in their order: each run is found by its first row (`tables`)."""
    for (kind, line, at, person), found in groupby(events, key=_RUN):
        run = list(found)
        length, name = len(run), kind.value
        for event in run:
            yield name, event.machine, line, at, _json(event), person, length
            length = 0


def _by(row: AnyRow) -> By | None:
    return By(ByKind(row.by_kind), row.by_name) if row.by_kind else None


def item_of(row: Sequence[Any]) -> ItemRecord:
    named: tuple[Any, ...] = tuple(row)  # by place: a million of them are read at once
    (
        tx_id, machine, field, _, line, target, before, reported, outcome, at, rev, kind, name, message, since, code,
    ) = named  # fmt: skip
    return ItemRecord(
        tx_id,
        machine,
        field,
        _decode_value.decode(target),
        _OUTCOMES[outcome],
        at,
        _decode_value.decode(before),
        msgspec.UNSET if reported is None else _decode_value.decode(reported),
        rev,
        By(ByKind(kind), name) if kind else None,
        message,
        since,
        line,
        None if code is None else _decode_message.decode(code),
    )


def batch_of(row: Sequence[Any], items: Iterable[ItemRecord]) -> BatchRecord:
    """Takes the columns by place, like `item_of`."""
    tx_id, person, at, digest, is_atomic, reason, source, kind, follows = row
    return BatchRecord(
        tx_id,
        person,
        at,
        digest,
        tuple(items),
        bool(is_atomic),
        reason,
        None if source is None else _decode_source.decode(source),
        _KINDS[kind],
        follows,
    )


def summary_of(row: AnyRow, counts: Mapping[str, int]) -> BatchSummary:
    return BatchSummary(
        row.tx_id,
        row.person,
        row.at,
        dict(sorted(counts.items())),
        BatchKind(row.kind),
        row.reason,
        None if row.source is None else _decode_source.decode(row.source),
        row.follows,
    )


def set_point_values(last: LastReported) -> InOrder:
    return last.machine, last.field, _json(last.value)


def set_point_of(row: AnyRow) -> LastReported:
    return LastReported(row.machine, row.field, _decode_value.decode(row.value))


def rev_of(row: AnyRow) -> FieldRev:
    return FieldRev(row.machine, row.field, row.rev, row.written, _by(row), row.at)


def entry_of(row: Sequence[Any]) -> AuditEntry:
    """Takes the columns by place, like `item_of`."""
    return AuditEntry(*row)


def event_of(row: AnyRow) -> Event:
    return _event.decode(row.body)


decode_event = _event.decode


def mark_of(row: AnyRow) -> EventMark:
    return EventMark(EventKind(row.kind), row.machine, row.at, row.field, _note.decode(row.body))


def shift_entry_values(entry: ShiftEntry) -> Values:
    body = msgspec.json.encode(entry).decode()
    return {"line": entry.line, "since": entry.since, "until": entry.until, "at": entry.at, "body": body}


def shift_entry_of(row: AnyRow) -> ShiftEntry:
    return msgspec.json.decode(row.body, type=ShiftEntry)
