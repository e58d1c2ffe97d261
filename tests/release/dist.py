"""``python -m tests.release.dist``: builds the wheel and the sdist, and checks that anyone can use them.

Builds twice and compares the bytes, checks the metadata (twine) and the contents, installs the wheel into an empty
environment of each installed Python, and runs the demo's first minute with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.release.contents import faults_of_sdist, faults_of_wheel

ROOT = Path(__file__).parents[2]
DIST = ROOT / "dist"
PYTHONS = ("python3.11", "python3.12", "python3.13", "python3.14")
FIRST_MINUTE = Path(__file__).with_name("first_minute.py")


def commit_time() -> str:
    command = ["git", "log", "-1", "--format=%ct"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def build(out: Path, epoch: str) -> tuple[Path, Path]:
    """Builds the wheel and the sdist. They are identical for the same commit, because they carry its time."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": epoch}
    command = [sys.executable, "-m", "build", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    [wheel], [sdist] = out.glob("setpoint-*.whl"), out.glob("setpoint-*.tar.gz")
    return wheel, sdist


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def runs(python: str) -> bool:
    """Says whether this Python runs. A version manager may have a command for one that is not installed."""
    return (
        shutil.which(python) is not None
        and subprocess.run([python, "-c", "import venv"], capture_output=True, check=False).returncode == 0
    )


def try_out(wheel: Path, python: str) -> dict[str, object]:
    """Installs the wheel into an empty environment, and runs the demo from a new directory."""
    with tempfile.TemporaryDirectory() as place:
        venv = Path(place) / "venv"
        subprocess.run([python, "-m", "venv", venv], check=True)
        venv_python = venv / "bin" / "python"
        pip: list[str | Path] = [venv_python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, "-c", ROOT / "constraints.txt", wheel], check=True)
        process = subprocess.run(
            [venv_python, FIRST_MINUTE], cwd=place, stdout=subprocess.PIPE, text=True, check=True, timeout=300
        )
    found: dict[str, object] = json.loads(process.stdout)
    return found


def main() -> int:
    shutil.rmtree(DIST, ignore_errors=True)
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or commit_time()
    wheel, sdist = build(DIST, epoch)
    subprocess.run(
        [sys.executable, "-m", "twine", "--no-color", "check", "--strict", wheel, sdist], check=True
    )
    faults = [f"{wheel.name}: {each}" for each in faults_of_wheel(wheel)]
    faults += [f"{sdist.name}: {each}" for each in faults_of_sdist(sdist)]
    with tempfile.TemporaryDirectory() as place:
        for first, second in zip((wheel, sdist), build(Path(place), epoch), strict=True):
            if digest(first) != digest(second):
                faults.append(f"{first.name}: built twice, it differs")
    for each in faults:
        print(each, file=sys.stderr)
    if faults:
        return 1
    (DIST / "SHA256SUMS").write_text("".join(f"{digest(each)}  {each.name}\n" for each in (wheel, sdist)))
    print(f"{wheel.name}: {wheel.stat().st_size:,} bytes, built twice, the same: {digest(wheel)}")
    installed = [each for each in PYTHONS if runs(each)]
    for python in installed:
        print(json.dumps(try_out(wheel, python)), flush=True)
    missing = ", ".join(each for each in PYTHONS if each not in installed)
    print(f"tried with {', '.join(installed) or 'no Python'}" + (f"; not here: {missing}" if missing else ""))
    return 0 if installed else 1


if __name__ == "__main__":
    sys.exit(main())
