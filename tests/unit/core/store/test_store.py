"""What the vectors do not cover: sentences of refusals, the body of the POST, tallies, identity of records."""

from __future__ import annotations

import pytest

from setpoint.contract.live import Delta, Outcome, Snapshot, SnapshotData
from setpoint.contract.values import CRITICAL_OVERRIDES, Record, Value
from setpoint.core.store import (
    Answered,
    Cancel,
    Commit,
    Inflight,
    Phase,
    Result,
    Store,
    Target,
    batch_body,
    get_render_state,
    tally,
)
from setpoint.core.store.pending_slice import PendingSlice
from setpoint.core.store.server_slice import ServerSlice, merge
from setpoint.errors import IllegalTransitionError


def _store() -> Store:
    store = Store(["targetSpeed", "mode"])
    machines: dict[str, Record] = {
        "m_401": {"targetSpeed": 100, "status": "RUNNING"},
        "m_402": {"targetSpeed": 200},
    }
    store.step(
        Snapshot("line:01", "k", 0, 0.0, SnapshotData(machines), {"m_401": {"targetSpeed": 17, "mode": 3}}), 0
    )
    return store


def test_a_merge_that_changes_nothing_returns_the_record_itself() -> None:
    record: Record = {"speed": 1, "temp": None}
    assert merge(record, {"temp": None}) is record
    assert merge(record, {"temp": 2}) == {"speed": 1, "temp": 2}
    assert record == {"speed": 1, "temp": None}


def test_null_is_a_value_that_a_record_did_not_have_before() -> None:
    assert merge({"speed": 1}, {"temp": None}) == {"speed": 1, "temp": None}


@pytest.mark.rule("TX-2", "SAFE-2")
def test_the_body_of_the_post_leaves_out_targets_that_were_cancelled_meanwhile() -> None:
    store = _store()
    store.step(
        Commit("t", {"m_401": {"targetSpeed": 150, "mode": "IDLE"}, "m_402": {"targetSpeed": 250}}, {}), 0
    )
    assert batch_body(store.pending.transactions["t"]) == (
        {"m_401": {"targetSpeed": 150, "mode": "IDLE"}, "m_402": {"targetSpeed": 250}},
        {"m_401": {"targetSpeed": 17, "mode": 3}},
    )
    store.step(Delta("line:01", 1, 0.0, {"m_401": {"status": "FAULT"}}), 1)
    assert batch_body(store.pending.transactions["t"]) == ({"m_402": {"targetSpeed": 250}}, {})


def test_a_tally_counts_where_the_targets_of_a_batch_stand() -> None:
    store = _store()
    store.step(Commit("t", {"m_401": {"targetSpeed": 150, "mode": "IDLE"}, "m_402": {"targetSpeed": 250}}), 0)
    store.step(Inflight("t"), 1)
    store.step(Answered("t", [Result("m_402", "targetSpeed", Outcome.REJECTED, message="no such drive")]), 2)
    assert tally(store.pending.transactions["t"]) == {Phase.INFLIGHT: 2, Phase.FAILED: 1}


@pytest.mark.rule("LOCK-1", "TX-1", "TX-2")
def test_refusals_say_what_was_expected_and_what_came() -> None:
    store = _store()
    with pytest.raises(
        IllegalTransitionError, match="expected targets for mode, targetSpeed, but speed cannot be set"
    ):
        store.step(Commit("t", {"m_401": {"speed": 1}}), 0)
    with pytest.raises(
        IllegalTransitionError, match="expected a commit of at least one target, but got none"
    ):
        store.step(Commit("t", {"m_401": {}}), 0)
    with pytest.raises(IllegalTransitionError, match="that was not sent, but t is not known"):
        store.step(Inflight("t"), 0)
    store.step(Commit("t", {"m_401": {"mode": "IDLE"}}), 0)
    with pytest.raises(IllegalTransitionError, match="expected a new txId, but t was committed before"):
        store.step(Commit("t", {"m_401": {"mode": "RUN"}}), 1)
    with pytest.raises(IllegalTransitionError, match="t is past its deadline"):
        store.step(Inflight("t"), 10_001)
    store.step(Inflight("t"), 10_000)
    with pytest.raises(IllegalTransitionError, match="t is inflight"):
        store.step(Cancel("t"), 10_000)


@pytest.mark.rule("TIER-3")
def test_a_delta_that_says_nothing_new_changes_nothing() -> None:
    store = _store()
    view, record = store.view("m_401"), store.server.machines["m_401"]
    assert store.step(Delta("line:01", 1, 0.0, {"m_401": {"targetSpeed": 100}}), 1) == []
    assert store.view("m_401") is view
    assert store.server.machines["m_401"] is record


def _pending_on(machine: str) -> PendingSlice:
    pending = PendingSlice(ServerSlice(), ("targetSpeed",))
    lock = Target("t", machine, "targetSpeed", 150, 5, Phase.INFLIGHT)
    pending.locks[machine] = {"targetSpeed": lock}
    return pending


class ServerState:
    def __init__(self, record: dict[str, Value]) -> None:
        self.machines = {"m_401": record}


@pytest.mark.rule("SAFE-1", "TIER-2")
@pytest.mark.parametrize("status", CRITICAL_OVERRIDES)
def test_nothing_pending_is_rendered_while_a_critical_status_holds(status: str) -> None:
    view = get_render_state(
        ServerState({"status": status, "targetSpeed": 100}), _pending_on("m_401"), "m_401"
    )
    assert view is not None
    assert (view.record["targetSpeed"], dict(view.overlays)) == (100, {})


@pytest.mark.rule("TIER-4")
def test_a_pending_value_replaces_the_machines_own_which_is_kept_in_the_overlay() -> None:
    state = ServerState({"status": "RUNNING", "targetSpeed": 100})
    view = get_render_state(state, _pending_on("m_401"), "m_401")
    assert view is not None
    overlay = view.overlays["targetSpeed"]
    assert (view.record["targetSpeed"], overlay.value, overlay.server) == (150, 150, 100)
    assert get_render_state(state, _pending_on("m_401"), "m_402") is None
