"""The cost of a batch for 5,000 machines on the real server, and how long it blocks the event loop.

``setpoint demo --machines 5000`` runs in a process of its own with a monitor inside (`benches.batch_server`). A timer
of one millisecond shows how long the loop was blocked between two callbacks, and how much of that time the loop's own
thread was computing. The rest is other work on the machine. CPU is that of all threads of the process, less what the
same server used in the same time without a batch.

    dispatched   from the POST to the last write handed over: accepted, recorded, dispatched (CMD-1)
    answered     from the POST to the answer: every machine's report, outcomes recorded and sent
    settled      from the POST until nothing is left to do
    annotated    annotating a workbook of 10,000 rows (`setpoint.workbook.process`): CPU of its process

The targets are under 1 s of CPU to dispatched, and no block of the loop over 50 ms.

    python -m benches.batch [--machines 5000] [--rounds 5] [--json OUT]
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import xlsxwriter

from setpoint.core.plant import Line, Machine, Plant
from setpoint.workbook.process import annotate_file
from setpoint.workbook.row_outcome import RowOutcome

ANNOTATED_ROWS = 10_000
READY_WITHIN_S = 60.0
SETTLED_AFTER_S = 1.0
QUIET_S = 3.0


class MonitoredServer:
    """The server, and the measurements of its monitor."""

    def __init__(self, machines: int, directory: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._figures_file = directory / "figures.json"
        arguments = ["demo", "--no-browser", "--calm", "--machines", str(machines), "--port", str(port)]
        with (directory / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "benches.batch_server",
                    str(self._figures_file),
                    *arguments,
                    "--data-dir",
                    str(directory),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        give_up = time.monotonic() + READY_WITHIN_S
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > give_up:
                self.end()
                raise RuntimeError((directory / "server.log").read_text("utf-8"))
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        try:
            with urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def since(self) -> dict[str, Any]:
        """Returns the measurements since the last call."""
        self._figures_file.unlink(missing_ok=True)
        os.kill(self._process.pid, signal.SIGUSR1)
        while not self._figures_file.exists():
            time.sleep(0.001)
        figures: dict[str, Any] = json.loads(self._figures_file.read_text("utf-8"))
        return figures

    def post(self, updates: dict[str, dict[str, Any]]) -> dict[str, Any]:
        body = json.dumps({"txId": str(uuid.uuid4()), "updates": updates}).encode()
        request = Request(f"{self.url}/api/batches", body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=20) as answer:
            outcome: dict[str, Any] = json.load(answer)
        return outcome

    def keys(self) -> list[str]:
        with urlopen(f"{self.url}/api/plant", timeout=20) as answer:
            plant = json.load(answer)
        return [machine["key"] for line in plant["lines"] for machine in line["machines"]]

    def end(self) -> None:
        """Stops the server and its historian, so that nothing writes into the folder that is removed next."""
        self._process.terminate()
        self._process.wait(timeout=20)


def one_round(server: MonitoredServer, keys: list[str], number: int) -> dict[str, float]:
    time.sleep(0.5)
    server.since()
    time.sleep(QUIET_S)
    peace = server.since()
    idle_share = peace["cpu_s"] / peace["wall_s"]
    updates = {key: {"targetSpeed": 100 + (number * 37 + index) % 2_000} for index, key in enumerate(keys)}
    server.since()
    began = time.monotonic()
    answer = server.post(updates)
    answered_s = time.monotonic() - began
    busy = server.since()
    time.sleep(SETTLED_AFTER_S)
    after = server.since()
    outcomes = {each["outcome"] for each in answer["results"]}
    if len(answer["results"]) != len(keys) or not outcomes <= {"applied", "accepted", "pending"}:
        raise RuntimeError(f"a figure of a batch that failed is worth nothing: {outcomes}")
    return {
        "dispatched_cpu_s": busy["dispatched_cpu_s"] - idle_share * busy["dispatched_wall_s"],
        "dispatched_wall_s": busy["dispatched_wall_s"],
        "answered_cpu_s": busy["cpu_s"] - idle_share * busy["wall_s"],
        "answered_wall_s": answered_s,
        "settled_cpu_s": busy["cpu_s"] + after["cpu_s"] - idle_share * (busy["wall_s"] + after["wall_s"]),
        "idle_share": idle_share,
        "longest_turn_ms": max(busy["longest_turn_ms"], after["longest_turn_ms"]),
        "longest_turn_idle_ms": peace["longest_turn_ms"],
        "longest_away_ms": max(busy["longest_away_ms"], after["longest_away_ms"]),
        "final_in_the_answer": sum(each["outcome"] == "applied" for each in answer["results"]) / len(keys),
    }


def annotated_cpu_s() -> float:
    """Annotates one workbook of 10,000 rows as the server does."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Targets")
    sheet.write_row(0, 0, ("Machine ID", "Target Speed"))
    for number in range(ANNOTATED_ROWS):
        sheet.write_row(number + 1, 0, (f"m:{number}", number % 3_000))
    book.close()
    plant = Plant(
        "Bench", (Line("01", tuple(Machine(f"m_{number}", "01") for number in range(ANNOTATED_ROWS))),)
    )
    outcomes = [
        RowOutcome(key, "targetSpeed", "applied", "", 1, 2, "14:02", "anna") for key in plant.machines
    ]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    annotate_file(out.getvalue(), plant, outcomes)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--machines", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="setpoint-bench-") as directory:
        server = MonitoredServer(arguments.machines, Path(directory))
        try:
            keys = server.keys()
            rounds = [one_round(server, keys, number) for number in range(arguments.rounds)]
        finally:
            server.end()
    figures = {name: round(statistics.median(each[name] for each in rounds), 4) for name in rounds[0]}
    figures["annotated_cpu_s"] = round(annotated_cpu_s(), 3)
    print(f"a batch of {len(keys):,} machines, medians of {len(rounds)}:")
    print(f"  dispatched   {figures['dispatched_cpu_s']:.2f} s CPU   {figures['dispatched_wall_s']:.2f} s")
    print(f"  answered     {figures['answered_cpu_s']:.2f} s CPU   {figures['answered_wall_s']:.2f} s")
    print(f"  settled      {figures['settled_cpu_s']:.2f} s CPU")
    print(
        f"  longest turn of the loop {figures['longest_turn_ms']:.1f} ms computing,"
        f" {figures['longest_away_ms']:.1f} ms by the clock; without a batch {figures['longest_turn_idle_ms']:.1f} ms"
    )
    print(
        f"{ANNOTATED_ROWS:,} rows handed back: {figures['annotated_cpu_s']:.2f} s CPU, in a process of its own"
    )
    if arguments.json:
        arguments.json.write_text(
            json.dumps({"machines": len(keys), **figures, "rounds": rounds}, indent=2) + "\n"
        )


if __name__ == "__main__":
    main()
