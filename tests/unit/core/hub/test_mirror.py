"""A gateway's copy: what it shows, what it requests, and what it does not vouch for."""

from __future__ import annotations

from typing import Any

import pytest
from tests.property.test_hub_laws import LIMITS, PLANT
from tests.unit.core.hub.mirrors import TOKEN, Cluster, GatewayShell
from tests.unit.core.hub.shell import Listener, outcome

from setpoint.contract.cluster import Copy, Frames, Heads
from setpoint.contract.topics import DASHBOARD
from setpoint.core.hub.mirror.feed import FRESH_MS, GAP_MS
from setpoint.core.plant import Person, Role

CARL = Person("carl", {"01": Role.VIEWER})


@pytest.fixture
def cluster() -> Cluster:
    found = Cluster(PLANT, limits=LIMITS)
    found.run(3_000)
    return found


def open_listener(cluster: Cluster, *topics: str, gateway: GatewayShell | None = None) -> Listener:
    gateway = gateway or cluster.gateways[0]
    anna = cluster.open(gateway, "anna")
    cluster.subscribe(gateway, "anna", *topics)
    cluster.run(2_000)
    anna.frames.clear()
    return anna


def report(cluster: Cluster, machine: str = "m_1", **values: Any) -> None:
    cluster.shell.report(machine, **values)
    cluster.flush()


def pings(listener: Listener) -> list[dict[str, int]]:
    return [frame["pos"] for frame in listener.take("ping")]


@pytest.mark.rule("MIR-1", "SEQ-6")
def test_a_gateways_client_receives_what_the_owners_client_receives(cluster: Cluster) -> None:
    anna = open_listener(cluster, "line:01", DASHBOARD)
    ben = cluster.shell.open("ben")
    cluster.shell.subscribe("line:01", DASHBOARD, session="ben")
    ben.frames.clear()
    report(cluster, speed=140, status="EMERGENCY_STOP")
    cluster.shell.settle(outcome("m_1"))
    report(cluster, "m_2", speed=7)
    cluster.run(5_000)
    report(cluster, status="RUNNING")
    cluster.run(5_000)
    assert anna.take("delta") == ben.take("delta")
    assert anna.states["line:01"]["machines"] == cluster.shell.truth("line:01")
    assert anna.states[DASHBOARD]["machines"] == cluster.shell.truth(DASHBOARD)


@pytest.mark.rule("TICK-2")
def test_a_critical_change_does_not_wait_for_anything(cluster: Cluster) -> None:
    anna = open_listener(cluster, "line:01")
    report(cluster, status="EMERGENCY_STOP")
    assert anna.states["line:01"]["machines"]["m_1"]["status"] == "EMERGENCY_STOP"


@pytest.mark.rule("MIR-2")
def test_deltas_that_were_lost_are_asked_for_and_no_client_sees_a_gap(cluster: Cluster) -> None:
    anna = open_listener(cluster, "line:01")
    cluster.bus.is_parted = True
    report(cluster, status="FAULT")
    cluster.bus.is_parted = False
    report(cluster, status="EMERGENCY_STOP")
    assert anna.take("delta") == []
    cluster.run(GAP_MS + 500)
    statuses = [frame["machines"]["m_1"]["status"] for frame in anna.take("delta") if "machines" in frame]
    assert statuses == ["FAULT", "EMERGENCY_STOP"]
    assert not anna.gaps


@pytest.mark.rule("MIR-2")
def test_more_than_the_owners_history_was_lost_so_clients_get_a_snapshot(cluster: Cluster) -> None:
    anna = open_listener(cluster, "line:01")
    cluster.bus.is_parted = True
    for number in range(LIMITS.history_deltas + 2):
        report(cluster, status=("FAULT", "EMERGENCY_STOP")[number % 2])
    cluster.bus.is_parted = False
    cluster.run(3_000)
    assert [frame["type"] for frame in anna.take(topic="line:01")] == ["snapshot"]
    assert anna.states["line:01"]["machines"] == cluster.shell.truth("line:01")


@pytest.mark.rule("MIR-3", "HB-3")
def test_a_ping_names_no_head_that_the_owner_has_not_vouched_for_lately(cluster: Cluster) -> None:
    anna = open_listener(cluster, "line:01", DASHBOARD)
    cluster.run(10_000)
    assert all(pos.keys() == {"line:01", DASHBOARD} for pos in pings(anna))
    cluster.bus.is_parted = True
    cluster.run(FRESH_MS + 1_000)
    anna.frames.clear()
    cluster.run(10_000)
    assert pings(anna) == [{}, {}]
    cluster.bus.is_parted = False
    cluster.run(10_000)
    assert pings(anna)[-1].keys() == {"line:01", DASHBOARD}


@pytest.mark.rule("MIR-3")
def test_an_answer_of_the_owner_counts_from_its_request(cluster: Cluster) -> None:
    anna = open_listener(cluster, "line:01")
    mirror = cluster.gateways[0].mirror
    sync = mirror.sync(cluster.now_ms)
    head = anna.positions["line:01"][1]
    cluster.bus.is_parted = True
    cluster.run(FRESH_MS + 1_000)
    mirror.heads(Heads(TOKEN, "e1", sync.stamp_ms, 0, {"line:01": head}), cluster.now_ms)
    anna.frames.clear()
    cluster.run(5_000)
    assert pings(anna) == [{}]


@pytest.mark.rule("MIR-3")
def test_a_head_that_has_not_been_reached_proves_nothing(cluster: Cluster) -> None:
    anna = open_listener(cluster, "line:01")
    mirror = cluster.gateways[0].mirror
    cluster.bus.is_parted = True
    cluster.run(FRESH_MS + 1_000)
    anna.frames.clear()
    for _ in range(20):
        cluster.run(250)
        ahead = {"line:01": anna.positions["line:01"][1] + 1}
        mirror.heads(Heads(TOKEN, "e1", cluster.now_ms, 0, ahead), cluster.now_ms)
    assert pings(anna) == [{}]


@pytest.mark.rule("MIR-4", "SEQ-4")
def test_a_client_goes_on_at_another_gateway_with_the_deltas_that_it_missed(cluster: Cluster) -> None:
    open_listener(cluster, "line:01")
    before = cluster.close(cluster.gateways[0], "anna")
    report(cluster, status="FAULT")
    listener = cluster.open(cluster.gateways[1], "anna")
    listener.states, listener.positions = before.states, before.positions
    cluster.subscribe(cluster.gateways[1], "anna", "line:01", since=before.positions)
    assert [frame["type"] for frame in listener.take()] == ["hello", "ack", "delta"]
    assert listener.states["line:01"]["machines"] == cluster.shell.truth("line:01")


def frame_types(listener: Listener) -> list[str]:
    return [kind for frame in listener.take() if (kind := frame["type"]) not in ("ping", "answered")]


def ahead(cluster: Cluster, deltas: int) -> Listener:
    """Opens a client at a gateway, with a position that is some deltas ahead of the gateway."""
    open_listener(cluster, "line:01")
    former = cluster.close(cluster.gateways[0], "anna")
    epoch, seq = former.positions["line:01"]
    anna = cluster.open(cluster.gateways[1], "anna")
    anna.states, anna.positions = former.states, {"line:01": (epoch, seq + deltas)}
    cluster.subscribe(cluster.gateways[1], "anna", "line:01", since=anna.positions)
    assert [frame["type"] for frame in anna.take()] == ["hello"]
    return anna


@pytest.mark.rule("MIR-4")
def test_a_client_that_knows_more_than_a_gateway_is_answered_when_the_gateway_knows_as_much(
    cluster: Cluster,
) -> None:
    anna = ahead(cluster, 1)
    report(cluster, status="FAULT")
    cluster.run(250)
    assert frame_types(anna) == ["ack", "delta"]
    report(cluster, status="RUNNING")
    assert frame_types(anna) == ["delta"]


@pytest.mark.rule("MIR-4")
def test_a_position_that_the_owner_has_not_reached_is_answered_with_a_snapshot(cluster: Cluster) -> None:
    anna = ahead(cluster, 1_000)
    cluster.run(2_000)
    assert frame_types(anna) == ["ack", "snapshot"]


@pytest.mark.rule("MIR-4", "SEQ-4", "SEQ-5")
def test_people_who_see_some_lines_have_one_epoch_at_every_gateway(cluster: Cluster) -> None:
    first, second = cluster.gateways
    former = cluster.open(first, "carl", CARL)
    cluster.subscribe(first, "carl", DASHBOARD)
    cluster.run(2_000)
    assert former.states[DASHBOARD]["overview"].keys() == {"m_1", "m_2"}
    cluster.close(first, "carl")
    listener = cluster.open(second, "carl", CARL)
    listener.states, listener.positions = former.states, former.positions
    cluster.subscribe(second, "carl", DASHBOARD, since=former.positions)
    report(cluster, status="FAULT")
    report(cluster, "m_3", status="FAULT")
    cluster.run(6_000)
    assert not listener.gaps
    assert listener.states[DASHBOARD]["machines"].keys() >= {"m_1"}
    assert "m_3" not in str(listener.frames)
    refused = cluster.open(second, "dan", CARL)
    cluster.subscribe(second, "dan", "line:02", "m:3")
    assert [frame["code"] for frame in refused.take("error")] == ["unknown_topic"] * 2


@pytest.mark.rule("TOPIC-1")
def test_a_machine_that_needs_no_attention_leaves_the_plants_topic_at_a_gateway_too(
    cluster: Cluster,
) -> None:
    report(cluster, status="FAULT")
    for machine in PLANT.machines:
        report(cluster, machine, speed=1)
    cluster.run(6_000)
    report(cluster, status="RUNNING")
    cluster.run(6_000)
    late = open_listener(cluster, DASHBOARD)
    assert late.states[DASHBOARD]["machines"] == cluster.shell.truth(DASHBOARD) == {}


@pytest.mark.rule("MIR-5", "SEQ-5", "LEASE-6")
def test_another_owner_greets_everybody_again_and_the_former_one_is_ignored(cluster: Cluster) -> None:
    anna = open_listener(cluster, "line:01")
    mirror = cluster.gateways[0].mirror
    mirror.heads(Heads(TOKEN + 1, "e2", cluster.now_ms + 1, 0, {}), cluster.now_ms + 1)
    assert mirror.wants_plant
    cluster.gateways[0].play(mirror.begin(PLANT, TOKEN + 1, "e2", cluster.now_ms + 1, cluster.shell.ts))
    assert [(frame["type"], frame["epoch"]) for frame in anna.take()] == [("hello", "e2")]
    before = mirror.refused
    mirror.heads(Heads(TOKEN, "e1", cluster.now_ms + 2, 0, {}), cluster.now_ms + 2)
    mirror.frames(Frames(TOKEN, "e1", [("line:01", b"{}")]), cluster.now_ms)
    mirror.copied(Copy(TOKEN, "e1", "line:01", 9), cluster.now_ms, 0.0)
    assert mirror.refused == before + 3
    assert not mirror.wants_plant


@pytest.mark.rule("MIR-1")
def test_a_subscription_waits_for_the_first_copy_and_can_be_taken_back(cluster: Cluster) -> None:
    cluster.bus.is_parted = True
    anna = cluster.open(cluster.gateways[0], "anna")
    cluster.subscribe(cluster.gateways[0], "anna", "m:1", "m:2")
    cluster.send(cluster.gateways[0], "anna", type="unsubscribe", id=2, topic="m:2")
    cluster.run(1_000)
    assert [frame["type"] for frame in anna.take() if frame["type"] != "ping"] == ["hello"]
    cluster.bus.is_parted = False
    cluster.run(3_000)
    frames = [(frame["type"], frame["topic"]) for frame in anna.take() if "topic" in frame]
    assert frames == [("ack", "m:1"), ("snapshot", "m:1")]


def test_feeds_that_nobody_listens_to_are_no_longer_followed(cluster: Cluster) -> None:
    open_listener(cluster, "m:1")
    mirror = cluster.gateways[0].mirror
    assert "m:1" in mirror.sync(cluster.now_ms).want
    cluster.close(cluster.gateways[0], "anna")
    cluster.run(LIMITS.warm_ms + 500)
    assert set(mirror.sync(cluster.now_ms).want) == {DASHBOARD, "line:01", "line:02"}
