"""``python -m tests.documentation.tutorial WHEEL``: follows docs/tutorial.md as a newcomer would, and times each part.

It makes an empty environment, installs the wheel in it, and runs every step in order. Commands and programs run as they
stand. The times do not include typing, reading and clicking.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.documentation.blocks import Block, Command, all_blocks, commands
from tests.documentation.walk import Walk

PAGE = "docs/tutorial.md"
DEMO = Command("setpoint demo")


def walk_tutorial(walk: Walk) -> dict[str, float]:
    """Returns the seconds of each part. The demo is calm, uses a free port, and runs until the end."""
    durations: dict[str, float] = {}
    walk.change("setpoint demo", "setpoint demo --calm --no-browser --port $PORT")
    walk.environment["SETPOINT_DATA_DIR"] = str(walk.folder / "demo-data")
    with ExitStack() as running:
        for block in all_blocks(PAGE):
            start = time.monotonic()
            if block.reason is None:
                _follow(block, walk, running)
            durations[block.heading] = durations.get(block.heading, 0.0) + time.monotonic() - start
    walk.end()
    return durations


def _follow(block: Block, walk: Walk, running: ExitStack) -> None:
    if block.language == "toml":
        (walk.folder / "plant.toml").write_text(block.text, "utf-8")
    elif block.language == "python":
        walk.python(block.text)
    else:
        for command in commands(block.text):
            if command == DEMO:
                walk.environment["SETPOINT_URL"] = running.enter_context(walk.serving(command)).url
                continue
            output = walk.run(command)
            if found := re.search(r"Batch ([0-9a-f-]{36})", output if "upload" in command.words else ""):
                walk.change("BATCH", found[1])


def main(wheel: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder, file = Path(place), Path(wheel).resolve(strict=True)
        start = time.monotonic()
        subprocess.run([sys.executable, "-m", "venv", folder / "setpoint-env"], check=True)
        python = folder / "setpoint-env" / "bin" / "python"
        pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", str(file)]
        subprocess.run(pip, check=True)
        durations = {"1. Install": time.monotonic() - start}
        walk = Walk(folder / "tutorial", {}, python=python)
        durations |= {part: seconds for part, seconds in walk_tutorial(walk).items() if part not in durations}
    for part, seconds in durations.items():
        print(f"{seconds:7.1f} s  {part}")
    print(f"{sum(durations.values()):7.1f} s  together")


if __name__ == "__main__":
    main(sys.argv[1])
