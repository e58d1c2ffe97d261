"""The way back, from a person's targets to what became of each (CMD-1 to CMD-7, SAFE-2 to SAFE-4).

`Commands` decides and never acts: every method returns effects that the shell carries out (`effects` says in which
order). For every order of answers, reports, stops and time-outs, it promises:

- A txId is executed at most once, across restarts too. An item that was recorded and not settled when the server went
  down is ``unknown`` and never sent again. Nobody can know whether the last write before a crash has left, so no item
  is called unsent.
- Every item ends with exactly one final outcome; only ``unknown`` may be followed by one more.
- If a machine stopped after a write was accepted, the write does not leave, even if the stop is over by then.
- No write leaves after its batch's limit (CMD-8), however long storage or the process was blocked.
- The hub's state is read (``machines``) and never written (CMD-5).

A machine's reports go to the hub first and then to `reported`, so that the hub has the reported value before the echo;
likewise, the hub's stops arrive as `asserted` and `cleared`.

Memory is bounded: a batch leaves memory a minute after its end, and beyond `MAX_TARGETS` in memory no batch is
accepted. For late landings, only the last target of each field is kept. Storage has all of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias, assert_never

import msgspec

from setpoint.contract.http.batches import DONE, BatchAnswer, BatchKind, BatchRequest
from setpoint.contract.http.machines import Event, EventKind, FieldRev
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.live import By, ByKind, Outcome
from setpoint.contract.values import Quality, Record, Value
from setpoint.core.commands.admission import admit, atomic_refused, refused_item
from setpoint.core.commands.effects import (
    AnswerReady,
    Dispatch,
    DispatchMore,
    Echo,
    Effect,
    RecordBatch,
    RecordEvents,
    Refuse,
    Revise,
)
from setpoint.core.commands.flight import (
    Answered,
    Barred,
    Done,
    Due,
    Expired,
    HandedOver,
    Lost,
    Moved,
    Overtaken,
    Queued,
    Removed,
    Reported,
    Sent,
    Stopped,
    Taken,
    Told,
    Withdrawn,
    step,
)
from setpoint.core.commands.inflight import Batch, Item, SetPoint, set_points, set_points_after
from setpoint.core.commands.interlock import interlock
from setpoint.core.commands.narrow import narrowed
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.commands.request import answer_of, check_request, digest, in_progress
from setpoint.core.commands.revs import Revs
from setpoint.core.commands.time_limit import ANSWER_WITHIN_MS, Arrival, ServerTime, too_late
from setpoint.core.commands.unit_of_work import UnitOfWork, echo_of, revise
from setpoint.core.commands.withdrawal import EarlyWithdrawals, forbidden, may_withdraw, withdrawn_words
from setpoint.core.deadlines import Deadlines
from setpoint.core.plant import Person, Plant, Report, Write, WriteAnswer, is_same
from setpoint.errors import RequestError

SETTLE_WITHIN_MS = 5_000
"""From hand-over to ``unknown`` or ``diverged``, for answer and report together (CMD-3)."""
LATE_WITHIN_MS = 600_000
"""How long an ``unknown`` item waits for a late landing; after that, a change is the device's own."""
RETELL_WITHIN_S = 86_400.0
"""What overruled targets so lately is told again after a restart; it allows for a clock that was set."""
KEEP_MS = 60_000
"""How long a settled batch stays in memory, so that storage is not asked for what may not be stored yet."""
MAX_TARGETS = 500_000
"""In memory, of all batches that are under way or were a minute ago: some 300 MB. A batch beyond has to come again."""
MAX_WITHDRAWERS = 16
"""People who are remembered to have withdrawn one batch while its record waits."""
CHUNK = 500
"""Writes handed over at a time; the event loop has its turn between."""

_UNSET = msgspec.UNSET
_REMOVED = "the plant was changed: it does not have this machine or field any more"
_REMOVED_LATE = f"{_REMOVED}; this had been sent and may have taken effect"
_TOO_LATE = "too late: its time was over before it could be sent"
_RESTARTED = "the server stopped while this was under way; it may have reached the machine"


class _SettleDue(NamedTuple):
    """What was handed over together has to have its outcome."""

    items: list[Item]


class _LandingDue(NamedTuple):
    """A lost target of the field may land no more."""

    set_point: SetPoint


class _AnswerDue(NamedTuple):
    """Whoever gave the batch has to be answered."""

    batch: Batch


class _ForgetDue(NamedTuple):
    """A batch need not be kept in memory any more."""

    tx_id: str


_Due: TypeAlias = _SettleDue | _LandingDue | _AnswerDue | _ForgetDue


class Commands:
    """Every batch under way. ``machines`` are the hub's live records, read only; ``revs`` come from storage."""

    def __init__(
        self,
        plant: Plant,
        machines: Mapping[str, Record],
        *,
        revs: Iterable[FieldRev] = (),
        chunk: int = CHUNK,
    ) -> None:
        self._plant = plant
        self._machines = machines
        self._revs = Revs(revs)
        self._set_points = set_points(plant)
        self._batches: dict[str, Batch] = {}
        self._targets = 0
        self._chunk = chunk
        self._time = ServerTime()
        self._withdrawn = EarlyWithdrawals(plant)
        self._stops: dict[str, tuple[int, str]] = {}
        self._deadlines: Deadlines[_Due] = Deadlines()
        self._late: dict[SetPoint, int] = {}
        """Until when a field's lost target may land."""

    # What is known

    def knows(self, tx_id: str) -> bool:
        """Whether the batch is here; where it is not, storage is asked and passed to `submit` as ``stored``."""
        return tx_id in self._batches

    def batch(self, tx_id: str) -> BatchRecord | None:
        """A batch that is under way or was a minute ago, as it stands now.

        Of one that is not stored yet nothing is told but what it asks, not even what was refused: it may still not
        be stored, and come again when all is different.
        """
        found = self._batches.get(tx_id)
        if found is None or found.is_recorded:
            return found.record() if found else None
        return msgspec.structs.replace(found.header, items=tuple(map(_only_asked, found.records())))

    def revs(self) -> dict[str, dict[str, int]]:
        """Every counter above 0, for the hub at start."""
        return self._revs.numbers()

    def rev(self, machine: str, field: str) -> FieldRev:
        return self._revs.of(machine, field)

    def next_due_ms(self) -> int | None:
        """When `tick` has something to do next, on the caller's clock; None while nothing is under way."""
        return self._deadlines.next_ms()

    # A batch comes in

    def submit(
        self,
        request: BatchRequest,
        person: Person,
        now_ms: int,
        ts: float,
        *,
        stored: BatchRecord | None = None,
        kind: BatchKind = BatchKind.COMMIT,
        follows: str | None = None,
        is_confirmed: bool = False,
        arrival: Arrival | None = None,
        asked: BatchRequest | None = None,
    ) -> list[Effect]:
        """Accepts a batch for recording, or answers for one that was accepted before (CMD-2).

        ``is_confirmed``: a second person has said so (`setpoint.core.approval`). ``arrival``: when the request
        came in, where that was before now. ``asked``: the request as it came in, where it was completed since.

        Raises `RequestError`: 422 for a shape or a txId that is reused, 409 ``in-progress``, 409 ``withdrawn`` where
        that came first (CMD-7), 409 ``too-late`` (CMD-8), 409 ``atomic-refused`` whose ``detail`` holds the results
        (CMD-4).
        """
        check_request(request)
        fingerprint = digest(asked or request, person.name, follows)
        if (known := self._batches.get(request.tx_id)) is not None or stored is not None:
            return self._submitted_again(fingerprint, known, stored, now_ms, ts)
        now = Arrival(now_ms, ts)
        limit_ms = self.refuse_early(request, person, arrival or now, now)
        verdicts = list(
            admit(
                request,
                person,
                plant=self._plant,
                set_points=self._set_points,
                machines=self._machines,
                revs=self._revs,
                is_commit=kind is BatchKind.COMMIT,
                is_confirmed=is_confirmed,
            )
        )
        if request.atomic and any(verdict.refusal for verdict in verdicts):
            raise atomic_refused(request.tx_id, verdicts, ts)
        if self._targets + sum(verdict.refusal is None for verdict in verdicts) > MAX_TARGETS:
            raise RequestError(
                f"the server has as many targets in hand as it takes, {MAX_TARGETS};"
                " nothing was changed: send this batch again, with its txId, in a minute",
                code=ProblemCode.TOO_MUCH_UNDER_WAY,
            )
        batch = Batch(
            BatchRecord(
                request.tx_id,
                person.name,
                ts,
                fingerprint,
                (),
                request.atomic,
                request.reason,
                request.source,
                kind,
                follows,
            ),
            limit_ms,
            request.not_after,
        )
        by = By(ByKind.OPERATOR, person.name)
        raised: list[FieldRev] = []
        for verdict in verdicts:
            if verdict.refusal is not None or verdict.set_point is None:
                batch.entries.append(refused_item(request.tx_id, verdict, ts))
                continue
            rev = self._revs.raise_(verdict.machine, verdict.field, by, ts)
            raised.append(rev)
            batch.entries.append(self._accept(batch, verdict.set_point, verdict.asked, rev.rev, ts))
        self._keep(batch)
        self._deadlines.at(now_ms + ANSWER_WITHIN_MS, _AnswerDue(batch))
        batch.raised = tuple(raised)
        return [RecordBatch(batch.record(), batch.raised)]

    def _accept(self, batch: Batch, set_point: SetPoint, asked: Value, rev: int, ts: float) -> Item:
        machine = set_point.machine
        record = ItemRecord(
            batch.header.tx_id,
            machine.key,
            set_point.field.name,
            asked,
            Outcome.PENDING,
            ts,
            before=None if set_point.told is _UNSET else set_point.told,
            rev=rev,
            line=machine.line,
        )
        item = Item(record, Queued(), set_point, batch, self._stops.get(machine.key, (0, ""))[0])
        batch.queue.append(item)
        batch.open += 1
        return item

    def _submitted_again(
        self, fingerprint: str, known: Batch | None, stored: BatchRecord | None, now_ms: int, ts: float
    ) -> list[Effect]:
        earlier = known.header if known else stored
        if earlier is None or earlier.digest != fingerprint:
            raise RequestError(
                "the txId was used for another batch; make a new UUID for every batch",
                code=ProblemCode.TX_ID_REUSED,
            )
        tx_id = earlier.tx_id
        if known is not None and not known.is_answered:
            raise in_progress(tx_id)
        work = UnitOfWork(self._revs, now_ms, ts)
        if known is None:
            self._restore([earlier], work)
        return [*self._end(work), AnswerReady(tx_id, answer_of(tx_id, self._batches[tx_id].records()))]

    def base_of(self, request: BatchRequest) -> dict[str, dict[str, int]]:
        """The revs that a request stands upon: those that it names, and those of now where it names none."""
        return {
            machine: {name: self._revs.of(machine, name).rev for name in updates}
            | request.base.get(machine, {})
            for machine, updates in request.updates.items()
        }

    def refuse_early(self, request: BatchRequest, person: Person, arrival: Arrival, now: Arrival) -> int:
        """Until when a new batch may leave, by when it came.

        Raises `RequestError` 409: ``withdrawn`` where that came before it (CMD-7), ``too-late`` (CMD-8).
        """
        self._withdrawn.refuse(request.tx_id, person, request.updates, now.ts)
        limit_ms = self._time.limit_ms(arrival, request.not_after)
        if now.now_ms >= limit_ms:
            raise too_late(request.not_after, now.ts)
        return limit_ms

    # A batch is taken back

    def cancel(
        self, tx_id: str, person: Person, now_ms: int, ts: float, *, stored: BatchRecord | None = None
    ) -> list[Effect]:
        """What was accepted and has not left does not leave (CMD-7); the answer tells what became of each item.

        Of a batch that is not here, or that the person may not know of, nothing is told: should it still come, it is
        refused to who could have meant it. Withdrawn twice is withdrawn once.

        Raises `RequestError`: 403 where it is not theirs to withdraw, 429 as `EarlyWithdrawals.check`.
        """
        batch = self._batches.get(tx_id)
        earlier = batch.record() if batch else stored
        if earlier is None or narrowed(earlier, person) is None:
            self._withdrawn.check(tx_id, person, ts)
            self._withdrawn.remember(tx_id, person, ts)
            return [AnswerReady(tx_id, BatchAnswer(tx_id, DONE, []), is_withdrawal=True)]
        if not may_withdraw(person, earlier.person, (item.line for item in earlier.items if item.line)):
            raise forbidden(tx_id)
        if batch is None:
            return [AnswerReady(tx_id, answer_of(tx_id, earlier.items), is_withdrawal=True)]
        if person not in batch.withdrawn_by:
            batch.withdrawn_by = (*batch.withdrawn_by, person)[:MAX_WITHDRAWERS]
        return self._withdraw(batch, person, now_ms, ts) if batch.is_recorded else []

    def is_withdrawn_early(self, tx_id: str, person: Person, ts: float) -> bool:
        """Whether the person has withdrawn a batch of this txId before it came."""
        return self._withdrawn.is_remembered(tx_id, person, ts)

    def _withdraw(self, batch: Batch, person: Person, now_ms: int, ts: float) -> list[Effect]:
        work = UnitOfWork(self._revs, now_ms, ts)
        by = By(ByKind.OPERATOR, person.name)
        while batch.queue:
            work.move(batch.queue.popleft(), Withdrawn(), message=withdrawn_words(person), by=by)
        tx_id = batch.header.tx_id
        return [*self._end(work), AnswerReady(tx_id, answer_of(tx_id, batch.records()), is_withdrawal=True)]

    # The plant changes

    def change_plant(self, plant: Plant, gone: Collection[str], now_ms: int, ts: float) -> list[Effect]:
        """From now on this is the plant (PLANT-2). Machines that are ``gone`` may be there again under their name.

        What was asked of a machine or a field that is gone ends: ``cancelled`` where it had not left, ``unknown`` where
        it had. Batches that are not stored yet follow when they are (`dispatch`).
        """
        work = UnitOfWork(self._revs, now_ms, ts)
        self._plant = plant
        self._withdrawn.change_plant(plant)
        self._set_points, ended = set_points_after(plant, self._set_points, gone)
        for set_point in ended:
            for item in (set_point.flying, set_point.lost):
                if item is not None:
                    work.move(item, Removed(), message=_REMOVED_LATE)
        for batch in self._batches.values():
            if not batch.is_recorded or not any(item.set_point.is_gone for item in batch.queue):
                continue
            queue, batch.queue = batch.queue, deque()
            for item in queue:
                if item.set_point.is_gone:
                    work.move(item, Removed(), message=_REMOVED)
                else:
                    batch.queue.append(item)
        for key in gone:
            self._stops.pop(key, None)
        return self._end(work)

    # A batch goes out

    def not_recorded(self, tx_id: str) -> list[RecordEvents | Revise]:
        """The batch could not be stored, so it never was: nothing leaves, and its txId may be tried again.

        Where it was withdrawn meanwhile, it is as if that had come first. The revs that it raised stay raised. What
        is returned tells them, in the place of the batch: nobody could write to a field whose rev they are not told.
        """
        batch = self._batches.get(tx_id)
        if batch is None or batch.is_recorded:
            return []
        self._forget(tx_id)
        for person in batch.withdrawn_by:
            self._withdrawn.remember(tx_id, person, batch.header.at)
        batch.queue.clear()
        batch.is_answered = True
        return [RecordEvents((), batch.raised), revise(batch.raised)] if batch.raised else []

    def recorded(self, tx_id: str, now_ms: int, ts: float) -> list[Effect]:
        """The batch is stored: its revs and what was refused at admission are told, and its first writes leave."""
        batch = self._batches[tx_id]
        batch.is_recorded = True
        effects: list[Effect] = [revise(batch.raised)] if batch.raised else []
        refused = tuple(
            echo_of(entry, batch.header.person, self._told_by(entry))
            for entry in batch.entries
            if isinstance(entry, ItemRecord) and entry.line
        )
        if refused:
            effects.append(Echo(refused))
        if batch.withdrawn_by:
            effects += self._withdraw(batch, batch.withdrawn_by[0], now_ms, ts)
        return effects + self.dispatch(tx_id, now_ms, ts)

    def dispatch(self, tx_id: str, now_ms: int, ts: float) -> list[Effect]:
        """The next writes of a recorded batch leave, each after a last look at its machine (SAFE-3)."""
        batch = self._batches[tx_id]
        work = UnitOfWork(self._revs, now_ms, ts)
        limit_ms = batch.limit_ms
        if now_ms >= limit_ms:
            return self._expire(batch, work)
        writes: list[Write] = []
        handed: list[Item] = []
        while batch.queue and len(writes) < self._chunk:
            item = batch.queue.popleft()
            if self._let_go(item, work):
                record = item.record
                writes.append(Write(tx_id, record.machine, record.field, record.asked))
                handed.append(item)
        if handed:
            self._deadlines.at(now_ms + SETTLE_WITHIN_MS, _SettleDue(handed))
            batch.has_left = True
            batch.limit_ms = now_ms + ANSWER_WITHIN_MS  # a part that left in time gives the next one its time
        work.touch(batch)
        if batch.is_late:
            work.is_overdue(batch)
        effects: list[Effect] = [Dispatch(tuple(writes), limit_ms)] if writes else []
        effects += self._end(work)
        if batch.queue:
            effects.append(DispatchMore(tx_id))
        return effects

    def _expire(self, batch: Batch, work: UnitOfWork) -> list[Effect]:
        """What has not left by its limit ends ``cancelled``; who asked is told ``too-late`` where nothing had left."""
        is_whole = bool(batch.queue) and not batch.has_left
        while batch.queue:
            work.move(batch.queue.popleft(), Expired(), message=_TOO_LATE)
        work.touch(batch)
        if batch.is_late:
            work.is_overdue(batch)
        effects = self._end(work)
        if is_whole:
            refusal = too_late(batch.not_after, work.ts)
            effects = [
                msgspec.structs.replace(effect, refusal=refusal)
                if isinstance(effect, AnswerReady) and not effect.is_withdrawal
                else effect
                for effect in effects
            ]
        return effects

    def _let_go(self, item: Item, work: UnitOfWork) -> bool:
        """Whether the item leaves now; settles it where it may not."""
        set_point, record = item.set_point, item.record
        why = _REMOVED if set_point.is_gone else set_point.field.refuse(record.asked)
        if why is not None:
            work.move(item, Removed(), message=why)
            return False
        stops, status = self._stops.get(record.machine, (0, ""))
        if stops != item.stops:
            work.move(item, Stopped(status), message=f"voided by {status}", by=By(ByKind.SAFETY, status))
            return False
        barred = interlock(record.machine, self._machines.get(record.machine))
        if barred is not None:
            if barred.is_stop and barred.by is not None:
                message = f"voided by {barred.by.name}"
                work.move(item, Stopped(barred.by.name), message=message, by=barred.by, since=barred.since)
            else:
                work.move(item, Barred(), message=barred.message, since=barred.since)
            return False
        rev = record.rev or 0
        if rev < set_point.device_rev:
            now = self._revs.of(record.machine, record.field).rev
            device = By(ByKind.DEVICE, set_point.machine.id)
            work.move(
                item, Moved(), message="the machine changed it before this could leave", by=device, rev=now
            )
            return False
        if rev < set_point.last_rev_sent:
            by = self._revs.of(record.machine, record.field).by
            work.move(item, Overtaken(), message="a newer target had left already", by=by)
            return False
        earlier = [each for each in (set_point.flying, set_point.lost) if each is not None]
        for each in earlier:
            name = item.batch.header.person
            work.move(each, Overtaken(), message=f"superseded by {name}", by=By(ByKind.OPERATOR, name))
        item.flight, _ = step(item.flight, HandedOver(is_over=bool(earlier)))
        item.baseline = set_point.told
        set_point.flying, set_point.lost = item, None
        set_point.last_rev_sent = rev
        return True

    def _told_by(self, record: ItemRecord) -> Told:
        """What the machine reports for the field of an item; UNSET where the plant does not have it any more."""
        set_point = self._set_points.get(record.machine, {}).get(record.field)
        return _UNSET if set_point is None else set_point.told

    # The machine's side

    def answered(self, answers: Sequence[WriteAnswer], now_ms: int, ts: float) -> list[Effect]:
        """What the controllers said to writes. Answers to what is settled are ignored."""
        work = UnitOfWork(self._revs, now_ms, ts)
        for answer in answers:
            set_point = self._set_points.get(answer.machine, {}).get(answer.field)
            if set_point is None:
                continue
            for item in (set_point.flying, set_point.lost):
                if item is not None and item.record.tx_id == answer.tx_id:
                    said = Answered(answer.answer, item.is_there())
                    work.move(item, said, message=answer.message or None)
                    break
        return self._end(work)

    def reported(self, reports: Sequence[Report], now_ms: int, ts: float) -> list[Effect]:
        """What machines say of their set-points. Values that the machine itself doubts, and None, settle nothing."""
        work = UnitOfWork(self._revs, now_ms, ts)
        for report in reports:
            fields = self._set_points.get(report.machine)
            if fields is None or report.quality is not Quality.GOOD:
                continue
            values = report.values
            for name, set_point in fields.items():
                value = values.get(name)
                if value is None:
                    continue
                if value == set_point.told and set_point.flying is None and set_point.lost is None:
                    continue
                self._told(set_point, value, work)
        return self._end(work)

    def _told(self, set_point: SetPoint, value: Value, work: UnitOfWork) -> None:
        was, set_point.told = set_point.told, value
        item = set_point.flying or set_point.lost
        if item is not None:
            asked, field = item.record.asked, set_point.field
            is_late = set_point.lost is item
            work.move(item, Reported(is_same(field, asked, value), is_same(field, asked, was)))
            if isinstance(item.flight, Done):
                if is_late or item.flight.stop:
                    work.landed_late(item, is_late=is_late)
                return
            if not is_late:
                return
        work.changed_by_device(set_point, was)

    def asserted(self, machine: str, status: str, cause: str | None, now_ms: int, ts: float) -> list[Effect]:
        """A critical status began: the revs rise, and what has not left will not leave (SAFE-2, SAFE-3)."""
        work = UnitOfWork(self._revs, now_ms, ts)
        stops, _ = self._stops.get(machine, (0, ""))
        self._stops[machine] = (stops + 1, status)
        by = By(ByKind.SAFETY, status)
        for name, set_point in self._set_points[machine].items():
            work.overruled(set_point, work.raise_rev(machine, name, by), by)
            for item in (set_point.flying, set_point.lost):
                if item is not None:
                    work.move(item, Stopped(status))
        line = self._plant.machines[machine].line
        work.happened(Event(EventKind.ASSERTED, machine, ts, line, status=status, cause=cause))
        return self._end(work)

    def cleared(self, machine: str, status: str, ts: float) -> list[Effect]:
        """A critical status ended; ``status`` is the one that ended. Nothing comes back by it (SAFE-2)."""
        line = self._plant.machines[machine].line
        return [RecordEvents((Event(EventKind.CLEARED, machine, ts, line, status=status),))]

    # Time

    def tick(self, now_ms: int, ts: float) -> list[Effect]:
        """What is due by now: outcomes, answers, and what need not be kept in memory."""
        work = UnitOfWork(self._revs, now_ms, ts)
        refused: list[Effect] = []
        for due in self._deadlines.due(now_ms):
            match due:
                case _SettleDue(items):
                    for item in items:
                        if isinstance(item.flight, Sent | Taken):
                            work.move(item, Due(item.is_there()))
                case _LandingDue(set_point):
                    self._end_of_landing(set_point, work)
                case _AnswerDue(batch):
                    refused += self._answer_due(batch, work)
                case _ForgetDue(tx_id):
                    self._forget(tx_id)
                case _:
                    assert_never(due)
        return [*refused, *self._end(work)]

    def _end_of_landing(self, set_point: SetPoint, work: UnitOfWork) -> None:
        """The lost target of a field may land no more, unless a newer one is awaited since."""
        if self._late.get(set_point, work.now_ms + 1) > work.now_ms:
            return
        del self._late[set_point]
        if set_point.lost is not None:
            work.move(set_point.lost, Due(set_point.lost.is_there()))

    def _answer_due(self, batch: Batch, work: UnitOfWork) -> list[Effect]:
        """A batch that is recorded is answered as it stands; one that is not is too late by now (CMD-8)."""
        if batch.is_answered:
            return []
        batch.is_late = True
        if batch.is_recorded:
            work.is_overdue(batch)
        elif work.now_ms >= batch.limit_ms:
            batch.is_answered = True
            return [Refuse(batch.header.tx_id, too_late(batch.not_after, work.ts))]
        return []

    def note_time(self, now_ms: int, ts: float) -> None:
        """Looks at both clocks, so that one that is set is noticed; call it at least every second (CMD-8)."""
        self._time.note(now_ms, ts)

    # After a restart

    def restored(
        self, batches: Iterable[BatchRecord], now_ms: int, ts: float, *, revs: Iterable[FieldRev] = ()
    ) -> list[Effect]:
        """Batches that a former run left, oldest first: what has no outcome becomes ``unknown`` (CMD-1).

        ``revs`` are those that it left, where they were not given before.

        Nothing is ever sent again. Items that ended ``unknown``, then or now, wait for their late landing. Stops
        and changes at machines are told again, for those who were away when they came (SAFE-2).
        """
        self._revs.load(revs)
        work = UnitOfWork(self._revs, now_ms, ts)
        for rev in self._revs.by_nobody_since(ts - RETELL_WITHIN_S):
            set_point = self._set_points.get(rev.machine, {}).get(rev.field)
            if set_point is not None and rev.by is not None:
                work.overruled(set_point, rev.rev, rev.by)
        self._restore(batches, work)
        return self._end(work)

    def _restore(self, batches: Iterable[BatchRecord], work: UnitOfWork) -> None:
        for record in batches:
            batch = Batch(record)
            batch.is_recorded = batch.is_answered = True
            self._deadlines.at(work.now_ms + KEEP_MS, _ForgetDue(record.tx_id))
            for each in record.items:
                if each.outcome.is_final and each.outcome is not Outcome.UNKNOWN:
                    batch.entries.append(each)
                    continue
                lost = each
                if not each.outcome.is_final:
                    lost = msgspec.structs.replace(
                        each, outcome=Outcome.UNKNOWN, at=work.ts, message=_RESTARTED
                    )
                    work.settle_restored(lost, record.person)
                set_point = self._set_points.get(lost.machine, {}).get(lost.field)
                if set_point is None or set_point.flying is not None:
                    batch.entries.append(lost)
                    continue
                if (older := set_point.lost) is not None:
                    if (older.record.rev or 0) > (lost.rev or 0):  # by rev: a wall clock may have gone back
                        batch.entries.append(lost)
                        continue
                    older.flight = Done()
                set_point.lost = Item(lost, Lost(), set_point, batch, 0)
                batch.entries.append(set_point.lost)
                self._await_landing(set_point, work.now_ms)
            self._keep(batch)

    def _end(self, work: UnitOfWork) -> list[Effect]:
        effects = work.effects()
        for item in work.lost:
            self._await_landing(item.set_point, work.now_ms)
        for batch in work.finished:
            self._deadlines.at(work.now_ms + KEEP_MS, _ForgetDue(batch.header.tx_id))
        return effects

    def _await_landing(self, set_point: SetPoint, now_ms: int) -> None:
        self._late[set_point] = now_ms + LATE_WITHIN_MS
        self._deadlines.at(now_ms + LATE_WITHIN_MS, _LandingDue(set_point))

    def _keep(self, batch: Batch) -> None:
        self._batches[batch.header.tx_id] = batch
        self._targets += _in_hand(batch)

    def _forget(self, tx_id: str) -> None:
        if (batch := self._batches.pop(tx_id, None)) is not None:
            self._targets -= _in_hand(batch)


def _in_hand(batch: Batch) -> int:
    """Targets that were accepted; refused ones take no place from anybody's."""
    return sum(isinstance(entry, Item) for entry in batch.entries)


def _only_asked(item: ItemRecord) -> ItemRecord:
    return ItemRecord(
        item.tx_id,
        item.machine,
        item.field,
        item.asked,
        Outcome.PENDING,
        item.at,
        before=item.before,
        line=item.line,
    )
