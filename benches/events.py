"""A day of events: a page of them, a shift's report, the cost of storing, and whether urgent work has to wait.

    python -m benches.events            2 million events, and a shift of 1,000 machines
    python -m benches.events --full     1,000 machines with 10 events a minute each for a day: 14.4 million
    python -m benches.events --short    50,000 and 50 machines, to check that it works

Any page must come within 100 ms. A report must come within 1 s, except the first report of a shift. Storing may take at
most 3 % of a core. The bench measures the urgent lane and a commit with and without events. The short mode has no
limits.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benches.events_on_off import measure_commits, measure_urgent
from benches.shift_report import measure_reports

from setpoint.contract.http.machines import Event, EventKind
from setpoint.core.audit.queries import EventQuery
from setpoint.core.events import EventChanges
from setpoint.persistence.bulk import ADD_EVENTS
from setpoint.persistence.rows import runs_of_events
from setpoint.persistence.sql import SqlPersistence

MACHINES, LINES, DAY_S = 1_000, 20, 86_400.0
FULL, EVENTS, SHORT = 14_400_000, 2_000_000, 50_000
PART = 10_000
BEGIN = 1_700_000_000.0
PAGE_LIMIT_S, REPORT_LIMIT_S, CORE_LIMIT = 0.1, 1.0, 0.03
LIMITED_REPORTS = ("stored", "warm", "running", "resumed")
COMMON = (EventKind.ALARM, EventKind.ASKED, EventKind.APPLIED, EventKind.OFFLINE, EventKind.ONLINE)
PEOPLE = ("anna", "ben", "carla")
RARE = (EventKind.PLANT_CHANGE, EventKind.ASSERTED, EventKind.CLEARED, EventKind.LATE_LANDING)
MORE = (EventKind.UNKNOWN, EventKind.DEVICE_CHANGE)
EVERY_LINE = frozenset(f"{line:02}" for line in range(1, LINES + 1))
ONE_LINE, SEVEN_LINES = frozenset({"03"}), frozenset(f"{line:02}" for line in range(1, 8))

QUERIES = {
    "newest": EventQuery(),
    "a line": EventQuery(line="07"),
    "a machine": EventQuery(machine="m_420"),
    "a kind": EventQuery(kinds=(EventKind.CONFLICT,)),
    "a rare kind on a line": EventQuery(line="07", kinds=(EventKind.CONFLICT,)),
    "a kind that never came": EventQuery(line="07", kinds=(EventKind.PLANT_CHANGE,)),
    "a machine and a rare kind": EventQuery(machine="m_420", kinds=(EventKind.CONFLICT,)),
    "a person": EventQuery(person="ben"),
    "a person on a line": EventQuery(person="ben", line="03"),
    "a person and a rare kind": EventQuery(person="ben", kinds=(EventKind.SIGN_IN,)),
    "a person, a line and a rare kind": EventQuery(person="ben", line="03", kinds=(EventKind.CONFLICT,)),
    "a person at a machine": EventQuery(person="ben", machine="m_420"),
    "somebody who does not exist": EventQuery(person="nobody", lines=SEVEN_LINES),
    "who sees one line": EventQuery(lines=ONE_LINE),
    "who sees seven lines": EventQuery(lines=SEVEN_LINES),
    "five kinds on seven lines": EventQuery(lines=SEVEN_LINES, kinds=(EventKind.CONFLICT, *RARE)),
    "rare kinds on every line": EventQuery(lines=EVERY_LINE, kinds=(EventKind.CONFLICT, *RARE, *MORE)),
    "an hour of the night": EventQuery(since=BEGIN + 7_200, until=BEGIN + 10_800),
    "alarms of a line in an hour": EventQuery(
        line="11", kinds=(EventKind.ALARM,), since=BEGIN + 7_200, until=BEGIN + 10_800
    ),
}


def _events(count: int) -> Iterator[Event]:
    for number in range(count):
        machine = number * 7919 % MACHINES
        kind = EventKind.CONFLICT if number % 10_007 == 0 else COMMON[number % len(COMMON)]
        person = (
            PEOPLE[number % 3] if kind in (EventKind.ASKED, EventKind.APPLIED, EventKind.CONFLICT) else None
        )
        yield Event(
            kind,
            f"m_{machine}",
            BEGIN + DAY_S * number / count,
            f"{machine % LINES + 1:02}",
            "targetSpeed",
            value=1500,
            person=person,
        )


async def _fill(store: SqlPersistence, count: int) -> None:
    generated = _events(count)
    left = count
    while left > 0:
        part = list(islice(generated, min(PART, left)))
        async with store.engine.begin() as connection:
            await ADD_EVENTS.write(connection, runs_of_events(part))
        left -= len(part)


async def _pages(store: SqlPersistence) -> float:
    worst = 0.0
    for name, query in QUERIES.items():
        times = []
        for _ in range(5):
            began = time.perf_counter()
            page = await store.events(query)
            times.append(time.perf_counter() - began)
        worst = max(worst, *times[1:])
        print(
            f"  {name:30} {sorted(times)[2] * 1000:8.1f} ms  (first {times[0] * 1000:.1f})  {len(page.items)} events"
        )
    return worst


async def _share(store: SqlPersistence, rate: int) -> float:
    """Returns the processor time of a second's events, as a share of a core."""
    parts = [tuple(_events(rate)) for _ in range(10)]
    before = resource.getrusage(resource.RUSAGE_SELF)
    for part in parts:
        await store.store_events(EventChanges(part))
    after = resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used / len(parts)


async def measure_events(folder: Path, count: int) -> dict[str, float]:
    store = SqlPersistence(f"sqlite:///{folder / 'setpoint.sqlite'}", timeout_s=60)
    await store.start()
    try:
        began = time.perf_counter()
        await _fill(store, count)
        size = (folder / "setpoint.sqlite").stat().st_size
        print(
            f"{count:,} events in {time.perf_counter() - began:.0f} s, {size / count:.0f} bytes each; a page of 50:"
        )
        worst = await _pages(store)
        share = await _share(store, MACHINES * 10 // 60)
    finally:
        await store.close()
    return {"events": count, "slowest_page_s": round(worst, 4), "storing_share": round(share, 4)}


async def measure(folder: Path, count: int, *, is_short: bool) -> dict[str, float]:
    figures = await measure_events(folder, count)
    print(f"slowest page {figures['slowest_page_s'] * 1000:.1f} ms (limit {PAGE_LIMIT_S * 1000:.0f})")
    print(f"storing {figures['storing_share']:.2%} of a core (limit {CORE_LIMIT:.0%})")
    report = measure_reports(folder / "history", 50 if is_short else MACHINES)
    print(f"a shift of {report['machines']:,} machines, {report['points']:,} points:")
    for name in ("cold", "stored", "warm", "running", "resumed"):
        seconds, used = report[f"{name}_s"], report[f"{name}_processor_s"]
        limit = f" (limit {REPORT_LIMIT_S:.0f} s)" if name in LIMITED_REPORTS else ""
        print(f"  {name:10} {seconds:6.2f} s, processor {used:.2f} s{limit}")
    beside = measure_urgent(20 if is_short else 500)
    beside |= await measure_commits(folder, 4 if is_short else 40)
    for what in ("urgent", "commit"):
        off, on = (
            "/".join(f"{beside[f'{what}_{way}_{share}_ms']:.2f}" for share in ("p50", "p99"))
            for way in ("off", "on")
        )
        print(f"{what}: {off} ms without events, {on} ms with them (p50/p99)")
    return figures | {f"report_{name}": value for name, value in report.items()} | beside


def _is_within(figures: dict[str, float]) -> bool:
    return (
        figures["slowest_page_s"] <= PAGE_LIMIT_S
        and figures["storing_share"] <= CORE_LIMIT
        and all(figures[f"report_{name}_s"] <= REPORT_LIMIT_S for name in LIMITED_REPORTS)
    )


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--short", action="store_true")
    arguments.add_argument("--full", action="store_true")
    arguments.add_argument("--json", type=Path)
    options = arguments.parse_args()
    count = SHORT if options.short else FULL if options.full else EVENTS
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(Path(folder), count, is_short=options.short))
    if options.json:
        options.json.write_text(json.dumps(figures))
    return int(not options.short and not _is_within(figures))


if __name__ == "__main__":
    sys.exit(main())
