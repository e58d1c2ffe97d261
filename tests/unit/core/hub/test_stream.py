"""Sequence, cadence, the urgent lane, and what each topic carries."""

from __future__ import annotations

import gc
import json
import math
from itertools import chain, combinations, islice
from random import Random
from typing import Any

import pytest
from tests.unit.core.hub.shell import TS0, HubShell, outcome, plain

from setpoint.contract.live import By, ByKind, OpenTarget, Outcome, TxOutcome
from setpoint.contract.topics import DASHBOARD
from setpoint.contract.values import Quality, Value
from setpoint.core.hub import HubLimits
from setpoint.core.hub.plant_topic import PlantTopic
from setpoint.core.hub.views import MAX_VIEWS
from setpoint.core.plant import Line, Machine, Person, Plant, Report, Role, demo_plant


def shell_with_client(*topics: str, limits: HubLimits = HubLimits()) -> HubShell:  # noqa: B008  # frozen
    shell = HubShell(limits=limits)
    for key in shell.hub.machines:
        shell.report(key, status="RUNNING", speed=100, temp=40.0, parts=10, targetSpeed=100, mode="RUN")
    shell.tick()
    shell.open()
    shell.subscribe(*topics)
    shell.listeners["a"].take()
    return shell


# Sequence


@pytest.mark.rule("SEQ-1")
def test_a_topic_counts_its_deltas_from_one_and_a_snapshot_names_the_last_it_contains() -> None:
    shell = HubShell()
    anna = shell.open()
    shell.subscribe("m:401")
    assert anna.take("snapshot")[0]["seq"] == 0
    seqs = []
    for speed in (1, 2, 3):
        shell.report(speed=speed)
        shell.run(250)
        seqs += [frame["seq"] for frame in anna.take("delta")]
    assert seqs == [1, 2, 3]
    bert = shell.open("b")
    shell.subscribe("m:401", session="b")
    assert bert.take("snapshot")[0]["seq"] == 3


@pytest.mark.rule("SEQ-4")
def test_a_client_that_comes_back_in_time_gets_exactly_the_missed_deltas() -> None:
    shell = shell_with_client("m:401")
    position = shell.listeners["a"].positions["m:401"]
    shell.hub.close("a", shell.now_ms)
    for speed in (1, 2, 3):
        shell.report(speed=speed)
        shell.run(250)
    second_client = shell.open("b")
    second_client.positions["m:401"] = position
    second_client.states["m:401"] = {"machines": {}, "kpis": {}, "revs": {}}
    shell.subscribe("m:401", session="b", since=position)
    frames = second_client.take()
    assert [frame["type"] for frame in frames] == ["hello", "ack", "delta", "delta", "delta"]
    assert [frame["machines"]["m_401"]["speed"] for frame in frames[2:]] == [1, 2, 3]
    assert shell.hub.counters.resumed == 1


@pytest.mark.rule("SEQ-4", "TICK-1")
@pytest.mark.parametrize(
    "topics", [("m:401", "line:01"), ("line:01", "m:401"), (DASHBOARD, "line:01"), ("line:01", DASHBOARD)]
)
def test_a_client_that_comes_back_to_overlapping_topics_never_sees_an_older_value_after_a_newer_one(
    topics: tuple[str, str],
) -> None:
    shell = shell_with_client(*topics)
    positions = dict(shell.listeners["a"].positions)
    shell.hub.close("a", shell.now_ms)
    for speed in range(1, 24):
        shell.report(speed=speed, status="FAULT" if speed % 2 else "RUNNING")
        shell.run(250)
    second_client = shell.open("b")
    second_client.positions = dict(positions)
    second_client.states = {topic: {"machines": {}, "kpis": {}, "revs": {}} for topic in topics}
    for topic in topics:
        shell.subscribe(topic, session="b", since=positions[topic])
    records = [
        (frame.get("data") or frame)["machines"]["m_401"]
        for frame in second_client.take()
        if "m_401" in (frame.get("data") or frame).get("machines", {})
    ]
    for field in ("speed", "since"):
        values = [each[field] for each in records if field in each]
        assert values == sorted(values), field
    assert shell.hub.counters.resumed == 1, "the first client gets what it missed"


@pytest.mark.rule("SEQ-4", "TICK-1")
@pytest.mark.parametrize(
    ("former", "other"), [("m:401", "line:01"), ("line:01", "m:401"), ("line:01", DASHBOARD)]
)
def test_values_of_a_topic_that_was_left_are_not_taken_back_by_missed_deltas_of_another(
    former: str, other: str
) -> None:
    shell = shell_with_client(former, other)
    anna = shell.listeners["a"]
    position = anna.positions[other]
    for speed in range(1, 24):
        shell.report(speed=speed, status="FAULT" if speed % 2 else "RUNNING")
        shell.run(250)
    shell.send("a", type="unsubscribe", id=2, topic=former)
    anna.take()
    shell.subscribe(other, since=position)
    assert [frame["type"] for frame in anna.take()] == ["ack", "snapshot"]


@pytest.mark.rule("SEQ-4")
def test_topics_without_common_machines_each_get_their_missed_deltas_and_another_gets_none() -> None:
    shell = shell_with_client("m:401", "m:402", "line:01")
    positions = shell.listeners["a"].positions
    shell.report("m_401", speed=1)
    shell.report("m_402", speed=2)
    second_client = shell.open("b")
    second_client.positions, second_client.states = dict(positions), dict(shell.listeners["a"].states)
    shell.hub.close("a", shell.now_ms)
    shell.now_ms += 250
    shell.tick()
    for topic in ("m:401", "m:402", "line:01"):
        shell.subscribe(topic, session="b", since=positions[topic])
    frames = second_client.take()
    assert [frame["type"] for frame in frames if frame.get("topic")] == [
        "ack",
        "delta",
        "ack",
        "delta",
        "ack",
    ]
    assert shell.hub.counters.resumed == 3


@pytest.mark.rule("SEQ-4")
def test_a_history_that_does_not_reach_back_gives_a_snapshot_and_no_part_of_itself() -> None:
    shell = shell_with_client("m:401", limits=HubLimits(history_deltas=2))
    position = shell.listeners["a"].positions["m:401"]
    for speed in (1, 2, 3):
        shell.report(speed=speed)
        shell.run(250)
    second_client = shell.open("b")
    shell.subscribe("m:401", session="b", since=position)
    assert [frame["type"] for frame in second_client.take()] == ["hello", "ack", "snapshot"]


@pytest.mark.rule("SEQ-4")
def test_history_is_bounded_by_bytes_too() -> None:
    shell = shell_with_client("m:401", limits=HubLimits(history_bytes=300))
    position = shell.listeners["a"].positions["m:401"]
    for speed in range(10):
        shell.report(speed=speed)
        shell.run(250)
    second_client = shell.open("b")
    shell.subscribe("m:401", session="b", since=position)
    assert [frame["type"] for frame in second_client.take()] == ["hello", "ack", "snapshot"]


@pytest.mark.rule("SEQ-4")
def test_a_topic_without_clients_forgets_and_an_old_position_is_not_taken_for_the_present_one() -> None:
    shell = shell_with_client("m:401", limits=HubLimits(warm_ms=5_000))
    position = shell.listeners["a"].positions["m:401"]
    shell.hub.close("a", shell.now_ms)
    shell.run(15_000)
    shell.report(speed=77)
    second_client = shell.open("b")
    shell.subscribe("m:401", session="b", since=position)
    snapshot = second_client.take("snapshot")[0]
    assert snapshot["data"]["machines"]["m_401"]["speed"] == 77
    assert snapshot["seq"] > position[1]


@pytest.mark.rule("SEQ-5")
@pytest.mark.parametrize("since", [("another", 0), ("e1", 5), ("e1.1", 0)])
def test_a_position_of_another_epoch_or_from_the_future_gives_a_snapshot(since: tuple[str, int]) -> None:
    shell = shell_with_client("line:01")
    anna = shell.open("b")
    shell.subscribe("line:01", session="b", since=since)
    assert [frame["type"] for frame in anna.take()] == ["hello", "ack", "snapshot"]


@pytest.mark.rule("SEQ-6")
def test_a_value_that_changed_before_the_snapshot_but_has_not_left_yet_is_in_it() -> None:
    shell = shell_with_client("line:01")
    shell.report(speed=222)
    bert = shell.open("b")
    shell.subscribe("line:01", session="b")
    assert bert.states["line:01"]["machines"]["m_401"]["speed"] == 222
    shell.run(1_000)
    assert bert.states["line:01"] == shell.listeners["a"].states["line:01"]


@pytest.mark.rule("SEQ-7")
def test_an_absent_field_is_unchanged_and_null_means_no_reading() -> None:
    shell = shell_with_client("m:401")
    shell.report(temp=None)
    shell.run(250)
    assert shell.listeners["a"].take("delta")[0]["machines"] == {"m_401": {"temp": None}}


@pytest.mark.rule("SEQ-7")
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_text_that_is_not_a_number_is_not_a_reading(value: float) -> None:
    shell = shell_with_client("m:401")
    shell.report(speed=value)
    shell.run(250)
    assert shell.listeners["a"].take("delta")[0]["machines"] == {"m_401": {"speed": None}}
    shell.report(speed=value)
    shell.run(250)
    assert shell.listeners["a"].take("delta") == []


def test_reports_of_unknown_machines_and_undeclared_fields_are_counted_or_left_out() -> None:
    shell = shell_with_client("m:401")
    shell.report("m_999", speed=1)
    shell.report("m_401", colour="blue", since=5, quality_="x")
    shell.run(250)
    assert shell.hub.counters.unknown_reports == 1
    assert shell.listeners["a"].take("delta") == []


# Content of each topic


@pytest.mark.rule("TOPIC-1")
def test_a_machine_carries_its_fields_and_a_line_those_of_its_machines_with_its_figures() -> None:
    shell = shell_with_client("m:401", "line:01")
    states = shell.listeners["a"].states
    assert states["m:401"]["machines"] == shell.truth("m:401")
    assert states["m:401"]["kpis"] == {}
    assert states["line:01"]["machines"] == shell.truth("line:01")
    assert set(states["line:01"]["kpis"]) == {"line:01"}


@pytest.mark.rule("TOPIC-1")
def test_the_plant_carries_all_figures_and_only_machines_that_are_critical_or_not_good() -> None:
    shell = shell_with_client(DASHBOARD)
    state = shell.listeners["a"].states[DASHBOARD]
    assert set(state["kpis"]) == {DASHBOARD, "line:01", "line:02", "line:03"}
    assert state["machines"] == {}
    shell.report("m_402", status="FAULT", cause="drive")
    shell.report("m_411", quality=Quality.BAD)
    shell.run(5_000)
    state = shell.listeners["a"].states[DASHBOARD]
    assert state["machines"]["m_402"] == {
        "status": "FAULT", "since": TS0, "sinceSeen": None, "sinceEarlier": None, "cause": "drive", "quality": "GOOD",
        "seen": None,
    }  # fmt: skip
    assert set(state["machines"]["m_411"]) == set(state["machines"]["m_402"])
    shell.report("m_402", status="RUNNING")
    last = shell.listeners["a"].take("delta", DASHBOARD)[-1]
    assert "m_402" in last["removed"]
    assert last["machines"]["m_402"]["status"] == "RUNNING", "a page with a paused line receives it only here"
    assert "m_402" not in shell.listeners["a"].states[DASHBOARD]["machines"]


@pytest.mark.rule("TOPIC-1")
def test_a_machine_that_only_a_snapshot_showed_is_removed_if_it_recovers_before_the_next_delta() -> None:
    shell = shell_with_client(DASHBOARD)
    shell.report("m_402", quality=Quality.BAD)
    bert = shell.open("b")
    shell.subscribe(DASHBOARD, session="b")
    assert "m_402" in bert.states[DASHBOARD]["machines"]
    shell.report("m_402", quality=Quality.GOOD)
    shell.run(5_000)
    assert bert.states[DASHBOARD]["machines"] == {}


@pytest.mark.rule("TOPIC-1")
def test_a_figure_that_only_a_snapshot_showed_is_corrected_if_it_goes_back_before_the_next_delta() -> None:
    shell = shell_with_client("line:01")
    shell.report("m_402", status="IDLE")
    bert = shell.open("b")
    shell.subscribe("line:01", session="b")
    assert bert.states["line:01"]["kpis"]["line:01"]["running"] == 2
    shell.report("m_402", status="RUNNING")
    shell.run(1_000)
    assert bert.states["line:01"]["kpis"]["line:01"]["running"] == 3


@pytest.mark.rule("TOPIC-1")
def test_outcomes_of_the_last_minute_are_in_every_snapshot_and_older_ones_are_not() -> None:
    shell = shell_with_client()
    shell.settle(outcome("m_401", "old"))
    shell.run(40_000)
    shell.settle(outcome("m_402", "new"))
    shell.run(30_000)
    shell.open("b")
    for topic, expected in (("m:402", ["new"]), ("line:01", ["new"]), (DASHBOARD, ["new"]), ("line:02", [])):
        shell.subscribe(topic, session="b")
        snapshot = shell.listeners["b"].take("snapshot")[0]
        assert [each["txId"] for each in snapshot["tx"]] == expected


# Cadence


@pytest.mark.rule("TICK-1")
def test_machines_are_sent_every_quarter_second_lines_every_second_and_the_plant_every_five() -> None:
    shell = shell_with_client("m:401", "line:01", DASHBOARD)
    counts = dict.fromkeys(("m:401", "line:01", DASHBOARD), 0)
    for speed in range(40):
        shell.report(speed=speed)
        shell.run(250)
        for frame in shell.listeners["a"].take("delta"):
            counts[frame["topic"]] += 1
    assert counts == {"m:401": 40, "line:01": 10, DASHBOARD: 2}


@pytest.mark.rule("TICK-1")
def test_nothing_is_sent_if_nothing_changed() -> None:
    shell = shell_with_client("m:401", "line:01", DASHBOARD)
    shell.run(5_000)
    shell.listeners["a"].take()
    for _ in range(40):
        shell.report(speed=100, status="RUNNING")
        shell.run(250)
    assert shell.listeners["a"].take("delta") == []


@pytest.mark.rule("TICK-1")
def test_a_delta_carries_values_as_of_its_sending_so_that_no_topic_takes_a_value_back() -> None:
    shell = shell_with_client("m:401", "line:01")
    speeds: list[int] = []
    for speed in range(1, 9):
        shell.report(speed=speed)
        shell.run(250)
        records = [frame["machines"].get("m_401", {}) for frame in shell.listeners["a"].take("delta")]
        speeds += [record["speed"] for record in records if "speed" in record]
    assert len(speeds) == 10
    assert speeds == sorted(speeds)


@pytest.mark.rule("TICK-1")
@pytest.mark.parametrize("jitter_ms", [-120, -7, 7, 120])
def test_a_tick_that_comes_early_or_late_counts_as_the_planned_one(jitter_ms: int) -> None:
    shell = shell_with_client("m:401")
    for turn in range(1, 9):
        shell.report(speed=turn)
        shell.now_ms = turn * 250 + (jitter_ms if turn % 2 else 0)
        shell.tick()
    assert [frame["machines"]["m_401"]["speed"] for frame in shell.listeners["a"].take("delta")] == list(
        range(1, 9)
    )


@pytest.mark.rule("TICK-1")
def test_everything_that_is_due_is_sent_in_one_tick() -> None:
    shell = shell_with_client("m:401", "line:01", DASHBOARD)
    for _ in range(20):
        shell.report(speed=shell.now_ms)
        shell.report("m_402", quality=Quality.BAD if shell.now_ms % 500 else Quality.GOOD)
        shell.run(250)
    instants = {frame["ts"] for frame in shell.listeners["a"].take("delta", "m:401")}
    assert {frame["ts"] for frame in shell.listeners["a"].take("delta", "line:01")} <= instants
    assert {frame["ts"] for frame in shell.listeners["a"].take("delta", DASHBOARD)} <= instants


# The urgent lane


@pytest.mark.rule("TICK-2", "SAFE-1")
@pytest.mark.parametrize("status", ["EMERGENCY_STOP", "FAULT", "MAINTENANCE_LOCK", "SAFETY_INTERLOCK"])
def test_a_critical_status_leaves_at_once_on_all_topics_the_most_specific_first(status: str) -> None:
    shell = shell_with_client(DASHBOARD, "line:01", "m:401")
    shell.order.clear()
    critical = shell.report(status=status, cause="button 3")
    assert [topic for _, topic in shell.order] == ["m:401", "line:01", DASHBOARD]
    assert all(frame["machines"]["m_401"]["status"] == status for frame in shell.listeners["a"].take("delta"))
    assert [(each.machine, each.before, each.status, each.cause) for each in critical] == [
        ("m_401", "RUNNING", status, "button 3")
    ]
    shell.order.clear()
    assert [each.status for each in shell.report(status="IDLE")] == ["IDLE"]
    assert [topic for _, topic in shell.order] == ["m:401", "line:01", DASHBOARD]
    assert shell.hub.machines["m_401"]["cause"] is None


@pytest.mark.rule("TICK-2")
def test_an_emergency_stop_shorter_than_a_tick_even_within_one_reading_is_seen() -> None:
    shell = shell_with_client("line:01")
    critical = shell.reports(
        Report("m_401", {"status": "EMERGENCY_STOP"}, 0.0),
        Report("m_401", {"status": "RUNNING"}, 0.0),
    )
    statuses = [frame["machines"]["m_401"]["status"] for frame in shell.listeners["a"].take("delta")]
    assert statuses == ["EMERGENCY_STOP", "RUNNING"]
    assert [each.status for each in critical] == ["EMERGENCY_STOP", "RUNNING"]


@pytest.mark.rule("TICK-2")
def test_a_whole_line_that_stops_at_once_leaves_as_one_frame_of_the_line() -> None:
    shell = shell_with_client("line:01", DASHBOARD)
    shell.reports(*(Report(key, {"status": "EMERGENCY_STOP"}, 0.0) for key in ("m_401", "m_402", "m_403")))
    frames = shell.listeners["a"].take("delta")
    assert [(frame["topic"], len(frame["machines"])) for frame in frames] == [("line:01", 3), (DASHBOARD, 3)]


@pytest.mark.rule("TICK-2")
def test_an_ordinary_change_of_status_waits_for_its_turn() -> None:
    shell = shell_with_client("line:01")
    assert shell.report(status="IDLE") == []
    assert shell.listeners["a"].take("delta") == []


@pytest.mark.rule("TICK-2", "TX-3")
def test_an_outcome_leaves_at_once_on_all_topics_with_the_reported_value_and_the_rev() -> None:
    shell = shell_with_client(DASHBOARD, "line:01", "m:401")
    shell.order.clear()
    shell.report(targetSpeed=150)
    shell.settle(outcome(rev=18))
    assert [topic for _, topic in shell.order] == ["m:401", "line:01", DASHBOARD]
    for frame in shell.listeners["a"].take("delta"):
        assert frame["tx"][0]["rev"] == 18
        assert frame["tx"][0]["by"] == {"kind": "operator", "name": "anna"}
        if frame["topic"] != DASHBOARD:
            assert frame["machines"]["m_401"] == {"targetSpeed": 150}
            assert frame["revs"] == {"m_401": {"targetSpeed": 18}}


@pytest.mark.rule("TX-3", "TX-4")
def test_an_outcome_carries_the_value_even_if_it_was_sent_before_or_never_changed() -> None:
    shell = shell_with_client("m:401")
    shell.settle(outcome(value=100))
    assert shell.listeners["a"].take("delta")[0]["machines"] == {"m_401": {"targetSpeed": 100}}


@pytest.mark.rule("TICK-2")
def test_outcomes_are_never_conflated() -> None:
    shell = shell_with_client("m:401", "line:01")
    shell.settle(
        TxOutcome("t1", "m_401", "targetSpeed", Outcome.UNKNOWN),
        TxOutcome("t1", "m_401", "targetSpeed", Outcome.APPLIED),
        TxOutcome("t2", "m_401", "mode", Outcome.APPLIED),
    )
    for frame in shell.listeners["a"].take("delta"):
        assert [each["outcome"] for each in frame["tx"]] == ["unknown", "applied", "applied"]


@pytest.mark.rule("TICK-2", "FLOW-1")
def test_a_large_batch_is_cut_into_frames_that_fit_every_buffer_and_each_value_goes_with_its_outcome() -> (
    None
):
    shell = shell_with_client("line:01")
    shell.settle(*(outcome("m_401", f"t{number}", rev=number) for number in range(1_000)))
    frames = shell.listeners["a"].take("delta")
    assert [each["txId"] for frame in frames for each in frame["tx"]] == [
        f"t{number}" for number in range(1_000)
    ]
    assert all(len(json.dumps(frame)) < 64 * 1024 and "m_401" in frame["machines"] for frame in frames)


def test_a_rev_never_falls_in_any_order_of_reports_and_whatever_happens_to_its_machine() -> None:
    shell = shell_with_client("m:401", "line:01", DASHBOARD)
    anna = shell.listeners["a"]
    for rev in (5, 3, 5, 4):
        shell.hub.revised({"m_401": {"targetSpeed": rev}})
        shell.settle(outcome(tx_id=f"t{rev}", rev=rev - 1))
        shell.run(1_000)
    shell.run(20_000, alive=False)
    assert shell.hub.machines["m_401"]["quality"] == "OFFLINE"
    shell.report(status="RUNNING", speed=1, targetSpeed=0)  # its source began again
    shell.run(5_000)
    revs = [
        frame["revs"]["m_401"]["targetSpeed"] for frame in anna.take() if "m_401" in frame.get("revs", {})
    ]
    assert revs == sorted(revs)
    assert revs[-1] == 5
    second_client = shell.open("b")
    shell.subscribe("m:401", "line:01", session="b")
    assert {topic: second_client.states[topic]["revs"]["m_401"] for topic in second_client.states} == {
        "m:401": {"targetSpeed": 5},
        "line:01": {"targetSpeed": 5},
    }


@pytest.mark.rule("CONF-1")
def test_revs_leave_with_the_next_delta_and_are_in_snapshots() -> None:
    shell = shell_with_client("m:401", "line:01")
    shell.hub.revised({"m_401": {"targetSpeed": 7, "mode": 2}})
    shell.run(1_000)
    assert shell.listeners["a"].states["m:401"]["revs"] == {"m_401": {"targetSpeed": 7, "mode": 2}}
    bert = shell.open("b")
    shell.subscribe("line:01", session="b")
    assert bert.states["line:01"]["revs"] == shell.listeners["a"].states["line:01"]["revs"]


# Rights

BERT = Person("bert", {"01": Role.OPERATOR, "03": Role.VIEWER})


def test_a_line_that_a_person_may_not_see_is_unknown_and_so_are_its_machines() -> None:
    shell = shell_with_client()
    bert = shell.open("b", BERT)
    shell.subscribe("line:02", "m:411", "line:99", "m:999", "nonsense", session="b")
    refused = bert.take("error")
    assert [each["code"] for each in refused] == ["unknown_topic"] * 5
    assert refused[0]["message"] == "no topic 'line:02'; lines are 01 to 03"
    assert bert.closed is None


def test_a_person_of_some_lines_has_a_plant_of_these_lines() -> None:
    shell = shell_with_client(DASHBOARD)
    bert = shell.open("b", BERT)
    shell.subscribe(DASHBOARD, session="b")
    shell.report("m_401", status="FAULT")
    shell.report("m_411", status="FAULT")
    shell.settle(outcome("m_411", "hidden"), outcome("m_421", "visible"))
    state = bert.states[DASHBOARD]
    assert set(state["kpis"]) == {DASHBOARD, "line:01", "line:03"}
    assert state["kpis"][DASHBOARD]["machines"] == 6
    assert set(state["machines"]) == {"m_401"}
    assert [each["txId"] for frame in bert.take("delta") for each in frame.get("tx", ())] == ["visible"]
    assert set(shell.listeners["a"].states[DASHBOARD]["machines"]) == {"m_401", "m_411"}


@pytest.mark.rule("SEQ-5")
def test_a_position_from_before_the_rights_changed_is_void_for_the_epoch_is_another() -> None:
    shell = shell_with_client(DASHBOARD)
    whole = shell.listeners["a"].positions[DASHBOARD]
    bert = shell.open("b", BERT)
    hello = bert.take("hello")[0]
    assert hello["epoch"] != whole[0]
    shell.subscribe(DASHBOARD, session="b", since=whole)
    assert bert.take("snapshot")[0]["epoch"] == hello["epoch"]


# Memory


def views() -> int:
    gc.collect()
    return sum(isinstance(each, PlantTopic) for each in gc.get_objects())


def come_and_go(shell: HubShell, numbers: int) -> None:
    """Opens and closes sessions of one person after another, each with rights for other lines."""
    lines = [line.id for line in shell.plant.lines]
    rights = chain.from_iterable(combinations(lines, many) for many in range(2, len(lines)))
    for statuses in islice(rights, numbers):
        shell.open("passes", Person("passes", dict.fromkeys(statuses, Role.VIEWER)))
        shell.hub.close("passes", shell.now_ms)


FIRST = Person("first", {"01": Role.VIEWER})


@pytest.mark.rule("SEQ-5", "TOPIC-1")
def test_when_rights_keep_changing_only_views_with_listeners_are_kept() -> None:
    shell = HubShell(demo_plant(machines=500))
    before = views()
    shell.open("stays", FIRST)
    shell.subscribe(DASHBOARD, session="stays")
    come_and_go(shell, 3 * MAX_VIEWS)
    assert MAX_VIEWS <= views() - before <= MAX_VIEWS + 1
    second_client = shell.open("again", FIRST)
    shell.subscribe(DASHBOARD, session="again")
    assert second_client.positions == shell.listeners["stays"].positions


@pytest.mark.rule("SEQ-5")
def test_a_client_that_comes_back_to_a_forgotten_view_gets_a_snapshot_with_other_numbers() -> None:
    shell = HubShell(demo_plant(machines=500))
    shell.open("was", FIRST)
    shell.subscribe(DASHBOARD, session="was")
    epoch, seq = shell.listeners["was"].positions[DASHBOARD]
    shell.hub.close("was", shell.now_ms)
    shell.run(70_000)
    come_and_go(shell, 2 * MAX_VIEWS)
    second_client = shell.open("again", FIRST)
    shell.subscribe(DASHBOARD, session="again", since=(epoch, seq))
    assert [frame["type"] for frame in second_client.take()] == ["hello", "ack", "snapshot"]
    assert second_client.positions[DASHBOARD][0] == epoch
    assert second_client.positions[DASHBOARD][1] > seq + 1_000_000


# The overview


def overview_of(frame: Any) -> dict[str, Any]:
    return plain(frame["data"]["overview"] if "data" in frame else frame.get("overview"), frame["ts"])


@pytest.mark.rule("OVER-1")
def test_the_overview_has_every_machine_that_the_person_may_see_and_no_other() -> None:
    shell = shell_with_client()
    carl = shell.open("carl", Person("carl", {"01": Role.VIEWER}))
    shell.subscribe(DASHBOARD, session="carl")
    assert overview_of(carl.take("snapshot")[0]).keys() == {"m_401", "m_402", "m_403"}
    shell.report("m_401", status="IDLE")
    shell.report("m_411", status="IDLE")
    shell.run(5_000)
    deltas = [frame for frame in carl.take("delta") if "overview" in frame]
    assert [overview_of(frame).keys() for frame in deltas] == [{"m_401"}]
    assert "m_411" not in json.dumps(deltas)


@pytest.mark.rule("OVER-2")
def test_a_delta_carries_the_overview_of_what_changed_and_of_nothing_else() -> None:
    shell = shell_with_client(DASHBOARD)
    anna = shell.listeners["a"]
    shell.run(5_000)
    anna.take()
    shell.report("m_401", speed=7, temp=3.0)
    shell.report("m_402", cause="door")
    shell.run(5_000)
    assert all("overview" not in frame for frame in anna.take("delta"))
    shell.report("m_403", status="IDLE")
    shell.run(5_000)
    assert [overview_of(frame).keys() for frame in anna.take("delta")] == [{"m_403"}]
    assert anna.states[DASHBOARD]["overview"] == shell.overview()


@pytest.mark.rule("OVER-2", "TICK-2")
def test_a_stop_is_in_the_overview_at_once() -> None:
    shell = shell_with_client(DASHBOARD)
    shell.report("m_402", status="EMERGENCY_STOP")
    frame = shell.listeners["a"].take("delta")[0]
    assert overview_of(frame)["m_402"][0] == frame["machines"]["m_402"]["status"] == "EMERGENCY_STOP"
    shell.run(5_000)
    assert all("overview" not in later for later in shell.listeners["a"].take("delta"))


@pytest.mark.rule("OVER-1", "FLOW-1")
def test_the_snapshot_of_ten_thousand_machines_stays_below_half_the_send_buffer() -> None:
    """Each machine has another ``since``, up to twelve days back, and one of five statuses. One in a hundred has a
    problem.
    """
    lines = tuple(
        Line(f"{line:03}", tuple(Machine(f"m_{line * 50 + at + 1}", f"{line:03}") for at in range(50)))
        for line in range(200)
    )
    shell = HubShell(Plant("Large", lines))
    random = Random(1)  # the same picture each time
    for key in random.sample(list(shell.hub.machines), 10_000):
        shell.now_ms += 103_000
        status = "FAULT" if random.random() < 0.01 else random.choice(("RUNNING", "IDLE", "HELD", "SETUP"))
        shell.report(key, status=status, speed=1234.5, parts=123_456)
    shell.open()
    shell.subscribe(DASHBOARD)
    size = len(json.dumps(shell.listeners["a"].take("snapshot")[0], separators=(",", ":")))
    assert size < HubLimits().max_buffer_bytes // 2


# Open targets


def target(tx_id: str = "t1", value: Value = 150) -> OpenTarget:
    return OpenTarget(tx_id, value, By(ByKind.OPERATOR, "bert"), TS0)


@pytest.mark.rule("OPEN-1", "OPEN-2")
def test_people_who_see_the_machine_see_a_target_until_its_outcome_in_the_same_frame() -> None:
    shell = shell_with_client("m:401", "line:01", "m:402", "line:02", DASHBOARD)
    anna = shell.listeners["a"]
    shell.hub.opened("m_401", "targetSpeed", target())
    shell.run(1_000)
    targets = {frame["topic"]: frame["open"] for frame in anna.take("delta") if "open" in frame}
    assert targets.keys() == {"m:401", "line:01"}
    assert targets["line:01"]["m_401"]["targetSpeed"]["by"] == {"kind": "operator", "name": "bert"}
    shell.settle(outcome("m_401", "t1"))
    ended = [frame for frame in anna.take("delta") if frame["topic"] != DASHBOARD]
    assert [frame["open"] for frame in ended] == 2 * [{"m_401": {"targetSpeed": None}}]
    assert all(frame["tx"][0]["txId"] == "t1" for frame in ended)


@pytest.mark.rule("OPEN-1")
def test_the_newest_of_several_targets_under_way_on_a_field_counts() -> None:
    shell = shell_with_client("m:401")
    for tx_id, value in (("t1", 150), ("t2", 170)):
        shell.hub.opened("m_401", "targetSpeed", target(tx_id, value))
    values = []
    for ends in (None, "t2", "t1"):
        if ends:
            shell.settle(outcome("m_401", ends))
        shell.run(250)
        newest = shell.listeners["a"].states["m:401"]["open"]["m_401"]["targetSpeed"]
        values.append(newest and newest["value"])
    assert values == [170, 150, None]


@pytest.mark.rule("OPEN-2")
def test_a_later_client_finds_what_is_under_way_in_the_snapshot() -> None:
    shell = shell_with_client("m:402")
    shell.hub.opened("m_401", "mode", target(value="IDLE"))
    bert = shell.open("b")
    shell.subscribe("line:01", "m:402", session="b")
    line, machine = bert.take("snapshot")
    assert line["open"]["m_401"]["mode"]["value"] == "IDLE"
    assert "open" not in machine
    shell.report("m_402", speed=3)
    shell.run(1_000)
    assert all("open" not in frame for frame in shell.listeners["a"].take("delta"))
