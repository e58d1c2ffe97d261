"""One call of `Commands`: advances write states, and collects the resulting effects in order.

The order is that of CMD-1: outcomes, events and revs are recorded, then sent, then answered.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from setpoint.contract.http.machines import Event, EventKind, FieldRev
from setpoint.contract.live import By, ByKind, Outcome, TxOutcome
from setpoint.contract.values import Value
from setpoint.core.commands.effects import (
    AnswerReady,
    Echo,
    Effect,
    LastReported,
    RecordEvents,
    RecordOutcomes,
    Revise,
)
from setpoint.core.commands.inflight import Batch, Item, SetPoint
from setpoint.core.commands.records import ItemRecord
from setpoint.core.commands.request import answer_of
from setpoint.core.commands.revs import Revs
from setpoint.core.commands.write_state import (
    Acknowledged,
    Answered,
    Done,
    ReportedValue,
    Sent,
    Unconfirmed,
    WriteEvent,
    step,
)
from setpoint.core.plant import is_same
from setpoint.core.plant.wording import words
from setpoint.message import message_of

_UNSET = msgspec.UNSET
_TELLS_VALUE = (Outcome.APPLIED, Outcome.DIVERGED, Outcome.CONFLICT)
_NOT_REPORTED = words("words-not-reported-in-time")
_NOT_ANSWERED = words("words-not-answered-in-time")


class UnitOfWork:
    """Collects effects during one call of `Commands`. ``unconfirmed`` has the items that ended ``unknown``."""

    def __init__(self, revs: Revs, now_ms: int, ts: float) -> None:
        self.now_ms = now_ms
        self.ts = ts
        self.unconfirmed: list[Item] = []
        self.finished: list[Batch] = []
        self._revs = revs
        self._raised: list[FieldRev] = []
        self._settled: list[ItemRecord] = []
        self._events: list[Event] = []
        self._set_points: list[LastReported] = []
        self._echoes: list[TxOutcome] = []
        self._touched: dict[str, Batch] = {}
        self._overdue: list[Batch] = []

    def move(
        self,
        item: Item,
        event: WriteEvent,
        *,
        message: str | None = None,
        by: By | None = None,
        since: float | None = None,
        rev: int | None = None,
    ) -> None:
        """One step of one write state, and its consequences."""
        before, set_point = item.state, item.set_point
        item.state, outcome = step(before, event)
        if set_point.unconfirmed is item and isinstance(item.state, Done):
            set_point.unconfirmed = None
        if set_point.in_flight is item and isinstance(item.state, Done | Unconfirmed):
            set_point.in_flight = None
            if isinstance(item.state, Unconfirmed):
                set_point.unconfirmed = item
                self.unconfirmed.append(item)
        if outcome is None:
            return
        record = item.record
        if outcome.is_final:
            why = message or _explain(outcome, before, set_point.reported)
            record = msgspec.structs.replace(
                record,
                outcome=outcome,
                at=self.ts,
                reported=set_point.reported if outcome in _TELLS_VALUE else _UNSET,
                rev=record.rev if rev is None else rev,
                message=None if why is None else str(why),
                said=message_of(why),
                by=by,
                since=since,
            )
            self._settle(record, item.batch, set_point, is_first=not isinstance(before, Unconfirmed))
        else:
            record = msgspec.structs.replace(record, outcome=outcome, at=self.ts)
        item.record = record
        if (
            (outcome in (Outcome.FAILED, Outcome.UNKNOWN) or isinstance(event, Answered))
            and isinstance(before, Sent | Acknowledged)
            and not before.is_over
            and not is_same(set_point.field, record.asked, set_point.reported)
        ):
            self.changed_by_device(set_point, item.baseline)

    def _settle(self, record: ItemRecord, batch: Batch, set_point: SetPoint, *, is_first: bool) -> None:
        self._settled.append(record)
        self._echoes.append(echo_of(record, batch.header.person, set_point.reported))
        if is_first:
            batch.open -= 1
            self.touch(batch)

    def settle_restored(self, record: ItemRecord, person: str) -> None:
        """Ends an item from before the restart, which belongs to no live batch."""
        self._settled.append(record)
        self._echoes.append(echo_of(record, person, _UNSET))

    def landed_late(self, item: Item, *, is_late: bool) -> None:
        """A target took effect after the server had given it up, or after a later stop (CMD-6)."""
        record = item.record
        stop = item.state.stop if isinstance(item.state, Done) else None
        if stop is None:
            why = words("words-took-effect-late")
        else:
            code = "words-took-effect-late-after" if is_late else "words-took-effect-after"
            why = words(code, status=stop)
        self._events.append(
            Event(
                EventKind.STOP_BETWEEN if stop else EventKind.LATE_LANDING,
                record.machine,
                self.ts,
                record.line,
                record.field,
                record.tx_id,
                status=stop,
                before=record.before,
                value=record.asked,
                rev=record.rev,
                message=str(why),
                said=message_of(why),
            )
        )
        self.remember(item.set_point)

    def remember(self, set_point: SetPoint) -> None:
        """Stores what the machine reports now, for the next run of the server."""
        if (value := set_point.reported) is not _UNSET and value is not None:
            self._set_points.append(LastReported(set_point.machine.key, set_point.field.name, value))

    def changed_by_device(
        self, set_point: SetPoint, was: ReportedValue, *, message: str | None = None
    ) -> None:
        """The machine reports a set-point without a target (CMD-6)."""
        now = set_point.reported
        if was is _UNSET or now is _UNSET or is_same(set_point.field, was, now):
            return
        machine, name = set_point.machine, set_point.field.name
        by = By(ByKind.DEVICE, machine.id)
        rev = set_point.device_rev = self.raise_rev(machine.key, name, by)
        self._events.append(
            Event(
                EventKind.DEVICE_CHANGE,
                machine.key,
                self.ts,
                machine.line,
                name,
                self.overruled(set_point, rev, by),
                before=was,
                value=now,
                rev=rev,
                message=None if message is None else str(message),
                said=message_of(message),
            )
        )
        self.remember(set_point)

    def overruled(self, set_point: SetPoint, rev: int, by: By) -> str:
        """A stop or the machine itself raised the field's rev. Returns the txId of that change.

        It is sent as an outcome, so that clients that were away also void their older targets (SAFE-2).
        """
        machine, name = set_point.machine.key, set_point.field.name
        tx_id = f"{by.kind.value}:{machine}:{name}:{rev}"
        if by.kind is ByKind.DEVICE:
            self._echoes.append(TxOutcome(tx_id, machine, name, Outcome.APPLIED, rev, by, set_point.reported))
            return tx_id
        why = words("words-voided-by", name=by.name)
        self._echoes.append(
            TxOutcome(
                tx_id,
                machine,
                name,
                Outcome.CANCELLED,
                rev,
                by,
                set_point.reported,
                str(why),
                message_of(why),
            )
        )
        return tx_id

    def raise_rev(self, machine: str, field: str, by: By, *, is_set_by_stop: bool = False) -> int:
        raised = self._revs.raise_(machine, field, by, self.ts, is_set_by_stop=is_set_by_stop)
        self._raised.append(raised)
        return raised.rev

    def add_event(self, event: Event) -> None:
        self._events.append(event)

    def touch(self, batch: Batch) -> None:
        """Notes that the batch may be complete."""
        self._touched[batch.header.tx_id] = batch

    def is_overdue(self, batch: Batch) -> None:
        """The batch must be answered now, with the outcomes so far."""
        self._overdue.append(batch)

    def effects(self) -> list[Effect]:
        """The effects in the order in which they must be carried out."""
        effects: list[Effect] = []
        if self._settled:
            effects.append(RecordOutcomes(tuple(self._settled)))
        if self._events or self._raised or self._set_points:
            effects.append(RecordEvents(tuple(self._events), tuple(self._raised), tuple(self._set_points)))
        if self._raised:
            effects.append(revise(self._raised))
        if self._echoes:
            effects.append(Echo(tuple(self._echoes)))
        for batch in self._touched.values():
            if batch.open == 0 and not batch.queue:
                self.finished.append(batch)
                self._overdue.append(batch)
        for batch in self._overdue:
            if not batch.is_answered:
                batch.is_answered = True
                tx_id = batch.header.tx_id
                effects.append(AnswerReady(tx_id, answer_of(tx_id, batch.records())))
        return effects


def echo_of(record: ItemRecord, person: str, reported: ReportedValue) -> TxOutcome:
    """An outcome for the stream. ``by`` is the sender, unless something else decided the outcome."""
    return TxOutcome(
        record.tx_id,
        record.machine,
        record.field,
        record.outcome,
        record.rev,
        record.by or By(ByKind.OPERATOR, person),
        reported,
        record.message,
        record.said,
    )


def revise(raised: Iterable[FieldRev]) -> Revise:
    revs: dict[str, dict[str, int]] = {}
    for each in raised:
        revs.setdefault(each.machine, {})[each.field] = each.rev
    return Revise(revs)


def _explain(outcome: Outcome, before: object, reported: Value | msgspec.UnsetType) -> str | None:
    match outcome, before:
        case Outcome.DIVERGED, _:
            return f"the machine reports {reported}"
        case Outcome.UNKNOWN, Acknowledged():
            return _NOT_REPORTED
        case Outcome.UNKNOWN, _:
            return _NOT_ANSWERED
        case Outcome.APPLIED, Unconfirmed():
            return words("words-took-effect-late")
        case Outcome.FAILED, _:
            return words("words-machine-refused")
        case _:
            return None
