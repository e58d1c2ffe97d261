"""Blocks of points from files and memory become one list, sorted by signal and time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.history.columns import Columns, joined, joined_in_order
from setpoint.history.run import Run

POINTS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 20)), max_size=40)


def _block(points: list[tuple[int, int]], first: int) -> Columns:
    """Makes blocks. ``text`` numbers the points of all blocks in order."""
    count = len(points)
    return Columns(
        np.array([signal for signal, _ in points], np.int64),
        np.array([time for _, time in points], np.int64),
        np.arange(first, first + count, dtype=np.float64),
        np.arange(first, first + count),
        np.zeros(count, np.uint8),
    )


@pytest.mark.rule("HIST-1")
@given(blocks=st.lists(st.tuples(POINTS, st.booleans()), max_size=4))
def test_points_of_sorted_and_unsorted_blocks_are_sorted_and_keep_their_order_within_an_instant(
    blocks: list[tuple[list[tuple[int, int]], bool]],
) -> None:
    parts: list[Columns] = []
    for points, is_sorted in blocks:
        parts.append(_block(sorted(points) if is_sorted else points, sum(map(len, parts))))
    whole = joined(parts)
    order = np.lexsort((whole.text, whole.time, whole.signal))
    found = joined_in_order(parts)
    for name in ("signal", "time", "number", "text", "quality"):
        assert getattr(found, name).tolist() == getattr(whole, name)[order].tolist()


def test_whole_runs_of_one_signal_stay_runs_where_blocks_overlap_in_time() -> None:
    early = _block([(1, time) for time in range(0, 80, 2)] + [(3, time) for time in range(40)], 0)
    late = _block([(1, time) for time in range(1, 81, 2)] + [(2, time) for time in range(40)], 80)
    found = joined_in_order([early, late])
    assert found.signal.tolist() == [1] * 80 + [2] * 40 + [3] * 40
    assert found.time.tolist() == [*range(80), *range(40), *range(40)]


def test_a_run_of_a_plant_without_machines_has_no_lines() -> None:
    run = Run.begun((), at_ms=0, first=0)
    assert run.by_line(run.ended()) == []
