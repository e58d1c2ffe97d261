"""Sends the targets of a recorded batch, each after a last check of its machine, and withdraws them.

- If a machine stopped after a write was accepted, the write does not leave, even if the stop is over by then (SAFE-2,
  SAFE-3).
- No write leaves after its batch's limit (CMD-8), however long storage or the process was blocked.
"""

from __future__ import annotations

import msgspec

from setpoint.contract.http.batches import ANSWER_WITHIN_MS
from setpoint.contract.live import By, ByKind
from setpoint.core.commands.effects import AnswerReady, Dispatch, DispatchMore, Effect
from setpoint.core.commands.inflight import Batch, Item
from setpoint.core.commands.interlock import interlock
from setpoint.core.commands.request import answer_of
from setpoint.core.commands.time_limit import too_late
from setpoint.core.commands.under_way import SettleDue, UnderWay
from setpoint.core.commands.unit_of_work import UnitOfWork
from setpoint.core.commands.withdrawal import withdrawn_words
from setpoint.core.commands.write_state import (
    Barred,
    Expired,
    HandedOver,
    Moved,
    Removed,
    Stopped,
    Superseded,
    Withdrawn,
    step,
)
from setpoint.core.plant import Person, Write
from setpoint.core.plant.wording import words

SETTLE_WITHIN_MS = 5_000
"""The time from hand-over to ``unknown`` or ``diverged``, for answer and report together (CMD-3)."""
CHUNK = 500
"""The number of writes handed over at a time; the event loop runs in between."""

REMOVED = words("words-plant-lost-it")
_TOO_LATE = words("words-sent-too-late")


class Dispatcher:
    """Lets the targets of recorded batches leave, ``chunk`` at a time."""

    def __init__(self, known: UnderWay, chunk: int) -> None:
        self._under_way = known
        self._chunk = chunk

    def dispatch(self, tx_id: str, now_ms: int, ts: float) -> list[Effect]:
        """The next writes of a recorded batch leave, each after a last look at its machine (SAFE-3)."""
        batch = self._under_way.batches[tx_id]
        work = self._under_way.begin(now_ms, ts)
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
            self._under_way.deadlines.at(now_ms + SETTLE_WITHIN_MS, SettleDue(handed))
            batch.has_left = True
            # If a part left in time, the next part has the full time again.
            batch.limit_ms = now_ms + ANSWER_WITHIN_MS
        work.touch(batch)
        if batch.is_late:
            work.is_overdue(batch)
        effects: list[Effect] = [Dispatch(tuple(writes), limit_ms)] if writes else []
        effects += self._under_way.end(work)
        if batch.queue:
            effects.append(DispatchMore(tx_id))
        return effects

    def _expire(self, batch: Batch, work: UnitOfWork) -> list[Effect]:
        """Targets that have not left by their limit end ``cancelled``. If none had left, the answer is ``too-late``."""
        is_whole = bool(batch.queue) and not batch.has_left
        while batch.queue:
            work.move(batch.queue.popleft(), Expired(), message=_TOO_LATE)
        work.touch(batch)
        if batch.is_late:
            work.is_overdue(batch)
        effects = self._under_way.end(work)
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
        """Says whether the item leaves now. Settles it if it must not leave."""
        set_point, record = item.set_point, item.record
        why = REMOVED if set_point.is_gone else set_point.field.refuse(record.asked)
        if why is not None:
            work.move(item, Removed(), message=why)
            return False
        stops, status = self._under_way.stops.get(record.machine, (0, ""))
        if stops != item.stops:
            work.move(
                item,
                Stopped(status),
                message=words("words-voided-by", name=status),
                by=By(ByKind.SAFETY, status),
            )
            return False
        barred = interlock(record.machine, self._under_way.machines.get(record.machine))
        if barred is not None:
            if barred.is_stop and barred.by is not None:
                message = words("words-voided-by", name=barred.by.name)
                work.move(item, Stopped(barred.by.name), message=message, by=barred.by, since=barred.since)
            else:
                work.move(item, Barred(), message=barred.message, since=barred.since)
            return False
        rev = record.rev or 0
        if rev < set_point.device_rev:
            now = self._under_way.revs.of(record.machine, record.field).rev
            device = By(ByKind.DEVICE, set_point.machine.id)
            work.move(item, Moved(), message=words("words-machine-changed-first"), by=device, rev=now)
            return False
        if rev < set_point.last_rev_sent:
            by = self._under_way.revs.of(record.machine, record.field).by
            work.move(item, Superseded(), message=words("words-newer-left"), by=by)
            return False
        earlier = [each for each in (set_point.in_flight, set_point.unconfirmed) if each is not None]
        for each in earlier:
            name = item.batch.header.person
            work.move(
                each,
                Superseded(),
                message=words("words-superseded-by", name=name),
                by=By(ByKind.OPERATOR, name),
            )
        item.state, _ = step(item.state, HandedOver(is_over=bool(earlier)))
        item.baseline = set_point.reported
        set_point.in_flight, set_point.unconfirmed = item, None
        set_point.last_rev_sent = rev
        return True

    def withdraw(self, batch: Batch, person: Person, now_ms: int, ts: float) -> list[Effect]:
        """Targets that have not left will not leave; the answer has the outcome of each target (CMD-7)."""
        work = self._under_way.begin(now_ms, ts)
        by = By(ByKind.OPERATOR, person.name)
        while batch.queue:
            work.move(batch.queue.popleft(), Withdrawn(), message=withdrawn_words(person), by=by)
        tx_id = batch.header.tx_id
        return [
            *self._under_way.end(work),
            AnswerReady(tx_id, answer_of(tx_id, batch.records()), is_withdrawal=True),
        ]
