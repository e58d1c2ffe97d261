"""The stored changes of batches that wait for a second person."""

from __future__ import annotations

import msgspec

from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.commands.fact import Fact


class RecordHeld(msgspec.Struct, frozen=True):
    """Stores a batch that waits for a second person. The same txId again changes nothing."""

    held: PendingApproval
    fact: Fact


class EndHeld(msgspec.Struct, frozen=True):
    """Removes a batch that waited."""

    tx_id: str
    fact: Fact
