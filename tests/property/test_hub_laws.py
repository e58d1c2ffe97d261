"""The first law: snapshot plus deltas is the server's state, whatever happens in between."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule
from tests.unit.core.hub.room import Room, outcome

from setpoint.core.hub import HubLimits
from setpoint.core.plant import Line, Machine, Plant, Quality, Report
from setpoint.core.topics import DASHBOARD

PLANT = Plant(
    "Small",
    (
        Line("01", (Machine("m_1", "01"), Machine("m_2", "01"))),
        Line("02", (Machine("m_3", "02"),)),
    ),
)
TOPICS = ("m:1", "m:2", "m:3", "line:01", "line:02", DASHBOARD)
OVER = 300_000

machines = st.sampled_from(tuple(PLANT.machines))
statuses = st.sampled_from(("RUNNING", "IDLE", "EMERGENCY_STOP", "FAULT"))
values = st.fixed_dictionaries(
    {},
    optional={
        "speed": st.one_of(st.none(), st.integers(0, 3), st.floats()),
        "parts": st.integers(0, 3),
        "targetSpeed": st.integers(0, 3),
        "status": statuses,
        "cause": st.sampled_from((None, "button")),
    },
)
reports = st.builds(
    Report,
    machines,
    values,
    st.just(0.0),
    st.sampled_from((Quality.GOOD, Quality.GOOD, Quality.BAD, Quality.OFFLINE)),
)


class FirstLaw(RuleBasedStateMachine):
    """Writes, subscriptions, ticks, pauses, slow readers, lost connections and resumptions in any order."""

    sessions: Bundle[str] = Bundle("sessions")

    def __init__(self) -> None:
        super().__init__()
        limits = HubLimits(history_deltas=3, warm_ms=7_000, stale_after_ms=6_000, offline_after_ms=12_000)
        self.room = Room(PLANT, limits=limits)
        self.opened = 0
        self.over: set[str] = set()
        self.paused: set[str] = set()
        self.told: dict[str, list[str]] = {"m_1": [], "m_2": [], "m_3": []}
        self.positions: dict[str, tuple[str, int, Any]] = {}

    def is_open(self, session: str) -> bool:
        return self.room.listeners[session].closed is None

    def hears(self, session: str, topic: str) -> bool:
        return session not in self.over and (session not in self.paused or topic == DASHBOARD)

    @initialize(target=sessions)
    def begin(self) -> str:
        return self.open()

    @rule(target=sessions)
    def open(self) -> str:
        self.opened += 1
        session = str(self.opened)
        self.room.open(session)
        return session

    @rule(session=sessions, topic=st.sampled_from(TOPICS))
    def subscribe(self, session: str, topic: str) -> None:
        if self.is_open(session):
            self.room.subscribe(topic, session=session)

    @rule(session=sessions, topic=st.sampled_from(TOPICS))
    def subscribe_again_with_a_position(self, session: str, topic: str) -> None:
        listener = self.room.listeners[session]
        if self.is_open(session) and topic in listener.positions:
            self.room.subscribe(topic, session=session, since=listener.positions[topic])

    @rule(said=st.lists(reports, max_size=4))
    def report(self, said: list[Report]) -> None:
        for change in self.room.reports(*said):
            self.told[change.machine].append(str(change.status))

    @rule(machine=machines, rev=st.integers(0, 9))
    def settle(self, machine: str, rev: int) -> None:
        self.room.settle(outcome(machine, rev=rev))

    @rule(turns=st.integers(1, 9))
    def pass_time(self, turns: int) -> None:
        self.room.run(turns * 250, alive=False)

    @rule(session=sessions, is_paused=st.booleans())
    def pause_or_resume(self, session: str, *, is_paused: bool) -> None:
        if self.is_open(session):
            self.room.say(session, type="pause" if is_paused else "resume")
            (self.paused.add if is_paused else self.paused.discard)(session)

    @rule(session=sessions, has_missed=st.booleans())
    def stop_reading(self, session: str, *, has_missed: bool) -> None:
        if self.is_open(session):
            self.room.buffered(session, OVER, has_missed=has_missed)
            self.over.add(session)

    @rule(session=sessions)
    def read_all(self, session: str) -> None:
        if self.is_open(session):
            self.room.buffered(session, 0)
            self.over.discard(session)

    @rule(target=sessions, session=sessions)
    def lose_the_connection_and_come_back(self, session: str) -> Any:
        """The client keeps what it has, and asks for what it missed."""
        if not self.is_open(session):
            return multiple()
        before = self.room.listeners[session]
        self.room.hub.close(session, self.room.now_ms)
        before.closed = (1006, "")
        again = self.open()
        after = self.room.listeners[again]
        after.positions = dict(before.positions)
        after.states = {topic: self.room.copy_of(session, topic) for topic in before.states}
        for topic, position in before.positions.items():
            self.room.subscribe(topic, session=again, since=position)
        return again

    @invariant()
    def no_client_sees_a_gap(self) -> None:
        assert all(listener.gaps == [] for listener in self.room.listeners.values())

    @rule()
    def check(self) -> None:
        """One tick of each kind later, everybody who listens has the truth."""
        self.room.now_ms += 5_000
        self.room.tick()
        for session, listener in self.room.listeners.items():
            if listener.closed is None:
                self.room.play(self.room.hub.heard(session, self.room.now_ms))
                for topic, state in listener.states.items():
                    if self.hears(session, topic):
                        assert state["machines"] == self.room.truth(topic), (session, topic)
        self.everybody_agrees_on_figures_and_revs()

    def teardown(self) -> None:
        self.check()

    def everybody_agrees_on_figures_and_revs(self) -> None:
        """Two clients at one position of one topic know the same."""
        known: dict[tuple[str, str, int], Any] = {}
        for session, listener in self.room.listeners.items():
            if listener.closed is None:
                for topic, (epoch, seq) in listener.positions.items():
                    if self.hears(session, topic):
                        state = listener.states[topic]
                        assert known.setdefault((topic, epoch, seq), state) == state


class TestFirstLaw(FirstLaw.TestCase):  # type: ignore[name-defined,misc]  # made by hypothesis at run time
    settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
