"""No order of events breaks the rules of a write state."""

from __future__ import annotations

import itertools

import pytest

from setpoint.contract.live import Outcome
from setpoint.core.commands.write_state import (
    Acknowledged,
    Answered,
    Barred,
    Done,
    Due,
    HandedOver,
    Queued,
    Reported,
    Sent,
    Stopped,
    Superseded,
    Unconfirmed,
    WriteEvent,
    WriteState,
    step,
)
from setpoint.core.plant import Answer
from setpoint.errors import IllegalTransitionError

EVENTS: list[WriteEvent] = [
    *(Answered(answer, is_there) for answer in Answer for is_there in (True, False)),
    *(Reported(now, before) for now in (True, False) for before in (True, False)),
    Due(is_there=True),
    Due(is_there=False),
    Stopped("FAULT"),
    Superseded(),
]


@pytest.mark.rule("CMD-3")
@pytest.mark.parametrize("start", [Sent(), Sent(is_over=True)])
def test_for_every_four_events_there_is_at_most_one_final_outcome_and_one_more_after_unknown(
    start: WriteState,
) -> None:
    for events in itertools.product(EVENTS, repeat=4):
        state, finals = start, []
        for event in events:
            state, outcome = step(state, event)
            if outcome is not None and outcome.is_final:
                finals.append(outcome)
        assert len(finals) <= 2
        assert len(finals) < 2 or finals[0] is Outcome.UNKNOWN
        assert not finals or isinstance(state, Done | Unconfirmed)


@pytest.mark.parametrize("state", [Sent(), Acknowledged(), Unconfirmed(), Done()])
@pytest.mark.parametrize("event", [HandedOver(), Barred()])
def test_a_write_that_has_left_cannot_leave_again_or_be_kept_back(
    state: WriteState, event: WriteEvent
) -> None:
    with pytest.raises(IllegalTransitionError):
        step(state, event)


@pytest.mark.parametrize("event", [Answered(Answer.TAKEN, is_there=True), Reported(True, False), Due(False)])
def test_a_target_that_never_left_has_no_answer_and_no_deadline(event: WriteEvent) -> None:
    with pytest.raises(IllegalTransitionError):
        step(Queued(), event)


@pytest.mark.rule("CMD-6")
def test_a_stop_is_remembered_to_the_end() -> None:
    state, _ = step(Sent(), Stopped("FAULT"))
    state, _ = step(state, Answered(Answer.TAKEN, is_there=False))
    state, _ = step(state, Due(is_there=False))
    state, outcome = step(state, Reported(is_there=True, was_there=False))
    assert (state, outcome) == (Done("FAULT"), Outcome.APPLIED)
