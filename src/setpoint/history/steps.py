"""Values that hold until the next point, over intervals of time: for roll-ups and charts (HIST-7)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from setpoint.contract.values import Quality
from setpoint.core.history import NOT_RECORDED, QUALITIES
from setpoint.history.columns import NO_TEXT, Columns, Floats, Ints

_WITHOUT = (Quality.STALE, Quality.OFFLINE, Quality.NEVER_SEEN, NOT_RECORDED)
HAS_CONTACT = np.array([quality not in _WITHOUT for quality in QUALITIES])
KNOWS_STATUS = HAS_CONTACT & np.array([quality != Quality.BAD for quality in QUALITIES])
"""The qualities of which a status is certain. With any other quality, it is only the last known one (TOPIC-2)."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of each signal and interval, as rows of one table, all of the same shape.

    ``low`` and ``high`` are infinite, and ``seconds`` is 0, if no number was known. ``area`` is the number times the
    seconds that it held, summed.
    """

    low: Floats
    high: Floats
    area: Floats
    seconds: Floats
    points: Ints


@dataclass(frozen=True, slots=True)
class States:
    """How long a text held: rows of (cell, text, seconds), sorted by cell."""

    cell: Ints
    text: Ints
    seconds: Floats


def over_intervals(columns: Columns, count: int, edges: Ints) -> tuple[Cells, States]:
    """The values of ``count`` signals in the intervals between ``edges`` (Unix ms).

    ``columns`` are sorted by signal and time. The last point before the first edge gives the value at that edge.
    """
    since, until, width = int(edges[0]), int(edges[-1]), len(edges) - 1
    columns = columns.of(columns.time < until)
    span = until - since + 1
    key = columns.signal * span + np.maximum(columns.time - since, 0)
    grid = (np.arange(count)[:, None] * span + (edges[:-1] - since)[None, :]).ravel()
    starts = np.sort(np.concatenate([key, grid]), kind="stable")  # two sorted parts: quick to merge
    starts = starts[np.append(True, starts[1:] != starts[:-1])]
    signal, offset = np.divmod(starts, span)
    ends = np.append(offset[1:], until - since)
    ends[np.append(signal[1:] != signal[:-1], True)] = until - since
    seconds = (ends - offset) / 1000.0
    cell = signal * width + np.searchsorted(edges - since, offset, side="right") - 1
    row = np.searchsorted(key, starts, side="right") - 1
    if len(columns) == 0:
        holds = np.zeros(len(starts), bool)
        row = np.zeros(len(starts), np.int64)
        columns = _NOTHING
    else:
        holds = (row >= 0) & (columns.signal[row] == signal) & HAS_CONTACT[columns.quality[row]]
    cells = _cells(columns, row, holds, seconds, cell=cell, size=count * width)
    inside = columns.time >= since
    where = columns.signal[inside] * width
    where = where + np.searchsorted(edges, columns.time[inside], side="right") - 1
    points = np.bincount(where, minlength=count * width)[: count * width]
    if columns is _NOTHING:
        points = np.zeros(count * width, np.int64)
    states = _states(columns, row, holds, seconds, cell)
    return Cells(*cells, points.astype(np.int64)), states


_NOTHING = Columns(
    np.zeros(1, np.int64),
    np.zeros(1, np.int64),
    np.full(1, np.nan),
    np.full(1, NO_TEXT, np.int64),
    np.zeros(1, np.uint8),
)


def _cells(
    columns: Columns, row: Ints, holds: NDArray[np.bool_], seconds: Floats, *, cell: Ints, size: int
) -> tuple[Floats, Floats, Floats, Floats]:
    number = columns.number[row]
    known = holds & ~np.isnan(number)
    firsts = np.searchsorted(cell, np.arange(size))
    held = np.where(known, seconds, 0.0)
    return (
        np.minimum.reduceat(np.where(known, number, np.inf), firsts),
        np.maximum.reduceat(np.where(known, number, -np.inf), firsts),
        np.add.reduceat(np.where(known, number, 0.0) * held, firsts),
        np.add.reduceat(held, firsts),
    )


def _states(columns: Columns, row: Ints, holds: NDArray[np.bool_], seconds: Floats, cell: Ints) -> States:
    text = columns.text[row]
    has_text = holds & (text != NO_TEXT) & np.isnan(columns.number[row])
    many = int(columns.text.max(initial=0)) + 1
    which, place = np.unique(cell[has_text] * many + text[has_text], return_inverse=True)
    total = np.bincount(place, weights=seconds[has_text], minlength=len(which)).astype(np.float64)
    return States(which // many, which % many, total)


def joined_cells(parts: list[Cells]) -> Cells:
    """Joins the cells of the same signals and intervals from several times or files."""
    first, *rest = parts
    low, high, area = first.low.copy(), first.high.copy(), first.area.copy()
    seconds, points = first.seconds.copy(), first.points.copy()
    for part in rest:
        np.minimum(low, part.low, out=low)
        np.maximum(high, part.high, out=high)
        area += part.area
        seconds += part.seconds
        points += part.points
    return Cells(low, high, area, seconds, points)


def cells_of_rollups(
    where: Ints,
    size: int,
    *,
    low: Floats,
    high: Floats,
    area: Floats,
    seconds: Floats,
    points: Ints,
) -> Cells:
    """Puts rows of roll-ups into the cells that ``where`` names."""
    lows, highs = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(lows, where, low)
    np.maximum.at(highs, where, high)
    return Cells(
        lows,
        highs,
        np.bincount(where, weights=area, minlength=size).astype(np.float64),
        np.bincount(where, weights=seconds, minlength=size).astype(np.float64),
        np.bincount(where, weights=points, minlength=size).astype(np.int64),
    )
