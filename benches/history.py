"""The cost of history, and its response times.

- Recording: 10,000 signals that change at 2 Hz, `every` 0.5 s, no deviation. The figures are the share of a core in the
server (the recorder) and in the historian (tail, files, roll-ups, merging), and the bytes of a point at the end of its
day.
- Answers: 10 million points of 1,000 signals on 20 lines: a signal's day and a line's 50 signals at 1,000 px, and a
  year by roll-ups. Beside them the same by the library used plainly, and by rows in SQLite.
- The hub: reports and ticks with the recorder and without it, in turn.

    python -m benches.history [--json OUT] [--only answers] [--seconds 120] [--points 10000]
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from setpoint.contract.values import Quality
from setpoint.contract.values import Record as Values
from setpoint.core.history import HistoryQuery, Points, Recorder, Signal
from setpoint.core.hub import Hub
from setpoint.core.plant import Field, FieldHistory, Report, demo_plant
from setpoint.history.formats import formatted
from setpoint.history.reader import Reader
from setpoint.history.store import Store
from setpoint.history.writer import Writer

MACHINES, FIELDS = 2_000, 5
DAY_S = 86_400
DAY0 = 1_764_288_000
LINES, MACHINES_A_LINE = 20, 10
NAMES = [f"f{number}" for number in range(FIELDS)]
PX = 1_000
ROUNDS = 40


def recording(folder: Path, seconds: int) -> dict[str, float]:
    """Measures real work in simulated time: two samples a second, each with all 10,000 signals."""
    history = FieldHistory(every_ms=500)
    fields = tuple(Field(name, decimals=1, history=history) for name in NAMES)
    plant = replace(demo_plant(machines=MACHINES), fields=fields)
    nothing: Values = dict.fromkeys(NAMES) | {"status": "RUNNING", "cause": None, "quality": Quality.GOOD}
    records = {key: dict(nothing) for key in plant.machines}
    recorder = Recorder(plant, records)
    writer = Writer(Store(str(folder / "h")), folder / "h" / "tail")
    writer.begin(recorder.signals, DAY0 * 1000, {})
    generator = np.random.default_rng(1)
    values = generator.normal(50, 10, (MACHINES, FIELDS))
    in_server = in_historian = 0.0
    points = 0
    for step in range(seconds * 2):
        values += generator.normal(0, 0.4, values.shape)
        rounded = np.round(values, 1).tolist()
        now_ms, ts = step * 500, DAY0 + step / 2
        for record, row in zip(records.values(), rounded, strict=True):
            record.update(zip(NAMES, row, strict=True))
        began = time.process_time()
        for key in records:
            recorder.changed(key, NAMES, ts)
        batch = recorder.sample(now_ms, ts)
        sampled_at = time.process_time()
        writer.add(batch, round(ts * 1000))
        if step % 2:
            writer.flush()
        if writer.is_due:
            writer.compact()
        in_server += sampled_at - began
        in_historian += time.process_time() - sampled_at
        points += len(batch)
    began = time.process_time()
    writer.end()
    writer.begin(recorder.signals, (DAY0 + 2 * DAY_S) * 1000, {})  # the day has ended
    writer.merge()
    in_historian += time.process_time() - began
    size = sum(path.stat().st_size for path in (folder / "h" / "points").rglob("*.parquet"))
    rolled = sum(path.stat().st_size for path in (folder / "h" / "minutes").rglob("*.parquet"))
    return {
        "points": points,
        "server_of_a_core": in_server / seconds,
        "historian_of_a_core": in_historian / seconds,
        "us_a_point": (in_server + in_historian) / points * 1e6,
        "bytes_a_point": size / points,
        "minutes_bytes_a_point": rolled / points,
    }


def archive(folder: Path, each: int) -> Reader:
    """Makes a day of 1,000 signals, with ``each`` points of each, and a year of one line's 50 signals, with hourly
    points.
    """
    store = Store(str(folder / "day"))
    writer = Writer(store, folder / "day" / "tail")
    generator = np.random.default_rng(2)
    signals = [
        Signal(f"m_{100 + line * MACHINES_A_LINE + machine}", name, f"{line:02}")
        for line in range(LINES)
        for machine in range(MACHINES_A_LINE)
        for name in NAMES
    ]
    writer.past(_walk(generator, len(signals), each, DAY_S), signals)
    year = signals[: MACHINES_A_LINE * FIELDS]
    writer.past(_walk(generator, len(year), 365 * 24, 365 * DAY_S, before_s=366 * DAY_S), year)
    writer.begin(signals, (DAY0 + 2 * DAY_S) * 1000, {})
    for _ in range(2):  # points and minutes of the days; then the hours that these made
        writer.merge()
    return Reader(store, writer)


def _walk(generator: Any, signals: int, each: int, span_s: int, before_s: int = 0) -> Points:
    times = (DAY0 - before_s) * 1000 + np.arange(each, dtype=np.int64) * (span_s * 1000 // each)
    walk = np.round(60 + np.cumsum(generator.normal(0, 0.3, (each, signals)), axis=0), 1)
    return Points(
        np.tile(np.arange(signals, dtype=np.uint32), each).tobytes(),
        np.repeat(times, signals).tobytes(),
        walk.tobytes(),
        bytes(each * signals),
        {},
    )


def answers(folder: Path, each: int) -> dict[str, float]:
    reader = archive(folder, each)

    def ask(signals: list[Signal], since: int, until: int) -> None:
        query = HistoryQuery(tuple(signals), tuple(NAMES), since, until, PX)
        formatted(reader.answer(query), "json", {}, b"[]")

    def line(number: int) -> list[Signal]:
        first = 100 + number * MACHINES_A_LINE
        return [
            Signal(f"m_{first + machine}", name, f"{number:02}")
            for machine in range(MACHINES_A_LINE)
            for name in NAMES
        ]

    chance = random.Random(3)
    day = (DAY0, DAY0 + DAY_S)
    rows = _sqlite(folder, each)
    return {
        "points": LINES * MACHINES_A_LINE * FIELDS * each,
        **_timed("day", lambda: ask([chance.choice(line(chance.randrange(LINES)))], *day)),
        **_timed("line", lambda: ask(line(chance.randrange(LINES)), *day), rounds=ROUNDS // 4),
        **_timed("year", lambda: ask([chance.choice(line(0))], DAY0 - 365 * DAY_S, DAY0)),
        **_timed("library_day", lambda: _plain(folder, chance.choice(line(chance.randrange(LINES))))),
        **_timed("sqlite_day", lambda: _select(rows, chance.choice(line(0)))),
        "sqlite_bytes_a_point": (folder / "rows.sqlite").stat().st_size / (MACHINES_A_LINE * FIELDS * each),
    }


def _plain(folder: Path, signal: Signal) -> None:
    """Measures plain pyarrow, without the historian."""
    table = pq.read_table(
        folder / "day" / "points" / f"day=2025-11-28/line={signal.line}",
        columns=["time", "number"],
        filters=[("machine", "=", signal.machine), ("field", "=", signal.field)],
        partitioning=None,
    )
    bucket = pc.divide(pc.subtract(table["time"].cast("int64"), DAY0 * 1000), DAY_S)
    kinds: list[tuple[str, str]] = [("number", "min"), ("number", "max"), ("number", "mean")]
    table.append_column("bucket", bucket).group_by("bucket").aggregate(kinds)


def _sqlite(folder: Path, each: int) -> sqlite3.Connection:
    """Measures one line's rows in SQLite, with an index on signal and time."""
    rows = sqlite3.connect(folder / "rows.sqlite")
    rows.execute(
        "CREATE TABLE points (signal INTEGER, time INTEGER, number REAL, PRIMARY KEY (signal, time)) WITHOUT ROWID"
    )
    step = DAY_S * 1000 // each
    for signal in range(MACHINES_A_LINE * FIELDS):
        points = (
            (signal, DAY0 * 1000 + place * step, round(60 + place % 97 / 10, 1)) for place in range(each)
        )
        rows.executemany("INSERT INTO points VALUES (?, ?, ?)", points)
    rows.commit()
    return rows


def _select(rows: sqlite3.Connection, signal: Signal) -> None:
    number = (int(signal.machine[2:]) - 100) * FIELDS + NAMES.index(signal.field)
    rows.execute(
        "SELECT (time - ?) / ? AS bucket, min(number), max(number), avg(number) FROM points "
        "WHERE signal = ? AND time >= ? AND time < ? GROUP BY bucket",
        (DAY0 * 1000, DAY_S, number, DAY0 * 1000, (DAY0 + DAY_S) * 1000),
    ).fetchall()


def _timed(name: str, work: Callable[[], None], rounds: int = ROUNDS) -> dict[str, float]:
    work()
    spent, computed = [], []
    for _ in range(rounds):
        began, began_cpu = time.perf_counter(), time.process_time()
        work()
        spent.append((time.perf_counter() - began) * 1000)
        computed.append((time.process_time() - began_cpu) * 1000)
    spent.sort()
    return {
        f"{name}_p50_ms": statistics.median(spent),
        f"{name}_p95_ms": spent[int(0.95 * (len(spent) - 1))],
        f"{name}_cpu_ms": statistics.median(computed),
    }


def hub_cost() -> dict[str, float]:
    """Measures the CPU of a second with 1,000 machines that report three fields at 4 Hz, with and without the recorder.

    Returns it for the reports, for the hub's tick alone, and for both with the recorder's own sampling.
    """
    plant = demo_plant(machines=1_000)
    spent: dict[tuple[str, bool], list[float]] = defaultdict(list)
    for turn in range(10):
        is_on = bool(turn % 2)
        hub: Hub[str] = Hub(plant, epoch="bench", now_ms=0)
        recorder = hub.record() if is_on else None
        for tick in range(40):
            now_ms, ts = tick * 250, DAY0 + tick / 4
            reports = [
                Report(key, {"speed": 1.0 + tick, "temp": tick / 10, "parts": tick}, ts)
                for key in plant.machines
            ]
            began = time.process_time()
            hub.reported(reports, now_ms, ts)
            reported = time.process_time()
            hub.tick(now_ms, ts)
            ticked = time.process_time()
            if recorder is not None:
                recorder.sample(now_ms, ts)
            spent["reports", is_on].append((reported - began) * 4)
            spent["tick", is_on].append((ticked - reported) * 4)
            spent["all", is_on].append((time.process_time() - began) * 4)
    shares: dict[str, float] = {}
    for what in ("reports", "tick", "all"):
        off, on = (statistics.median(spent[what, is_on]) for is_on in (False, True))
        shares |= {f"{what}_off_of_a_core": off, f"{what}_on_of_a_core": on, f"{what}_ratio": on / off}
    return shares


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="setpoint-history-") as name:
        yield Path(name)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--seconds", type=int, default=120)
    arguments.add_argument("--points", type=int, default=10_000, help="of each of 1,000 signals")
    arguments.add_argument("--only", choices=("recording", "answers", "hub"))
    options = arguments.parse_args()
    results: dict[str, dict[str, float]] = {}
    benches: dict[str, Callable[[Path], dict[str, float]]] = {
        "recording": lambda folder: recording(folder, options.seconds),
        "answers": lambda folder: answers(folder, options.points),
        "hub": lambda _: hub_cost(),
    }
    for name, measure in benches.items():
        if options.only not in (None, name):
            continue
        with _folder() as folder:
            results[name] = measure(folder)
        print(name, flush=True)
        for key, value in results[name].items():
            print(f"  {key:28} {value:12,.4f}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
