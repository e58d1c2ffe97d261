"""Queries of the history, and their bounds."""

from __future__ import annotations

import msgspec

from setpoint.core.history.points import Signal

MAX_SIGNALS = 200
MAX_WIDTH = 4_000
"""Pixels, and so intervals of a signal, in one answer."""
MAX_SPAN_S = 3_700 * 86_400.0
MAX_EXACT_SPAN_S = 35 * 86_400.0
"""The longest time over which statuses and texts are returned point by point."""
MAX_POINTS = 200_000
"""Points of one answer with ``raw``; what is beyond has to be asked for again, later or of fewer signals."""


class HistoryQuery(msgspec.Struct, frozen=True):
    """What signals held from ``since`` until ``until``, Unix seconds.

    ``width`` asks for that many intervals, each with its lowest, highest and time-weighted mean; None for the points.
    """

    signals: tuple[Signal, ...]
    numbers: tuple[str, ...]
    """The fields that are numbers. The others are returned as points, whatever ``width`` is."""
    since: float
    until: float
    width: int | None = None
