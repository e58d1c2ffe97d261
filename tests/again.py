"""``python -m tests.again``: tries what just failed once more, one test at a time, and says what came of it.

A test may fail because the computer stood still for a moment: other workers ran beside it. A second failure is a fault.
A test that passes now is named as unsteady. That is a fault of the test, and the next change to it fixes it. More than
`AT_MOST` failures are no accident, and nothing is tried again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FAILED = Path(".pytest_cache/v/cache/lastfailed")
AT_MOST = 3


def main(root: Path = ROOT) -> int:
    """The exit code: 0 if every test of the last run passes now."""
    failed = root / FAILED
    tests = sorted(json.loads(failed.read_text("utf-8"))) if failed.exists() else []
    if not 1 <= len(tests) <= AT_MOST:
        print(f"tests.again: {len(tests)} failures; only 1 to {AT_MOST} are tried again", flush=True)
        return 1
    print(f"tests.again: {len(tests)} failed beside others; tried once more, alone", flush=True)
    done = subprocess.run([sys.executable, "-m", "pytest", *tests], cwd=root, check=False)
    if done.returncode == 0:
        print("UNSTEADY, failed once and passed alone:", *tests, sep="\n  ", flush=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
