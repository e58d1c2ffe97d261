"""The answer of ``GET /api/history`` as JSON: signals, the states of their machines, and what people changed."""

from __future__ import annotations

import msgspec

from setpoint.contract.values import Value


class SignalHistory(msgspec.Struct, frozen=True, omit_defaults=True):
    """One signal. Every list is as long as ``at`` (Unix seconds).

    Of intervals: ``at`` is where each begins, ``min``, ``max`` and the time-weighted ``mean`` what the number was in
    it; null if nothing was known. Of points: a ``value`` holds until the next; the first may lie before the time
    that was asked for, and says what held then.
    """

    signal: str
    machine: str
    field: str
    unit: str
    at: list[float]
    min: list[float | None] | msgspec.UnsetType = msgspec.UNSET
    max: list[float | None] | msgspec.UnsetType = msgspec.UNSET
    mean: list[float | None] | msgspec.UnsetType = msgspec.UNSET
    value: list[Value] | msgspec.UnsetType = msgspec.UNSET
    quality: list[str] | msgspec.UnsetType = msgspec.UNSET


class StateInterval(msgspec.Struct, frozen=True, omit_defaults=True):
    """A machine had this status; null if nothing was heard or recorded; ``quality`` says which of the two."""

    machine: str
    since: float
    until: float
    status: Value
    quality: str = "GOOD"


class SetPointChange(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A target that somebody gave, or a set-point that was moved at the machine (``by`` is "the machine")."""

    machine: str
    field: str
    at: float
    by: str
    before: Value
    value: Value
    outcome: str
    tx_id: str | None = None
    reason: str | None = None


class HistoryAnswer(msgspec.Struct, frozen=True):
    """``resolution``: what the numbers were made of: points, minutes or hours."""

    since: float
    until: float
    resolution: str
    signals: list[SignalHistory]
    states: list[StateInterval]
    changes: list[SetPointChange]
