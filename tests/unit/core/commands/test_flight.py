"""What no order of events may do to a flight."""

from __future__ import annotations

import itertools

import pytest

from setpoint.contract.live import Outcome
from setpoint.core.commands.flight import (
    Answered,
    Barred,
    Done,
    Due,
    Flight,
    FlightEvent,
    HandedOver,
    Lost,
    Overtaken,
    Queued,
    Reported,
    Sent,
    Stopped,
    Taken,
    step,
)
from setpoint.core.plant import Answer
from setpoint.errors import IllegalTransitionError

EVENTS: list[FlightEvent] = [
    *(Answered(answer, is_there) for answer in Answer for is_there in (True, False)),
    *(Reported(now, before) for now in (True, False) for before in (True, False)),
    Due(is_there=True),
    Due(is_there=False),
    Stopped("FAULT"),
    Overtaken(),
]


@pytest.mark.rule("CMD-3")
@pytest.mark.parametrize("start", [Sent(), Sent(is_over=True)])
def test_for_every_four_events_there_is_at_most_one_final_outcome_and_one_more_after_unknown(
    start: Flight,
) -> None:
    for events in itertools.product(EVENTS, repeat=4):
        flight, finals = start, []
        for event in events:
            flight, outcome = step(flight, event)
            if outcome is not None and outcome.is_final:
                finals.append(outcome)
        assert len(finals) <= 2
        assert len(finals) < 2 or finals[0] is Outcome.UNKNOWN
        assert not finals or isinstance(flight, Done | Lost)


@pytest.mark.parametrize("flight", [Sent(), Taken(), Lost(), Done()])
@pytest.mark.parametrize("event", [HandedOver(), Barred()])
def test_what_has_left_cannot_leave_or_be_kept_back(flight: Flight, event: FlightEvent) -> None:
    with pytest.raises(IllegalTransitionError):
        step(flight, event)


@pytest.mark.parametrize("event", [Answered(Answer.TAKEN, is_there=True), Reported(True, False), Due(False)])
def test_what_never_left_has_no_answer_and_no_deadline(event: FlightEvent) -> None:
    with pytest.raises(IllegalTransitionError):
        step(Queued(), event)


@pytest.mark.rule("CMD-6")
def test_a_stop_is_remembered_to_the_end() -> None:
    flight, _ = step(Sent(), Stopped("FAULT"))
    flight, _ = step(flight, Answered(Answer.TAKEN, is_there=False))
    flight, _ = step(flight, Due(is_there=False))
    flight, outcome = step(flight, Reported(is_there=True, was_there=False))
    assert (flight, outcome) == (Done("FAULT"), Outcome.APPLIED)
