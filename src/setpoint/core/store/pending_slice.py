"""`$pending`: the targets that are not settled yet, field by field.

A lock ends in only six ways: an outcome of its own txId on the stream, a refusal over HTTP, a later change by somebody
else (CONF-1), a critical status of its machine (SAFE-2), its deadline (LOCK-3), or a newer lock of the same client
(LOCK-2). It never ends because a value looks equal (TX-3). HTTP 200 does not release it, because the old value would
show again until the stream brings the new one (TX-2).

Answer, echo and deadline may come in any order, twice, or not at all, with the same result: each depends only on the
target, and a settled target is not settled again. Only ``unknown`` may be settled later, once. A write that landed
after it was given up is ``late``.

`PendingTargets` keeps the targets; here are the rules by which they change.

Revs give the order of two people's writes. Our rev is known from the answer or the echo; until then, the other change
waits in the lock's ``rival`` (CONF-1).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from setpoint.contract.http.batches import ANSWER_WITHIN_MS
from setpoint.contract.live import By, ByKind, Outcome, TxOutcome
from setpoint.contract.values import is_critical
from setpoint.core.store.outcomes import (
    ENDING,
    LANDED,
    REFUSALS,
    UNKNOWN_WORDS,
    WORDS,
    ServerOutcome,
    coded_message,
    late_end,
    updated_by,
    words_of,
)
from setpoint.core.store.pending_targets import PendingTargets
from setpoint.core.store.server_slice import ServerSlice
from setpoint.core.store.types import (
    FORGET_AFTER_MS,
    LOCK_MS,
    PENDING_PHASES,
    Cancel,
    Commit,
    Event,
    Inflight,
    NoticeKind,
    Phase,
    Result,
    Rival,
    Status,
    Target,
    Transaction,
    Transition,
)
from setpoint.errors import IllegalTransitionError


class PendingSlice(PendingTargets):
    """``$server`` is read for revs and statuses, never written (TIER-1). ``writable``: what can be locked (LOCK-1)."""

    __slots__ = ("_scheduled_ms", "_server", "_writable")

    def __init__(self, server: ServerSlice, writable: Collection[str]) -> None:
        super().__init__()
        self._server = server
        self._writable = writable
        self._scheduled_ms: int | None = None

    # ---- what people do -------------------------------------------------------------------------------

    def may_be_set(self, writable: Collection[str]) -> None:
        """Other fields can have targets from now on; existing locks stay."""
        self._writable = writable

    def check(self, event: Event, now_ms: int) -> None:
        """Raises `IllegalTransitionError` for what the caller must not do; nothing has changed then."""
        match event:
            case Commit(tx_id=tx_id, updates=updates):
                if tx_id in self.transactions:
                    raise IllegalTransitionError(f"expected a new txId, but {tx_id} was committed before")
                fields = {field for values in updates.values() for field in values}
                if not fields:
                    raise IllegalTransitionError("expected a commit of at least one target, but got none")
                if not fields <= set(self._writable):
                    names = ", ".join(sorted(fields - set(self._writable)))
                    raise IllegalTransitionError(
                        f"expected targets for {', '.join(sorted(self._writable))}, but {names} cannot be set"
                    )
            case Inflight(tx_id=tx_id) | Cancel(tx_id=tx_id):
                known = self.transactions.get(tx_id)
                if known is None or known.status is not Status.OPTIMISTIC or now_ms > known.at_ms + LOCK_MS:
                    stands = "is not known" if known is None else f"is {known.status.value}"
                    if known is not None and known.status is Status.OPTIMISTIC:
                        stands = "is past its deadline"
                    raise IllegalTransitionError(
                        f"expected a transaction that was not sent, but {tx_id} {stands}"
                    )
            case _:
                pass

    def commit(self, event: Commit, transition: Transition) -> None:
        """Takes a new transaction: its targets show at once, and supersede earlier ones of their fields (TX-1)."""
        targets: dict[str, dict[str, Target]] = {}
        self.transactions[event.tx_id] = Transaction(
            event.tx_id, transition.now_ms, Status.OPTIMISTIC, targets
        )
        transition.transactions[event.tx_id] = None
        for machine, values in event.updates.items():
            # A machine that is critical gets no lock at all: nothing may appear when it clears (SAFE-1, SAFE-2).
            is_shown = not is_critical(self._server.machines.get(machine, {}).get("status"))
            bases = event.base.get(machine, {})
            targets[machine] = {}
            for field, value in values.items():
                base = bases.get(field, self._server.rev(machine, field))
                target = Target(event.tx_id, machine, field, value, transition.now_ms, Phase.OPTIMISTIC, base)
                targets[machine][field] = target
                if not is_shown:
                    continue
                older = self.locks.get(machine, {}).get(field)
                if older is not None:
                    self._end(older, Phase.SUPERSEDED, transition, message=WORDS[Outcome.SUPERSEDED])
                self.locks.setdefault(machine, {})[field] = target
                transition.machines[machine] = None
                self._drop_notice(machine, field)
        self._deadlines.at(transition.now_ms + LOCK_MS + 1, lambda later: self._give_up(event.tx_id, later))
        self._deadlines.at(transition.now_ms + FORGET_AFTER_MS, lambda _: self._forget(event.tx_id))

    def inflight(self, tx_id: str, transition: Transition) -> None:
        """The POST begins."""
        self._move(tx_id, Status.INFLIGHT, transition, sent_ms=transition.now_ms)
        for target in self._pending(tx_id):
            self._update(target, transition, phase=Phase.INFLIGHT)

    def cancel(self, tx_id: str, transition: Transition) -> None:
        """The transaction is taken back before it was sent."""
        self._move(tx_id, Status.CANCELLED, transition)
        for target in self._pending(tx_id):
            self._end(target, Phase.CANCELLED, transition, message="Taken back before it was sent")

    # ---- what HTTP says -------------------------------------------------------------------------------

    def answered(self, tx_id: str, results: Iterable[Result], transition: Transition) -> None:
        """The POST, or a later question for the batch, was answered with 200 (TX-2)."""
        if tx_id not in self.transactions:
            return
        self._move(tx_id, Status.CONFIRMED, transition)
        for result in results:
            target = self._find(tx_id, result.machine, result.field)
            if target is None:
                continue
            if target.phase not in PENDING_PHASES:
                self._settle(target, result, transition)
            elif result.outcome in REFUSALS:
                self._conclude(target, result, transition)
            else:
                rev = target.rev if result.rev is None else result.rev
                self._judge(self._update(target, transition, phase=Phase.CONFIRMED, rev=rev), transition)

    def refused(self, tx_id: str, message: str, transition: Transition) -> None:
        """The server refused the whole batch; an earlier answer counts."""
        known = self.transactions.get(tx_id)
        if known is None or known.status is Status.CONFIRMED:
            return
        self._move(tx_id, Status.FAILED, transition)
        for target in self._unsettled(tx_id):
            self._end(target, Phase.FAILED, transition, message=message)

    def lost(self, tx_id: str, transition: Transition) -> None:
        """No answer came: the client asks for the batch, now and once its limit has passed (SEQ-5)."""
        known = self.transactions.get(tx_id)
        if known is None or known.status is not Status.INFLIGHT:
            return
        self._move(tx_id, Status.LOST, transition)
        self._ask_for_lost(tx_id, transition)
        if not _is_over(known, transition.now_ms):
            self._deadlines.at(_limit_ms(known) + 1, lambda later: self._ask_for_lost(tx_id, later))

    def not_found(self, tx_id: str, asked_ms: int, transition: Transition) -> None:
        """A 404 proves something only if no POST is under way, and if the question left after the limit (CMD-8).
        Before that limit, the POST may arrive after the question.
        """
        known = self.transactions.get(tx_id)
        if known is None or known.status is not Status.LOST or not _is_over(known, asked_ms):
            return
        self._move(tx_id, Status.FAILED, transition)
        for target in self._unsettled(tx_id):
            self._end(target, Phase.FAILED, transition, message="Not applied: the server has no record of it")

    # ---- what the stream says -------------------------------------------------------------------------

    def take_outcomes(self, outcomes: Iterable[TxOutcome], transition: Transition) -> None:
        """The outcomes of one frame, in order. ``$server`` has the frame's values already (TX-3)."""
        for outcome in outcomes:
            target = self._find(outcome.tx_id, outcome.machine, outcome.field)
            if target is not None and target.phase not in PENDING_PHASES:
                self._settle(target, outcome, transition)
            elif target is not None and outcome.outcome.is_final:
                self._conclude(target, outcome, transition)
            elif target is not None:
                rev = target.rev if outcome.rev is None else outcome.rev
                self._judge(self._update(target, transition, phase=Phase.CONFIRMED, rev=rev), transition)
            lock = self.locks.get(outcome.machine, {}).get(outcome.field)
            if lock is not None and lock.tx_id != outcome.tx_id:
                self._take_another(lock, outcome, transition)

    def void_critical(self, transition: Transition) -> None:
        """A stop cancels the locks of its machine for good, and ends the confirmed look of targets that were applied
        (SAFE-2, TX-5)."""
        if not self.locks and not self.notices:
            return
        for machine in list(transition.machines):
            status = self._server.machines.get(machine, {}).get("status")
            if is_critical(status):
                for lock in list(self.locks.get(machine, {}).values()):
                    self._void(lock, str(status), transition)
                for notice in list(self.notices.get(machine, {}).values()):
                    if notice.kind is NoticeKind.RECONCILED:
                        self._drop_notice(machine, notice.field)

    def ask_again(self, transition: Transition) -> None:
        """A connection opened: the client asks for every batch that was sent and is not settled (SEQ-5)."""
        for tx_id, known in self.transactions.items():
            if known.status is not Status.OPTIMISTIC and self._unsettled(tx_id):
                transition.asks[tx_id] = None

    # ---- what time does -------------------------------------------------------------------------------

    def expire(self, transition: Transition) -> None:
        """Handles every deadline that has passed. Called on every event, so that it does not depend on timers alone."""
        for act in self._deadlines.due(transition.now_ms):
            act(transition)

    def wake(self, transition: Transition) -> None:
        """The computer slept or its clock jumped: every lock is due (LOCK-3)."""
        for tx_id in self.transactions:
            self._give_up(tx_id, transition)

    def next_deadline(self) -> int | None:
        """The earliest deadline if it has changed since the last call, else None."""
        at_ms = self._deadlines.next_ms()
        if at_ms == self._scheduled_ms:
            return None
        self._scheduled_ms = at_ms
        return at_ms

    def _give_up(self, tx_id: str, transition: Transition) -> None:
        """Ends the targets of a lock whose time is over (LOCK-3).

        Targets that were never sent must never be sent: they are cancelled. All others are unknown, and the
        client asks for them.
        """
        known = self.transactions.get(tx_id)
        pending = self._pending(tx_id)
        if known is None or not pending:
            return
        if known.status is Status.OPTIMISTIC:
            self._move(tx_id, Status.CANCELLED, transition)
            for target in pending:
                self._end(target, Phase.CANCELLED, transition, message="Not sent within 10 s")
            return
        for target in pending:
            self._end(target, Phase.UNKNOWN, transition, message=UNKNOWN_WORDS)
        transition.asks[tx_id] = None

    def _ask_for_lost(self, tx_id: str, transition: Transition) -> None:
        if self.transactions[tx_id].status is Status.LOST and self._unsettled(tx_id):
            transition.asks[tx_id] = None

    def _forget(self, tx_id: str) -> None:
        del self.transactions[tx_id]

    # ---- judgement ------------------------------------------------------------------------------------

    def _conclude(self, target: Target, result: ServerOutcome, transition: Transition) -> None:
        """The server's final outcome of a pending target."""
        phase = ENDING[result.outcome]
        rev = target.rev if result.rev is None else result.rev
        rival = target.rival
        if phase is Phase.RECONCILED and rival is not None and rev is not None and rival.rev > rev:
            message = updated_by(rival.by, self._user())
            self._end(target, Phase.CONFLICT, transition, result, rev=rev, by=rival.by, message=message)
            return
        message = words_of(result, self._user())
        self._end(target, phase, transition, result, rev=rev, by=result.by, message=message)

    def _settle(self, target: Target, result: ServerOutcome, transition: Transition) -> None:
        """A final outcome of a target that we had ended ourselves, or that ended ``unknown``; counts once."""
        is_open = target.outcome is None or (
            target.outcome is Outcome.UNKNOWN and result.outcome is not Outcome.UNKNOWN
        )
        if not is_open or not result.outcome.is_final:
            return
        rev = target.rev if result.rev is None else result.rev
        if result.outcome is Outcome.UNKNOWN:
            self._update(target, transition, outcome=result.outcome, rev=rev)
            return
        has_landed = result.outcome in LANDED
        is_late = result.outcome is Outcome.APPLIED
        words = "Applied late" if is_late else words_of(result, self._user())
        code = None if is_late else coded_message(result)
        if target.phase is Phase.UNKNOWN:
            target = self._update(
                target,
                transition,
                phase=ENDING[result.outcome],
                outcome=result.outcome,
                rev=rev,
                by=result.by,
                message=words,
                said=code,
            )
            self._notify(late_end(result.outcome), target, words, code, transition)
            return
        target = self._update(target, transition, outcome=result.outcome, rev=rev)
        if has_landed and target.phase in (Phase.CANCELLED, Phase.FAILED):
            self._notify(late_end(result.outcome), target, words, code, transition)

    def _take_another(self, lock: Target, result: TxOutcome, transition: Transition) -> None:
        """Another txId's outcome on a field that we have locked. Only what changed the value can be a conflict."""
        if result.rev is None or result.rev <= max(lock.base or 0, lock.rev or 0):
            return
        if result.by is not None and result.by.kind is ByKind.SAFETY:
            self._void(lock, result.by.name, transition)
        elif result.outcome in LANDED and (lock.rival is None or lock.rival.rev < result.rev):
            self._judge(
                self._update(lock, transition, rival=Rival(result.tx_id, result.rev, result.by)), transition
            )

    def _judge(self, lock: Target, transition: Transition) -> None:
        rival = lock.rival
        if rival is None or lock.rev is None:
            return
        if rival.rev > lock.rev:
            self._end(
                lock, Phase.CONFLICT, transition, by=rival.by, message=updated_by(rival.by, self._user())
            )
        else:
            self._update(lock, transition, rival=None)

    def _void(self, lock: Target, status: str, transition: Transition) -> None:
        by = By(ByKind.SAFETY, status)
        self._end(lock, Phase.CANCELLED, transition, by=by, message=f"Voided by {status}")
        known = self.transactions[lock.tx_id]
        if known.status is Status.OPTIMISTIC and not self._pending(lock.tx_id):
            self._move(lock.tx_id, Status.CANCELLED, transition)

    def _user(self) -> str | None:
        user = self._server.user
        return None if user is None else user.name


def _limit_ms(sent: Transaction) -> int:
    """The last instant at which the server may still send something of it (CMD-8)."""
    assert sent.sent_ms is not None, "its POST has left"
    return sent.sent_ms + ANSWER_WITHIN_MS


def _is_over(sent: Transaction, at_ms: int) -> bool:
    return at_ms > _limit_ms(sent)
