"""Machines over HTTP: who changed a field, events, and their acknowledgement."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from setpoint.contract.http.people import PLAIN
from setpoint.contract.live import By
from setpoint.contract.values import Value
from setpoint.message import Message


class FieldRev(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """How often a writable field was changed or voided, and by whom last.

    ``rev`` rises with every accepted write, every change by the device and every safety assertion. ``written`` is the
    rev of the last write or change; if it equals the rev of an item, nobody has changed the field since. A safety
    assertion counts as a write if it finds a value that an earlier stop has set.
    """

    machine: str
    field: str
    rev: int = 0
    written: int = 0
    by: By | None = None
    at: float = 0.0


class EventKind(StrEnum):
    """The kinds of the one stream of events. Those of `AUDITED_KINDS` are in the audit, each as an entry."""

    ASSERTED = "asserted"
    """A stop was raised. `CLEARED`: it was cleared."""
    CLEARED = "cleared"
    DEVICE_CHANGE = "device_change"
    LATE_LANDING = "late_landing"
    STOP_BETWEEN = "stop_between"
    """A warning: a write that had left before a stop took effect after it (CMD-6)."""
    OFFLINE = "offline"
    ONLINE = "online"
    ALARM = "alarm"
    ASKED = "asked"
    APPLIED = "applied"
    UNKNOWN = "unknown"
    CONFLICT = "conflict"
    NOT_APPLIED = "not_applied"
    """Any other final outcome; ``outcome`` names it."""
    PLANT_CHANGE = "plant_change"
    SIGN_IN = "sign_in"


AUDITED_KINDS = (
    EventKind.ASSERTED,
    EventKind.CLEARED,
    EventKind.DEVICE_CHANGE,
    EventKind.LATE_LANDING,
    EventKind.STOP_BETWEEN,
)


class EventNote(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who acknowledged an event, when (Unix seconds), and what they wrote."""

    person: str
    at: float
    note: str = ""


class Event(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """An event at a machine or (without ``machine`` and ``line``) in the plant.

    ``status`` and ``cause`` are those of a stop, ``value`` and ``before`` those of a field. ``outcome`` is a target's,
    ``alarm`` an alarm's name, ``label`` what the plant file calls it now, ``change`` what became of it
    (`setpoint.core.alarms.AlarmEventKind`). ``said``: the code and arguments of ``message``, where it has some (SAY-1).
    """

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
    person: str | None = None
    outcome: str | None = None
    alarm: str | None = None
    change: str | None = None
    priority: str | None = None
    acknowledged: EventNote | None = None
    label: str | None = None
    said: Message | None = None


class EventAcknowledgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Identifies an event: its kind, machine, field (or alarm) and instant."""

    kind: EventKind
    at: float
    machine: Annotated[str, msgspec.Meta(max_length=64, pattern=PLAIN)] = ""
    field: Annotated[str, msgspec.Meta(max_length=64, pattern=PLAIN)] = ""
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""


class SimulatorEvent(msgspec.Struct, frozen=True):
    """``status`` asserts a critical status, null clears it; ``fault`` makes the machine misbehave, null ends that."""

    machine: Annotated[str, msgspec.Meta(max_length=64, description="m_402 or m:402.")]
    status: str | msgspec.UnsetType | None = msgspec.UNSET
    fault: str | msgspec.UnsetType | None = msgspec.UNSET
