"""The effects of a call of `Commands`: what is stored first, what waits behind it, and what happens now.

Nothing is handed to a machine, and no outcome or rev is sent, before it is recorded (CMD-1); otherwise it would not be
true after a crash. So there are three unions, and `setpoint.core.engine` routes each:

    `Recorded`     is written, in order, any number in one transaction
    `Behind`       keeps its place behind the changes before it, and is played when these are written
    `Now`          is played at once
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import msgspec

from setpoint.contract.http.batches import BatchAnswer
from setpoint.contract.http.machines import Event, FieldRev
from setpoint.contract.live import TxOutcome
from setpoint.contract.values import Value
from setpoint.core.commands.fact import Fact
from setpoint.core.commands.records import BatchRecord, ItemRecord
from setpoint.core.plant import Plant, PlantChange, Write
from setpoint.errors import RequestError

# Stored first


class RecordBatch(msgspec.Struct, frozen=True):
    """A batch and the revs that it raised; ``facts`` go into the audit beside the batch itself.

    When it is stored, `Commands.recorded` continues; if storing fails, the effects of `Commands.not_recorded` take its
    place. A batch that waited under its txId no longer waits.
    """

    batch: BatchRecord
    revs: tuple[FieldRev, ...] = ()
    facts: tuple[Fact, ...] = ()


class LastReported(msgspec.Struct, frozen=True, gc=False):
    """The last set-point that a machine reported: the next run of the server compares with it (CMD-6)."""

    machine: str
    field: str
    value: Value


class RecordOutcomes(msgspec.Struct, frozen=True):
    """The new outcomes of items."""

    items: tuple[ItemRecord, ...]


class RecordEvents(msgspec.Struct, frozen=True):
    """Events at machines, the revs that these raised, and the set-points that the machines report now."""

    events: tuple[Event, ...]
    revs: tuple[FieldRev, ...] = ()
    set_points: tuple[LastReported, ...] = ()


Recorded: TypeAlias = RecordBatch | RecordOutcomes | RecordEvents


def last_reported(change: RecordOutcomes | RecordEvents) -> Iterator[LastReported]:
    """The set-points that are stored with a change, in one transaction. An outcome has its own."""
    if isinstance(change, RecordEvents):
        yield from change.set_points
        return
    for item in change.items:
        if item.reported is not msgspec.UNSET and item.reported is not None:
            yield LastReported(item.machine, item.field, item.reported)


# Behind what is stored


class Revise(msgspec.Struct, frozen=True):
    """The hub gets the new revs."""

    revs: Mapping[str, Mapping[str, int]]


class Echo(msgspec.Struct, frozen=True):
    """The hub sends the outcomes on the stream, by the urgent lane."""

    outcomes: tuple[TxOutcome, ...]


class AnswerReady(msgspec.Struct, frozen=True):
    """Answers those who wait for that txId: the authors of the batch, or those who withdrew it (``is_withdrawal``)."""

    tx_id: str
    answer: BatchAnswer
    is_withdrawal: bool = False
    refusal: RequestError | None = None
    """The error that the authors of the batch get instead of an answer."""


class TakePlant(msgspec.Struct, frozen=True):
    """The hub takes another plant; the outcomes that follow from the change were sent before. Then ``call`` is
    answered.
    """

    call: int
    plant: Plant
    change: PlantChange


Behind: TypeAlias = Revise | Echo | AnswerReady | TakePlant


# Now


class Dispatch(msgspec.Struct, frozen=True):
    """Hands the writes to their sources, and none of them from ``limit_ms`` on."""

    writes: tuple[Write, ...]
    limit_ms: int


class DispatchMore(msgspec.Struct, frozen=True):
    """A large batch leaves in parts; the next part leaves after other work has run."""

    tx_id: str


class Refuse(msgspec.Struct, frozen=True):
    """Refuses a batch to its authors: it is too late, and its record still waits (CMD-8)."""

    tx_id: str
    refusal: RequestError


Now: TypeAlias = Dispatch | DispatchMore | Refuse

Effect: TypeAlias = Recorded | Behind | Now
"""An effect of a call of `Commands`."""
