"""The longest time that a client may take to come back, on which tests and soaks rely."""

from __future__ import annotations

import pytest
from tests.integration.fault_laws import SETTLED_WITHIN_S

from setpoint.contract.live import Hello, User
from setpoint.core.link import Closed, Connect, Event, Link, Received, Start, Wake, step

LAST = 1 - 2**-53
"""The jitter of the longest wait."""


class Person:
    """A client that waits as long as the rules allow."""

    def __init__(self) -> None:
        self.link, self.now_ms, self.connects = Link(), 0, 0
        self.feed(Start())

    def feed(self, event: Event) -> None:
        self.link, effects = step(self.link, event, self.now_ms)
        self.connects += sum(isinstance(effect, Connect) for effect in effects)

    def lose(self) -> None:
        self.feed(Closed(self.link.sockets, LAST))

    def hello(self) -> None:
        self.feed(Received(self.link.sockets, Hello("e", "s", 0.0, User("anna", "operator"))))

    def until_next_attempt(self) -> float:
        """Returns the seconds of silence until the client tries again."""
        since_ms, connects = self.now_ms, self.connects
        while self.connects == connects:
            assert self.link.wake_at_ms is not None
            self.now_ms = self.link.wake_at_ms
            self.feed(Wake(LAST))
        return (self.now_ms - since_ms) / 1000


def person_with_longest_wait() -> Person:
    """Returns a client that lost its connection again and again within 30 s, so that it waits longest (LINK-2)."""
    person = Person()
    for _ in range(6):
        person.lose()
        person.until_next_attempt()
    return person


@pytest.mark.rule("LINK-2", "HB-2")
def test_a_client_that_was_often_cut_is_back_within_the_longest_wait() -> None:
    cut, silent, deaf = person_with_longest_wait(), person_with_longest_wait(), person_with_longest_wait()
    cut.lose()
    silent.hello()
    silences_s = (cut.until_next_attempt(), silent.until_next_attempt(), deaf.until_next_attempt())
    assert [round(each) for each in silences_s] == [30, 46, 40]
    assert max(silences_s) < SETTLED_WITHIN_S
