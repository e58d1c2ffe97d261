"""Intervals against a plain model that goes through time millisecond by millisecond."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples import examples

from setpoint.core.history import QUALITIES
from setpoint.history.columns import NO_TEXT, Columns
from setpoint.history.steps import HAS_CONTACT, over_intervals

END = 40
points = st.tuples(
    st.integers(0, 2),
    st.integers(-10, END + 10),
    st.sampled_from((float("nan"), -1.0, 0.0, 2.5)),
    st.sampled_from((NO_TEXT, 0, 1)),
    st.sampled_from(range(len(QUALITIES))),
)


@pytest.mark.rule("HIST-7")
@settings(max_examples=examples(300), deadline=None)
@given(st.lists(points, max_size=25), st.sets(st.integers(1, END - 1), max_size=5))
def test_intervals_are_what_a_walk_through_time_finds(
    recorded: list[tuple[int, int, float, int, int]], cuts: set[int]
) -> None:
    recorded.sort(key=lambda each: each[:2])
    signal, time, number, text, quality = (
        np.array([each[part] for each in recorded], kind)
        for part, kind in enumerate((np.int64, np.int64, np.float64, np.int64, np.uint8))
    )
    edges = np.array([0, *sorted(cuts), END], np.int64)
    cells, states = over_intervals(Columns(signal, time, number, text, quality), 3, edges)
    width = len(edges) - 1
    found = {
        (int(cell), int(word)): seconds
        for cell, word, seconds in zip(states.cell, states.text, states.seconds, strict=True)
    }
    for signal_number in range(3):
        mine = [each for each in recorded if each[0] == signal_number]
        for place in range(width):
            cell, begin, end = signal_number * width + place, int(edges[place]), int(edges[place + 1])
            held = [[each for each in mine if each[1] <= at][-1:] for at in range(begin, end)]
            known = [each[0] for each in held if each and HAS_CONTACT[each[0][4]]]
            numbers = [each[2] for each in known if not isnan(each[2])]
            assert cells.seconds[cell] == pytest.approx(len(numbers) / 1000)
            assert cells.points[cell] == sum(begin <= each[1] < end for each in mine)
            if numbers:
                assert (cells.low[cell], cells.high[cell]) == (min(numbers), max(numbers))
                assert cells.area[cell] == pytest.approx(sum(numbers) / 1000)
            for word in (0, 1):
                ms = sum(each[3] == word for each in known if isnan(each[2]))
                assert found.get((cell, word), 0.0) == pytest.approx(ms / 1000)
