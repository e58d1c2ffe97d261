"""``python -m tests.coverage [PACKAGE …]``: branch coverage by package, of the last run with ``--cov``.

It fails below a floor. ``core`` makes the decisions, so tests without I/O must take nearly every branch of it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from coverage import Coverage

FLOORS = {"core": 95.0}
"""Percent of the branches."""


def by_package() -> dict[str, tuple[int, int]]:
    """Returns the number of taken branches and of all branches for each folder under ``setpoint``."""
    coverage = Coverage()
    coverage.load()
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        coverage.json_report(outfile=file.name, pretty_print=False)
        report = json.loads(Path(file.name).read_text("utf-8"))
    packages: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for name, found in report["files"].items():
        parts = Path(name).parts
        package = parts[parts.index("setpoint") + 1].removesuffix(".py")
        taken, total = packages[package]
        summary = found["summary"]
        packages[package] = (taken + summary["covered_branches"], total + summary["num_branches"])
    return dict(packages)


def main() -> int:
    failures = 0
    print(f"{'branches of':20} taken    all")
    for package, (taken, total) in sorted(by_package().items()):
        if sys.argv[1:] and package not in sys.argv[1:]:
            continue
        share = 100 * taken / total if total else 100.0
        below = share < FLOORS.get(package, 0)
        failures += below
        print(
            f"{package:20} {taken:5}  {total:5}  {share:5.1f} %{'  BELOW ' + str(FLOORS[package]) if below else ''}"
        )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
