"""Batches have a pace by person: a burst, then a rate, and nobody pays for another."""

from __future__ import annotations

from setpoint.core.commands import pace
from setpoint.core.commands.pace import Pace


def test_a_burst_passes_and_then_the_wait_is_told() -> None:
    limit = Pace(burst=3, per_s=2)
    assert [limit.wait_ms("anna", 0) for _ in range(3)] == [0, 0, 0]
    wait_ms = limit.wait_ms("anna", 0)
    assert wait_ms == 501
    assert limit.wait_ms("anna", wait_ms - 2) > 0
    assert limit.wait_ms("anna", wait_ms) == 0


def test_nobody_pays_for_another() -> None:
    limit = Pace(burst=1, per_s=1)
    assert limit.wait_ms("anna", 0) == 0
    assert limit.wait_ms("anna", 0) > 0
    assert limit.wait_ms("ben", 0) == 0


def test_rest_fills_the_bucket_and_no_more() -> None:
    limit = Pace(burst=2, per_s=1)
    limit.wait_ms("anna", 0)
    assert [limit.wait_ms("anna", 60_000) for _ in range(2)] == [0, 0]
    assert limit.wait_ms("anna", 60_000) > 0


def test_its_memory_is_bounded() -> None:
    limit = Pace()
    for number in range(pace.MAX_PEOPLE + 10):
        limit.wait_ms(f"person {number}", number)
    assert len(limit._buckets) == pace.MAX_PEOPLE
