"""The board's store reaches the same states as the Python store for everything that a client may see."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.examples import first_seed, many
from tests.simulation.recordings import write

FRONTEND = Path(__file__).parents[2] / "frontend"
SCHEDULES = many(12, 60)


@pytest.mark.rule("TIER-2", "SEQ-7")
def test_the_boards_store_replays_what_clients_saw_and_comes_to_the_same_states(tmp_path: Path) -> None:
    npx = shutil.which("npx")
    assert npx, "npx is missing: install Node, then run make install"
    first = first_seed()
    assert write(tmp_path, range(first, first + SCHEDULES)) > 0
    process = subprocess.run(
        [npx, "vitest", "run", "src/conformance/recordings.test.ts"],
        cwd=FRONTEND,
        env={**os.environ, "SETPOINT_RECORDINGS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, f"seeds from {first}:\n{process.stdout[-4000:]}\n{process.stderr[-2000:]}"
