"""``python -m tests.lock``: writes requirements.lock, the packages of constraints.txt with the hashes of their files.

pip says what it would install for each Python version, and the hash of each file. The file keeps no addresses. The
hashes are for the platform that this runs on. Run it on Linux (x86-64), because `make install` uses the hashes there.
``--check`` only compares the versions of both files. It needs no network and no installed package.
"""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONSTRAINTS, LOCK = ROOT / "constraints.txt", ROOT / "requirements.lock"
VERSIONS = ("3.11", "3.12", "3.13")
HEAD = "# Made by `make lock` from constraints.txt: never edit it by hand.\n"

Hashes = dict[str, set[str]]


def pins(text: str) -> set[str]:
    """Returns ``name==version`` lines, with normalized names."""
    found = re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)
    return {f"{re.sub(r'[-_.]+', '-', name).lower()}=={version}" for name, version in found}


def hashes_for(version: str, report: Path) -> Hashes:
    """Returns what pip would install for a Python version. For another version than this one, only wheels count."""
    options = [
        "--dry-run",
        "--ignore-installed",
        "--no-deps",
        "--report",
        str(report),
        "-r",
        str(CONSTRAINTS),
    ]
    if not platform.python_version().startswith(f"{version}."):
        options += ["--only-binary", ":all:", "--python-version", version, "--target", str(report.parent)]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q", *options]
    subprocess.run(command, check=True)
    found: Hashes = {}
    for each in json.loads(report.read_text("utf-8"))["install"]:
        pin = f"{each['metadata']['name']}=={each['metadata']['version']}"
        (normal,) = pins(pin)
        found[normal] = {each["download_info"]["archive_info"]["hashes"]["sha256"]}
    return found


def locked(found: list[Hashes]) -> str:
    merged: Hashes = defaultdict(set)
    for each in found:
        for pin, hashes in each.items():
            merged[pin] |= hashes
    lines = [
        " \\\n    ".join([pin, *(f"--hash=sha256:{each}" for each in sorted(merged[pin]))])
        for pin in sorted(merged)
    ]
    return HEAD + "\n".join(lines) + "\n"


def check() -> int:
    constraints, lock_pins = (pins(file.read_text("utf-8")) for file in (CONSTRAINTS, LOCK))
    if constraints == lock_pins:
        return 0
    differs = ", ".join(sorted(constraints ^ lock_pins))
    print(f"requirements.lock is not what constraints.txt says: {differs}. Run: make lock", file=sys.stderr)
    return 1


def main() -> int:
    if "--check" in sys.argv:
        return check()
    with tempfile.TemporaryDirectory() as folder:
        found = [hashes_for(version, Path(folder, f"{version}.json")) for version in VERSIONS]
    LOCK.write_text(locked(found), "utf-8")
    return check()


if __name__ == "__main__":
    sys.exit(main())
