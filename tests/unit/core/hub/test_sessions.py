"""Sessions: subscriptions, pause, heartbeat, and the limits that keep one client from harming the others."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from tests.unit.core.hub.shell import TS0, HubShell, Listener

from setpoint.contract.topics import DASHBOARD
from setpoint.core.hub import HubLimits
from setpoint.core.plant import demo_plant

OVER = 300_000


def shell_with_client(
    *topics: str,
    limits: HubLimits = HubLimits(),  # noqa: B008  # frozen
    session: str = "a",
) -> tuple[HubShell, Listener]:
    shell = HubShell(limits=limits)
    shell.report(status="RUNNING", speed=1)
    shell.tick()
    listener = shell.open(session)
    shell.subscribe(*topics, session=session)
    listener.take()
    return shell, listener


def kinds(frames: list[Any]) -> list[str]:
    return [frame["type"] for frame in frames]


def test_the_first_frame_is_hello_with_the_person_and_the_heartbeat() -> None:
    anna = HubShell().open("a")
    assert anna.take() == [
        {
            "type": "hello",
            "protocol": 1,
            "epoch": "e1",
            "session": "a",
            "ts": TS0,
            "user": {"name": "anna", "role": "operator"},
            "heartbeat": {"pingEveryMs": 5_000, "pongWithinMs": 3_000, "staleAfterMs": 6_000},
        }
    ]


def test_a_subscription_is_acknowledged_before_anything_of_the_topic_comes() -> None:
    shell = HubShell()
    anna = shell.open()
    shell.subscribe("line:01")
    assert kinds(anna.take()) == ["hello", "ack", "snapshot"]


def test_unsubscribing_ends_the_deltas_and_a_second_time_it_is_an_error() -> None:
    shell, anna = shell_with_client("m:401")
    shell.send("a", type="unsubscribe", id=4, topic="m:401")
    shell.report(speed=9)
    shell.run(250)
    assert anna.take("delta") == []
    shell.send("a", type="unsubscribe", id=5, topic="m:401")
    assert [(each["code"], each["id"]) for each in anna.take("error")] == [("not_subscribed", 5)]


@pytest.mark.rule("SEQ-2", "SEQ-4")
def test_subscribing_again_after_a_gap_brings_the_missed_deltas_and_is_counted() -> None:
    shell, anna = shell_with_client("m:401")
    for speed in (5, 6):
        shell.report(speed=speed)
        shell.run(250)
    anna.take()
    shell.subscribe("m:401", since=("e1", 1))
    assert kinds(anna.take()) == ["ack", "delta"]
    assert shell.hub.counters.gaps == 1
    shell.report(speed=7)
    shell.run(250)
    assert len(anna.take("delta")) == 1, "one subscription, however often the client requested it"


# Heartbeat


@pytest.mark.rule("HB-1", "SEQ-3")
def test_each_session_is_pinged_every_five_seconds_with_the_heads_of_its_topics() -> None:
    shell, anna = shell_with_client("m:401", "line:01")
    shell.report(speed=5)
    instants: list[float] = []
    for _ in range(80):
        shell.run(250)
        for ping in (frame for frame in anna.frames if frame["type"] == "ping"):
            instants.append(ping["ts"])
            assert ping["pos"] == {topic: seq for topic, (_, seq) in anna.positions.items()}
        anna.frames = [frame for frame in anna.frames if frame["type"] != "ping"]
        shell.send("a", type="pong", ts=0)
    assert len(instants) == 4
    assert {later - sooner for sooner, later in pairwise(instants)} == {5.0}
    assert anna.gaps == []


@pytest.mark.rule("HB-1")
def test_sessions_are_pinged_in_turn_so_that_their_pongs_do_not_arrive_together() -> None:
    shell = HubShell()
    for number in range(100):
        shell.open(str(number))
    loads = []
    for _ in range(20):
        shell.order.clear()
        shell.run(250)
        loads.append(len(shell.order))
    assert loads == [5] * 20


@pytest.mark.rule("HB-1", "CODE-1")
def test_no_pong_within_three_seconds_of_a_ping_closes_with_4408() -> None:
    shell, anna = shell_with_client()
    shell.run(5_000, pongs=False)
    pinged_at = anna.take("ping")[-1]["ts"]
    while anna.closed is None:
        shell.run(250, pongs=False)
    assert anna.closed[0] == 4408
    assert shell.ts - pinged_at == pytest.approx(3.0, abs=0.25)
    assert shell.hub.sessions == 0


@pytest.mark.rule("HB-1")
@pytest.mark.parametrize(
    "frame", [{"type": "pong", "ts": 1}, {"type": "subscribe", "id": 1, "topic": "m:1"}, {"type": "nonsense"}]
)
def test_any_frame_counts_as_life(frame: dict[str, Any]) -> None:
    shell, anna = shell_with_client()
    for _ in range(30):
        shell.run(1_000, pongs=False)
        shell.send("a", **frame)
    assert anna.closed is None


@pytest.mark.rule("HB-1")
def test_a_pong_of_the_websocket_counts_as_life_too() -> None:
    shell, anna = shell_with_client()
    for _ in range(30):
        shell.run(1_000, pongs=False)
        shell.play(shell.hub.touch("a", shell.now_ms))
    assert anna.closed is None


@pytest.mark.rule("HB-1")
def test_a_server_that_was_held_up_does_not_blame_its_clients() -> None:
    shell, anna = shell_with_client()
    shell.run(5_000)
    while not anna.take("ping"):
        shell.run(250, pongs=False)
    shell.now_ms += 20_000  # the loop was blocked, so the pong is in the socket, unread
    shell.tick()
    assert anna.closed is None
    shell.send("a", type="pong", ts=0)
    shell.run(2_000)
    assert anna.closed is None


# Pause


@pytest.mark.rule("LINK-3")
def test_a_paused_session_receives_only_the_plant_and_its_heartbeat() -> None:
    shell, anna = shell_with_client(DASHBOARD, "line:01", "m:401")
    shell.send("a", type="pause")
    shell.report(status="EMERGENCY_STOP")
    shell.report("m_402", speed=4)
    shell.run(10_000)
    frames = anna.take()
    assert {frame["topic"] for frame in frames if frame["type"] == "delta"} == {DASHBOARD}
    pings = [frame for frame in frames if frame["type"] == "ping"]
    assert pings
    assert all(set(ping["pos"]) == {DASHBOARD} for ping in pings)


@pytest.mark.rule("LINK-3")
def test_resuming_brings_one_snapshot_for_each_topic_that_was_paused_changed_or_not() -> None:
    shell, anna = shell_with_client(DASHBOARD, "line:01", "m:401")
    shell.send("a", type="pause")
    shell.send("a", type="pause")
    shell.report(speed=123)
    shell.run(1_000)
    anna.take()
    shell.send("a", type="resume")
    assert sorted(frame["topic"] for frame in anna.take("snapshot")) == ["line:01", "m:401"]
    shell.send("a", type="resume")
    assert anna.take() == []
    shell.report(speed=124)
    shell.run(1_000)
    assert anna.states["m:401"]["machines"] == shell.truth("m:401")
    assert anna.states["line:01"]["machines"] == shell.truth("line:01")
    assert anna.gaps == []


@pytest.mark.rule("LINK-3")
def test_a_subscription_made_while_paused_is_acknowledged_and_gets_its_snapshot_on_resuming() -> None:
    shell, anna = shell_with_client()
    shell.send("a", type="pause")
    shell.subscribe("line:01")
    assert kinds(anna.take()) == ["ack"]
    shell.send("a", type="resume")
    assert kinds(anna.take()) == ["snapshot"]


# Slow clients


@pytest.mark.rule("FLOW-1")
def test_a_client_over_its_buffer_gets_no_deltas_and_one_fresh_snapshot_a_topic_when_it_has_drained() -> None:
    shell, anna = shell_with_client("m:401", "line:01")
    bert = shell.open("b")
    shell.subscribe("m:401", session="b")
    shell.buffered("a", OVER)
    for speed in range(2, 12):
        shell.report(speed=speed)
        shell.run(250)
    assert anna.take("delta") == []
    assert len(bert.take("delta")) == 10, "a slow client delays nobody"
    shell.buffered("a", 100_000)
    assert anna.take("snapshot") == [], "not drained yet"
    shell.buffered("a", 0)
    assert sorted(frame["topic"] for frame in anna.take("snapshot")) == ["line:01", "m:401"]
    assert anna.states["m:401"]["machines"] == shell.truth("m:401")
    shell.report(speed=99)
    shell.run(1_000)
    assert anna.states["line:01"]["machines"] == shell.truth("line:01")
    assert anna.gaps == []
    assert shell.hub.counters.dropped > 10


@pytest.mark.rule("FLOW-1")
def test_a_topic_without_dropped_deltas_continues_without_a_snapshot() -> None:
    shell, anna = shell_with_client("m:401")
    shell.buffered("a", OVER)
    shell.buffered("a", 0)
    assert anna.take() == []
    shell.report(speed=99)
    shell.run(250)
    assert kinds(anna.take("delta")) == ["delta"]
    assert anna.gaps == []


@pytest.mark.rule("FLOW-1", "CODE-1")
def test_a_client_over_its_buffer_for_thirty_seconds_is_closed_with_4429() -> None:
    shell, anna = shell_with_client("m:401")
    shell.buffered("a", OVER)
    shell.run(29_750)
    assert anna.closed is None
    shell.run(250)
    assert anna.closed is not None
    assert anna.closed[0] == 4429


@pytest.mark.rule("FLOW-1")
def test_many_snapshots_are_given_over_several_ticks_as_the_client_takes_them() -> None:
    shell = HubShell(demo_plant(machines=2_000))
    anna = shell.open()
    shell.subscribe(*(machine.id for machine in shell.plant.machines.values()))
    frames = anna.take()
    assert sum(frame["type"] == "ack" for frame in frames) == 2_000
    sizes = [sum(len(json.dumps(frame)) for frame in frames if frame["type"] == "snapshot")]
    while len(anna.states) < 2_000:
        shell.run(250)
        sizes.append(sum(len(json.dumps(frame)) for frame in anna.take("snapshot")))
    assert len(sizes) > 2
    assert max(sizes) < 256 * 1024


@pytest.mark.rule("FLOW-1")
def test_a_client_that_has_taken_its_snapshots_gets_the_next_at_once() -> None:
    shell = HubShell(demo_plant(machines=2_000))
    anna = shell.open()
    shell.subscribe(*(machine.id for machine in shell.plant.machines.values()))
    while "a" in shell.hub.awaiting_snapshot():
        before = len(anna.states)
        shell.buffered("a", 100_000)
        assert len(anna.states) == before, "not drained yet"
        shell.buffered("a", 0)
        assert len(anna.states) > before
    assert len(anna.states) == 2_000


@pytest.mark.rule("FLOW-1")
def test_a_slow_client_that_hides_gets_its_snapshots_only_when_it_is_both_drained_and_visible() -> None:
    shell, anna = shell_with_client("line:01", DASHBOARD)
    shell.buffered("a", OVER)
    shell.send("a", type="pause")
    shell.report(status="FAULT")
    shell.buffered("a", 0)
    assert [frame["topic"] for frame in anna.take("snapshot")] == [DASHBOARD]
    shell.send("a", type="resume")
    assert [frame["topic"] for frame in anna.take("snapshot")] == ["line:01"]


# Floods


@pytest.mark.rule("FLOW-2", "CODE-1")
def test_two_thousand_one_hundred_frames_pass_at_once_and_the_next_closes_with_4400() -> None:
    shell, anna = shell_with_client()
    for _ in range(2_100):
        shell.send("a", type="pong", ts=1)
    assert anna.closed is None
    shell.send("a", type="pong", ts=1)
    assert [frame["code"] for frame in anna.take("error")] == ["too_many_frames"]
    assert anna.closed is not None
    assert anna.closed[0] == 4400


@pytest.mark.rule("FLOW-2")
def test_the_bucket_refills_by_twenty_a_second_and_never_beyond_its_size() -> None:
    shell, anna = shell_with_client()
    shell.now_ms += 3_600_000
    for _ in range(2_100):
        shell.send("a", type="pong", ts=1)
    shell.now_ms += 1_000
    for _ in range(20):
        shell.send("a", type="pong", ts=1)
    assert anna.closed is None
    shell.play(shell.hub.touch("a", shell.now_ms))
    assert anna.closed is not None


@pytest.mark.rule("FLOW-2", "CODE-1")
def test_one_subscription_more_than_the_limit_is_refused_and_closes() -> None:
    shell, anna = shell_with_client("m:401", "m:402", limits=HubLimits(max_subscriptions=2))
    shell.subscribe("m:402")
    assert anna.closed is None
    shell.subscribe("m:403")
    assert anna.take("error")[0]["code"] == "too_many_subscriptions"
    assert anna.closed is not None
    assert anna.closed[0] == 4400


@pytest.mark.rule("CODE-1")
@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"42", b"\xff\xfe"])
def test_a_frame_that_is_not_a_json_object_is_explained_and_closes_with_4400(data: bytes) -> None:
    shell, anna = shell_with_client()
    shell.play(shell.hub.received("a", data, shell.now_ms, shell.ts))
    assert kinds(anna.take()) == ["error"]
    assert anna.closed is not None
    assert anna.closed[0] == 4400


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"type": "dance", "id": 3}, "unknown_type"),
        ({"type": "subscribe", "id": 3}, "malformed"),
        ({"type": "auth", "token": "x"}, "signed_in"),
    ],
)
def test_a_wrong_frame_is_explained_and_the_session_goes_on(frame: dict[str, Any], code: str) -> None:
    shell, anna = shell_with_client()
    shell.send("a", **frame)
    refused = anna.take("error")
    assert [each["code"] for each in refused] == [code]
    assert refused[0].get("id") == frame.get("id")
    assert anna.closed is None
    assert shell.hub.counters.refused_frames == 1


# Ends


def test_frames_of_a_session_that_is_gone_and_closing_twice_do_nothing() -> None:
    shell, _ = shell_with_client("line:01")
    shell.hub.close("a", shell.now_ms)
    shell.hub.close("a", shell.now_ms)
    shell.send("a", type="resume")
    shell.buffered("a", OVER)
    assert shell.hub.touch("a", shell.now_ms) == []
    shell.report(status="FAULT")
    shell.run(1_000)
    assert shell.hub.sessions == 0
