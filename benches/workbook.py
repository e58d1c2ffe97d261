"""The cost of reading a workbook, compared with python-calamine alone, and of annotating one. 100,000 rows × 3.

Each figure comes from a process of its own, so that CPU and peak memory are its own. Rounds alternate (A B C, A B C),
and the table has medians. The targets: at most 2 × the time and at most 2 × the peak memory of calamine to read and
validate, and under 3 s of CPU to annotate 10,000 rows.

    calamine     the file to Python lists
    calamine-gc  the same with Python's garbage collector off, as in our reader
    setpoint     the file to a `ParsedBatch`: guards, cells, validation
    marked       the same for formulas and one error value, which calamine would show as a blank. No formula gives 0,
                 because that would be a formula without a calculated value
    process      what `setpoint upload` does: it starts a process for the file, which does all of the work, and takes
                 its result. The process starts before the plant is known

    python -m benches.workbook [--rounds 5] [--json OUT]
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook

from setpoint.core.ingest import parse_sheets
from setpoint.core.plant import Line, Machine, Plant
from setpoint.workbook.child import PlantForm
from setpoint.workbook.process import Reader
from setpoint.workbook.read import read_sheets

ROWS = 100_000
ANNOTATED_ROWS = 10_000
SIDES = ("calamine", "calamine-gc", "setpoint", "marked", "process", "annotate")


def make_workbook(path: Path, rows: int, *, has_formulas: bool) -> None:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Targets")
    sheet.write_row(0, 0, ("Machine ID", "Target Speed", "Mode"))
    for number in range(rows):
        speed, mode = 1 + number * 7 % 3000, ("RUN", "IDLE", "MAINTENANCE")[number % 3]
        sheet.write_row(number + 1, 0, (f"m:{number}", speed, mode))
        if has_formulas:
            sheet.write_formula(number + 1, 1, f"={speed}+0", None, speed)
    if has_formulas:
        sheet.write_formula(rows + 1, 5, "=1/0", None, "#DIV/0!")
    book.close()


def plant_of(rows: int) -> Plant:
    return Plant("Bench", (Line("01", tuple(Machine(f"m_{number}", "01") for number in range(rows))),))


def measure(side: str, path: Path) -> dict[str, float]:
    """Measures one side, once, in this process."""
    data = path.read_bytes()
    start_cpu_s = _cpu_s()
    reader = Reader() if side == "process" else None
    start_cpu_s = _cpu_s() - start_cpu_s
    plant = plant_of(ANNOTATED_ROWS if side == "annotate" else ROWS)
    form = PlantForm.of(plant)
    if side not in ("calamine", "process"):
        gc.disable()
    wall, cpu = time.perf_counter(), _cpu_s()
    match side:
        case "calamine" | "calamine-gc":
            rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
            assert len(rows) == ROWS + 1
        case "annotate":
            from setpoint.workbook.annotate import annotate  # noqa: PLC0415  # its cost is not the others'
            from setpoint.workbook.row_outcome import RowOutcome  # noqa: PLC0415  # its cost is not the others'

            outcomes = [
                RowOutcome(key, "targetSpeed", "applied", "", 1, 2, "14:02", "anna") for key in plant.machines
            ]
            cpu = _cpu_s()
            assert annotate(data, form, outcomes)
        case "process":
            assert reader is not None
            with reader:
                assert reader.ingest(data, plant, "tx").batch.summary.valid == ROWS
        case _:
            assert parse_sheets(read_sheets(data), form, "tx").batch.summary.valid == ROWS
    spent = {"cpuMs": (start_cpu_s + _cpu_s() - cpu) * 1e3, "wallMs": (time.perf_counter() - wall) * 1e3}
    who = resource.RUSAGE_CHILDREN if side == "process" else resource.RUSAGE_SELF
    return {**spent, "peakMb": resource.getrusage(who).ru_maxrss / 1024}


def _cpu_s() -> float:
    used = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        print(json.dumps(measure(options.side, options.file)))
        return
    with tempfile.TemporaryDirectory() as folder:
        plain, formulas, small = (Path(folder, f"{name}.xlsx") for name in ("plain", "formulas", "small"))
        make_workbook(plain, ROWS, has_formulas=False)
        make_workbook(formulas, ROWS, has_formulas=True)
        make_workbook(small, ANNOTATED_ROWS, has_formulas=False)
        files = {"marked": formulas, "annotate": small}
        rounds_by_side: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
        for _ in range(options.rounds):
            for side in SIDES:
                command = [sys.executable, "-m", "benches.workbook", "--side", side, "--file"]
                process = subprocess.run(
                    [*command, files.get(side, plain)], check=True, capture_output=True, text=True
                )
                rounds_by_side[side].append(json.loads(process.stdout))
    sides = {
        side: {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
        for side, rounds in rounds_by_side.items()
    }
    floor = sides["calamine"]
    print(f"{ROWS:,} rows × 3 of xlsx ({ANNOTATED_ROWS:,} for annotate), median of {options.rounds}\n")
    print(f"{'':12} {'CPU ms':>8} {'× calamine':>11} {'peak MB':>9} {'× calamine':>11}")
    for side, figures in sides.items():
        ratios = (figures["cpuMs"] / floor["cpuMs"], figures["peakMb"] / floor["peakMb"])
        print(
            f"{side:12} {figures['cpuMs']:8.0f} {ratios[0]:11.2f} {figures['peakMb']:9.0f} {ratios[1]:11.2f}"
        )
    if options.json:
        ratio = {name: sides["setpoint"][name] / floor[name] for name in ("cpuMs", "peakMb")}
        options.json.write_text(
            json.dumps({"bench": "workbook", "rows": ROWS, "sides": sides, "ratio": ratio}, indent=2)
        )


if __name__ == "__main__":
    main()
