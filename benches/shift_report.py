"""A shift's report of 1,000 machines: 10 changes of status a minute each, and two counters every 5 s.

``cold``: the first report, which reads every point. ``stored``: the server has restarted, and the sums of the shift are
in files. ``warm``: the sums are in memory. ``running``: the shift goes on, and the last report was a minute ago.
``resumed``: the shift goes on, and the server has restarted since it last stored the sums, a quarter of an hour ago.

A part of `benches.events`.
"""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import numpy as np

from setpoint.core.history import Points, Signal
from setpoint.core.plant.shifts import STATES
from setpoint.core.shifts import Shift, ShiftMachine, ShiftQuestion
from setpoint.history.reader import Reader
from setpoint.history.shift_formats import shift_formatted
from setpoint.history.shift_sums import ShiftSums
from setpoint.history.shifts import OVER_AFTER_S, STORED_EVERY_S, ShiftReports
from setpoint.history.store import Store
from setpoint.history.writer import Writer

BEGIN, SHIFT_S, PART_S = 1_764_288_000, 8 * 3600, 1_800
CHANGES_A_MINUTE, COUNTED_EVERY_S = 10, 5
WORDS = ("RUNNING", "HELD", "FAULT", "SETUP")
FIELDS = ("status", "cause", "parts", "scrap")


def _line(machine: int) -> str:
    return f"{machine // 50 + 1:02}"


def _fill(folder: Path, machines: int) -> tuple[Reader, Writer, int]:
    rng = np.random.default_rng(1)
    signals = tuple(
        Signal(f"m_{machine}", field, _line(machine)) for machine in range(machines) for field in FIELDS
    )
    store = Store(str(folder))
    writer = Writer(store, folder / "tail")
    writer.begin(signals, BEGIN * 1000, {})
    count = 0
    for part in range(0, SHIFT_S, PART_S):
        points = _part(rng, machines, part)
        writer.add(points, (BEGIN + part + PART_S) * 1000)
        writer.flush()
        writer.compact()
        count += len(points.qualities)
    return Reader(store, writer), writer, count


def _part(rng: np.random.Generator, machines: int, part: int) -> Points:
    """Returns half an hour's points in order of time: statuses at random instants, counters all at once."""
    changes = machines * CHANGES_A_MINUTE * PART_S // 60
    at = np.sort(rng.integers(part * 1000, (part + PART_S) * 1000, changes))
    of = rng.integers(0, machines, changes)
    statuses = rng.choice(len(WORDS), changes, p=[0.6, 0.2, 0.1, 0.1])
    ticks = np.arange(part, part + PART_S, COUNTED_EVERY_S) * 1000
    counters = np.repeat(ticks, machines)
    counter = np.tile(np.arange(machines), len(ticks))
    signal = np.concatenate([of * 4, counter * 4 + 2, counter * 4 + 3])
    time_ms = np.concatenate([at, counters, counters]) + BEGIN * 1000
    number = np.concatenate([np.full(changes, np.nan), counters / 2_000.0, counters / 50_000.0 // 1])
    order = np.argsort(time_ms, kind="stable")
    place = np.empty(len(order), int)
    place[order] = np.arange(len(order))
    texts = {int(place[row]): WORDS[int(status)] for row, status in enumerate(statuses)}
    return Points(
        signal[order].astype(np.uint32).tobytes(),
        time_ms[order].astype(np.int64).tobytes(),
        number[order].astype(float).tobytes(),
        bytes(len(order)),
        texts,
    )


def measure_reports(folder: Path, machines: int) -> dict[str, float]:
    """Returns the wall and CPU seconds of each kind of report, the best of three. It measures ``cold`` only once."""
    reader, writer, points = _fill(folder, machines)
    shift = Shift("Early", "2025-11-28", BEGIN, BEGIN + SHIFT_S)
    members = tuple(ShiftMachine(f"m_{each}", _line(each), 1.9) for each in range(machines))
    question = ShiftQuestion(
        shift, BEGIN + SHIFT_S, members, dict(STATES), (), 120.0, total="parts", scrap="scrap"
    )
    figures: dict[str, float] = {"machines": machines, "points": points}
    sums = ShiftSums(Store(str(folder)))
    stored = msgspec.structs.replace(question, until=BEGIN + SHIFT_S - STORED_EVERY_S)
    ShiftReports(reader, sums).report(stored, stored.until)
    lasts = msgspec.structs.replace(question, until=BEGIN + SHIFT_S - 60)
    figures |= _timed("resumed", [ShiftReports(reader, sums) for _ in range(3)], lasts, stored.until)
    sums.remove(0)
    running = ShiftReports(reader)
    lasts = msgspec.structs.replace(question, until=BEGIN + SHIFT_S - 120)
    running.report(lasts, lasts.until)
    lasts = msgspec.structs.replace(question, until=lasts.until + 60)
    figures |= _timed("running", [running] * 3, lasts, lasts.until)
    is_over = BEGIN + SHIFT_S + OVER_AFTER_S
    writer.begin((), round(is_over * 1000), {})  # the server was restarted
    first = ShiftReports(reader, sums)
    figures |= _timed("cold", [first], question, is_over)
    figures |= _timed("stored", [ShiftReports(reader, sums) for _ in range(3)], question, is_over)
    return figures | _timed("warm", [first] * 3, question, is_over)


def _timed(name: str, reports: list[ShiftReports], question: ShiftQuestion, now: float) -> dict[str, float]:
    walls, used, size = [], [], 0
    for each in reports:
        began, processor = time.perf_counter(), time.process_time()
        size = len(shift_formatted(each.report(question, now), "json", question))
        walls.append(time.perf_counter() - began)
        used.append(time.process_time() - processor)
    return {f"{name}_s": round(min(walls), 3), f"{name}_processor_s": round(min(used), 3), "bytes": size}
