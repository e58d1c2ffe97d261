"""Requests without an answer: a silent address loses only its own value, and a silent device is STALE."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from tests.integration.source_support import only_source

from setpoint.contract.values import Quality
from setpoint.core.plant import Report, parse_plant
from setpoint.sources.modbus import ModbusSource
from setpoint.sources.modbus.gateway import SILENCE_COSTS, TRY_AGAIN_EVERY_S, Device
from setpoint.sources.modbus.link import NoAnswerError

PLANT = """
name = "Hall"
[fields.a]
[fields.b]
[fields.c]
[fields.d]
[sources.hall]
kind = "modbus"
host = "127.0.0.1"
port = 1
unit = 7
poll_ms = 1000
timeout_ms = 500
[sources.hall.fields]
a = { holding = 0 }
b = { holding = 1 }
c = { holding = 2 }
d = { PLACE }
[[lines]]
id = "01"
source = "hall"
machines = [1]
"""
TIMEOUT_S = 0.5
Place = tuple[str, int]


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return 1_700_000_000 + self.now


class GatewayDevice:
    """One device behind a gateway that is never connected. ``silent`` has its registers without an answer."""

    def __init__(self, clock: Clock, place: str) -> None:
        source = only_source(ModbusSource, parse_plant(PLANT.replace("PLACE", place)))
        [self.gateway] = source._gateways.values()
        self.clock = clock
        self.silent: set[Place] = set()
        self.reads: list[tuple[str, int, int]] = []
        self.timeouts = 0
        self.reports: list[Report] = []
        self.gateway._on_reports = self.reports.extend
        self.gateway.link.read = self.read  # type: ignore[method-assign]
        self.gateway._begin()

    @property
    def device(self) -> Device:
        return self.gateway.devices[7]

    async def read(self, table: str, start: int, count: int, unit: int) -> bytes | Sequence[bool]:
        assert unit == 7
        self.reads.append((table, start, count))
        if any((table, at) in self.silent for at in range(start, start + count)):
            self.timeouts += 1
            self.clock.now += TIMEOUT_S
            raise NoAnswerError("unit 7 has not answered")
        return b"".join(at.to_bytes(2, "big") for at in range(start, start + count))

    async def polls(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        end = self.clock.now + seconds
        while self.clock.now < end and not until():
            self.clock.now = max(self.clock.now, self.device.due_at)
            await self.gateway._poll(self.device)

    @property
    def quality(self) -> Quality:
        return self.reports[-1].quality

    @property
    def values(self) -> dict[str, object]:
        known: dict[str, object] = {}
        for report in self.reports:
            known.update(report.values)
        return {name: known.get(name) for name in "abcd"}

    def blocks(self) -> list[tuple[str, int, int]]:
        return sorted((each.table, each.start, each.count) for each in self.device.blocks)


TWO, ONE = "input = 0", "holding = 3"
"""Places of field ``d``: it needs a request of its own, or is read with the other fields."""
WHOLE = {TWO: [("holding", 0, 3), ("input", 0, 1)], ONE: [("holding", 0, 4)]}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("setpoint.sources.modbus.gateway.time", clock)
    return clock


@pytest.mark.parametrize("place", [TWO, ONE])
@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("is_so_from_the_start", [True, False])
async def test_a_silent_address_loses_only_its_own_value(
    clock: Clock, place: str, at: int, is_so_from_the_start: bool
) -> None:
    bench = GatewayDevice(clock, place)
    if not is_so_from_the_start:
        await bench.polls(5)
        assert bench.quality is Quality.GOOD
    bench.silent = {("holding", at)}
    before = len(bench.reports)
    await bench.polls(60)
    last = 0 if place == TWO else 3
    assert bench.values == {"a": 0, "b": 1, "c": 2, "d": last} | {"abc"[at]: None}
    assert bench.quality is Quality.BAD
    assert f"{'abc'[at]}: unit 7 has not answered" in bench.reports[-1].reason
    if not is_so_from_the_start and (place == TWO or at < 2):
        assert all(each.quality is not Quality.STALE for each in bench.reports[before:])


async def test_the_cost_of_a_silent_address_is_bounded(clock: Clock) -> None:
    bench = GatewayDevice(clock, TWO)
    bench.silent = {("holding", at) for at in range(3)}
    await bench.polls(300)
    bench.timeouts, bench.reads = 0, []
    started = clock.now
    await bench.polls(600)
    assert bench.values == {"a": None, "b": None, "c": None, "d": 0}
    assert bench.timeouts <= 3 * (clock.now - started) / TRY_AGAIN_EVERY_S + 3
    assert bench.timeouts * TIMEOUT_S <= (clock.now - started) / SILENCE_COSTS
    assert bench.reads.count(("input", 0, 1)) > 500


@pytest.mark.parametrize("place", [TWO, ONE])
async def test_an_address_that_answers_again_is_read_with_its_neighbours_again(
    clock: Clock, place: str
) -> None:
    bench = GatewayDevice(clock, place)
    bench.silent = {("holding", 1)}
    await bench.polls(200)
    assert bench.blocks() != WHOLE[place]
    bench.silent = set()
    await bench.polls(TRY_AGAIN_EVERY_S + 5)
    assert (bench.blocks(), bench.quality) == (WHOLE[place], Quality.GOOD)


@pytest.mark.parametrize("place", [TWO, ONE])
async def test_a_silent_device_is_stale_after_two_requests_and_then_costs_one_each_time(
    clock: Clock, place: str
) -> None:
    bench = GatewayDevice(clock, place)
    await bench.polls(5)
    bench.silent = {(table, at) for table in ("holding", "input") for at in range(4)}
    await bench.polls(5, until=lambda: bench.quality is Quality.STALE)
    assert bench.timeouts == 2
    for times in range(3, 10):
        await bench.gateway._poll(bench.device)
        assert bench.timeouts == times
    bench.silent = set()
    await bench.polls(10)
    assert (bench.blocks(), bench.quality) == (WHOLE[place], Quality.GOOD)
    assert all(each.quality is not Quality.BAD for each in bench.reports)


async def test_a_device_that_is_back_is_found_whichever_of_its_addresses_has_fallen_silent_meanwhile(
    clock: Clock,
) -> None:
    bench = GatewayDevice(clock, TWO)
    bench.silent = {(table, at) for table in ("holding", "input") for at in range(4)}
    await bench.polls(20)
    assert bench.quality is Quality.NEVER_SEEN
    bench.silent = {("input", 0)}
    await bench.polls(10)
    assert bench.values == {"a": 0, "b": 1, "c": 2, "d": None}
