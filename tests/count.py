"""``python -m tests.count``: how many tests, vectors and schedules there are. A number below its floor is an error.

Raise the floors as the numbers grow. Lower one only in a change that says why its tests are no longer needed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.simulation.mutants import MUTANTS
from tests.simulation.test_schedules import (
    CHUNKS,
    FOUND,
    FOUND_LATELY,
    FOUND_SINCE,
    SCHEDULES_A_CHUNK,
    USUAL_CHUNKS,
)

ROOT = Path(__file__).parents[1]
FLOORS = {
    "Python tests": 5200,
    "TypeScript tests": 1130,
    "browser tests": 116,
    "vectors": 609,
    "schedules": 1100,
}


def _matches(command: list[str], folder: Path, pattern: str) -> list[str]:
    """Runs a command and returns what the pattern's group matches in its output, at least one text."""
    process = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    found = re.findall(pattern, process.stdout)
    if not found:
        raise RuntimeError(f"{' '.join(command)} printed nothing like {pattern!r}:\n{process.stdout[-1000:]}")
    return found


def _python() -> tuple[int, int]:
    """Returns the number of all tests, and of those that only `make test-full` runs."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q"]
    found = _matches(command, ROOT, r"\n(\d+(?:/\d+)?) tests collected")[0]
    usual, _, all_of_them = found.partition("/")
    every = int(all_of_them or usual)
    return every, every - int(usual)


def _typescript() -> int:
    return len(_matches(["npx", "vitest", "list"], ROOT / "frontend", r"(?m)^(\S+\.test\.tsx?) > "))


def _browser() -> int:
    return int(
        _matches(["npx", "playwright", "test", "--list"], ROOT / "frontend", r"Total: (\d+) tests?")[0]
    )


def _vectors() -> int:
    files = (ROOT / "conformance" / "vectors").rglob("*.json")
    return sum(len(json.loads(file.read_text("utf-8"))["vectors"]) for file in files)


def _schedules() -> tuple[int, int]:
    """Returns the number of all schedules, and of those that only `make test-full` plays, without the fresh ones."""
    found = sum(len(seeds) for seeds in (*FOUND.values(), *FOUND_SINCE.values(), *FOUND_LATELY.values()))
    only_full = (CHUNKS - USUAL_CHUNKS) * SCHEDULES_A_CHUNK
    return CHUNKS * SCHEDULES_A_CHUNK + found + len(MUTANTS), only_full


def counts() -> dict[str, int]:
    tests, tests_only_full = _python()
    schedules, schedules_only_full = _schedules()
    return {
        "Python tests": tests,
        "of them only in test-full": tests_only_full,
        "TypeScript tests": _typescript(),
        "browser tests": _browser(),
        "vectors": _vectors(),
        "schedules": schedules,
        "of these only in test-full": schedules_only_full,
    }


def main() -> int:
    failures = 0
    print(f"{'':32} now  floor")
    for what, number in counts().items():
        floor = FLOORS.get(what)
        is_below = floor is not None and number < floor
        failures += is_below
        print(f"{what:30} {number:5}  {'' if floor is None else floor:5}{'  FELL' if is_below else ''}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
