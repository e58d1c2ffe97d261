"""The laws of the store, against slow and obvious models.

`get_render_state` follows the specification's selector line by line. Histories mix frames, commits, answers, outcomes,
stops and instants. The model of `$server` is one dict for each machine.
"""

from __future__ import annotations

import copy
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples import examples

from setpoint.contract.live import By, ByKind, Delta, Hello, Outcome, Snapshot, SnapshotData, TxOutcome, User
from setpoint.contract.values import CRITICAL_OVERRIDES
from setpoint.core.store import (
    LOCK_MS,
    PENDING_PHASES,
    Answered,
    AskBatch,
    Commit,
    Event,
    Expire,
    Inflight,
    Lost,
    NotFound,
    Phase,
    Result,
    Schedule,
    Store,
    Wake,
)
from setpoint.errors import IllegalTransitionError

MACHINES = ("m_401", "m_402", "m_403")
FIELDS = ("targetSpeed", "mode")
ANNA = By(ByKind.OPERATOR, "anna")


def get_render_state(server: dict[str, Any], pending: dict[str, Any], now_ms: int) -> dict[str, Any]:
    """Part 2 of the specification, with the instant as an argument."""
    view = copy.deepcopy(server)
    for entity, fields in pending.items():
        server_entity = server.get(entity, {})
        if server_entity.get("status") in CRITICAL_OVERRIDES:
            continue
        for field, lock in fields.items():
            if now_ms - lock["timestamp"] > 10_000:
                continue
            view[entity] = {**view.get(entity, {}), field: lock["value"], "_isOptimistic": True}
    return view


def rendered(store: Store) -> dict[str, Any]:
    views = {machine: store.view(machine) for machine in store.machines()}
    return {
        machine: {**view.record, "_isOptimistic": True} if view.is_optimistic else view.record
        for machine, view in views.items()
        if view is not None
    }


class World:
    """A store under test, and a simple log of the same history."""

    def __init__(self) -> None:
        self.store = Store(FIELDS)
        self.now_ms = 0
        self.seq = 0
        self.commits = 0
        self.revs = dict.fromkeys(((machine, field) for machine in MACHINES for field in FIELDS), 0)
        self.server: dict[str, dict[str, Any]] = {
            machine: {"speed": 0, "targetSpeed": 0, "mode": "RUN", "status": "RUNNING"}
            for machine in MACHINES
        }
        self.asked_at: dict[str, int] = {}
        self.stopped_at: dict[str, int] = {}
        self.finals: dict[tuple[str, str, str], tuple[Phase, Outcome | None]] = {}
        self.store.step(Hello("k", "s", 0.0, User("anna", "operator")), 0)
        data = SnapshotData(copy.deepcopy(self.server))
        self.send(Snapshot("line:01", "k", 0, 0.0, data))

    def send(self, event: Event) -> None:
        before = self.store.state()
        try:
            effects = self.store.step(event, self.now_ms)
        except IllegalTransitionError:
            assert self.store.state() == before
            return
        for effect in effects:
            if isinstance(effect, Schedule):
                assert effect.at_ms > self.now_ms
        self.check()

    def delta(self, machines: dict[str, Any], tx: list[TxOutcome] | None = None) -> None:
        self.seq += 1
        for machine, change in machines.items():
            self.server[machine] = {**self.server[machine], **change}
            if change.get("status") in CRITICAL_OVERRIDES:
                self.stopped_at[machine] = self.commits
        self.send(Delta("line:01", self.seq, float(self.seq), copy.deepcopy(machines), tx=tx or []))

    def check(self) -> None:
        store, pending = self.store, self.store.pending
        locks = {
            machine: {field: {"value": lock.value, "timestamp": lock.at_ms} for field, lock in fields.items()}
            for machine, fields in pending.locks.items()
        }
        assert store.server.machines == self.server
        assert rendered(store) == get_render_state(self.server, locks, self.now_ms)  # TIER-2
        for machine, fields in pending.locks.items():
            for field, lock in fields.items():
                assert self.now_ms - lock.at_ms <= LOCK_MS
                assert lock.phase in PENDING_PHASES
                assert pending.transactions[lock.tx_id].targets[machine][field] is lock
                assert self.asked_at[lock.tx_id] > self.stopped_at.get(machine, 0), "requested before a stop"
        for tx_id, transaction in pending.transactions.items():
            for machine, targets in transaction.targets.items():
                for field, target in targets.items():
                    self._settles_once((tx_id, machine, field), target.phase, target.outcome)

    def _settles_once(self, key: tuple[str, str, str], phase: Phase, outcome: Outcome | None) -> None:
        known_phase, known_outcome = self.finals.get(key, (Phase.OPTIMISTIC, None))
        if known_phase not in (*PENDING_PHASES, Phase.UNKNOWN):
            # The client reported it as never received, but the server knows it. This is the only allowed correction of
            # `unknown`.
            assert phase is known_phase
        if known_outcome not in (None, Outcome.UNKNOWN):
            assert outcome is known_outcome
        self.finals[key] = (phase, outcome)


values = st.sampled_from([0, 100, 150, 155])
machines = st.sampled_from(MACHINES)
outcomes = st.sampled_from([each for each in Outcome if each.is_final])
moves = st.one_of(
    st.tuples(st.just("commit"), machines, st.sampled_from(FIELDS), values),
    st.tuples(st.just("report"), machines, values),
    st.tuples(st.just("status"), machines, st.sampled_from(["RUNNING", "IDLE", *CRITICAL_OVERRIDES])),
    st.tuples(st.just("inflight"), st.integers(1, 6)),
    st.tuples(st.just("lost"), st.integers(1, 6)),
    st.tuples(st.just("notFound"), st.integers(1, 6)),
    st.tuples(st.just("answer"), st.integers(1, 6), st.sampled_from(Outcome), st.integers(0, 6)),
    st.tuples(st.just("outcome"), st.integers(1, 6), outcomes, st.integers(0, 6)),
    st.tuples(st.just("rival"), machines, st.sampled_from(FIELDS), outcomes, st.integers(0, 6)),
    st.tuples(st.just("wait"), st.sampled_from([1, 500, 4_000, 9_999, 10_000, 10_001])),
    st.tuples(st.just("wake")),
)


def play(world: World, move: tuple[Any, ...]) -> None:
    match move:
        case ("commit", machine, field, value):
            world.commits += 1
            world.asked_at[f"t{world.commits}"] = world.commits
            world.send(Commit(f"t{world.commits}", {machine: {field: value}}))
        case ("report", machine, value):
            world.delta({machine: {"speed": value, "targetSpeed": value}})
        case ("status", machine, status):
            world.delta({machine: {"status": status}})
        case ("inflight", number):
            world.send(Inflight(f"t{number}"))
        case ("lost", number):
            world.send(Lost(f"t{number}"))
        case ("notFound", number):
            world.send(NotFound(f"t{number}", world.now_ms))
        case ("answer", number, outcome, rev):
            results = [
                Result(machine, field, outcome, rev=rev or None) for machine in MACHINES for field in FIELDS
            ]
            world.send(Answered(f"t{number}", results))
        case ("outcome", number, outcome, rev):
            outcomes = [
                TxOutcome(f"t{number}", machine, field, outcome, rev or None, ANNA)
                for machine in MACHINES
                for field in FIELDS
            ]
            world.delta({}, outcomes)
        case ("rival", machine, field, outcome, rev):
            world.delta({}, [TxOutcome("x", machine, field, outcome, rev, By(ByKind.OPERATOR, "bert"))])
        case ("wait", passed_ms):
            world.now_ms += passed_ms
            world.send(Expire())
        case ("wake",):
            world.send(Wake())


@pytest.mark.rule("TIER-1", "TIER-2", "LOCK-3", "SAFE-1", "SAFE-2", "TX-3")
@settings(max_examples=examples(150))
@given(st.lists(moves, max_size=40))
def test_the_view_is_the_specifications_at_every_instant_and_what_is_settled_stays(
    history: list[tuple[Any, ...]],
) -> None:
    world = World()
    for move in history:
        play(world, move)


@pytest.mark.rule("TX-3", "TIER-2", "TX-5")
@settings(max_examples=examples(100))
@given(st.lists(moves, max_size=25))
def test_after_a_quiet_time_the_view_is_the_servers_state(history: list[tuple[Any, ...]]) -> None:
    world = World()
    for move in history:
        play(world, move)
    for _ in ("the locks", "the notices of their end"):
        world.now_ms += 60_000
        world.send(Expire())
    assert not world.store.pending.locks
    assert not world.store.pending.notices
    assert rendered(world.store) == world.store.server.machines


@pytest.mark.rule("TX-3", "LOCK-3")
@pytest.mark.parametrize("outcome", [each for each in Outcome if each.is_final])
def test_answer_echo_heartbeat_and_expiry_end_the_same_in_every_order(outcome: Outcome) -> None:
    """Plays each event once or twice, in all orders. The phase differs from the outcome's only if a refusal over HTTP
    came first, which means the same.
    """
    reported = 150 if outcome is Outcome.APPLIED else 100
    ends = set()
    for order in permutations(("answer", "echo", "echo again", "heartbeat", "expiry", "lost")):
        store = Store(FIELDS)
        store.step(Snapshot("line:01", "k", 0, 0.0, SnapshotData({"m_401": {"targetSpeed": 100}})), 0)
        store.step(Commit("t", {"m_401": {"targetSpeed": 150}}), 0)
        store.step(Inflight("t"), 0)
        now_ms, seq = 0, 0
        for event in order:
            match event:
                case "answer":
                    store.step(Answered("t", [Result("m_401", "targetSpeed", outcome, rev=1)]), now_ms)
                case "echo" | "echo again":
                    seq += 1
                    outcomes = [TxOutcome("t", "m_401", "targetSpeed", outcome, 1, ANNA)]
                    store.step(
                        Delta("line:01", seq, 0.0, {"m_401": {"targetSpeed": reported}}, tx=outcomes), now_ms
                    )
                case "heartbeat":
                    seq += 1
                    store.step(Delta("line:01", seq, 0.0, {"m_401": {"speed": 1}}), now_ms)
                case "expiry":
                    now_ms += LOCK_MS + 1
                    store.step(Expire(), now_ms)
                case "lost":
                    store.step(Lost("t"), now_ms)
        target = store.pending.transactions["t"].targets["m_401"]["targetSpeed"]
        ends.add((target.phase, target.outcome, target.rev, repr(store.pending.locks), repr(rendered(store))))
    assert len(ends) == 1, ends
    assert next(iter(ends))[1] is outcome


@pytest.mark.rule("TIER-3")
@settings(max_examples=examples(50))
@given(st.lists(st.tuples(machines, values), min_size=1, max_size=10))
def test_records_that_a_delta_does_not_touch_keep_their_identity(changes: list[tuple[str, int]]) -> None:
    world = World()
    for machine, value in changes:
        before = {each: world.store.view(each) for each in MACHINES}
        was = dict(world.server[machine])
        world.delta({machine: {"speed": value}})
        for each in MACHINES:
            is_same = each != machine or was["speed"] == value
            assert (world.store.view(each) is before[each]) is is_same


@pytest.mark.rule("SEQ-5", "LOCK-3")
def test_a_batch_is_asked_for_at_every_connection_until_it_is_settled() -> None:
    world = World()
    play(world, ("commit", "m_401", "mode", "IDLE"))
    play(world, ("inflight", 1))
    hello = Hello("k2", "s", 0.0, User("anna", "operator"))
    assert AskBatch("t1") in world.store.step(hello, world.now_ms)
    assert AskBatch("t1") in world.store.step(hello, world.now_ms)
    world.store.step(Answered("t1", [Result("m_401", "mode", Outcome.REJECTED)]), world.now_ms)
    assert AskBatch("t1") not in world.store.step(hello, world.now_ms)


def test_the_state_is_plain_data() -> None:
    world = World()
    play(world, ("commit", "m_401", "mode", "IDLE"))
    assert msgspec.json.decode(msgspec.json.encode(world.store.state())) == world.store.state()
