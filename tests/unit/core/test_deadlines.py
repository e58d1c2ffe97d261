"""One heap of instants: the earliest first, and each once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from setpoint.core.deadlines import Deadlines


@given(st.lists(st.integers(0, 20)), st.integers(0, 20))
def test_each_deadline_comes_once_the_earliest_first_and_those_of_one_instant_in_order(
    instants: list[int], now_ms: int
) -> None:
    deadlines: Deadlines[tuple[int, int]] = Deadlines()
    for number, at_ms in enumerate(instants):
        deadlines.at(at_ms, (at_ms, number))
    every = sorted((at_ms, number) for number, at_ms in enumerate(instants))
    assert deadlines.next_ms() == (every[0][0] if every else None)
    assert list(deadlines.due(now_ms)) == [each for each in every if each[0] <= now_ms]
    assert list(deadlines.due(20)) == [each for each in every if each[0] > now_ms]
    assert deadlines.next_ms() is None
