"""Everything that is stored, in the order of the decisions."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from setpoint.core.approval.effects import EndHeld, RecordHeld
from setpoint.core.commands.effects import RecordBatch, RecordEvents, RecordOutcomes
from setpoint.core.commands.fact import Fact
from setpoint.core.shifts.entries import RecordShiftEntry


class RecordFact(msgspec.Struct, frozen=True):
    """Something that only the audit records."""

    fact: Fact


Change: TypeAlias = (
    RecordBatch | RecordOutcomes | RecordEvents | RecordHeld | EndHeld | RecordFact | RecordShiftEntry
)
"""One stored change; `setpoint.persistence` takes a sequence of these and writes them in one transaction."""
