"""When a failed message is sent again, and when it is given up."""

from __future__ import annotations

from setpoint.core.notify import DELAYS_S, next_attempt


def test_the_delays_grow_up_to_a_day_and_end() -> None:
    instants = [next_attempt(attempts, 1_000.0, jitter=0.0) for attempts in range(1, len(DELAYS_S) + 1)]
    assert instants == [1_000.0 + delay for delay in DELAYS_S]
    assert list(DELAYS_S) == sorted(DELAYS_S)
    assert next_attempt(len(DELAYS_S) + 1, 1_000.0, jitter=0.0) is None


def test_messages_that_failed_together_are_spread_over_a_tenth() -> None:
    assert next_attempt(2, 0.0, jitter=1.0) == 330.0


def test_a_receiver_may_ask_for_more_time_and_not_for_less() -> None:
    assert next_attempt(1, 0.0, jitter=0.0, retry_after_s=60.0) == 60.0
    assert next_attempt(3, 0.0, jitter=0.0, retry_after_s=60.0) == 1_800.0
    assert next_attempt(1, 0.0, jitter=0.0, retry_after_s=1e9) == 86_400.0
