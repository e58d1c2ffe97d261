"""The time that commands take to start, as a ratio to ``python -c pass``: ``--help``, and the demo until it is ready.

Each round does all three, one after the other; the best of each counts. The demo has the same data directory in every
round, so its tables are made in the first.

    python -m benches.start [--rounds N] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 7


def finished_s(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *command], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def ready_s(data_dir: str) -> float:
    command = [
        sys.executable,
        "-m",
        "setpoint",
        "demo",
        "--port",
        "0",
        "--no-browser",
        "--data-dir",
        data_dir,
    ]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        took_s = time.perf_counter() - began
        process.terminate()
    assert said.startswith("The board: "), said
    return took_s


def measure(rounds: int) -> dict[str, float]:
    found: dict[str, list[float]] = {"python_s": [], "help_s": [], "ready_s": []}
    with tempfile.TemporaryDirectory() as data_dir:
        for _ in range(rounds):
            found["python_s"].append(finished_s("-c", "pass"))
            found["help_s"].append(finished_s("-m", "setpoint", "--help"))
            found["ready_s"].append(ready_s(data_dir))
    best = {name: min(values) for name, values in found.items()}
    best["help_ratio"] = best["help_s"] / best["python_s"]
    best["ready_ratio"] = best["ready_s"] / best["python_s"]
    return {name: round(value, 3) for name, value in best.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args()
    found = measure(arguments.rounds)
    print(f"start, best of {arguments.rounds}: python -c pass {found['python_s']:.3f} s")
    print(f"  setpoint --help        {found['help_s']:.2f} s   {found['help_ratio']:5.1f} x")
    print(f"  setpoint demo, ready   {found['ready_s']:.2f} s   {found['ready_ratio']:5.1f} x")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
