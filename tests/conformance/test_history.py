"""The vectors of history: a machine's reports, the points from them, and their roll-ups."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.conformance.vectors import vectors

from setpoint.contract.values import Quality
from setpoint.core.engine import Engine, Reported
from setpoint.core.history import QUALITIES, Signal, rows
from setpoint.core.history.points import columns_of
from setpoint.core.plant import STANDARD_FIELDS, FieldHistory, Line, Machine, Plant, Report
from setpoint.history.columns import Columns, Names, Table, Words, time_of
from setpoint.history.rollup import HOUR_MS, coarser, minutes_table

SETTINGS = {"deviation": "deviation", "everyMs": "every_ms", "isRecorded": "is_recorded"}


class History:
    """A history. ``start`` has the wall time of 0, and the plant file's settings for the history of fields."""

    def __init__(self, start: dict[str, Any]) -> None:
        history = {
            name: FieldHistory(**{SETTINGS[key]: value for key, value in settings.items()})
            for name, settings in start["fields"].items()
        }
        fields = (replace(each, history=history.get(each.name, each.history)) for each in STANDARD_FIELDS)
        plant = Plant("Small", (Line("01", (Machine("m_401", "01"),)),), tuple(fields))
        self.began = datetime.fromisoformat(start["at"]).timestamp()
        self.set_ms = 0
        self.engine: Engine[str] = Engine(plant, epoch="e", now_ms=0)
        self.recorder = self.engine.record()

    def step(self, event: dict[str, Any], now_ms: int) -> list[Any]:
        """Returns the points since the last call, by time and field.

        ``clockMs`` says by how much somebody has just set the wall clock.
        """
        self.set_ms += event.get("clockMs", 0)
        ts = self.began + (now_ms + self.set_ms) / 1000
        if event["type"] == "report":
            quality = Quality(event.get("quality", "GOOD"))
            self.engine.handle(Reported([Report("m_401", event["values"], ts, quality)]), now_ms, ts)
            return []
        signals = self.recorder.signals
        points = [
            [signals[point.signal].field, point.at_ms, point.value, point.quality]
            for point in rows(self.recorder.sample(now_ms, ts))
        ]
        return sorted(points, key=lambda point: (point[1], point[0]))


@pytest.mark.rule("HIST-1", "HIST-2", "HIST-3", "HIST-4", "HIST-5", "HIST-6")
@pytest.mark.parametrize("vector", vectors("history", "points"))
def test_history_vector(vector: dict[str, Any]) -> None:
    history = History(vector["start"])
    for number, each in enumerate(vector["steps"]):
        points = history.step(each["event"], each["atMs"])
        assert msgspec.to_builtins(points) == each["effects"], f"step {number}"


@pytest.mark.rule("HIST-1", "HIST-7")
@pytest.mark.parametrize("vector", vectors("history", "rollups"))
def test_rollup_vector(vector: dict[str, Any]) -> None:
    for number, each in enumerate(vector["steps"]):
        event, words = each["event"], Words()
        times, values, qualities = zip(*event["points"], strict=True)
        numbers, texts = zip(*map(columns_of, values), strict=True)
        columns = Columns(
            np.zeros(len(times), np.int64),
            np.array(times, np.int64),
            np.array(numbers, np.float64),
            np.array([words.number(text) for text in texts], np.int64),
            np.array([QUALITIES.index(quality) for quality in qualities], np.uint8),
        )
        names = Names([Signal("m_401", "field", "01")])
        minutes = minutes_table(columns, names, words, event["sinceMs"], event["untilMs"])
        found = {"minutes": _rows(minutes), "hours": _rows(coarser(minutes, HOUR_MS))}
        assert found == each["state"], f"step {number}"


def _rows(table: Table) -> list[list[Any]]:
    """Returns the roll-ups by time and text."""
    parts = (table[part].to_pylist() for part in ("min", "max", "mean", "text", "seconds", "points"))
    found = [[at, *values] for at, *values in zip(time_of(table["time"]).tolist(), *parts, strict=True)]
    return sorted(found, key=lambda row: (row[0], row[4] or ""))
