"""The stored changes of batches that wait for a second person."""

from __future__ import annotations

import msgspec

from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.commands.fact import Fact


class RecordHeld(msgspec.Struct, frozen=True):
    """Stores a batch that waits for a second person, in place of an earlier one with its txId.

    ``over`` are the txIds of batches that have expired; they are removed. They are listed because the wall clock may
    have been set in the meantime and cannot tell which have expired.
    """

    held: PendingApproval
    fact: Fact
    over: tuple[str, ...] = ()


class EndHeld(msgspec.Struct, frozen=True):
    """Removes a batch that waited."""

    tx_id: str
    fact: Fact
