"""A call to the database times out if it makes no progress, but not because this process was suspended."""

from __future__ import annotations

from setpoint.persistence.bounds import Call


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def ends_within(call: Call, clock: Clock, seconds: float) -> bool:
    for _ in range(round(seconds / call.look_s)):
        clock.now += call.look_s
        if call.is_over():
            return True
    return False


def test_a_call_without_progress_is_over_after_its_time() -> None:
    clock = Clock()
    call = Call(2.0, clock)
    assert not ends_within(call, clock, 1.75)
    assert ends_within(call, clock, 0.25)


def test_progress_restarts_the_time() -> None:
    clock = Clock()
    call = Call(2.0, clock)
    assert not ends_within(call, clock, 1.75)
    call.moved()
    assert not ends_within(call, clock, 1.75)


def test_the_time_in_which_the_process_stood_still_does_not_count() -> None:
    clock = Clock()
    call = Call(2.0, clock)
    for _ in range(3):
        clock.now += 3_600.0
        assert not call.is_over()
    assert ends_within(call, clock, 2.0), "it still ends"
