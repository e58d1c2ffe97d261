"""Machines over HTTP: events, changes, and the last ten minutes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from setpoint.contract.live import By
from setpoint.contract.values import Value


class FieldRev(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """How often a writable field was changed or voided, and by whom last.

    ``rev`` is raised by every accepted write, every change by the device and every safety assertion; ``written``
    is the rev of the last of these that was no safety assertion: equal to an item's rev, nobody changed the
    field since. An assertion that finds a value which an earlier stop has set counts as written.
    """

    machine: str
    field: str
    rev: int = 0
    written: int = 0
    by: By | None = None
    at: float = 0.0


class EventKind(StrEnum):
    ASSERTED = "asserted"
    CLEARED = "cleared"
    DEVICE_CHANGE = "device_change"
    LATE_LANDING = "late_landing"
    STOP_BETWEEN = "stop_between"
    """A warning: a write that had left before a stop took effect after it (CMD-6)."""


class Event(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """What happened at a machine and belongs in the audit. ``status`` and ``cause`` are those of a stop."""

    kind: EventKind
    machine: str
    at: float
    line: str = ""
    field: str | None = None
    tx_id: str | None = None
    status: str | None = None
    cause: str | None = None
    before: Value = None
    value: Value = None
    rev: int | None = None
    message: str | None = None


class SimulatorEvent(msgspec.Struct, frozen=True):
    """``status`` asserts a critical status or clears it with null; ``fault`` makes trouble or mends it with null."""

    machine: Annotated[str, msgspec.Meta(max_length=64, description="m_402 or m:402.")]
    status: str | msgspec.UnsetType | None = msgspec.UNSET
    fault: str | msgspec.UnsetType | None = msgspec.UNSET
