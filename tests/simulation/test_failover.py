"""Schedules with several servers and gateways of one plant, and bugs that their laws must catch."""

from __future__ import annotations

import pytest
from tests.examples import examples, first_seed
from tests.simulation.failover import play
from tests.simulation.failover_mutants import FAILOVER
from tests.simulation.mutant import Mutant
from tests.simulation.mutants import TRIES, caught
from tests.simulation.routes import LAWS
from tests.simulation.schedule import law_of

SCHEDULES = 60
PARTS = 3


@pytest.mark.rule(
    *("LEASE-2", "LEASE-3", "LEASE-4", "LEASE-5", "LEASE-6", "CMD-1", "CMD-2", "CMD-8", "SAFE-3"),
    *("MIR-1", "MIR-2", "MIR-3", "MIR-4", "MIR-5", "MIR-6", "MIR-7"),
)
@pytest.mark.parametrize("part", range(PARTS))
def test_one_owner_sends_each_target_once_and_every_client_shows_its_state_in_every_schedule(
    part: int,
) -> None:
    count = examples(SCHEDULES) // PARTS
    begin = first_seed() + part * count
    takeovers = 0
    for seed in range(begin, begin + count):
        result = play(seed)
        assert result.broken is None, f"{result.broken}\npython -m tests.simulation --failover {seed}..{seed}"
        takeovers += result.takeovers
    assert takeovers > count, "the plant never passed to another server"


@pytest.mark.parametrize("mutant", FAILOVER, ids=lambda mutant: mutant.name)
def test_a_bug_is_caught(mutant: Mutant) -> None:
    result = caught(mutant, (mutant.seed, *range(TRIES)), play)
    assert result is not None, f"no law caught it with the seeds {mutant.seed} and 0 to {TRIES - 1}"
    assert law_of(result) in LAWS
