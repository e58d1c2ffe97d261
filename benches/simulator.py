"""The cost of the simulator: CPU share of one core at 1,000 and 5,000 machines, four reports a second each.

The floor is making and handing over the same number of reports without a plant. Simulated time runs as fast as it can.
The share is the CPU time for each simulated second.

    python -m benches.simulator [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

from setpoint.core.plant import STANDARD_FIELDS, Report, demo_plant
from setpoint.sources.simulator import Simulation, SimulatorSettings

ROUNDS = 3
SIMULATED_MS = 10_000
STEP_MS = 25


def simulate(machines: int) -> dict[str, float]:
    """Returns CPU seconds for each simulated second, the longest single call, and reports in each simulated second."""
    simulation = Simulation(
        list(demo_plant(machines=machines).machines), STANDARD_FIELDS, SimulatorSettings()
    )
    simulation.advance(0, 0.0)
    reports, longest_s, started = 0, 0.0, time.process_time()
    for now_ms in range(STEP_MS, SIMULATED_MS + STEP_MS, STEP_MS):
        before = time.perf_counter()
        reports += len(simulation.advance(now_ms, now_ms / 1000).reports)
        longest_s = max(longest_s, time.perf_counter() - before)
    seconds = SIMULATED_MS / 1000
    return {
        "core_share": (time.process_time() - started) / seconds,
        "longest_call_ms": longest_s * 1000,
        "reports_per_s": reports / seconds,
    }


def floor(reports: int) -> float:
    """Returns the CPU seconds to make as many reports of two values and nothing else."""
    started = time.process_time()
    built = [Report("m_401", {"speed": number, "temp": 71.5}, 0.0) for number in range(reports)]
    assert len(built) == reports
    return time.process_time() - started


def measure(machines: int) -> dict[str, float]:
    rounds, floors = [], []
    for _ in range(ROUNDS):
        rounds.append(simulate(machines))
        floors.append(floor(int(rounds[-1]["reports_per_s"])))
    result = {key: statistics.median(each[key] for each in rounds) for key in rounds[0]}
    result["floor_core_share"] = statistics.median(floors)
    return {"machines": machines, **{key: round(value, 4) for key, value in result.items()}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args()
    figures = [measure(machines) for machines in (1_000, 5_000)]
    print("simulator: 4 reports a second a machine, stops on, medians of", ROUNDS)
    print(f"{'machines':>9} {'% of a core':>12} {'floor %':>8} {'reports/s':>10} {'longest call ms':>16}")
    for each in figures:
        print(
            f"{each['machines']:>9.0f} {100 * each['core_share']:>12.1f} {100 * each['floor_core_share']:>8.2f}"
            f" {each['reports_per_s']:>10.0f} {each['longest_call_ms']:>16.2f}"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps({"simulator": figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
