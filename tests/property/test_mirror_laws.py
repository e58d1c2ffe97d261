"""The first law over an unreliable bus: a client's state equals the owner's, whatever route its frames took.

A hub and two gateways play reports, outcomes, lost, late, duplicated and swapped messages, partitions, and clients that
move between gateways with their state.
"""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from tests.examples import examples
from tests.property.test_hub_laws import LIMITS, PLANT, TOPICS, machines, reports
from tests.unit.core.hub.mirrors import Cluster, GatewayShell
from tests.unit.core.hub.shell import Listener, outcome

from setpoint.contract.live import Delta, Snapshot
from setpoint.contract.topics import DASHBOARD
from setpoint.core.hub.mirror.feed import MirrorFeed
from setpoint.core.hub.mirror.state import FeedState
from setpoint.core.hub.sessions import Sessions
from setpoint.core.plant import Report

clients = st.sampled_from(("anna", "berta"))
topics = st.sets(st.sampled_from(TOPICS), min_size=1)


class MirrorLaw(RuleBasedStateMachine):
    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.cluster = Cluster(PLANT, limits=LIMITS, seed=seed)
        self.gateway_of: dict[str, GatewayShell] = {}
        self.subscribed: dict[str, set[str]] = {"anna": set(TOPICS), "berta": {"line:01", DASHBOARD}}
        for name, gateway in zip(self.subscribed, self.cluster.gateways, strict=True):
            self.arrive(name, gateway, None)

    def arrive(self, name: str, gateway: GatewayShell, before: Listener | None) -> None:
        now = self.cluster.open(gateway, name)
        self.gateway_of[name] = gateway
        if before is not None:
            now.states, now.positions = before.states, before.positions
        self.cluster.subscribe(gateway, name, *sorted(self.subscribed[name]), since=now.positions)

    def listener(self, name: str) -> Listener:
        return self.gateway_of[name].listeners[name]

    @rule(reported=st.lists(reports, min_size=1, max_size=4))
    def report(self, reported: list[Report]) -> None:
        self.cluster.shell.reports(*reported)
        self.cluster.flush()

    @rule(machine=machines, rev=st.integers(0, 9))
    def settle(self, machine: str, rev: int) -> None:
        self.cluster.shell.settle(outcome(machine, rev=rev))
        self.cluster.flush()

    @rule(turns=st.sampled_from((1, 2, 4, 20)))
    def pass_time(self, turns: int) -> None:
        self.cluster.run(turns * 250)

    @rule(trouble=st.sampled_from((0.0, 0.3, 0.8)))
    def the_bus_misbehaves(self, trouble: float) -> None:
        self.cluster.bus.trouble = trouble

    @rule(is_parted=st.booleans())
    def the_bus_parts(self, is_parted: bool) -> None:
        self.cluster.bus.is_parted = is_parted

    @rule(name=clients, after=st.sampled_from((0, 1, 8)))
    def wander(self, name: str, after: int) -> None:
        former = self.gateway_of[name]
        before = self.cluster.close(former, name)
        if after:
            self.cluster.run(after * 250)
        self.arrive(name, next(each for each in self.cluster.gateways if each is not former), before)

    @rule(name=clients, to=topics)
    def subscribe(self, name: str, to: set[str]) -> None:
        self.subscribed[name] |= to
        self.cluster.subscribe(self.gateway_of[name], name, *sorted(to))

    @rule(name=clients, to=topics)
    def unsubscribe(self, name: str, to: set[str]) -> None:
        for topic in sorted(to & self.subscribed[name]):
            self.cluster.send(self.gateway_of[name], name, type="unsubscribe", id=1, topic=topic)
        self.subscribed[name] -= to

    @rule()
    def calm(self) -> None:
        """Checks that every client has the owner's state when the bus has worked for a while."""
        self.cluster.bus.trouble, self.cluster.bus.is_parted = 0.0, False
        self.cluster.run(15_000)
        for name, topics in self.subscribed.items():
            for topic in topics:
                self.is_true(name, topic)

    def is_true(self, name: str, topic: str) -> None:
        state = self.listener(name).states[topic]
        assert state["machines"] == self.cluster.shell.truth(topic)
        if topic == DASHBOARD:
            assert state["overview"] == self.cluster.shell.overview()

    @invariant()
    def nobody_sees_a_gap(self) -> None:
        """Checks that gateways close the gaps of the bus, and clients never see one."""
        for gateway in getattr(getattr(self, "cluster", None), "gateways", ()):
            for listener in gateway.listeners.values():
                assert not listener.gaps
                assert listener.closed is None

    def teardown(self) -> None:
        if hasattr(self, "cluster"):
            self.calm()


class TestMirrorLaw(MirrorLaw.TestCase):  # type: ignore[valid-type,misc]  # made by hypothesis at run time
    settings = settings(max_examples=examples(12), stateful_step_count=25)


def _applies_early(self: MirrorFeed[str], delta: Delta, data: bytes) -> list[bytes]:
    self._apply(delta, data)
    self._prove()
    return [data]


def _never_asks(self: MirrorFeed[str]) -> bool:
    return False


def _proves_what_it_lacks(self: MirrorFeed[str]) -> None:
    if self.is_known:
        self._proven_ms = self._stamp_ms
        self._gap_since_ms = None


def _keeps_quiet(self: Sessions[str], topic: object, now_ms: int, ts: float) -> list[object]:
    return []


def _forgets_deltas(self: FeedState, snapshot: Snapshot, now_ms: int) -> None:
    """Keeps the old records instead of those of a snapshot."""
    if not self.machines:
        _replace_whole(self, snapshot, now_ms)


_replace_whole = FeedState.replace

MUTANTS: dict[str, tuple[type, str, object]] = {
    "applies deltas in whatever order they come": (MirrorFeed, "take", _applies_early),
    "never asks for what is missing": (MirrorFeed, "wants", _never_asks),
    "takes a head that it has not reached for proven": (MirrorFeed, "_prove", _proves_what_it_lacks),
    "sends no snapshot when one has replaced the state": (Sessions, "replaced", _keeps_quiet),
    "answers nobody who waits for a feed": (Sessions, "known", _keeps_quiet),
    "takes no snapshot over what it has": (FeedState, "replace", _forgets_deltas),
}


@pytest.mark.full
@pytest.mark.parametrize("mistake", MUTANTS)
def test_the_laws_find_a_gateway_that(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target, name, wrong = MUTANTS[mistake]
    monkeypatch.setattr(target, name, wrong)
    few = settings(
        max_examples=60, stateful_step_count=25, phases=[Phase.generate], print_blob=False, database=None
    )
    with pytest.raises((AssertionError, KeyError)):
        run_state_machine_as_test(MirrorLaw, settings=few)
