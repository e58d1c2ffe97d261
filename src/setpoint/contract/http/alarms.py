"""Alarms over HTTP: the list, figures, and what people do with them (ALM-1 to ALM-8)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from setpoint.contract.values import Value

AlarmAct = Literal["acknowledge", "shelve", "unshelve", "take-out", "put-back"]
MAX_NOTE = 500


class AlarmMark(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who did something, when (Unix seconds), and why; ``until`` is the end of a shelf."""

    by: str
    at: float
    note: str = ""
    until: float | None = None


class AlarmView(msgspec.Struct, frozen=True, rename="camel"):
    """One alarm that is not normal. ``isKnown``: whether the machine's values are known now.

    ``since``: when its state began. ``raisedAt``: when its condition last began. ``value``: of its field or status.
    """

    machine: str
    line: str
    name: str
    label: str
    priority: Literal["critical", "high", "medium", "low"]
    state: Literal[
        "normal", "unacknowledged", "acknowledged", "returned", "shelved", "suppressed", "out_of_service"
    ]
    is_active: bool
    since: float
    raised_at: float | None
    field: str | None
    value: Value
    unit: str
    consequence: str
    response: str
    acknowledged: AlarmMark | None
    shelf: AlarmMark | None
    out: AlarmMark | None
    is_known: bool


class AlarmCount(msgspec.Struct, frozen=True):
    """How often an alarm was raised within a day."""

    machine: str
    name: str
    raised: int


class AlarmFigures(msgspec.Struct, frozen=True, rename="camel"):
    """``raised``: within ten minutes; more than ten are a flood. ``standing``: active for over a day."""

    raised: int
    is_flood: bool
    worst: list[AlarmCount]
    chattering: list[AlarmCount]
    standing: int


class AlarmList(msgspec.Struct, frozen=True):
    """By priority, the newest first. ``defined``: how many definitions there are for lines that the person may see."""

    defined: int
    alarms: list[AlarmView]
    figures: AlarmFigures


class AlarmsOpen(msgspec.Struct, frozen=True):
    """How many alarms nobody has acknowledged, by priority. Hidden ones are not counted."""

    critical: int
    high: int
    medium: int
    low: int


class AlarmActRequest(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """``note``: the reason; shelving and taking out of service need one. ``forS``: how long to shelve, up to a day."""

    note: Annotated[str, msgspec.Meta(max_length=MAX_NOTE)] = ""
    for_s: Annotated[float, msgspec.Meta(gt=0, le=86_400)] | None = None
