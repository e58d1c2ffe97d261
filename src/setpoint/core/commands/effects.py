"""What `Commands` asks the shell to do, and in which order.

The shell keeps one queue. It plays `Dispatch`, `DispatchMore` and `Refuse` at once, as they come; everything else goes
through the queue, in order: the storing effects (`Change`) are written, any number of them in one transaction, and
only when that is committed the effects behind them are played. So nothing is handed to a machine before it is
recorded, and no outcome or rev is told before it is (CMD-1): what was told would not be true after a crash.

    effect            the shell…
    RecordBatch       stores it; then calls `Commands.recorded`, or `Commands.not_recorded` if that failed,
                      whose effects take its place in the queue
    RecordOutcomes    stores the items' new outcomes
    RecordEvents      stores events and revs
    Dispatch          hands the writes to their sources, now, and none of them from ``limit_ms`` on
    DispatchMore      calls `Commands.dispatch` after other work had its turn (a large batch leaves in parts)
    Revise            gives the hub the new revs, once they are stored
    Echo              gives the hub the outcomes for the stream (urgent lane), once they are stored
    AnswerReady       answers whoever waits for that txId: who gave the batch, or who withdrew it (``is_withdrawal``)
    Refuse            refuses a batch to whoever gave it, now: its time is over and its record still waits (CMD-8)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from setpoint.core.commands.records import BatchRecord, Event, FieldRev, ItemRecord
from setpoint.core.commands.request import BatchAnswer
from setpoint.core.plant import Write
from setpoint.core.protocol import TxOutcome
from setpoint.errors import RequestError


class RecordBatch(msgspec.Struct, frozen=True):
    batch: BatchRecord
    revs: tuple[FieldRev, ...] = ()


class RecordOutcomes(msgspec.Struct, frozen=True):
    items: tuple[ItemRecord, ...]


class RecordEvents(msgspec.Struct, frozen=True):
    events: tuple[Event, ...]
    revs: tuple[FieldRev, ...] = ()


class Dispatch(msgspec.Struct, frozen=True):
    writes: tuple[Write, ...]
    limit_ms: int


class DispatchMore(msgspec.Struct, frozen=True):
    tx_id: str


class Revise(msgspec.Struct, frozen=True):
    revs: Mapping[str, Mapping[str, int]]


class Echo(msgspec.Struct, frozen=True):
    outcomes: tuple[TxOutcome, ...]


class AnswerReady(msgspec.Struct, frozen=True):
    tx_id: str
    answer: BatchAnswer
    is_withdrawal: bool = False
    refusal: RequestError | None = None
    """What who gave the batch is told instead of the answer."""


class Refuse(msgspec.Struct, frozen=True):
    tx_id: str
    refusal: RequestError


Change: TypeAlias = RecordBatch | RecordOutcomes | RecordEvents
"""What is stored; `setpoint.persistence` takes a sequence of these and writes them in one transaction."""

Effect: TypeAlias = Change | Dispatch | DispatchMore | Refuse | Revise | Echo | AnswerReady
