"""The entries of people for a shift: reasons of downtime, and notes for the next shift (SHIFT-6, SHIFT-8)."""

from __future__ import annotations

import msgspec

from setpoint.core.commands.fact import Fact, fact

SHIFT = "shift"
"""The kind of these entries in the audit."""
MAX_LENGTH_S = 7 * 86_400.0
MAX_ENTRIES = 2_000
"""The number of entries of one line in a week. More are refused."""


class ShiftEntry(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """With a machine: from ``since`` to ``until`` it was down for ``reason`` (empty: not known after all).

    Without a machine: a note on the line's shift between these instants. A later entry replaces earlier ones for its
    time, so giving a part of a stop another reason splits the stop.
    """

    line: str
    since: float
    until: float
    person: str
    at: float
    machine: str | None = None
    reason: str | None = None
    text: str = ""


class ShiftQuery(msgspec.Struct, frozen=True):
    """The entries that touch a time, of these lines."""

    lines: tuple[str, ...]
    since: float
    until: float


class RecordShiftEntry(msgspec.Struct, frozen=True):
    """Stores an entry, complete in the audit too."""

    entry: ShiftEntry

    @property
    def fact(self) -> Fact:
        """The same for the audit (SHIFT-8)."""
        return fact(self.entry.at, SHIFT, self.entry.person, self.entry)
