"""A change between decision and hand-over keeps the server from sending a write: its time limit, the lease, or a
stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from setpoint import clock
from setpoint.core.plant import Answer, Write, WriteAnswer, demo_plant
from setpoint.persistence.memory import MemoryPersistence
from setpoint.runtime.sources import Sources
from setpoint.runtime.writing import Writing

LOST = "nothing was sent: this server does not own the plant any more"
WRITE = Write("00000000-0000-4000-8000-000000000001", "m_401", "targetSpeed", 150)


class NotedSource:
    def __init__(self) -> None:
        self.writes: list[Write] = []

    async def start(self, _: object) -> None: ...

    async def write(self, writes: Sequence[Write], /) -> None:
        self.writes += writes


class Owner(MemoryPersistence):
    is_owner = True


class OutputRig:
    """A source of the demo plant, and the answers that came without it."""

    def __init__(self) -> None:
        self.source = NotedSource()
        self.persistence = Owner()
        self.voided: dict[Write, str] = {}
        self.answered: list[WriteAnswer] = []

    async def write(self, *writes: Write, limit_ms: int | None = None) -> None:
        plant = demo_plant()
        sources = Sources(plant, {plant.sources[0].name: cast("Any", self.source)}, cast("Any", None))
        await sources.start()
        writing = Writing(sources, self.persistence, voided=self.voided.get, answered=self.answered.extend)
        limit_ms = clock.now_ms() + 3_000 if limit_ms is None else limit_ms
        for serving, part in writing.by_source(writes).items():
            await writing.write(serving, part, limit_ms)


@pytest.mark.rule("CMD-8")
@pytest.mark.parametrize(("left_ms", "leaves"), [(1_000, True), (-1_000, False)])
async def test_a_write_leaves_within_its_limit_or_not_at_all(left_ms: int, *, leaves: bool) -> None:
    rig = OutputRig()
    await rig.write(WRITE, limit_ms=clock.now_ms() + left_ms)
    assert rig.source.writes == ([WRITE] if leaves else [])
    assert [each.answer for each in rig.answered] == ([] if leaves else [Answer.NOT_SENT])


@pytest.mark.rule("SAFE-3")
async def test_a_stop_between_decision_and_hand_over_keeps_the_write_here() -> None:
    rig, running = OutputRig(), Write(WRITE.tx_id, "m_402", "targetSpeed", 150)
    rig.voided[WRITE] = "voided by FAULT"
    await rig.write(WRITE, running)
    assert rig.source.writes == [running]
    assert rig.answered == [
        WriteAnswer(WRITE.tx_id, "m_401", "targetSpeed", Answer.NOT_SENT, "voided by FAULT")
    ]


@pytest.mark.rule("LEASE-5")
async def test_a_server_that_has_lost_the_plant_between_decision_and_hand_over_sends_nothing() -> None:
    rig = OutputRig()
    rig.persistence.is_owner = False
    await rig.write(WRITE)
    assert rig.source.writes == []
    assert [(each.answer, each.message) for each in rig.answered] == [(Answer.NOT_SENT, LOST)]


async def test_if_a_source_raises_while_it_writes_nobody_knows_whether_the_target_arrived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = OutputRig()

    async def fails(_: Sequence[Write]) -> None:
        raise RuntimeError("a mistake of the source")

    monkeypatch.setattr(rig.source, "write", fails)
    await rig.write(WRITE)
    assert [each.answer for each in rig.answered] == [Answer.UNKNOWN]
