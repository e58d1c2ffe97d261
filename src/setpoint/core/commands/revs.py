"""The counters of writable fields: which fields have changed, and who changed them (CONF-1, SAFE-3).

Each raise is a fact to store (`RecordBatch.revs`, `RecordEvents.revs`) and to send (`Revise`). A counter never falls: a
rev is sent only after it is stored. If the recording of a batch fails, the revs that it raised stay raised, and are
stored and sent separately.

A person who gives two targets for one field quickly has seen the same rev for both. So the unbroken run of one person's
raises is kept together with the rev before it. For that person, nothing in the run is another person's change
(`is_own`).
"""

from __future__ import annotations

from collections.abc import Iterable

from setpoint.contract.http.machines import FieldRev
from setpoint.contract.live import By, ByKind


class Revs:
    """The latest `FieldRev` of every field that was ever raised; all others are 0."""

    def __init__(self, stored: Iterable[FieldRev] = ()) -> None:
        self._fields: dict[str, dict[str, FieldRev]] = {}
        self._runs: dict[tuple[str, str], tuple[str, int]] = {}
        self.load(stored)

    def load(self, stored: Iterable[FieldRev]) -> None:
        """Takes the counters that a former run left."""
        for rev in stored:
            self._fields.setdefault(rev.machine, {})[rev.field] = rev
            if rev.by is not None:
                self._continue_run(rev.machine, rev.field, rev.by, rev.rev - 1)

    def of(self, machine: str, field: str) -> FieldRev:
        found = self._fields.get(machine)
        return (found and found.get(field)) or FieldRev(machine, field)

    def raise_(
        self, machine: str, field: str, by: By, at: float, *, is_set_by_stop: bool = False
    ) -> FieldRev:
        """Raises the field's counter by one. A safety assertion changes no value, so it leaves ``written`` as it is,
        unless an earlier stop has set the value that it finds. `is_set_by_stop` of a later run depends on this."""
        fields = self._fields.get(machine)
        if fields is None:
            fields = self._fields[machine] = {}
        now = fields.get(field)
        before, written = (now.rev, now.written) if now else (0, 0)
        self._continue_run(machine, field, by, before)
        if by.kind is not ByKind.SAFETY or is_set_by_stop:
            written = before + 1
        raised = fields[field] = FieldRev(machine, field, before + 1, written, by, at)
        return raised

    def _continue_run(self, machine: str, field: str, by: By, before: int) -> None:
        """The machine and a stop break every run; another person begins a new one. After a restart, only the last raise
        of an earlier run is known."""
        if by.kind is not ByKind.OPERATOR or by.name is None:
            self._runs.pop((machine, field), None)
        elif self._runs.get((machine, field), ("", 0))[0] != by.name:
            self._runs[machine, field] = (by.name, before)

    def may_be_set_by_stop(self, machine: str, field: str) -> bool:
        """Whether a stop may have set the value that a former run left; it is no longer known whether the machine was
        stopped when it changed the value itself.
        """
        now = self.of(machine, field)
        if now.by is None or now.by.kind is ByKind.OPERATOR:
            return False
        return now.by.kind is ByKind.DEVICE or now.written == now.rev

    def is_own(self, machine: str, field: str, base: int, person: str) -> bool:
        """Whether every raise since ``base`` was an accepted write of this person."""
        name, before = self._runs.get((machine, field), ("", 0))
        return name == person and before <= base

    def by_nobody_since(self, ts: float) -> list[FieldRev]:
        """The fields that a stop or the machine itself raised last, at ``ts`` or later."""
        return [
            rev
            for fields in self._fields.values()
            for rev in fields.values()
            if rev.by is not None and rev.by.kind is not ByKind.OPERATOR and rev.at >= ts
        ]

    def numbers(self) -> dict[str, dict[str, int]]:
        """Every counter above 0, as the hub and the wire have them."""
        return {
            machine: {name: field.rev for name, field in fields.items()}
            for machine, fields in self._fields.items()
        }
