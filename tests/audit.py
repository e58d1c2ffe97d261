"""Asks the registries whether a pinned dependency has a known hole: ``python -m tests.audit``.

A hole fails the check. A registry that does not answer does not: that says nothing about us, and it is said plainly.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_WITHIN_S = 120


def _python() -> str | None:
    """What pip-audit found in the pinned versions, None where all is well."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "-r", "constraints.txt"]
    try:
        done = subprocess.run(
            [*command, "--progress-spinner", "off", "--format", "json"],
            cwd=_ROOT, capture_output=True, text=True, check=False, timeout=_WITHIN_S,
        )  # fmt: skip
        found = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        print("pip-audit: no answer from the registry; nothing is known about holes in Python's dependencies")
        return None
    holes = [
        f"{each['name']} {each['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'none yet'}"
        for each in found
        for hole in each.get("vulns", ())
    ]
    return "\n".join(holes) or None


def _board() -> str | None:
    """What npm audit found in what the board ships, None where all is well."""
    try:
        done = subprocess.run(
            ["npm", "audit", "--omit", "dev", "--json"],
            cwd=_ROOT / "frontend", capture_output=True, text=True, check=False, timeout=_WITHIN_S,
        )  # fmt: skip
        holes = json.loads(done.stdout)["vulnerabilities"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        print(
            "npm audit: no answer from the registry; nothing is known about holes in the board's dependencies"
        )
        return None
    return "\n".join(f"{name}: {each['severity']}" for name, each in holes.items()) or None


def main() -> int:
    found = [report for report in (_python(), _board()) if report]
    for report in found:
        print(report, file=sys.stderr)
    if not found:
        print("no known holes in what the registries could tell")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
