"""Targets that a former run of the server left under way become ``unknown`` and are never sent again (CMD-1)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from setpoint.contract.http.machines import FieldRev
from setpoint.contract.live import Outcome
from setpoint.core.commands.effects import Effect, LastReported
from setpoint.core.commands.inflight import Batch, Item
from setpoint.core.commands.records import BatchRecord
from setpoint.core.commands.under_way import KEEP_MS, ForgetDue, UnderWay
from setpoint.core.commands.unit_of_work import UnitOfWork
from setpoint.core.commands.write_state import Done, Unconfirmed
from setpoint.core.plant.wording import words
from setpoint.message import message_of

RETELL_WITHIN_S = 86_400.0
"""Stops and changes at machines within this time are sent again after a restart. It is long enough for a clock that
was set.
"""

_RESTARTED = words("words-server-stopped")


def restored(
    under_way: UnderWay,
    batches: Iterable[BatchRecord],
    now_ms: int,
    ts: float,
    *,
    revs: Iterable[FieldRev] = (),
    set_points: Iterable[LastReported] = (),
) -> list[Effect]:
    """Takes batches that a former run left, oldest first: targets without an outcome become ``unknown`` (CMD-1).

    ``revs`` are those that it left, if they were not loaded before. ``set_points`` are the last ones that the machines
    reported to it: if a machine's first report differs, the machine has changed its set-point in between (CMD-6).

    Nothing is ever sent again. Items that ended ``unknown``, then or now, wait for their late landing. Stops and
    changes at machines are sent again, for clients that were away when they happened (SAFE-2).
    """
    under_way.revs.load(revs)
    under_way.remembered.update({(last.machine, last.field): last.value for last in set_points})
    work = under_way.begin(now_ms, ts)
    for rev in under_way.revs.by_nobody_since(ts - RETELL_WITHIN_S):
        set_point = under_way.set_point(rev.machine, rev.field)
        if set_point is not None and rev.by is not None:
            work.overruled(set_point, rev.rev, rev.by)
    restore(under_way, batches, work)
    return under_way.end(work)


def restore(under_way: UnderWay, batches: Iterable[BatchRecord], work: UnitOfWork) -> None:
    for record in batches:
        batch = Batch(record)
        batch.is_recorded = batch.is_answered = True
        under_way.deadlines.at(work.now_ms + KEEP_MS, ForgetDue(record.tx_id))
        for each in record.items:
            if each.outcome.is_final and each.outcome is not Outcome.UNKNOWN:
                batch.entries.append(each)
                continue
            lost = each
            if not each.outcome.is_final:
                lost = msgspec.structs.replace(
                    each,
                    outcome=Outcome.UNKNOWN,
                    at=work.ts,
                    message=str(_RESTARTED),
                    said=message_of(_RESTARTED),
                )
                work.settle_restored(lost, record.person)
            set_point = under_way.set_point(lost.machine, lost.field)
            if set_point is None or set_point.in_flight is not None:
                batch.entries.append(lost)
                continue
            if (older := set_point.unconfirmed) is not None:
                # The rev decides which is newer, because the wall clock may have been set back.
                if (older.record.rev or 0) > (lost.rev or 0):
                    batch.entries.append(lost)
                    continue
                older.state = Done()
            set_point.unconfirmed = Item(lost, Unconfirmed(), set_point, batch, 0)
            batch.entries.append(set_point.unconfirmed)
            under_way.await_landing(set_point, work.now_ms)
        under_way.keep(batch)
