"""Roll-ups as rows of files: those of a minute are made from points, those of an hour from minutes (HIST-7)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from setpoint.history.columns import (
    NO_TEXT,
    ROLLUP_NAMES,
    TIME,
    Columns,
    Names,
    Table,
    Words,
    number_array,
    number_of,
    pairs,
    ranked,
    text_array,
    time_of,
)
from setpoint.history.steps import over_intervals

MINUTE_MS, HOUR_MS = 60_000, 3_600_000


def minutes_table(columns: Columns, names: Names, words: Words, since_ms: int, until_ms: int) -> Table:
    """The minutes of a line's signals from ``since_ms`` to ``until_ms``; the first and the last may be parts.

    ``columns`` are sorted, and include the values at ``since_ms``.
    """
    whole = np.arange(since_ms // MINUTE_MS + 1, -(-until_ms // MINUTE_MS), dtype=np.int64) * MINUTE_MS
    edges = np.unique(np.concatenate([[since_ms], whole, [until_ms]])).astype(np.int64)
    count, width = len(names.signals), len(edges) - 1
    cells, states = over_intervals(columns, count, edges)
    starts = edges[:-1] // MINUTE_MS * MINUTE_MS
    numbers = np.flatnonzero(cells.seconds > 0)
    nothing = np.full(len(states.cell), np.nan)
    no_text = np.full(len(numbers), NO_TEXT)
    cell = np.concatenate([numbers, states.cell])
    mean = cells.area[numbers] / cells.seconds[numbers]
    signal, time, text = cell // width, starts[cell % width], np.concatenate([no_text, states.text])
    order = np.lexsort((text, time, signal))
    return pa.Table.from_arrays(
        [
            pa.array(time[order], TIME),
            names.machine(signal[order]),
            names.field(signal[order]),
            number_array(np.concatenate([cells.low[numbers], nothing])[order]),
            number_array(np.concatenate([cells.high[numbers], nothing])[order]),
            number_array(np.concatenate([mean, nothing])[order]),
            text_array(text[order], words),
            pa.array(np.concatenate([cells.seconds[numbers], states.seconds])[order]),
            pa.array(np.concatenate([cells.points[numbers], cells.points[states.cell]])[order]),
        ],
        names=ROLLUP_NAMES,
    )


def coarser(table: Table, step_ms: int) -> Table:
    """Rows of one machine, field, text and time, rounded down to ``step_ms``, as one row."""
    table = table.unify_dictionaries().combine_chunks()
    pair, (text, _) = pairs(table), ranked(table["text"])
    time = time_of(table["time"]) // step_ms * step_ms
    order = np.lexsort((text, time, pair))
    is_new = np.ones(len(order), bool)
    is_new[1:] = False
    for part in (pair, time, text):
        is_new[1:] |= part[order][1:] != part[order][:-1]
    firsts = np.flatnonzero(is_new)
    if not len(firsts):
        return table
    seconds, mean = number_of(table["seconds"])[order], number_of(table["mean"])[order]
    total = np.add.reduceat(seconds, firsts)
    area = np.add.reduceat(mean * seconds, firsts)
    chosen = order[firsts]
    low = np.minimum.reduceat(number_of(table["min"])[order], firsts)
    high = np.maximum.reduceat(number_of(table["max"])[order], firsts)
    return pa.Table.from_arrays(
        [
            pa.array(time[chosen], TIME),
            table["machine"].take(pa.array(chosen)),
            table["field"].take(pa.array(chosen)),
            number_array(low),
            number_array(high),
            number_array(area / total),
            table["text"].take(pa.array(chosen)),
            pa.array(total),
            pa.array(np.add.reduceat(time_of(table["points"])[order], firsts)),
        ],
        names=ROLLUP_NAMES,
    )
