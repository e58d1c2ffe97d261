"""The vectors of shifts: the calendar, and reports from points."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.conformance.vectors import vectors

from setpoint.clock import offset_at, zone_named
from setpoint.contract.http.shifts import ShiftReport
from setpoint.core.history import QUALITIES
from setpoint.core.plant.shifts import ShiftSettings, read_shifts
from setpoint.core.shifts import Calendar, Shift, ShiftEntry, ShiftMachine, ShiftQuestion
from setpoint.core.shifts.report import report_of
from setpoint.history.columns import NO_TEXT, Columns
from setpoint.history.reader import PointsRead
from setpoint.history.shifts import tallies_of

BEGAN, LASTS = 1_764_288_000.0, 1_000.0
FIELDS = ("status", "cause", "parts", "good", "scrap")
KEYS = ("m_1", "m_2", "m_3")


@pytest.mark.rule(
    *(f"SHIFT-{number}" for number in range(1, 8)), *(f"OEE-{number}" for number in range(1, 6))
)
@pytest.mark.parametrize("vector", vectors("shifts"))
def test_shifts_vector(vector: dict[str, Any]) -> None:
    start = vector["start"]
    settings = _settings(start["shifts"])
    for number, step in enumerate(vector["steps"], 1):
        event, expected = step["event"], step["state"]
        if event["type"] == "shifts":
            offset = partial(offset_at, zone_named(start["timezone"]))
            found: object = [
                [each.name, each.date, _iso(each.since), _iso(each.until)]
                for each in Calendar(settings, offset).between(_ts(event["since"]), _ts(event["until"]))
            ]
            assert found == expected, f"step {number}"
        else:
            report = _figures(_report(settings, start.get("breaks", []), event))
            assert {key: report[key] for key in expected} == expected, f"step {number}"


def _settings(section: dict[str, Any]) -> ShiftSettings:
    mistakes: list[tuple[str, ...]] = []
    topics = frozenset(("line:01", *(key.replace("_", ":") for key in KEYS)))
    found = read_shifts(
        section, ("parts", "good", "scrap"), topics, lambda *mistake: mistakes.append(mistake)
    )
    assert not mistakes
    assert found is not None
    return found


def _report(settings: ShiftSettings, breaks: list[list[float]], event: dict[str, Any]) -> ShiftReport:
    keys = [key for key in KEYS if key in event["status"]]
    shift = Shift(
        "Early",
        "2025-11-28",
        BEGAN,
        BEGAN + LASTS,
        tuple((BEGAN + begins, BEGAN + ends) for begins, ends in breaks),
    )
    question = ShiftQuestion(
        shift,
        shift.until,
        tuple(ShiftMachine(key, "01", settings.ideal_cycle_of(key, "01")) for key in keys),
        dict(settings.states),
        settings.reasons,
        settings.micro_stop_s,
        settings.total,
        settings.good,
        settings.scrap,
        tuple(
            ShiftEntry("01", BEGAN + since, BEGAN + until, "anna", at, machine, reason)
            for machine, since, until, reason, at in event.get("entries", [])
        ),
    )
    return report_of(question, tallies_of(question, _points(question, keys, event)))


def _points(question: ShiftQuestion, keys: list[str], event: dict[str, Any]) -> PointsRead:
    texts: list[str] = []
    rows = []
    for place, field in enumerate(("status", "cause", *question.counters)):
        for number, key in enumerate(keys):
            for at, value, *quality in event.get(field, {}).get(key, []):
                text = NO_TEXT
                if isinstance(value, str):
                    texts.append(value)
                    text = len(texts) - 1
                plain = float(value) if isinstance(value, int | float) else float("nan")
                code = QUALITIES.index(quality[0] if quality else "GOOD")
                rows.append((place * len(keys) + number, round((BEGAN + at) * 1000), plain, text, code))
    signals, times, numbers, words, codes = zip(*rows, strict=True)
    columns = Columns(
        np.array(signals, np.int64),
        np.array(times, np.int64),
        np.array(numbers, np.float64),
        np.array(words, np.int64),
        np.array(codes, np.uint8),
    )
    return PointsRead(columns, texts)


def _figures(report: ShiftReport) -> dict[str, Any]:
    oee = report.plant
    return {
        "oee": oee.oee.value,
        "why": msgspec.to_builtins(oee.oee.why),
        "availability": oee.availability.value,
        "performance": oee.performance.value,
        "quality": oee.quality.value,
        "total": oee.total,
        "good": oee.good,
        "idealS": oee.ideal_s,
        "seconds": {state: seconds for state, seconds in oee.seconds.items() if seconds},
        "unmapped": report.machines[0].unmapped,
        "losses": [[each.reason or each.kind, each.seconds, each.stops] for each in report.losses],
        "stops": [
            [each.machine, each.since - BEGAN, each.until - BEGAN, each.status, each.cause, each.reason]
            for each in report.stops
        ],
    }


def _ts(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _iso(ts: float) -> str:
    return datetime.fromtimestamp(ts, UTC).isoformat().replace("+00:00", "Z")
