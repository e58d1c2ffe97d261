"""Requests of people: batches, undo and retry, withdrawals, and approvals.

Each method returns the steps that follow; the engine routes them. If something must be stored first, `stored` and
`not_stored` return the answer when the outbox knows the result.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import NamedTuple, TypeAlias, assert_never

from msgspec.structs import replace

from setpoint.contract.http.batches import DONE, BatchKind, BatchRequest
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.approval.approvals import Approvals, PendingApproval, held_fact
from setpoint.core.approval.effects import EndHeld, RecordHeld
from setpoint.core.audit.changes import Change, RecordFact
from setpoint.core.commands.again import make_request
from setpoint.core.commands.commands import Commands
from setpoint.core.commands.effects import AnswerReady, RecordBatch
from setpoint.core.commands.effects import Effect as CommandEffect
from setpoint.core.commands.fact import fact
from setpoint.core.commands.narrow import narrowed
from setpoint.core.commands.request import answer_of, check_request, digest, in_progress, unknown_batch
from setpoint.core.commands.time_limit import Arrival
from setpoint.core.commands.withdrawal import withdrawn_answer
from setpoint.core.engine.callers import Callers
from setpoint.core.engine.effects import Find, Reply
from setpoint.core.engine.events import Again, Cancel, Confirm, PersonRequest, Submit, Withdraw
from setpoint.core.engine.lookups import Lookups, Records
from setpoint.core.engine.outbox import Outbox
from setpoint.core.plant import Person, Plant
from setpoint.errors import RequestError, StorageError

_GoOn: TypeAlias = Callable[[Records, int, float], "Steps"]
Step: TypeAlias = CommandEffect | Change | Reply | Find
Steps: TypeAlias = list[Step]


class _Submission(NamedTuple):
    """A batch that somebody sent, and how."""

    call: int
    request: BatchRequest
    person: Person
    arrival: Arrival
    kind: BatchKind = BatchKind.COMMIT
    follows: str | None = None
    fingerprint: str | None = None
    """The request's `digest`. It is computed in the step in which the request arrives, because the next step, which
    decides, takes long enough.
    """


class People:
    """``commands`` and ``outbox`` are the engine's."""

    def __init__(self, plant: Plant, commands: Commands, outbox: Outbox) -> None:
        self.approvals = Approvals(plant)
        self.callers = Callers()
        self.lookups: Lookups[Steps] = Lookups()
        self._commands = commands
        self._outbox = outbox
        self._holding: dict[str, list[int]] = {}
        """Calls whose batch will wait for a second person, until that is stored."""
        self._ending: dict[str, tuple[PendingApproval, Reply | None]] = {}
        """Batches that no longer wait, and the answer to each when that is stored."""
        self._confirmed: dict[str, PendingApproval] = {}
        """Batches that were confirmed, until they are stored as batches."""
        self._confirming: set[str] = set()
        """Batches that somebody confirmed, until it is known whether they begin."""
        self._never_waited: set[str] = set()
        """Batches whose waiting could not be stored while they were being confirmed or ended."""

    def handle(self, event: PersonRequest, now_ms: int, ts: float) -> Steps:
        match event:
            case Submit():
                return self._submit(event, now_ms, ts)
            case Again():
                return self._reading(event.call, (event.tx_id, event.followed), partial(self._again, event))
            case Cancel():
                return self._with_stored(event.call, event.tx_id, partial(self._cancel, event), now_ms, ts)
            case Confirm():
                return self._confirm(event, now_ms)
            case Withdraw():
                return self._withdraw(event, now_ms, ts)
            case _:
                assert_never(event)

    # A batch

    def _submit(self, event: Submit, now_ms: int, ts: float) -> Steps:
        if self._outbox.is_degraded:
            return [Reply(event.call, no_storage("the server cannot store it at the moment"))]
        try:
            check_request(event.request)
        except RequestError as refusal:
            return [Reply(event.call, refusal)]
        fingerprint = digest(event.request, event.person.name)
        submission = _Submission(
            event.call, event.request, event.person, event.arrival, fingerprint=fingerprint
        )
        return self._with_stored(
            event.call, event.request.tx_id, partial(self._accept, submission), now_ms, ts
        )

    def _with_stored(self, call: int, tx_id: str, go_on: _GoOn, now_ms: int, ts: float) -> Steps:
        """Continues at once with a batch that is under way, otherwise with the stored batch of that txId."""
        if self._commands.knows(tx_id):
            return go_on({}, now_ms, ts)
        return self._reading(call, (tx_id,), go_on)

    def _reading(self, call: int, tx_ids: tuple[str, ...], go_on: _GoOn) -> Steps:
        return [Find(tx_id) for tx_id in self.lookups.need(tx_ids, go_on, lambda error: [Reply(call, error)])]

    def _accept(self, submission: _Submission, stored: Records, now_ms: int, ts: float) -> Steps:
        request = submission.request
        record = stored.get(request.tx_id)
        is_new = record is None and not self._commands.knows(request.tx_id)
        try:
            if is_new and self.approvals.is_needed(request):
                # A repeated request gets the batch that waits (CMD-2).
                if not self.approvals.is_held(request.tx_id, now_ms):
                    self._commands.refuse_early(
                        request, submission.person, submission.arrival, Arrival(now_ms, ts)
                    )
                return self._hold(submission, now_ms, ts)
            effects = self._commands.submit(
                request,
                submission.person,
                now_ms,
                ts,
                stored=record,
                kind=submission.kind,
                follows=submission.follows,
                arrival=submission.arrival,
                fingerprint=submission.fingerprint,
            )
        except RequestError as refusal:
            return [Reply(submission.call, refusal)]
        self.callers.wait(request.tx_id, submission.call)
        return list(effects)

    def _again(self, event: Again, stored: Records, now_ms: int, ts: float) -> Steps:
        """Undoes an earlier batch, or retries what failed in it."""
        person, kind, follows = event.person, event.kind, event.followed
        try:
            found = stored[follows] or self._commands.batch(follows)
            earlier = None if found is None else narrowed(found, person)
            if earlier is None:
                raise unknown_batch(follows)
            done = stored[event.tx_id] or self._commands.batch(event.tx_id)
            if done is not None and (done.person, done.kind, done.follows) == (person.name, kind, follows):
                answer = answer_of(done.tx_id, done.items)
                return [Reply(event.call, answer if answer.status == DONE else in_progress(done.tx_id))]
            if self._outbox.is_degraded:
                raise no_storage("the server cannot store it at the moment")
            request = make_request(kind, earlier, event.tx_id, self._commands.rev, event.body)
        except RequestError as refusal:
            return [Reply(event.call, refusal)]
        submission = _Submission(event.call, request, person, event.arrival, kind, follows)
        return self._accept(submission, stored, now_ms, ts)

    # A withdrawal

    def _cancel(self, event: Cancel, stored: Records, now_ms: int, ts: float) -> Steps:
        call, tx_id, person = event.call, event.tx_id, event.person
        try:
            held = self.approvals.to_withdraw(tx_id, person, now_ms)
            is_known = self._commands.is_withdrawn_early(tx_id, person, ts)
            effects = self._commands.cancel(tx_id, person, now_ms, ts, stored=stored.get(tx_id))
        except RequestError as refusal:
            return [Reply(call, refusal)]
        if held is not None:
            self.approvals.drop(held)
            return self._end(
                held, person, "withdrawn", Reply(call, withdrawn_answer(held.request, person)), ts
            )
        self.callers.wait_for_withdrawal(tx_id, call, now_ms)
        is_early = any(isinstance(effect, AnswerReady) and not effect.answer.results for effect in effects)
        if is_early and not is_known:
            payload = {"event": "withdrawn", "txId": tx_id, "person": person.name}
            return [RecordFact(fact(ts, "withdrawal", person.name, payload)), *effects]
        return list(effects)

    # The second person

    def _hold(self, submission: _Submission, now_ms: int, ts: float) -> Steps:
        """Lets the batch wait, with the present revs as base. Its author gets the answer when that is stored.

        Raises `RequestError`.
        """
        request, person = submission.request, submission.person
        is_new = not self.approvals.is_held(request.tx_id, now_ms)
        base = self._commands.base_of(request)
        held = self.approvals.hold(
            request, person, now_ms, ts, kind=submission.kind, follows=submission.follows, base=base
        )
        if is_new:
            self._holding[request.tx_id] = [submission.call]
            over = self.approvals.take_over()
            return [RecordHeld(held, held_fact("held", held, person, ts), over)]
        if request.tx_id in self._holding:
            self._holding[request.tx_id].append(submission.call)
            return []
        return [Reply(submission.call, self.approvals.refusal(held))]

    def _confirm(self, event: Confirm, now_ms: int) -> Steps:
        """Begins a batch that waits, with every check made again, and with its author's present rights."""
        try:
            if self._outbox.is_degraded:
                raise no_storage("the server cannot store it at the moment")
            held = self.approvals.confirm(event.tx_id, event.person, now_ms)
        except RequestError as refusal:
            return [Reply(event.call, refusal)]

        def give_up(error: StorageError) -> Steps:
            self._confirming.discard(event.tx_id)
            self._let_wait_again(held)
            return [Reply(event.call, error)]

        self._confirming.add(event.tx_id)
        missing = self.lookups.need((event.tx_id,), partial(self._begin, event, held), give_up)
        return [Find(tx_id) for tx_id in missing]

    def _begin(self, event: Confirm, held: PendingApproval, stored: Records, now_ms: int, ts: float) -> Steps:
        self._confirming.discard(event.tx_id)
        try:
            effects = self._commands.submit(
                held.upon_base(),
                event.asked_by,
                now_ms,
                ts,
                stored=stored[event.tx_id],
                kind=held.kind,
                follows=held.follows,
                is_confirmed=True,
                arrival=event.arrival,
                fingerprint=digest(held.request, event.asked_by.name, held.follows),
            )
        except RequestError as refusal:
            if refusal.code == ProblemCode.TOO_MUCH_UNDER_WAY:
                self._let_wait_again(held)
                return [Reply(event.call, refusal)]
            return self._end(held, event.person, "refused", Reply(event.call, refusal), ts)
        self.callers.wait(event.tx_id, event.call)
        self._confirmed[event.tx_id] = held
        confirmation = (held_fact("confirmed", held, event.person, ts),)
        return [
            replace(each, facts=confirmation) if isinstance(each, RecordBatch) else each for each in effects
        ]

    def _withdraw(self, event: Withdraw, now_ms: int, ts: float) -> Steps:
        """Ends a batch that waits without sending anything."""
        try:
            held = self.approvals.withdraw(event.tx_id, event.person, now_ms)
        except RequestError as refusal:
            return [Reply(event.call, refusal)]
        return self._end(held, event.person, "withdrawn", Reply(event.call, None), ts)

    def change_plant(self, plant: Plant, gone: Collection[str], by: str, ts: float) -> Steps:
        """From now on this is the plant. Batches that wait for a machine that is gone end without sending anything."""
        ended = self.approvals.change_plant(plant, gone)
        return [step for held in ended for step in self._end(held, Person(by, {}), "removed", None, ts)]

    def _end(self, held: PendingApproval, person: Person, what: str, reply: Reply | None, ts: float) -> Steps:
        self._ending[held.request.tx_id] = (held, reply)
        return [EndHeld(held.request.tx_id, held_fact(what, held, person, ts))]

    # Results of storing

    def stored(self, entry: RecordBatch | RecordHeld | EndHeld, now_ms: int) -> list[Reply]:
        match entry:
            case RecordBatch(batch):
                self._confirmed.pop(batch.tx_id, None)
                self._never_waited.discard(batch.tx_id)
                return []
            case RecordHeld(held):
                self._never_waited.discard(held.request.tx_id)
                if held.request.tx_id in self._ending:
                    return []  # it was ended before it was stored: its callers get their answer when that is stored
                return self._answer_waiting(held, now_ms)
            case EndHeld(tx_id):
                self._never_waited.discard(tx_id)
                _, reply = self._ending.pop(tx_id)
                result = None if reply is None else reply.result
                refused = result if isinstance(result, RequestError) else _withdrawn(tx_id)
                replies = [] if reply is None else [reply]
                return [*replies, *(Reply(call, refused) for call in self._holding.pop(tx_id, []))]

    def not_stored(
        self, entry: RecordBatch | RecordHeld | EndHeld, error: StorageError, now_ms: int
    ) -> list[Reply]:
        """The batch is dropped as if it had never come, and its author gets the error."""
        match entry:
            case RecordBatch(batch):
                if (confirmed := self._confirmed.pop(batch.tx_id, None)) is not None:
                    self._let_wait_again(confirmed)
                calls = self.callers.take(batch.tx_id) + self.callers.take(batch.tx_id, is_withdrawal=True)
                refusal: RequestError | StorageError = no_storage(error.message)
            case RecordHeld(held, _, over):
                self.approvals.not_removed(over)
                if not self.approvals.drop(held):
                    self._never_waited.add(held.request.tx_id)
                calls, refusal = self._holding.pop(held.request.tx_id, []), error
            case EndHeld(tx_id):
                held, reply = self._ending.pop(tx_id)
                replies = [] if reply is None else [Reply(reply.call, error)]
                if not self._let_wait_again(held):
                    return replies
                return [*replies, *self._answer_waiting(held, now_ms)]
        return [Reply(call, refusal) for call in calls]

    def _let_wait_again(self, held: PendingApproval) -> bool:
        """False if the waiting batch was never stored. Then it counts as never received."""
        if held.request.tx_id in self._never_waited:
            self._never_waited.discard(held.request.tx_id)
            return False
        self.approvals.wait_again(held)
        return True

    def _answer_waiting(self, held: PendingApproval, now_ms: int) -> list[Reply]:
        tx_id = held.request.tx_id
        waits = self.approvals.is_held(tx_id, now_ms) or tx_id in self._confirming or tx_id in self._confirmed
        refusal = self.approvals.refusal(held) if waits else _waited_too_long(tx_id)
        return [Reply(call, refusal) for call in self._holding.pop(tx_id, [])]

    def overdue(self, now_ms: int) -> list[Reply]:
        """Withdrawals that could not be stored in time."""
        late = not_stored("it was withdrawn, but that is not stored yet; ask again")
        return [Reply(call, late) for call in self.callers.take_overdue(now_ms)]


def _waited_too_long(tx_id: str) -> RequestError:
    return RequestError(
        f"batch {tx_id} was to wait for a second person, and its ten minutes were over before that was stored; nothing "
        "was sent. Send it again",
        code=ProblemCode.TOO_LATE,
    )


def _withdrawn(tx_id: str) -> RequestError:
    return RequestError(
        f"batch {tx_id} was withdrawn before it was stored; nothing was sent", code=ProblemCode.WITHDRAWN
    )


def no_storage(why: str) -> RequestError:
    return not_stored(f"nothing was changed: {why}; try again, or ask whoever runs the server")


def not_stored(message: str) -> RequestError:
    return RequestError(message, code=ProblemCode.STORAGE_FAILED)
