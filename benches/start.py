"""The start time of ``--help``, and of the demo until it is ready, as a ratio to ``python -c pass``.

Each round runs all three, one after the other. The best of each counts. The demo has the same data directory in every
round, so only the first round makes its tables. ``cpu`` is processor time, which other work on the machine disturbs
less.

    python -m benches.start [--rounds N] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 7


TICKS_A_SECOND = 100
"""Clock ticks a second in /proc/PID/stat, on Linux."""


def finished_s(*command: str) -> tuple[float, float]:
    """Returns wall and CPU seconds."""
    began, before = time.perf_counter(), _children_s()
    subprocess.run([sys.executable, *command], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began, _children_s() - before


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _process_s(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS_A_SECOND


def ready_s(data_dir: str) -> tuple[float, float]:
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
        line = process.stdout.readline()
        took_s, cpu_s = time.perf_counter() - began, _process_s(process.pid)
        process.terminate()
    assert line.startswith("The board: "), line
    return took_s, cpu_s


def measure(rounds: int) -> dict[str, float]:
    times: dict[str, list[tuple[float, float]]] = {"python": [], "help": [], "ready": []}
    with tempfile.TemporaryDirectory() as data_dir:
        for _ in range(rounds):
            times["python"].append(finished_s("-c", "pass"))
            times["help"].append(finished_s("-m", "setpoint", "--help"))
            times["ready"].append(ready_s(data_dir))
    best: dict[str, float] = {}
    for at, unit in enumerate(("s", "cpu_s")):
        least = {name: min(each[at] for each in rounds) for name, rounds in times.items()}
        best |= {f"{name}_{unit}": value for name, value in least.items()}
        best |= {f"{name}_{unit}_ratio": least[name] / least["python"] for name in ("help", "ready")}
    return {name: round(value, 3) for name, value in best.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args()
    figures = measure(arguments.rounds)
    print(
        f"start, best of {arguments.rounds}:"
        f" python -c pass {figures['python_s']:.3f} s   cpu {figures['python_cpu_s']:.3f} s"
    )
    for name, command in (("help", "setpoint --help"), ("ready", "setpoint demo, ready")):
        clock, cpu = f"{name}_s", f"{name}_cpu_s"
        print(
            f"  {command:<21} {figures[clock]:.2f} s  {figures[clock + '_ratio']:5.1f} x"
            f"   cpu {figures[cpu]:.2f} s  {figures[cpu + '_ratio']:5.1f} x"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
