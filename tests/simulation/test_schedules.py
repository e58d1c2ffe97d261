"""Schedules in which every law must hold, schedules that once found a fault, and bugs that the laws must catch."""

from __future__ import annotations

import pytest
from tests.examples import examples, first_seed
from tests.simulation.laws import LAWS, WALL_CLOCK
from tests.simulation.mutant import Mutant
from tests.simulation.mutants import MUTANTS, TRIES, caught
from tests.simulation.people import FIRST_ACTS, SECOND_ACTS
from tests.simulation.schedule import law_of, run

CHUNKS = examples(20)
USUAL_CHUNKS = 5
"""The chunks that `make test` plays. The others have the marker ``full``."""
SCHEDULES_A_CHUNK = 50


@pytest.mark.rule(
    "SEQ-6", "TX-3", "SAFE-2", "SAFE-3", "CMD-1", "CMD-3", "CMD-7", "CMD-8", "PRE-1", "LOCK-3", "FLOW-1"
)
@pytest.mark.parametrize(
    "chunk",
    [
        pytest.param(chunk, marks=[pytest.mark.full] if chunk >= USUAL_CHUNKS else [])
        for chunk in range(CHUNKS)
    ],
)
def test_every_law_holds_in_every_schedule(chunk: int) -> None:
    first = first_seed() + chunk * SCHEDULES_A_CHUNK
    for seed in range(first, first + SCHEDULES_A_CHUNK):
        broken = run(seed).broken
        assert broken is None, f"{broken}\npython -m tests.simulation {seed}..{seed} makes it small"


FOUND = {
    "a person's second target for a field conflicted with their first": (4, 7, 11, 15),
    "a page with a paused line kept a status that had ended": (17, 18, 30, 48),
    "a rev that a client had was lost in a crash, and fell": (13, 14),
    "a batch that was posted again after a restart ended as unknown twice": (16,),
    "a batch that could not be stored raised revs that were never sent": (141, 150, 166, 217, 239, 298),
    "a lock from before a stop came back with a client that had been away": (24, 58),
    "an outcome was answered over HTTP before it was stored": (111,),
    "a batch was answered as under way that could not be stored after all": (11845,),
    "missed deltas of one topic were replayed over newer values of another": (9,),
}
"""Faults in schedules of the first acts, and their seeds."""

FOUND_SINCE = {
    "an undo that was requested before a stop went through after it": (321, 350),
    "a retry went through after a stop with a target that had not ended when it was requested": (
        59865,
        60258,
    ),
    "a refusal was sent before it was stored, and the batch came again when nothing stood in its way": (
        77983,
    ),
    "a person saw a conflict with their own undo instead of another person's change": (4,),
    "after a restart with the wall clock set back, an older target replaced a newer one": (
        712,
        1152,
    ),
    "a socket that had stalled delivered its frames in another order": (20733, 20870, 22458, 24840),
    "a conflict with a target of an undo named nobody who had asked": (
        21244,
        23380,
        24595,
        41353,
    ),
}
"""Faults in schedules of the second acts, and their seeds."""

FOUND_LATELY = {
    "the ages in a frame had more digits after a jump of the wall clock, and filled a buffer sooner": (7896,),
    "a batch that was answered as too late came again after the clock was set back, and was sent": (10653,),
    "a batch that was late for over a minute came after the clock was set back, and was sent": (304611,),
    "the clock was set forward, and a batch that still waited for a second person was removed from storage": (
        300142,
        302487,
        303777,
    ),
}


@pytest.mark.parametrize("what", FOUND)
def test_a_fault_that_was_found_once_stays_away(what: str) -> None:
    for seed in FOUND[what]:
        assert run(seed, acts=FIRST_ACTS).broken is None, f"seed {seed}: {what}"


@pytest.mark.parametrize("what", FOUND_SINCE)
def test_a_fault_that_was_found_since_stays_away(what: str) -> None:
    for seed in FOUND_SINCE[what]:
        assert run(seed, acts=SECOND_ACTS).broken is None, f"seed {seed}: {what}"


@pytest.mark.parametrize("what", FOUND_LATELY)
def test_a_fault_that_was_found_lately_stays_away(what: str) -> None:
    for seed in FOUND_LATELY[what]:
        assert run(seed).broken is None, f"seed {seed}: {what}"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_bug_is_caught(mutant: Mutant) -> None:
    result = caught(mutant, (mutant.seed, *range(TRIES)))
    assert result is not None, (
        f"no law caught it in the schedules of the seeds {mutant.seed} and 0 to {TRIES - 1}"
    )
    assert law_of(result) in LAWS


def test_a_deadline_that_follows_the_wall_clock_is_found_without_a_full_buffer() -> None:
    mutant = next(each for each in MUTANTS if each.name == "a deadline follows the wall clock")
    result = caught(mutant, (40,))
    assert result is not None
    assert law_of(result) == WALL_CLOCK
