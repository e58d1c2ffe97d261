"""Alarms have no side effect: an engine with an alarm book does the same as one without."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence

import pytest
from tests.unit.core.commands.shell import ANNA, tx
from tests.unit.core.engine.shell import SPEED, EngineShell

from setpoint.contract.http.batches import BatchRequest
from setpoint.contract.topics import DASHBOARD
from setpoint.contract.values import Quality, Value
from setpoint.core.alarms import Acknowledge, AlarmBook, Shelve
from setpoint.core.commands import Arrival
from setpoint.core.engine import Effect, Reported, Submit
from setpoint.core.plant import Report
from setpoint.errors import RequestError

STATUSES = ("RUNNING", "EMERGENCY_STOP", "FAULT", "MAINTENANCE_LOCK", "IDLE")


class ObservedEngineShell(EngineShell):
    """Keeps every effect. If ``is_observed``, people read alarms and act on them all the time."""

    def __init__(self, *, is_observed: bool) -> None:
        self.effects: list[object] = []
        super().__init__()
        self.book = AlarmBook(self.engine.plant, self.engine.machines, {}) if is_observed else None
        if is_observed:
            self.engine.observe(self)
        self.effects.append(self.engine.open("s", ANNA, name="s", now_ms=self.now_ms, ts=self.ts))
        ask = f'{{"type":"subscribe","id":1,"topic":"{DASHBOARD}"}}'
        self.effects.append(self.engine.received("s", ask, self.now_ms, self.ts))

    def changed(self, key: str, fields: Collection[str], ts: float) -> None:
        assert self.book is not None
        self.book.changed(key, fields)

    def play(self, effects: Sequence[Effect[str]]) -> None:
        self.effects += effects
        super().play(effects)

    def tick(self) -> None:
        self.effects.append(self.engine.tick(self.now_ms, self.ts))
        if self.book is None:
            return
        self.book.sample(self.now_ms, self.ts)
        for each in list(self.book.listed())[:2]:
            for act in (Acknowledge("ben"), Shelve("ben", "known", self.ts + 60)):
                try:
                    self.book.take(each.key, act, self.ts)
                except RequestError:
                    continue


def random_run(seed: int, *, is_observed: bool) -> tuple[ObservedEngineShell, list[object]]:
    shell, rng = ObservedEngineShell(is_observed=is_observed), random.Random(seed)
    machines = list(shell.engine.machines)
    for step in range(150):
        key = rng.choice(machines)
        values: dict[str, Value] = {
            "status": rng.choice(STATUSES),
            "temp": rng.uniform(20, 120),
            "speed": rng.uniform(0, 3_000),
        }
        quality = rng.choice((Quality.GOOD, Quality.GOOD, Quality.OFFLINE))
        shell.feed(Reported([Report(key, values, 0.0, quality)]))
        if step % 3 == 0:
            request = BatchRequest(tx(step + 1), {rng.choice(machines): {SPEED: rng.randrange(3_000)}})
            shell.feed(Submit(step, request, ANNA, Arrival(shell.now_ms, shell.ts)))
        shell.wait(rng.choice((50, 250, 1_000)))
        shell.tick()
    return shell, shell.effects


@pytest.mark.rule("ALM-8")
@pytest.mark.parametrize("seed", range(3))
def test_alarms_change_nothing_that_the_hub_sends_or_that_commands_do(seed: int) -> None:
    observed, with_alarms = random_run(seed, is_observed=True)
    alone, without = random_run(seed, is_observed=False)
    assert observed.book is not None
    assert observed.book.states
    assert with_alarms == without
    assert (observed.writes, observed.stored, observed.replies.keys()) == (
        alone.writes,
        alone.stored,
        alone.replies.keys(),
    )
