"""The counters of writable fields: what has moved, and by whom (CONF-1, SAFE-3).

Each raise is a fact to store (`RecordBatch.revs`, `RecordEvents.revs`) and to tell (`Revise`). A counter never falls:
a batch's revs are told only once they are stored, and one that was raised for a batch whose recording failed stays
raised, which costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from setpoint.core.commands.records import FieldRev
from setpoint.core.protocol import By, ByKind


class Revs:
    """The latest `FieldRev` of every field that was ever raised; the others stand at 0."""

    def __init__(self, stored: Iterable[FieldRev] = ()) -> None:
        self._fields: dict[str, dict[str, FieldRev]] = {}
        for rev in stored:
            self._fields.setdefault(rev.machine, {})[rev.field] = rev

    def of(self, machine: str, field: str) -> FieldRev:
        found = self._fields.get(machine)
        return (found and found.get(field)) or FieldRev(machine, field)

    def raise_(self, machine: str, field: str, by: By, at: float) -> FieldRev:
        """One more for the field. A safety assertion moves no value, so it leaves ``written`` as it is."""
        now = self.of(machine, field)
        rev = now.rev + 1
        written = now.written if by.kind is ByKind.SAFETY else rev
        raised = FieldRev(machine, field, rev, written, by, at)
        self._fields.setdefault(machine, {})[field] = raised
        return raised

    def numbers(self) -> dict[str, dict[str, int]]:
        """Every counter above 0, as the hub and the wire have them."""
        return {
            machine: {name: field.rev for name, field in fields.items()}
            for machine, fields in self._fields.items()
        }
