"""The values of fields, and words of the wire that every part uses."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

import msgspec

from setpoint.message import Message

Value: TypeAlias = str | float | int | bool | None
"""What a field holds. ``None`` is a value: "no reading" (SEQ-7)."""

Record: TypeAlias = dict[str, Value]
"""Some or all fields of one machine, or of one set of KPIs."""

_message = msgspec.json.Decoder(Message)

CRITICAL_OVERRIDES = ("EMERGENCY_STOP", "SAFETY_INTERLOCK", "FAULT", "MAINTENANCE_LOCK")
"""SAFE-1, the most serious first: while one holds, no pending value of the machine is shown, and none is written."""

SYSTEM_FIELDS = (
    "status", "since", "cause", "quality", "seen", "qualityReason", "qualitySaid", "sinceSeen", "sinceEarlier",
)  # fmt: skip
"""The fields that Setpoint itself keeps for every machine, beside the plant's."""


def reason_message(record: Mapping[str, Value]) -> Message | None:
    """The code and arguments of ``qualityReason``, which ``qualitySaid`` has as JSON, if there are any (SAY-1)."""
    text = record.get("qualitySaid")
    if not isinstance(text, str):
        return None
    try:
        return _message.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def is_critical(status: Value) -> bool:
    """Whether a machine's ``status`` is critical: it always wins (SAFE-1)."""
    return status in CRITICAL_OVERRIDES


class Quality(StrEnum):
    """How reliable a machine's values are. It is separate from the machine's condition."""

    GOOD = "GOOD"
    UNCERTAIN = "UNCERTAIN"
    STALE = "STALE"
    BAD = "BAD"
    OFFLINE = "OFFLINE"
    NEVER_SEEN = "NEVER_SEEN"
