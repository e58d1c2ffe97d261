"""Recordings of what clients' stores saw: every event with its instant, and the state that followed.

``python -m tests.simulation.recordings FOLDER --seeds 0..99`` writes them. The board's store replays them and must
reach the same states (`frontend/src/conformance/recordings.test.ts`). One file holds the clients of one schedule.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from tests.simulation.client import Client
from tests.simulation.people import ACTS, STEPS, World

from setpoint.core import store

STATE_EVERY = 25
"""The number of events between two compared states. The state after the last event is always compared."""


def record(seed: int) -> list[dict[str, Any]]:
    """Plays a schedule and records what each of its clients saw."""
    events_of: dict[Client, list[dict[str, Any]]] = {}

    def watch(client: Client, event: store.Event, changed: list[str]) -> None:
        events = events_of.setdefault(client, [])
        step: dict[str, Any] = {"atMs": client.now_ms, "event": msgspec.to_builtins(event)}
        events.append(step)
        if len(events) % STATE_EVERY == 0:
            step["state"] = client.store.state()

    world = World(seed, watch, acts=ACTS)
    for number in range(STEPS):
        world.clock.random.seed(seed * 1_000_003 + number)
        world.step()
    world.clock.random.seed(seed)
    world.quiet()
    for client, events in events_of.items():
        events[-1]["state"] = client.store.state()
    return [
        {"name": f"seed {seed}, {client.person.name} on {', '.join(client.topics)}", "steps": events}
        for client, events in events_of.items()
    ]


def write(folder: Path, seeds: Sequence[int]) -> int:
    """Writes a file for each schedule. Returns the number of events in them."""
    folder.mkdir(parents=True, exist_ok=True)
    events = 0
    for seed in seeds:
        recordings = record(seed)
        events += sum(len(each["steps"]) for each in recordings)
        (folder / f"{seed}.json").write_bytes(msgspec.json.encode(recordings))
    return events


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Writes what the clients of simulated schedules saw.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", default="0..99", help="first..last")
    options = parser.parse_args(arguments)
    first, _, last = options.seeds.partition("..")
    seeds = range(int(first), int(last or first) + 1)
    events = write(options.folder, seeds)
    print(f"{len(seeds)} schedules, {events} events in {options.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
