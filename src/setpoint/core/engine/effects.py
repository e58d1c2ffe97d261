"""The effects of the engine. The player carries out all of them now, in order; the engine has already stored what must
be stored first.

    effect            the player…
    Store             writes the changes in one transaction, then says `Stored` or `NotStored`; there is one at a time
    Probe             asks whether the storage can be written, then says `Probed`
    Find              reads a batch from storage, then says `Found` or `NotFound`
    Dispatch          hands the writes to their sources
    DispatchMore      says `MoreDue` when other work had its turn
    Reply             answers a call
    Frames            gives frames to sessions, and ends sessions
    Settled           counts outcomes
    PlantTaken        starts and stops sources, so that they serve the machines of this plant; begins a new recorder
"""

from __future__ import annotations

from typing import Generic, TypeAlias

import msgspec

from setpoint.contract.http.batches import BatchAnswer
from setpoint.contract.live import TxOutcome
from setpoint.core.audit.changes import Change
from setpoint.core.commands.effects import Dispatch, DispatchMore
from setpoint.core.hub.effects import Effect as HubEffect
from setpoint.core.hub.effects import S
from setpoint.core.plant import Plant, PlantChange
from setpoint.errors import SetpointError


class Store(msgspec.Struct, frozen=True):
    """One transaction. Its ``name`` is stored with it, so that `Probe` can tell whether it was."""

    changes: tuple[Change, ...]
    name: str


class Probe(msgspec.Struct, frozen=True):
    """Asks whether the storage can be written, and which transaction it stored last."""


class Find(msgspec.Struct, frozen=True):
    """Asks storage for a batch by its txId."""

    tx_id: str


class Reply(msgspec.Struct, frozen=True):
    """``result`` is the answer about the batch, or the reason why there is none; None for a call without a batch."""

    call: int
    result: BatchAnswer | SetpointError | None


class Frames(msgspec.Struct, Generic[S], frozen=True):
    """Frames for sessions of ``/live``, and ends of sessions, in this order."""

    effects: list[HubEffect[S]]


class Settled(msgspec.Struct, frozen=True):
    """These outcomes go out on the stream now."""

    outcomes: tuple[TxOutcome, ...]


class PlantTaken(msgspec.Struct, frozen=True):
    """``plant`` is the plant that clients see from now on."""

    plant: Plant
    change: PlantChange


Effect: TypeAlias = Store | Probe | Find | Dispatch | DispatchMore | Reply | Frames[S] | Settled | PlantTaken
"""One effect. The player carries out all of them, in order."""
