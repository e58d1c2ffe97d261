"""The first law: a snapshot and its deltas always give the server's state.

A hub and its clients play writes, subscriptions, ticks, pauses, slow readers, lost connections and resumptions in any
order. The oracle reads the records directly.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from tests.examples import examples
from tests.unit.core.hub.shell import HubShell, outcome

from setpoint.contract.topics import DASHBOARD
from setpoint.contract.values import Quality
from setpoint.core.hub import HubLimits
from setpoint.core.plant import Line, Machine, Plant, Report

PLANT = Plant(
    "Small",
    (
        Line("01", (Machine("m_1", "01"), Machine("m_2", "01"))),
        Line("02", (Machine("m_3", "02"),)),
    ),
)
TOPICS = ("m:1", "m:2", "line:01", "line:02", DASHBOARD)
LIMITS = HubLimits(history_deltas=3, warm_ms=7_000, stale_after_ms=10**9, offline_after_ms=10**9)
"""Machines do not become stale here, because time alone would change the records during a comparison."""
OVER = 300_000

machines = st.sampled_from(tuple(PLANT.machines))
topics = st.sets(st.sampled_from(TOPICS), min_size=1)
turns = st.sampled_from((1, 1, 2, 4, 20))
values = st.fixed_dictionaries(
    {},
    optional={
        "speed": st.one_of(st.none(), st.integers(0, 3), st.floats()),
        "parts": st.integers(0, 3),
        "status": st.sampled_from(("RUNNING", "IDLE", "EMERGENCY_STOP", "FAULT")),
        "cause": st.sampled_from((None, "button")),
    },
)
qualities = st.sampled_from((Quality.GOOD, Quality.GOOD, Quality.BAD, Quality.OFFLINE))
reports = st.builds(Report, machines, values, st.just(0.0), qualities)


class FirstLaw(RuleBasedStateMachine):
    """The state machine. A number names each client. After a lost connection it comes back under the same name."""

    clients: Bundle[str] = Bundle("clients")

    def __init__(self) -> None:
        super().__init__()
        self.shell = HubShell(PLANT, limits=LIMITS)
        self.subscribed: dict[str, set[str]] = {}
        self.over: set[str] = set()
        self.paused: set[str] = set()
        self.names = 0

    @initialize(target=clients)
    def a_client_of_every_topic(self) -> str:
        return self._connect(set(TOPICS))

    @rule(target=clients, to=topics)
    def connect(self, to: set[str]) -> str:
        return self._connect(to)

    def _connect(self, to: set[str]) -> str:
        self.names += 1
        name = str(self.names)
        self.shell.open(name)
        self.subscribed[name] = set()
        self.subscribe(name, to)
        return name

    @rule(name=clients, to=topics)
    def subscribe(self, name: str, to: set[str]) -> None:
        self.subscribed[name] |= to
        self.shell.subscribe(*sorted(to), session=name)

    @rule(name=clients)
    def subscribe_again_with_positions(self, name: str) -> None:
        self.resubscribe(name)

    @rule(name=clients, to=topics)
    def unsubscribe(self, name: str, to: set[str]) -> None:
        self.subscribed[name] -= to
        for topic in to:
            self.shell.send(name, type="unsubscribe", id=1, topic=topic)

    @rule(name=clients, after=turns)
    def lose_the_connection_and_come_back(self, name: str, after: int) -> None:
        """Reconnects a client. It keeps its state, and requests what it missed."""
        before = self.shell.listeners[name]
        self.shell.hub.close(name, self.shell.now_ms)
        self.over.discard(name)
        self.paused.discard(name)
        self.shell.run(after * 250, alive=False)
        listener = self.shell.open(name)
        listener.states, listener.positions = before.states, before.positions
        self.resubscribe(name)

    def resubscribe(self, name: str) -> None:
        positions = self.shell.listeners[name].positions
        for topic in sorted(self.subscribed[name]):
            self.shell.subscribe(topic, session=name, since=positions.get(topic))

    @rule(reported=st.lists(reports, min_size=1, max_size=4))
    def report(self, reported: list[Report]) -> None:
        """Checks that the hub sends every critical change, and nothing else, at once to all subscribers of the line."""
        before = {name: len(listener.frames) for name, listener in self.shell.listeners.items()}
        critical = [(change.machine, change.status) for change in self.shell.reports(*reported)]
        for name, listener in self.shell.listeners.items():
            for topic in self.live_topics(name) - {DASHBOARD}:
                deltas = [frame for frame in listener.frames[before[name] :] if frame["topic"] == topic]
                received = [
                    (key, record["status"]) for frame in deltas for key, record in frame["machines"].items()
                ]
                expected = [(key, status) for key, status in critical if key in self.shell.truth(topic)]
                assert sorted(received) == sorted(expected)

    @rule(machine=machines, rev=st.integers(0, 9))
    def settle(self, machine: str, rev: int) -> None:
        self.shell.settle(outcome(machine, rev=rev))

    @rule(after=turns)
    def pass_time(self, after: int) -> None:
        self.shell.run(after * 250, alive=False)

    @rule(name=clients, is_paused=st.booleans())
    def pause_or_resume(self, name: str, is_paused: bool) -> None:  # hypothesis passes it by name
        self.shell.send(name, type="pause" if is_paused else "resume")
        (self.paused.add if is_paused else self.paused.discard)(name)

    @rule(name=clients, for_turns=turns)
    def read_nothing_for_a_while(self, name: str, for_turns: int) -> None:
        self.shell.buffered(name, OVER)
        self.shell.run(for_turns * 250, alive=False)
        self.shell.buffered(name, 0)

    @rule()
    def one_tick_of_each_kind_later_everybody_has_the_truth(self) -> None:
        self.shell.run(5_000, alive=False)
        known: dict[tuple[str, str, int], Any] = {}
        for name, listener in self.shell.listeners.items():
            for topic in self.live_topics(name):
                state = listener.states[topic]
                assert state["machines"] == self.shell.truth(topic)
                assert state["overview"] == (self.shell.overview() if topic == DASHBOARD else {})
                # Figures and revs: clients at the same number have the same state.
                assert known.setdefault((topic, *listener.positions[topic]), state) == state

    @invariant()
    def nobody_sees_a_gap_or_is_sent_away(self) -> None:
        for listener in self.shell.listeners.values():
            assert listener.gaps == []
            assert listener.closed is None

    def live_topics(self, name: str) -> set[str]:
        return {topic for topic in self.subscribed[name] if name not in self.paused or topic == DASHBOARD}

    def teardown(self) -> None:
        self.one_tick_of_each_kind_later_everybody_has_the_truth()


class TestFirstLaw(FirstLaw.TestCase):  # type: ignore[valid-type,misc]  # made by hypothesis at run time
    settings = settings(max_examples=examples(100), stateful_step_count=30)
