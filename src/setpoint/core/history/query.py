"""Queries of the history, and their bounds."""

from __future__ import annotations

import msgspec

from setpoint.core.history.points import Signal

MAX_SIGNALS = 200
MAX_WIDTH = 4_000
"""The most intervals (pixels) of a signal in one answer."""
MAX_SPAN_S = 3_700 * 86_400.0
MAX_EXACT_SPAN_S = 35 * 86_400.0
"""The longest time over which statuses and texts are returned point by point."""
MAX_POINTS = 200_000
"""The most points in one answer; for more, ask again for a later time or fewer signals."""


class HistoryQuery(msgspec.Struct, frozen=True):
    """The values of signals from ``since`` until ``until``, Unix seconds.

    ``width`` asks for that many intervals, each with its lowest, highest and time-weighted mean; None for the points.
    """

    signals: tuple[Signal, ...]
    numbers: tuple[str, ...]
    """The fields that are numbers. The others are returned as points, whatever ``width`` is."""
    since: float
    until: float
    width: int | None = None
