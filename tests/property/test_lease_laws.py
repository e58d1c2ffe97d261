"""The law of the lease: two servers never act as the owner at once, whatever their clocks and the database do.

Three servers share an entry. Their clocks differ, they freeze between any two steps, their requests arrive late or
never, and answers get lost. The database executes one request at a time. Copies of the state machine contain small
bugs, and the law must find each of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.examples import examples

from setpoint.core.lease import (
    LASTS_MS,
    Answered,
    Ask,
    Entry,
    Event,
    Holding,
    NotAnswered,
    Renew,
    State,
    Take,
    Waiting,
    ask,
    holds,
    next_ms,
    step,
)

Step = Callable[[State, Event, int], State]
STEPS = 400
SERVERS = 3
PAUSES_MS = (0, 1, 10, 60, 240, 260, 480, 700, 1_400, 1_900, 2_100, 6_000)


@dataclass
class Server:
    name: str
    ahead_ms: int
    """How far its clock is ahead of the true time."""
    state: State = field(default_factory=Waiting)
    sent: Ask | None = None
    asked_ms: int = 0
    answer: Answered | None = None


class World:
    def __init__(self, seed: int, step: Step = step) -> None:
        self._random = random.Random(seed)
        self._step = step
        self._now_ms = 0
        self.entry = Entry(0, 0, 0)
        self.tokens: list[int] = []
        self.servers = [Server(f"s{each}", self._random.randrange(10**6)) for each in range(SERVERS)]

    def turn(self) -> None:
        """Plays one event of a server: it asks, its request arrives, or it gets an answer or none."""
        self._now_ms += self._random.choice(PAUSES_MS)
        server = self._random.choice(self.servers)
        now_ms = self._now_ms + server.ahead_ms
        if server.sent is not None and self._random.random() < 0.15:
            if server.answer is None and self._random.random() < 0.5:
                self._execute(server)
            self._deliver(server, NotAnswered(), now_ms)
        elif server.answer is not None:
            self._deliver(server, server.answer, now_ms)
        elif server.sent is not None:
            self._execute(server)
        elif (due_ms := next_ms(server.state)) is not None and now_ms >= due_ms:
            server.sent, server.asked_ms = ask(server.state, now_ms), now_ms

    def _deliver(self, server: Server, event: Event, now_ms: int) -> None:
        server.state = self._step(server.state, event, now_ms)
        server.sent = server.answer = None

    def _execute(self, server: Server) -> None:
        entry = self.entry
        match server.sent:
            case Take(seen) if seen == entry:
                self.entry = Entry(entry.token + 1, 0, LASTS_MS, server.name)
                self.tokens.append(self.entry.token)
            case Renew(token) if token == entry.token:
                self.entry = msgspec.structs.replace(entry, beat=entry.beat + 1)
        server.answer = Answered(self.entry, server.asked_ms, done=self.entry is not entry)

    def owners(self) -> list[Server]:
        return [each for each in self.servers if holds(each.state, self._now_ms + each.ahead_ms)]

    def check_laws(self) -> None:
        owners = self.owners()
        assert len(owners) <= 1
        for owner in owners:
            assert isinstance(owner.state, Holding)
            assert owner.state.token == self.entry.token
        assert self.tokens == sorted(set(self.tokens))


def breaks_a_law(seed: int, step: Step) -> bool:
    try:
        play(seed, step)
    except AssertionError:
        return True
    return False


def play(seed: int, step: Step = step) -> World:
    world = World(seed, step)
    for _ in range(STEPS):
        world.turn()
        world.check_laws()
    return world


@pytest.mark.rule("LEASE-1", "LEASE-2", "LEASE-3")
@given(st.integers(0, 2**32))
def test_two_servers_never_own_the_plant_and_a_token_is_given_out_once(seed: int) -> None:
    play(seed)


@pytest.mark.rule("LEASE-3")
def test_the_lease_is_taken_over_again_and_again() -> None:
    """Checks that servers do own the plant, so that the law does not hold only because they do nothing."""
    assert sum(len(play(seed).tokens) for seed in range(examples(20))) > 20


def _counts_from_the_answer(state: State, event: Event, now_ms: int) -> State:
    if isinstance(event, Answered):
        event = msgspec.structs.replace(event, asked_ms=now_ms)
    return step(state, event, now_ms)


def _counts_from_an_earlier_reading(state: State, event: Event, now_ms: int) -> State:
    after = step(state, event, now_ms)
    if isinstance(state, Waiting) and isinstance(after, Waiting) and state.seen is not None:
        after = msgspec.structs.replace(after, since_ms=state.since_ms)
    return after


def _goes_on_with_another_token(state: State, event: Event, now_ms: int) -> State:
    after = step(state, event, now_ms)
    if isinstance(state, Holding) and isinstance(event, Answered) and not event.done:
        return msgspec.structs.replace(state, until_ms=now_ms + LASTS_MS, next_ms=now_ms)
    return after


def _takes_no_answer_for_a_yes(state: State, event: Event, now_ms: int) -> State:
    if isinstance(state, Holding) and isinstance(event, NotAnswered):
        return msgspec.structs.replace(state, until_ms=now_ms + LASTS_MS, next_ms=now_ms)
    return step(state, event, now_ms)


@pytest.mark.rule("LEASE-2", "LEASE-3", "LEASE-4")
@pytest.mark.parametrize(
    "wrong",
    [
        _counts_from_the_answer,
        _counts_from_an_earlier_reading,
        _goes_on_with_another_token,
        _takes_no_answer_for_a_yes,
    ],
)
def test_the_law_finds_a_mistake_in_the_state_machine(wrong: Step) -> None:
    assert any(breaks_a_law(seed, wrong) for seed in range(2_000))
