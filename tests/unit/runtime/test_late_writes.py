"""What changed between decision and hand-over keeps a write here: its time, the lease, or a stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest

from setpoint import clock
from setpoint.core.commands import Dispatch
from setpoint.core.engine import Engine
from setpoint.core.plant import Answer, Write, demo_plant
from setpoint.persistence.memory import MemoryPersistence
from setpoint.runtime.player import Player
from setpoint.runtime.sources import Sources

LOST = "nothing was sent: this server does not own the plant any more"
WRITES = (Write("00000000-0000-4000-8000-000000000001", "m_401", "targetSpeed", 150),)


class NotedSource:
    def __init__(self) -> None:
        self.writes: list[Write] = []

    async def start(self, _: object) -> None: ...

    async def write(self, writes: Sequence[Write], /) -> None:
        self.writes += writes


class Owner(MemoryPersistence):
    is_owner = True


async def player_of(source: NotedSource, persistence: MemoryPersistence) -> Player:
    plant = demo_plant()
    sources = Sources(plant, {plant.sources[0].name: cast("Any", source)}, cast("Any", None))
    await sources.start()
    engine: Engine[Any] = Engine(plant, epoch="e1", now_ms=0)
    return Player(
        engine,
        live=cast("Any", None),
        persistence=persistence,
        sources=sources,
        settled=lambda _: None,
        plant_taken=lambda _: None,
    )


@pytest.mark.rule("CMD-8")
@pytest.mark.parametrize(("stood_still_ms", "leaves"), [(2_000, True), (4_000, False)])
async def test_a_write_leaves_within_its_limit_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, stood_still_ms: int, *, leaves: bool
) -> None:
    source = NotedSource()
    player = await player_of(source, MemoryPersistence())
    answered: list[Any] = []
    monkeypatch.setattr(player, "feed", answered.append)
    now_ms = clock.now_ms()
    player.play([Dispatch(WRITES, now_ms + 3_000)])
    monkeypatch.setattr(clock, "now_ms", lambda: now_ms + stood_still_ms)
    await asyncio.gather(*player._tasks)
    assert source.writes == (list(WRITES) if leaves else [])
    assert [event.answers[0].answer for event in answered] == ([] if leaves else [Answer.NOT_SENT])


@pytest.mark.rule("SAFE-3")
async def test_a_stop_between_decision_and_hand_over_keeps_the_write_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = NotedSource()
    player = await player_of(source, MemoryPersistence())
    answered: list[Any] = []
    monkeypatch.setattr(player, "feed", answered.append)
    stopped, running = WRITES[0], Write(WRITES[0].tx_id, "m_402", "targetSpeed", 150)
    player.play([Dispatch((stopped, running), clock.now_ms() + 3_000)])
    monkeypatch.setattr(player, "voided", {stopped: "voided by FAULT"}.get)
    await asyncio.gather(*player._tasks)
    assert source.writes == [running]
    assert [(each.machine, each.answer, each.message) for event in answered for each in event.answers] == [
        ("m_401", Answer.NOT_SENT, "voided by FAULT")
    ]


@pytest.mark.rule("LEASE-5")
async def test_a_server_that_has_lost_the_plant_between_decision_and_hand_over_sends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source, persistence = NotedSource(), Owner()
    player = await player_of(source, persistence)
    answered: list[Any] = []
    monkeypatch.setattr(player, "feed", answered.append)
    player.play([Dispatch(WRITES, clock.now_ms() + 3_000)])
    persistence.is_owner = False
    await asyncio.gather(*player._tasks)
    assert source.writes == []
    assert [(each.answer, each.message) for event in answered for each in event.answers] == [
        (Answer.NOT_SENT, LOST)
    ]
