"""The outcome of each row of a workbook, as it is written into the annotated copy (`setpoint.workbook.annotate`)."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from setpoint.contract.values import Value

NOT_SENT = "not sent"
"""The status of a row that was read but left out by the person."""


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """The outcome of one target. ``confirmed_at`` is text in the plant's time zone and is shown unchanged."""

    machine: str
    field: str
    outcome: str
    reason: str = ""
    before: Value = None
    target: Value = None
    confirmed_at: str = ""
    by: str = ""


Reasons: TypeAlias = Mapping[str, Mapping[str, str]]
"""Why targets were not sent, by machine and field."""


def unsent_outcomes(reasons: Reasons, sent: Container[tuple[str, str]]) -> list[RowOutcome]:
    """The outcomes of targets that a preview held back; if a target was still sent, its outcome counts."""
    return [
        RowOutcome(machine, field, NOT_SENT, reason)
        for machine, fields in reasons.items()
        for field, reason in fields.items()
        if (machine, field) not in sent
    ]
