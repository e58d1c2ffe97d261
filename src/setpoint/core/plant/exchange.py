"""The messages between Setpoint and machines: reports come in, writes go out, and each write is answered once."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from setpoint.contract.values import Quality, Value


class Report(msgspec.Struct, frozen=True, gc=False):
    """The report of one machine at one instant: the fields that it mentions, which may include ``status`` and
    ``cause``.

    ``at`` is the source's own time stamp, Unix seconds; it may be wrong. An empty report means "alive, nothing
    changed". ``reason`` says why ``quality`` is not GOOD, for people; a `Sentence` is shown in their language.
    """

    machine: str
    values: Mapping[str, Value]
    at: float
    quality: Quality = Quality.GOOD
    reason: str = ""


class Write(msgspec.Struct, frozen=True, gc=False):
    """One target on its way to a machine. ``(tx_id, machine, field)`` names it in the answer."""

    tx_id: str
    machine: str
    field: str
    value: Value


class Answer(StrEnum):
    """``taken``: the controller accepted it; a report will settle it. ``unknown``: no answer, it may still land.
    ``not-sent``: it certainly never left for the machine.
    """

    TAKEN = "taken"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_SENT = "not-sent"


class WriteAnswer(msgspec.Struct, frozen=True, gc=False):
    """The controller's answer to one write. ``message`` is for people; a `Sentence` is shown in their language."""

    tx_id: str
    machine: str
    field: str
    answer: Answer
    message: str = ""
