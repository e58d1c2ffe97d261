"""Queries of the history, and their bounds."""

from __future__ import annotations

import msgspec

from setpoint.core.history.points import Signal

MAX_SIGNALS = 200
MAX_WIDTH = 4_000
"""Pixels, and so intervals of a signal, in one answer."""
MAX_SPAN_S = 3_700 * 86_400.0
MAX_EXACT_SPAN_S = 35 * 86_400.0
"""Statuses and texts are told point by point over at most so long a time."""
MAX_POINTS = 200_000
"""Points of one answer with ``raw``; what is beyond has to be asked for again, later or of fewer signals."""


class HistoryQuery(msgspec.Struct, frozen=True):
    """What signals held from ``since`` until ``until``, Unix seconds.

    ``width``: so many intervals, each with its lowest, highest and time-weighted mean; None asks for the points.
    """

    signals: tuple[Signal, ...]
    numbers: tuple[str, ...]
    """The fields among them that are numbers; the others are told by their points, whatever ``width`` is."""
    since: float
    until: float
    width: int | None = None
