"""What people say of a shift: the reason of downtime, and notes for the next shift (SHIFT-6, SHIFT-8)."""

from __future__ import annotations

import msgspec

from setpoint.core.commands.fact import Fact

MAX_TEXT = 2_000
MAX_ENTRIES = 2_000
"""Of one line in a week: more is refused."""


class ShiftEntry(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Of a machine: from ``since`` to ``until`` it was down for ``reason`` (empty: that is not known after all).

    Without a machine it is a note on the line's shift between these instants. A later entry counts for the time that
    it names, so a stop is split by giving a part of it another reason.
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
    entry: ShiftEntry
    fact: Fact
