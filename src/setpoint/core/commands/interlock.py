"""Decides whether a machine may be written to now, and if not, why (SAFE-1, SAFE-3, SAFE-4).

It is advisory, in addition to the controller's own: Setpoint is not a safety function (SAFE-5). Each item is checked
twice: when it is accepted, and at the moment when it leaves.
"""

from __future__ import annotations

from typing import NamedTuple

from setpoint.contract.live import By, ByKind
from setpoint.contract.values import Quality, Record, Value, is_critical, reason_message
from setpoint.core.plant.wording import words
from setpoint.message import sentence_of


class Interlock(NamedTuple):
    """The obstacle: since when, who or what, and a sentence for people."""

    message: str
    since: float | None
    by: By | None
    is_stop: bool


def interlock(machine: str, record: Record | None) -> Interlock | None:
    """Why the machine's live record forbids writing to it; None if it does not.

    A critical status holds whatever the quality: losing contact never clears a stop (SAFE-4).
    """
    if record is None:
        return Interlock(
            words("words-machine-was-never-seen", machine=_id(machine)), None, None, is_stop=False
        )
    status = record.get("status")
    if is_critical(status):
        cause = record.get("cause")
        because = f": {cause}" if cause else ""
        since = None if record.get("sinceSeen") else _instant(record.get("since"))
        return Interlock(f"{status}{because}", since, By(ByKind.SAFETY, str(status)), is_stop=True)
    quality = record.get("quality")
    if quality != Quality.GOOD:
        quality = str(quality or Quality.NEVER_SEEN)
        if reason := record.get("qualityReason"):
            reason_code = reason_message(record)
            why = str(reason) if reason_code is None else sentence_of(reason_code, str(reason))
            message = words("words-machine-is-not-good-why", machine=_id(machine), quality=quality, why=why)
        else:
            message = words("words-machine-is-not-good", machine=_id(machine), quality=quality)
        return Interlock(message, _instant(record.get("seen")), None, is_stop=False)
    return None


def _instant(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _id(machine: str) -> str:
    return machine.replace("_", ":", 1)
