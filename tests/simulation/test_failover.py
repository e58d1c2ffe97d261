"""Schedules with several servers of one plant, and mistakes that their laws must find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.examples import examples, first_seed
from tests.simulation.failover import Rules, play
from tests.simulation.shared import LawBrokenError

from setpoint.core.engine.outbox import Outbox
from setpoint.core.lease import Holding, State, Waiting, step

SCHEDULES = 150
PARTS = 3


@pytest.mark.rule("LEASE-2", "LEASE-3", "LEASE-4", "LEASE-5", "LEASE-6", "CMD-1", "CMD-2")
@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_happens_one_owner_sends_once_what_is_recorded_and_every_target_ends(part: int) -> None:
    count = examples(SCHEDULES) // PARTS
    begin = first_seed() + part * count
    takings = 0
    for seed in range(begin, begin + count):
        takings += len(play(seed).database.tokens)
    assert takings > count, "the plant never passed to another server"


def _does_not_wait(state: State, event: Any, now_ms: int) -> State:
    after = step(state, event, now_ms)
    if isinstance(after, Waiting) and after.seen is not None:
        after = msgspec.structs.replace(after, since_ms=now_ms - after.seen.lasts_ms)
    return after


def _never_doubts(state: State, event: Any, now_ms: int) -> State:
    after = step(state, event, now_ms)
    return msgspec.structs.replace(after, until_ms=2**60) if isinstance(after, Holding) else after


def is_found(rules: Rules, *, fenced: bool = True) -> bool:
    """Whether a law is broken in one of the schedules."""
    for seed in range(first_seed(), first_seed() + 100):
        try:
            play(seed, rules, fenced=fenced)
        except (LawBrokenError, AssertionError):
            return True
    return False


@pytest.mark.rule("LEASE-2", "LEASE-3")
@pytest.mark.parametrize("wrong", [_does_not_wait, _never_doubts])
def test_a_mistake_in_the_lease_is_found(wrong: Callable[..., State]) -> None:
    assert is_found(Rules(step=wrong))


@pytest.mark.rule("LEASE-5")
def test_a_dispatch_without_the_last_check_is_found() -> None:
    assert is_found(Rules(checks_at_dispatch=False))


@pytest.mark.rule("LEASE-4")
def test_a_transaction_that_does_not_prove_the_token_is_found() -> None:
    assert is_found(Rules(), fenced=False)


@pytest.mark.rule("LEASE-6")
def test_an_owner_that_does_not_take_up_what_was_under_way_is_found() -> None:
    assert is_found(Rules(restores=False))


@pytest.mark.rule("CMD-1")
def test_what_is_sent_before_it_is_stored_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = Outbox.failed

    def forgets(self: Outbox, now_ms: int) -> Any:
        failed(self, now_ms)
        return ()

    monkeypatch.setattr(Outbox, "failed", forgets)
    assert is_found(Rules())
