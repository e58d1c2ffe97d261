"""Decides which reported values become points of the history (HIST-1 to HIST-6).

points    points on their way to the store, as columns
recorder  decides which values are recorded, and when
query     queries of the history
"""

from setpoint.core.history.points import NOT_RECORDED, QUALITIES, Point, Points, Signal, joined, rows
from setpoint.core.history.query import MAX_WIDTH, HistoryQuery
from setpoint.core.history.recorder import Recorder

__all__ = [
    "MAX_WIDTH",
    "NOT_RECORDED",
    "QUALITIES",
    "HistoryQuery",
    "Point",
    "Points",
    "Recorder",
    "Signal",
    "joined",
    "rows",
]
