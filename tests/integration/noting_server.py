"""``setpoint`` with simulated machines that note each write, in ``writes.jsonl`` of the data directory.

    python -m tests.integration.noting_server demo … --data-dir DIRECTORY

A line is a JSON list: txId, machine, field, value. The machine writes it before it does anything, and it outlives a
kill. It is an independent record: a target that stands in it once ran once, whatever stopped or reset the machine
meanwhile. Everything else is the unchanged product.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from setpoint.core.plant import Write
from setpoint.sources.simulator import SimulatorSource

NOTES_FILE = "writes.jsonl"
NOTING = (sys.executable, "-m", "tests.integration.noting_server")


def read_notes(data_dir: Path) -> list[tuple[str, str, str, object]]:
    """Returns every write in the order of arrival: txId, machine, field, value."""
    file = data_dir / NOTES_FILE
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return [tuple(json.loads(line)) for line in lines]


def main() -> None:
    data_dir = Path(sys.argv[sys.argv.index("--data-dir") + 1])
    data_dir.mkdir(parents=True, exist_ok=True)
    notes = os.open(data_dir / NOTES_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    write = SimulatorSource.write

    async def note_writes(source: SimulatorSource, writes: Sequence[Write]) -> None:
        lines = (json.dumps([each.tx_id, each.machine, each.field, each.value]) for each in writes)
        os.write(notes, "".join(f"{line}\n" for line in lines).encode())
        await write(source, writes)

    SimulatorSource.write = note_writes  # type: ignore[method-assign,assignment]  # only notes each write
    from setpoint.cli import main as setpoint  # noqa: PLC0415  # after the machines can note

    setpoint()


if __name__ == "__main__":
    main()
