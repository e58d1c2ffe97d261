"""From a person's targets to the outcome of each (CMD-1 to CMD-7, SAFE-2 to SAFE-4).

`Commands` decides and never acts: every method returns effects that the shell carries out (`effects` says in which
order). For every order of answers, reports, stops and time-outs, it promises:

- A txId is executed at most once, across restarts too. An item that was recorded and not settled when the server went
  down is ``unknown`` and never sent again. Nobody can know whether the last write before a crash has left, so no item
  counts as unsent.
- Every item ends with exactly one final outcome; only ``unknown`` may be followed by one more.
- If a machine stopped after a write was accepted, the write does not leave, even if the stop is over by then.
- No write leaves after its batch's limit (CMD-8), however long storage or the process was blocked.
- The hub's state is read (``machines``) and never written (CMD-5).

The parts share what is under way (`under_way`): `dispatcher` lets targets leave, `machine_side` takes what they say,
`plant_change` ends those of machines that are gone, and `restore` takes over from a former run.

Memory is bounded: beyond `MAX_TARGETS` in memory no batch is accepted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import assert_never

import msgspec

from setpoint.contract.http.batches import ANSWER_WITHIN_MS, DONE, BatchAnswer, BatchKind, BatchRequest
from setpoint.contract.http.machines import FieldRev
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.live import By, ByKind, Outcome
from setpoint.contract.values import Record, Value
from setpoint.core.commands.admission import admit, atomic_refused, refused_item
from setpoint.core.commands.dispatcher import CHUNK, Dispatcher
from setpoint.core.commands.effects import (
    AnswerReady,
    Echo,
    Effect,
    LastReported,
    RecordBatch,
    RecordEvents,
    Refuse,
    Revise,
)
from setpoint.core.commands.inflight import Batch, Item, SetPoint
from setpoint.core.commands.machine_side import MachineSide
from setpoint.core.commands.narrow import narrowed
from setpoint.core.commands.plant_change import take_plant
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.commands.request import answer_of, check_request, digest, in_progress
from setpoint.core.commands.restore import restore, restored
from setpoint.core.commands.time_limit import Arrival, GivenUp, ServerTime, too_late
from setpoint.core.commands.under_way import AnswerDue, ForgetDue, LandingDue, SettleDue, UnderWay
from setpoint.core.commands.unit_of_work import UnitOfWork, echo_of, revise
from setpoint.core.commands.withdrawal import EarlyWithdrawals, account_of, forbidden, may_withdraw
from setpoint.core.commands.write_state import Acknowledged, Queued, Sent
from setpoint.core.commands.write_state import Due as TimeIsUp
from setpoint.core.plant import Person, Plant, Report, Write, WriteAnswer
from setpoint.errors import RequestError

MAX_TARGETS = 500_000
"""In memory, of all batches that are under way or were a minute ago: some 300 MB. A batch beyond that must be sent
again later.
"""
MAX_WITHDRAWERS = 16
"""People who are remembered to have withdrawn one batch while its record waits."""


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
        self._under_way = UnderWay(plant, machines, revs)
        self._dispatcher = Dispatcher(self._under_way, chunk)
        self._machine_side = MachineSide(self._under_way)
        self._time = ServerTime()
        self._given_up = GivenUp()
        self._withdrawn = EarlyWithdrawals(plant)

    # What is known

    def knows(self, tx_id: str) -> bool:
        """Whether the batch is in memory; if it is not, the caller reads it from storage and passes it to `submit` as
        ``stored``.
        """
        return tx_id in self._under_way.batches

    def batch(self, tx_id: str) -> BatchRecord | None:
        """A batch that is under way or was a minute ago, in its present state.

        If it is not stored yet, only its targets are returned, not even what was refused: storing may still fail, and
        the same batch may get other answers later.
        """
        found = self._under_way.batches.get(tx_id)
        if found is None or found.is_recorded:
            return found.record() if found else None
        return msgspec.structs.replace(found.header, items=tuple(map(_as_pending, found.records())))

    def revs(self) -> dict[str, dict[str, int]]:
        """Every counter above 0, for the hub at start."""
        return self._under_way.revs.numbers()

    def rev(self, machine: str, field: str) -> FieldRev:
        """The rev of a field, and who raised it last."""
        return self._under_way.revs.of(machine, field)

    def next_due_ms(self) -> int | None:
        """When `tick` has something to do next, on the caller's clock; None while nothing is under way."""
        return self._under_way.deadlines.next_ms()

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
        fingerprint: str | None = None,
    ) -> list[Effect]:
        """Accepts a batch for recording, or answers for one that was accepted before (CMD-2).

        ``is_confirmed``: a second person has said so (`setpoint.core.approval`). ``arrival``: when the request came in,
        if that was before now. ``fingerprint``: the `digest` of the request as it came in, if the request has been
        completed since or its digest is already known.

        Raises `RequestError`: 422 for a shape or a txId that is reused, 409 ``in-progress``, ``withdrawn`` if the
        withdrawal came first (CMD-7), ``too-late`` (CMD-8), ``atomic-refused`` whose ``detail`` holds the results
        (CMD-4).
        """
        check_request(request)
        fingerprint = fingerprint or digest(request, person.name, follows)
        if (known := self._under_way.batches.get(request.tx_id)) is not None or stored is not None:
            return self._submitted_again(fingerprint, known, stored, now_ms, ts)
        now = Arrival(now_ms, ts)
        limit_ms = self.refuse_early(request, person, arrival or now, now, is_confirmed=is_confirmed)
        verdicts = list(
            admit(
                request,
                person,
                plant=self._under_way.plant,
                set_points=self._under_way.set_points,
                machines=self._under_way.machines,
                revs=self._under_way.revs,
                is_commit=kind is BatchKind.COMMIT,
                is_confirmed=is_confirmed,
            )
        )
        if request.atomic and any(verdict.refusal for verdict in verdicts):
            raise atomic_refused(request.tx_id, verdicts, ts)
        if self._under_way.targets + sum(verdict.refusal is None for verdict in verdicts) > MAX_TARGETS:
            raise RequestError(
                f"the server has as many targets in hand as it takes, {MAX_TARGETS};"
                " nothing was changed: send this batch again, with its txId, in a minute",
                code=ProblemCode.TOO_MUCH_UNDER_WAY,
                arguments={"most": MAX_TARGETS},
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
            rev = self._under_way.revs.raise_(verdict.machine, verdict.field, by, ts)
            raised.append(rev)
            batch.entries.append(self._accept(batch, verdict.set_point, verdict.value, rev.rev, ts))
        self._under_way.keep(batch)
        self._under_way.deadlines.at(now_ms + ANSWER_WITHIN_MS, AnswerDue(batch))
        batch.raised = tuple(raised)
        return [RecordBatch(batch.record(), batch.raised)]

    def _accept(self, batch: Batch, set_point: SetPoint, value: Value, rev: int, ts: float) -> Item:
        machine = set_point.machine
        record = ItemRecord(
            batch.header.tx_id,
            machine.key,
            set_point.field.name,
            value,
            Outcome.PENDING,
            ts,
            before=set_point.before,
            rev=rev,
            line=machine.line,
        )
        item = Item(record, _QUEUED, set_point, batch, self._under_way.stops_of(machine.key))
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
        work = self._under_way.begin(now_ms, ts)
        if known is None:
            restore(self._under_way, [earlier], work)
        return [
            *self._under_way.end(work),
            AnswerReady(tx_id, answer_of(tx_id, self._under_way.batches[tx_id].records())),
        ]

    def base_of(self, request: BatchRequest) -> dict[str, dict[str, int]]:
        """Returns the base revs of a request: its own, and the present revs of fields without one."""
        return {
            machine: {name: self._under_way.revs.of(machine, name).rev for name in updates}
            | request.base.get(machine, {})
            for machine, updates in request.updates.items()
        }

    def refuse_early(
        self,
        request: BatchRequest,
        person: Person,
        arrival: Arrival,
        now: Arrival,
        *,
        is_confirmed: bool = False,
    ) -> int:
        """The time limit of a new batch, from its arrival. Raises `RequestError` 409: ``withdrawn`` if a withdrawal
        came before it (CMD-7), ``too-late`` if it is too late now or was answered ``too-late`` before (CMD-8). A
        confirmation that comes too late is not remembered.
        """
        self._withdrawn.refuse(request.tx_id, person, request.updates, now.ts)
        account = account_of(person.name)
        if self._given_up.has(account, request.tx_id, now.now_ms):
            raise too_late(request.not_after, now.ts, is_again=True)
        limit_ms = self._time.limit_ms(arrival, request.not_after)
        if now.now_ms >= limit_ms:
            if not is_confirmed:
                self._given_up.note(account, request.tx_id, now.now_ms)
            raise too_late(request.not_after, now.ts)
        return limit_ms

    # A batch is taken back

    def cancel(
        self, tx_id: str, person: Person, now_ms: int, ts: float, *, stored: BatchRecord | None = None
    ) -> list[Effect]:
        """Accepted targets that have not left will not leave (CMD-7); the answer has the outcome of each item.

        For a batch that is not here, or that the person may not see, the answer has no items. If the batch arrives
        later and the person could have withdrawn it, it is refused. Withdrawing twice has no further effect.

        Raises `RequestError`: 403 if the person may not withdraw the batch, 429 as `EarlyWithdrawals.check`.
        """
        batch = self._under_way.batches.get(tx_id)
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
        return self._dispatcher.withdraw(batch, person, now_ms, ts) if batch.is_recorded else []

    def is_withdrawn_early(self, tx_id: str, person: Person, ts: float) -> bool:
        """Whether the person has withdrawn the batch of this txId before it arrived."""
        return self._withdrawn.is_remembered(tx_id, person, ts)

    # The plant changes

    def change_plant(self, plant: Plant, gone: Collection[str], now_ms: int, ts: float) -> list[Effect]:
        """From now on this is the plant (PLANT-2).

        Machines that are ``gone`` may come back under their name. Targets for a machine or a field that is gone end:
        ``cancelled`` if they had not left, ``unknown`` if they had. Batches that are not stored yet follow when they
        are (`dispatch`).
        """
        work = self._under_way.begin(now_ms, ts)
        self._withdrawn.change_plant(plant)
        take_plant(self._under_way, plant, gone, work)
        return self._under_way.end(work)

    # A batch goes out

    def not_recorded(self, tx_id: str) -> list[RecordEvents | Revise]:
        """The batch could not be stored, and counts as never received: nothing leaves, and its txId may be used again.

        If it was withdrawn meanwhile, the withdrawal counts as the first to arrive. The revs that it raised stay
        raised. The returned effects announce them in place of the batch: nobody could write to a field without knowing
        its rev.
        """
        batch = self._under_way.batches.get(tx_id)
        if batch is None or batch.is_recorded:
            return []
        self._under_way.forget(tx_id)
        for person in batch.withdrawn_by:
            self._withdrawn.remember(tx_id, person, batch.header.at)
        batch.queue.clear()
        batch.is_answered = True
        return [RecordEvents((), batch.raised), revise(batch.raised)] if batch.raised else []

    def recorded(self, tx_id: str, now_ms: int, ts: float) -> list[Effect]:
        """The batch is stored: its revs and the refusals of admission are announced, and its first writes leave."""
        batch = self._under_way.batches[tx_id]
        batch.is_recorded = True
        effects: list[Effect] = [revise(batch.raised)] if batch.raised else []
        refused = tuple(
            echo_of(entry, batch.header.person, self._under_way.reported_for(entry))
            for entry in batch.entries
            if isinstance(entry, ItemRecord) and entry.line
        )
        if refused:
            effects.append(Echo(refused))
        if batch.withdrawn_by:
            effects += self._dispatcher.withdraw(batch, batch.withdrawn_by[0], now_ms, ts)
        return effects + self.dispatch(tx_id, now_ms, ts)

    def dispatch(self, tx_id: str, now_ms: int, ts: float) -> list[Effect]:
        """The next writes of a recorded batch leave (`Dispatcher.dispatch`)."""
        return self._dispatcher.dispatch(tx_id, now_ms, ts)

    # The machine's side

    def voided(self, write: Write) -> str | None:
        """Why a write that was handed over must not leave any more (`MachineSide.voided`)."""
        return self._machine_side.voided(write)

    def answered(self, answers: Sequence[WriteAnswer], now_ms: int, ts: float) -> list[Effect]:
        """Controllers have answered writes (CMD-3)."""
        return self._machine_side.answered(answers, now_ms, ts)

    def reported(self, reports: Sequence[Report], now_ms: int, ts: float) -> list[Effect]:
        """Machines report their set-points, which settles targets or raises revs (CMD-3, CMD-6)."""
        return self._machine_side.reported(reports, now_ms, ts)

    def asserted(self, machine: str, status: str, cause: str | None, now_ms: int, ts: float) -> list[Effect]:
        """A machine went into a critical status: what has not left is cancelled, and its revs rise (SAFE-2, SAFE-3)."""
        return self._machine_side.asserted(machine, status, cause, now_ms, ts)

    def cleared(self, machine: str, status: str, ts: float) -> list[Effect]:
        """A critical status is over; nothing from before it comes back (SAFE-2)."""
        return self._machine_side.cleared(machine, status, ts)

    # Time

    def tick(self, now_ms: int, ts: float) -> list[Effect]:
        """Everything that is due by now: outcomes, answers, and records to drop from memory."""
        work = self._under_way.begin(now_ms, ts)
        refused: list[Effect] = []
        for due in self._under_way.deadlines.due(now_ms):
            match due:
                case SettleDue(items):
                    for item in items:
                        if isinstance(item.state, Sent | Acknowledged):
                            work.move(item, TimeIsUp(item.is_there()))
                case LandingDue(set_point):
                    self._end_of_landing(set_point, work)
                case AnswerDue(batch):
                    refused += self._answer_due(batch, work)
                case ForgetDue(tx_id):
                    self._under_way.forget(tx_id)
                case _:
                    assert_never(due)
        return [*refused, *self._under_way.end(work)]

    def _end_of_landing(self, set_point: SetPoint, work: UnitOfWork) -> None:
        """The unconfirmed target of a field can no longer land, unless a newer one has become unconfirmed since."""
        if self._under_way.late.get(set_point, work.now_ms + 1) > work.now_ms:
            return
        del self._under_way.late[set_point]
        if set_point.unconfirmed is not None:
            work.move(set_point.unconfirmed, TimeIsUp(set_point.unconfirmed.is_there()))

    def _answer_due(self, batch: Batch, work: UnitOfWork) -> list[Effect]:
        """Answers a recorded batch with its present state. A batch that is not recorded is too late (CMD-8)."""
        if batch.is_answered:
            return []
        batch.is_late = True
        if batch.is_recorded:
            work.is_overdue(batch)
        elif work.now_ms >= batch.limit_ms:
            batch.is_answered = True
            self._given_up.note(account_of(batch.header.person), batch.header.tx_id, work.now_ms)
            return [Refuse(batch.header.tx_id, too_late(batch.not_after, work.ts))]
        return []

    def note_time(self, now_ms: int, ts: float) -> None:
        """Compares both clocks, to notice when one is set; call it at least every second (CMD-8)."""
        self._time.note(now_ms, ts)

    # After a restart

    def restored(
        self,
        batches: Iterable[BatchRecord],
        now_ms: int,
        ts: float,
        *,
        revs: Iterable[FieldRev] = (),
        set_points: Iterable[LastReported] = (),
    ) -> list[Effect]:
        """Batches that a former run left, oldest first (`restore.restored`)."""
        return restored(self._under_way, batches, now_ms, ts, revs=revs, set_points=set_points)


_QUEUED = Queued()


def _as_pending(item: ItemRecord) -> ItemRecord:
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
