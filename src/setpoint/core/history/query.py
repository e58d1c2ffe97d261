"""What can be asked of the history, and its bounds."""

from __future__ import annotations

import msgspec

from setpoint.contract.values import Value

MAX_SIGNALS = 200
MAX_WIDTH = 4_000
"""Pixels, and so intervals of a signal, in one answer."""
MAX_SPAN_S = 3_700 * 86_400.0
MAX_POINTS = 200_000
"""Points of one answer with ``raw``; what is beyond has to be asked for again, later or of fewer signals."""


class HistoryQuery(msgspec.Struct, frozen=True):
    """Signals (machine, field, line) from ``since`` until ``until``, Unix seconds.

    ``width``: so many intervals, each with its lowest, highest and time-weighted mean; None asks for the points.
    """

    signals: tuple[tuple[str, str, str], ...]
    since: float
    until: float
    width: int | None = None


class Interval(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """From ``since`` until ``until`` a machine had this status, or said nothing (``status`` None)."""

    machine: str
    since: float
    until: float
    status: Value = None
    quality: str = "GOOD"
