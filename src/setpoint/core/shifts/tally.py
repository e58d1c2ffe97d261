"""Points of statuses and counters → time by state, stops, and parts (SHIFT-3 to SHIFT-5, SHIFT-7).

Whole arrays for all machines at once: a shift of 1,000 machines has millions of points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from setpoint.core.plant.shifts import State

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

ORDER = tuple(State)
PRODUCTION, UNKNOWN = ORDER.index(State.PRODUCTION), ORDER.index(State.UNKNOWN)
DOWN, PLANNED_DOWN = ORDER.index(State.UNPLANNED_DOWN), ORDER.index(State.PLANNED_DOWN)


@dataclass(frozen=True, slots=True)
class Runs:
    """Stretches of time without a change of state: the machine, the start and the end (ms), and the state. ``row`` is
    the point that began the stretch, -1 if there is none.
    """

    machine: Ints
    since: Ints
    until: Ints
    state: Ints
    row: Ints

    def of(self, chosen: Any) -> Runs:
        return Runs(
            self.machine[chosen], self.since[chosen], self.until[chosen], self.state[chosen], self.row[chosen]
        )

    @property
    def seconds(self) -> Floats:
        found: Floats = (self.until - self.since) / 1000.0
        return found


def runs_of(
    machine: Ints,
    time: Ints,
    state: Ints,
    *,
    count: int,
    since: int,
    until: int,
    breaks: Sequence[tuple[int, int]] = (),
) -> Runs:
    """The states of ``count`` machines from ``since`` until ``until``, in order.

    The points are sorted by machine and time. A point before ``since`` gives the state at ``since``. If several points
    have the same instant, the last one counts. In a break, all time except production and unknown time is planned down
    (SHIFT-4).
    """
    inside = time < until
    if not inside.all():
        machine, time, state = machine[inside], time[inside], state[inside]
    edges = sorted({since, *(max(since, min(each, until - 1)) for pair in breaks for each in pair)})
    of, offset, row = _starts(machine, np.maximum(time - since, 0), count, np.array(edges, np.int64) - since)
    known = row >= 0
    found = np.full(len(of), UNKNOWN, np.int64)
    found[known] = state[row[known]]
    for begins, ends in breaks:
        resting = (offset >= begins - since) & (offset < ends - since)
        found[resting & (found != PRODUCTION) & (found != UNKNOWN)] = PLANNED_DOWN
    begins_run = np.ones(len(of), bool)
    begins_run[1:] = (of[1:] != of[:-1]) | (found[1:] != found[:-1])
    of, offset, found, row = of[begins_run], offset[begins_run], found[begins_run], row[begins_run]
    ends_at = np.append(offset[1:], until - since)
    ends_at[np.append(of[1:] != of[:-1], True)] = until - since
    return Runs(of, offset + since, ends_at + since, found, row)


def _starts(machine: Ints, offset: Ints, count: int, edges: Ints) -> tuple[Ints, Ints, Ints]:
    """Every instant at which a machine's state may begin: its points, and the edges.

    Machine, offset, and the row of the point that holds there; -1 if there is none yet.
    """
    span = int(max(offset.max(initial=0), edges.max(initial=0))) + 1
    key = machine * span + offset
    last = np.flatnonzero(np.append(key[1:] != key[:-1], np.ones(min(1, len(key)), bool)))
    key, machine, offset = key[last], machine[last], offset[last]
    edge_of, edge = np.repeat(np.arange(count), len(edges)), np.tile(edges, count)
    place = np.searchsorted(key, edge_of * span + edge)
    if len(key):
        at = np.minimum(place, len(key) - 1)
        is_new = key[at] != edge_of * span + edge
        edge_of, edge, place = edge_of[is_new], edge[is_new], place[is_new]
        before = np.maximum(place - 1, 0)
        held = np.where((place > 0) & (machine[before] == edge_of), last[before], -1)
    else:
        held = np.full(len(edge), -1, np.int64)
    return (
        np.insert(machine, place, edge_of),
        np.insert(offset, place, edge),
        np.insert(last, place, held),
    )


def seconds_by_state(runs: Runs, count: int) -> Floats:
    """A row for each machine, a column for each of `ORDER`."""
    cells = np.bincount(runs.machine * len(ORDER) + runs.state, runs.seconds, count * len(ORDER))
    return cells.reshape(count, len(ORDER)).astype(np.float64)


def stops_of(runs: Runs) -> Runs:
    return runs.of(runs.state == DOWN)


def made(signal: Ints, number: Floats, is_known: NDArray[np.bool_], count: int) -> Floats:
    """The increase of each of ``count`` counters; NaN for one without two successive readings in contact.

    The points are sorted by counter and time, the first may lie before the shift. A counter that falls began again at
    zero. A gap in between counts nothing (SHIFT-7).
    """
    known = is_known & ~np.isnan(number)
    pairs = (signal[1:] == signal[:-1]) & known[1:] & known[:-1]
    rise = number[1:] - number[:-1]
    added = np.where(rise >= 0, rise, number[1:])[pairs]
    of = signal[1:][pairs]
    total = np.bincount(of, added, count).astype(np.float64)
    # One reading that holds counts zero: the counter did not move.
    total[np.bincount(signal[known], minlength=count)[:count] == 0] = np.nan
    return total
