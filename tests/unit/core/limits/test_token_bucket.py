"""A token bucket allows a burst, then a rate, separately for each name."""

from __future__ import annotations

from setpoint.core.limits.token_bucket import MAX_NAMES, Rate, TokenBuckets


def test_a_burst_passes_and_then_the_wait_is_returned() -> None:
    buckets, rate = TokenBuckets(), Rate(3, 2)
    assert [buckets.wait_ms("anna", rate, 0) for _ in range(3)] == [0, 0, 0]
    assert buckets.wait_ms("anna", rate, 0) == 501
    assert buckets.wait_ms("anna", rate, 499) != 0
    assert buckets.wait_ms("anna", rate, 501) == 0


def test_the_use_of_one_name_does_not_count_for_another() -> None:
    buckets, rate = TokenBuckets(), Rate(1, 1)
    assert buckets.wait_ms("anna", rate, 0) == 0
    assert buckets.wait_ms("anna", rate, 0) != 0
    assert buckets.wait_ms("ben", rate, 0) == 0


def test_time_fills_the_bucket_up_to_its_limit() -> None:
    buckets, rate = TokenBuckets(), Rate(2, 1)
    buckets.wait_ms("anna", rate, 0)
    assert [buckets.wait_ms("anna", rate, 60_000) for _ in range(2)] == [0, 0]
    assert buckets.wait_ms("anna", rate, 60_000) != 0


def test_a_request_beyond_the_bucket_has_no_wait() -> None:
    buckets = TokenBuckets()
    assert buckets.wait_ms("anna", Rate(5, 1), 0, cost=6) is None
    assert buckets.wait_ms("ben", Rate(5, 0), 0, cost=5) == 0
    assert buckets.wait_ms("ben", Rate(5, 0), 0, cost=1) is None


def test_the_number_of_remembered_names_is_bounded() -> None:
    buckets = TokenBuckets()
    for number in range(MAX_NAMES + 10):
        buckets.wait_ms(f"person {number}", Rate(1, 0), number)
    assert len(buckets._buckets) == MAX_NAMES
