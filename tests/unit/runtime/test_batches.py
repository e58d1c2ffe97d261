"""What is told of a batch to those who ask for it."""

from __future__ import annotations

from typing import Any, cast

import pytest

from setpoint.core.commands import BatchRequest, RecordBatch, RecordOutcomes
from setpoint.core.hub import Hub
from setpoint.core.plant import WHOLE_PLANT, Answer, Person, Quality, Report, Role, WriteAnswer, demo_plant
from setpoint.core.protocol import Outcome
from setpoint.persistence.memory import MemoryPersistence
from setpoint.runtime.runtime import Runtime

TX = "00000000-0000-4000-8000-000000000001"


@pytest.mark.rule("CMD-1")
async def test_a_batch_is_told_as_it_is_stored_and_not_as_it_was_decided_meanwhile() -> None:
    plant = demo_plant()
    hub: Hub[Any] = Hub(plant, epoch="e1", now_ms=0, ts=0.0)
    hub.reported([Report("m_401", {"status": "RUNNING", "targetSpeed": 100}, 0.0, Quality.GOOD)], 0, 0.0)
    disk = MemoryPersistence()
    runtime = Runtime(plant, hub=hub, live=cast(Any, None), persistence=disk, sources={})
    commands = runtime._commands

    async def told() -> list[tuple[Outcome, int | None]]:
        batch = await runtime.batch(TX)
        assert batch is not None
        return [(item.outcome, item.rev) for item in batch.items]

    anna = Person("anna", {WHOLE_PLANT: Role.OPERATOR})
    [recorded] = commands.submit(BatchRequest(TX, {"m_401": {"targetSpeed": 150}}), anna, 0, 0.0)
    assert isinstance(recorded, RecordBatch)
    assert await told() == [(Outcome.PENDING, None)], (
        "it may still not be stored, and its rev may fall to another"
    )

    await disk.store([recorded])
    commands.recorded(TX, 0, 0.0)
    refused = commands.answered([WriteAnswer(TX, "m_401", "targetSpeed", Answer.REFUSED)], 0, 0.0)
    assert await told() == [(Outcome.PENDING, 1)], "a crash would take the outcome back"

    await disk.store([effect for effect in refused if isinstance(effect, RecordOutcomes)])
    assert await told() == [(Outcome.FAILED, 1)]
