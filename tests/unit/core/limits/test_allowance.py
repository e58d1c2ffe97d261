"""The number of targets of an account: at once and in an hour, separately for each account."""

from __future__ import annotations

from setpoint.core.limits import Allowance, PersonLimits
from setpoint.core.limits.token_bucket import MAX_NAMES

LIMITS = PersonLimits(targets_at_once=100, targets_an_hour=3_600)


def test_a_request_within_the_limit_passes_at_once_and_others_learn_how_long_to_wait() -> None:
    allowance = Allowance()
    assert allowance.wait_ms("anna", 100, LIMITS, 0) == 0
    assert allowance.wait_ms("anna", 10, LIMITS, 0) == 10_001
    assert allowance.wait_ms("anna", 10, LIMITS, 10_001) == 0


def test_a_bucket_never_holds_more_than_may_come_at_once() -> None:
    allowance = Allowance()
    assert allowance.wait_ms("anna", 1, LIMITS, 0) == 0
    assert allowance.wait_ms("anna", 101, LIMITS, 10**9) is None


def test_without_a_refill_there_is_no_end_of_the_wait() -> None:
    allowance, limits = Allowance(), PersonLimits(targets_at_once=1, targets_an_hour=0)
    assert allowance.wait_ms("anna", 1, limits, 0) == 0
    assert allowance.wait_ms("anna", 1, limits, 10**9) is None


def test_one_account_does_not_use_what_is_anothers() -> None:
    allowance = Allowance()
    allowance.wait_ms("anna", 100, LIMITS, 0)
    assert allowance.wait_ms("ben", 100, LIMITS, 0) == 0


def test_the_account_that_was_away_longest_is_forgotten_if_there_are_too_many() -> None:
    allowance = Allowance()
    allowance.wait_ms("first", 100, LIMITS, 0)
    for number in range(MAX_NAMES):
        allowance.wait_ms(str(number), 100, LIMITS, 0)
    assert allowance.wait_ms("first", 100, LIMITS, 0) == 0
    assert allowance.wait_ms(str(MAX_NAMES - 1), 100, LIMITS, 0) != 0
