"""The events of the engine. ``call`` is the shell's number for a request; the `Reply` has the same number.

Sessions of ``/live`` use separate methods (`Engine.open` and others), because these only make frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from setpoint.contract.http.batches import AgainRequest, BatchKind, BatchRequest
from setpoint.core.commands.records import BatchRecord
from setpoint.core.commands.time_limit import Arrival
from setpoint.core.plant import Person, Plant, Report, WriteAnswer
from setpoint.errors import StorageError

# From the machines


class Reported(msgspec.Struct, frozen=True):
    """Sources report values or qualities of machines, in the order in which they read them."""

    reports: Sequence[Report]


class Answered(msgspec.Struct, frozen=True):
    """Controllers have answered writes of a `Dispatch`."""

    answers: Sequence[WriteAnswer]


# From people


class Submit(msgspec.Struct, frozen=True):
    """A batch. ``arrival``: when its request came in (CMD-8)."""

    call: int
    request: BatchRequest
    person: Person
    arrival: Arrival


class Again(msgspec.Struct, frozen=True):
    """Undoes the batch ``followed``, or retries what failed in it; ``tx_id`` is the new batch's."""

    call: int
    followed: str
    kind: BatchKind
    tx_id: str
    body: AgainRequest
    person: Person
    arrival: Arrival


class Cancel(msgspec.Struct, frozen=True):
    """Withdraws the targets of a batch that have not left (CMD-7)."""

    call: int
    tx_id: str
    person: Person


class Confirm(msgspec.Struct, frozen=True):
    """A second person confirms a batch that waits; ``asked_by`` is its asker with the rights that they have now."""

    call: int
    tx_id: str
    person: Person
    asked_by: Person
    arrival: Arrival


class Withdraw(msgspec.Struct, frozen=True):
    """A batch that waits for a second person is refused or withdrawn."""

    call: int
    tx_id: str
    person: Person


PersonRequest: TypeAlias = Submit | Again | Cancel | Confirm | Withdraw


# From the operator of the server


class PlantChanged(msgspec.Struct, frozen=True):
    """The plant file was reloaded. ``by`` is the person who requested it, ``address`` their address."""

    call: int
    plant: Plant
    by: str
    address: str = ""


# From storage


class Stored(msgspec.Struct, frozen=True):
    """The last `Store` is written."""


class NotStored(msgspec.Struct, frozen=True):
    """Nothing of the last `Store` is written, or, with an `InDoubtError`, nobody knows yet."""

    error: StorageError


class Probed(msgspec.Struct, frozen=True):
    """The answer to `Probe`. ``stored_last`` is the name of the transaction that was stored last, if it is well."""

    is_well: bool
    stored_last: str = ""


class Found(msgspec.Struct, frozen=True):
    """The answer to `Find`: the batch as it is stored, or None."""

    tx_id: str
    batch: BatchRecord | None


class NotFound(msgspec.Struct, frozen=True):
    """Storage could not be asked."""

    tx_id: str
    error: StorageError


# Time


class TimePassed(msgspec.Struct, frozen=True):
    """`Engine.next_due_ms` has come."""


class MoreDue(msgspec.Struct, frozen=True):
    """The turn of a `DispatchMore` has come."""

    tx_id: str


Event: TypeAlias = (
    Reported
    | Answered
    | PersonRequest
    | PlantChanged
    | Stored
    | NotStored
    | Probed
    | Found
    | NotFound
    | TimePassed
    | MoreDue
)
"""One event, as `Engine.handle` takes it."""
