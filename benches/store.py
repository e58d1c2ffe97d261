"""The cost of a delta in the Python store, compared with the specification's selector in the same process.

    python -m benches.store [--json OUT]

There are 10,000 machines and 500 locks. One delta changes one machine, another changes a tenth. After each delta the
bench reads the views of the changed machines, as a watching program would.
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import time
from pathlib import Path
from typing import Any

from setpoint.contract.live import Delta, Snapshot, SnapshotData
from setpoint.contract.values import Value
from setpoint.core.store import Changed, Commit, Store

MACHINES, LOCKS, ROUNDS = 10_000, 500, 9


def _record(number: int) -> dict[str, Any]:
    return {
        "speed": 1000 + number % 500,
        "temp": 60.5,
        "parts": number,
        "targetSpeed": 1200,
        "mode": "RUN",
        "status": "RUNNING",
        "since": 1704230000,
        "cause": None,
        "quality": "GOOD",
        "seen": None,
    }


def _changes(count: int, number: int) -> dict[str, Any]:
    step = MACHINES // count
    return {
        f"m_{(number * 37 + at * step) % MACHINES}": {"speed": number + at, "temp": number + at / 10}
        for at in range(count)
    }


def _specification(server: dict[str, Any], locks: dict[str, Any], changes: dict[str, Any]) -> None:
    for machine, change in changes.items():
        server[machine] = {**server[machine], **change}
    view = copy.deepcopy(server)
    for machine, fields in locks.items():
        for field, value in fields.items():
            view[machine] = {**view[machine], field: value, "_isOptimistic": True}


def measure(changed: int) -> dict[str, float]:
    """Returns the median CPU milliseconds of a delta: ours over all rounds, the specification's over a third of
    them.
    """
    records = {f"m_{number}": _record(number) for number in range(MACHINES)}
    locks: dict[str, dict[str, Value]] = {
        f"m_{number * (MACHINES // LOCKS)}": {"targetSpeed": 1} for number in range(LOCKS)
    }
    store = Store(["targetSpeed"])
    store.step(Snapshot("line:01", "k", 0, 0.0, SnapshotData(copy.deepcopy(records))), 0)
    store.step(Commit("t", locks), 0)
    ours, spec = [], []
    for number in range(1, ROUNDS + 1):
        changes = _changes(changed, number)
        start = time.process_time()
        for effect in store.step(Delta("line:01", number, 0.0, changes), 1):
            if isinstance(effect, Changed):
                for machine in effect.machines:
                    store.view(machine)
        ours.append(time.process_time() - start)
        if number % 3 == 0:
            start = time.process_time()
            _specification(records, locks, changes)
            spec.append(time.process_time() - start)
    return {"ours_ms": statistics.median(ours) * 1000, "spec_ms": statistics.median(spec) * 1000}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = {str(changed): measure(changed) for changed in (1, 100, 1_000)}
    print(f"one delta to {MACHINES} machines, {LOCKS} locks (CPU)\n")
    print(f"{'changed':>8} {'ours ms':>10} {'spec ms':>10} {'ratio':>8}")
    for changed, times in figures.items():
        ratio = times["spec_ms"] / times["ours_ms"]
        print(f"{changed:>8} {times['ours_ms']:>10.3f} {times['spec_ms']:>10.1f} {ratio:>8.0f}")
    if options.json:
        options.json.write_text(
            json.dumps({"bench": "store", "machines": MACHINES, "figures": figures}, indent=2)
        )


if __name__ == "__main__":
    main()
