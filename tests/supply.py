"""``python -m tests.supply``: runs pip-audit and npm audit, and fails if something that we ship has a known weakness.

If no registry answers (an offline machine, a mirror without advisories), it says so and does not fail, because a build
must not depend on another server.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
WITHIN_S = 60


def found_in_python() -> list[str] | None:
    """Returns the known weaknesses of the pinned packages, or None if no registry answered."""
    options = "-r constraints.txt --no-deps --disable-pip -f json --progress-spinner off --timeout 10"
    answer = _json_of([sys.executable, "-m", "pip_audit", *options.split()], ROOT)
    if not isinstance(answer, dict) or "dependencies" not in answer:
        return None
    if all("skip_reason" in package for package in answer["dependencies"]):
        return None
    return [
        f"{package['name']} {package['version']}: {weakness['id']}, mended in {', '.join(weakness['fix_versions'])}"
        for package in answer["dependencies"]
        for weakness in package.get("vulns", ())
    ]


def found_in_board() -> list[str] | None:
    answer = _json_of(["npm", "audit", "--omit", "dev", "--json"], ROOT / "frontend")
    if not isinstance(answer, dict) or "vulnerabilities" not in answer:
        return None
    return [
        f"{name}: {each['severity']}, {each['range']}" for name, each in answer["vulnerabilities"].items()
    ]


def _json_of(command: list[str], directory: Path) -> object:
    try:
        process = subprocess.run(
            command, cwd=directory, capture_output=True, text=True, timeout=WITHIN_S, check=False
        )
        return json.loads(process.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError, FileNotFoundError):
        return None


def main() -> int:
    known = 0
    for what, found in (("constraints.txt", found_in_python()), ("package-lock.json", found_in_board())):
        if found is None:
            print(
                f"{what}: no registry answered, so nothing is known about weaknesses. Ask again where one does."
            )
            continue
        print(f"{what}: {len(found) or 'no'} known {'weakness' if len(found) == 1 else 'weaknesses'}")
        for each in found:
            print(f"  {each}")
        known += len(found)
    return 1 if known else 0


if __name__ == "__main__":
    sys.exit(main())
