"""Runs every bench in turn: ``python -m benches [NAME …]``. Each prints its table and writes JSON to benches/results/.

Benches are not tests: no figure fails a run. A run fails only if a bench cannot run, or if frames were lost, because
the figures of a server that loses frames mean nothing.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

_HERE = Path(__file__).parent
RESULTS = _HERE / "results"
_FRONTEND = _HERE.parent / "frontend"

PYTHON = (
    "start",
    "fanout",
    "embed",
    "hub",
    "reconnect",
    "simulator",
    "batch",
    "reliability",
    "store",
    "workbook",
    "opcua",
    "mqtt",
    "modbus",
    "history",
    "history_beside",
    "events",
)
BROWSER = ("store", "workbook", "board")


def main(names: list[str]) -> int:
    RESULTS.mkdir(exist_ok=True)
    benches = [(name, [sys.executable, "-m", f"benches.{name}"], _HERE.parent) for name in PYTHON]
    benches += [
        (f"browser-{name}", ["npm", "run", "--silent", f"bench:{name}", "--"], _FRONTEND) for name in BROWSER
    ]
    known = [name for name, _, _ in benches]
    if unknown := [name for name in names if name not in known]:
        print(f"no bench {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    failed = []
    for name, command, folder in benches:
        if names and name not in names:
            continue
        print(f"\n== {name}", flush=True)
        began = time.monotonic()
        process = subprocess.run(
            [*command, "--json", str(RESULTS / f"{name}.json")], cwd=folder, check=False, timeout=600
        )
        print(f"   ({time.monotonic() - began:.0f} s)", flush=True)
        if process.returncode != 0:
            failed.append(name)
    if failed:
        print(f"\ncould not be measured: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
