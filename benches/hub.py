"""The cost of the hub, and its latency.

- A tick by the number of changed machines, of 1,000 on 20 lines, with listeners to every line and the plant. The floor
  is only the encoding of the tick's frames.
- Critical changes to 1,000 listeners of the machine, its line and the plant, while 100 machines report at 4 Hz: the
  time from the source's report to each listener, and how late the ticks were.
- The overview of 10,000 machines, of which 1 % change their status every 5 s: the size of a snapshot, and the share of
  a core for reports and ticks with and without a listener to the plant's topic.
- Listeners that never read: the memory of each, by the server's resident size and by the transport's own count.

    python -m benches.hub [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
from benches.fanout import Pair

from setpoint.contract.topics import DASHBOARD
from setpoint.core.hub import Hub, HubLimits, Send
from setpoint.core.plant import WHOLE_PLANT, Person, Report, Role, demo_plant

MACHINES = 1_000
ROUNDS = 20
CHANGES = 50
STALLED = 20
OVERVIEW_S = 120


def tick_cost(changed: int) -> dict[str, float]:
    plant = demo_plant(machines=MACHINES)
    hub: Hub[str] = Hub(plant, epoch="bench", now_ms=0)
    hub.open("a", Person("anna", {WHOLE_PLANT: Role.OPERATOR}), name="a", now_ms=0, ts=0.0)
    for topic in (DASHBOARD, *(line.topic for line in plant.lines)):
        frame = json.dumps({"type": "subscribe", "id": 1, "topic": topic})
        hub.received("a", frame, 0, 0.0)
    keys = list(plant.machines)
    hub.reported([Report(key, {"status": "RUNNING", "speed": 1.0, "temp": 1.0}, 0.0) for key in keys], 0, 0.0)
    hub.tick(0, 0.0)
    spent, reporting, floors = [], [], []
    for turn in range(1, ROUNDS + 1):
        now_ms = turn * 1_000
        reports = [Report(key, {"speed": 1.5 + turn, "temp": 40.5 + turn}, 0.0) for key in keys[:changed]]
        hub.touch("a", now_ms)
        began = time.perf_counter_ns()
        hub.reported(reports, now_ms, now_ms / 1000)
        reported = time.perf_counter_ns()
        effects = hub.tick(now_ms, now_ms / 1000)
        ticked = time.perf_counter_ns()
        frames = [msgspec.json.decode(effect.data) for effect in effects if isinstance(effect, Send)]
        encoding = time.perf_counter_ns()
        for each in frames:
            msgspec.json.encode(each)
        floors.append(time.perf_counter_ns() - encoding)
        reporting.append(reported - began)
        spent.append(ticked - reported)
    return {
        "changed": changed,
        "report_us": statistics.median(reporting) / 1000,
        "tick_us": statistics.median(spent) / 1000,
        "encode_floor_us": statistics.median(floors) / 1000,
    }


def overview_cost(*, is_subscribed: bool) -> dict[str, float]:
    """Measures real work in simulated time: two minutes of a plant, tick by tick."""
    plant = demo_plant(machines=10 * MACHINES)
    limits = HubLimits(
        stale_after_ms=10**9, offline_after_ms=10**9
    )  # machines stay in contact without reports
    hub: Hub[str] = Hub(plant, epoch="bench", now_ms=0, limits=limits)
    keys = list(plant.machines)
    hub.reported([Report(key, {"status": "RUNNING", "speed": 1.0, "parts": 1}, 0.0) for key in keys], 0, 0.0)
    hub.tick(0, 0.0)
    size = 0
    if is_subscribed:
        hub.open("a", Person("anna", {WHOLE_PLANT: Role.OPERATOR}), name="a", now_ms=0, ts=0.0)
        frame = json.dumps({"type": "subscribe", "id": 1, "topic": DASHBOARD})
        effects_of_subscribe = hub.received("a", frame, 0, 0.0)
        size = max(len(effect.data) for effect in effects_of_subscribe if isinstance(effect, Send))
    spent_ns, size_sent = 0, 0
    for tick in range(1, OVERVIEW_S * 4 + 1):
        now_ms = tick * 250
        first = tick * len(keys) // 2000 % len(keys)
        status = "IDLE" if tick % 2 else "RUNNING"
        changed = [Report(key, {"status": status}, 0.0) for key in keys[first : first + len(keys) // 2000]]
        if is_subscribed:
            hub.touch("a", now_ms)
        began = time.perf_counter_ns()
        hub.reported(changed, now_ms, now_ms / 1000)
        effects = hub.tick(now_ms, now_ms / 1000)
        spent_ns += time.perf_counter_ns() - began
        size_sent += sum(len(effect.data) for effect in effects if isinstance(effect, Send))
    return {
        "snapshot_kib": size / 1024,
        "of_a_core": spent_ns / (OVERVIEW_S * 1e9),
        "kib_a_5s": size_sent / 1024 / (OVERVIEW_S / 5),
    }


def critical(clients: int) -> dict[str, float]:
    with ExitStack() as stack:
        pair = Pair("setpoint", clients, stack, topics=f"m:101,line:01,{DASHBOARD}")
        pair.settle()
        run = pair.server.ask(f"critical {CHANGES}")
        expected = 3 * CHANGES * clients
        counts = pair.settle(expected)
        if counts["deltas"] < expected or counts["gaps"]:
            raise SystemExit(f"{counts['deltas']} of {expected} arrived, {counts['gaps']} gaps")
        return {
            "clients": clients,
            "p50_ms": counts["p50_ms"],
            "p99_ms": counts["p99_ms"],
            "tick_late_p99_ms": run["tick_late_p99_ms"],
        }


def stalled() -> dict[str, float]:
    with ExitStack() as stack:
        pair = Pair("setpoint", 10, stack, topics=f"m:101,line:01,{DASHBOARD}", stalled=STALLED)
        before_kb = pair.server.ask("rss")["rss_kb"]
        pair.settle()
        run = pair.server.ask("go 400 3")
        counts = pair.settle(3 * 1_200 * 10)
        if counts["deltas"] < 3 * 1_200 * 10 or counts["gaps"] or counts["closed"]:
            raise SystemExit(f"the others missed something: {counts}")
        return {
            "stalled": STALLED,
            "kb_each_by_rss": (pair.server.ask("rss")["rss_kb"] - before_kb) / STALLED,
            "kb_each_by_transport": run["buffered_bytes"] / 1024,
            "others_p99_ms": counts["p99_ms"],
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1_000)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args()
    ticks = [tick_cost(changed) for changed in (0, 10, 100, 1_000)]
    print(f"{'changed':>8} {'reports µs':>11} {'tick µs':>9} {'encoding alone µs':>18}")
    for each in ticks:
        figures = f"{each['report_us']:>11.0f} {each['tick_us']:>9.0f} {each['encode_floor_us']:>18.0f}"
        print(f"{each['changed']:>8.0f} {figures}")
    urgent = critical(arguments.clients)
    print(
        f"critical changes to {arguments.clients} listeners on three topics: p50 {urgent['p50_ms']:.1f} ms,"
        f" p99 {urgent['p99_ms']:.1f} ms; ticks late by p99 {urgent['tick_late_p99_ms']:.1f} ms"
    )
    slow = stalled()
    print(
        f"a listener that never reads: {slow['kb_each_by_rss']:.0f} KB by resident size,"
        f" {slow['kb_each_by_transport']:.0f} KB by the transport; the others' p99 {slow['others_p99_ms']:.1f} ms"
    )
    with_topic, without_topic = overview_cost(is_subscribed=True), overview_cost(is_subscribed=False)
    print(
        f"10,000 machines, 1 % change their status every 5 s: {with_topic['of_a_core']:.2%} of a core with a subscriber"
        f" of the plant's topic, {without_topic['of_a_core']:.2%} without;"
        f" snapshot {with_topic['snapshot_kib']:.0f} KiB, {with_topic['kib_a_5s']:.1f} KiB each 5 s"
    )
    if arguments.json:
        overview = {"heard": with_topic, "alone": without_topic}
        report: dict[str, Any] = {"ticks": ticks, "critical": urgent, "stalled": slow, "overview": overview}
        arguments.json.write_text(json.dumps({"hub": report}, indent=2) + "\n")


if __name__ == "__main__":
    main()
