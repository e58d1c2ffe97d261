"""What is stored of a batch that waits for a second person."""

from __future__ import annotations

import msgspec

from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.commands.fact import Fact


class RecordHeld(msgspec.Struct, frozen=True):
    """A batch that waits for a second person; the same txId again changes nothing."""

    held: PendingApproval
    fact: Fact


class EndHeld(msgspec.Struct, frozen=True):
    """A batch that waited ends, without being a batch."""

    tx_id: str
    fact: Fact
