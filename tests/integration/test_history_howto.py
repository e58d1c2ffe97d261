"""The examples of docs/reference/history.md, which read the history with common tools, run as they stand."""

from __future__ import annotations

import re
from array import array
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from setpoint.client.history import History, SignalArrays
from setpoint.core.history import Points, Signal
from setpoint.history.store import Store
from setpoint.history.writer import Writer

REFERENCE = Path(__file__).parents[2] / "docs/reference/history.md"
DAY = datetime(2026, 11, 28, tzinfo=UTC)
"""The day of the examples."""
SIGNALS = (Signal("m_401", "speed", "01"), Signal("m_401", "status", "01"), Signal("m_402", "speed", "01"))


@pytest.fixture(autouse=True)
def _history_of_that_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records a speed of 100 from 6:00 and 200 from 6:05 to 6:20. The machine runs until 6:10, then it has a fault."""
    at = [DAY.timestamp() + 6 * 3_600 + minute * 60 for minute in (0, 0, 0, 5, 10, 20)]
    writer = Writer(Store(str(tmp_path / "history")), tmp_path / "tail")
    points = Points(
        array("I", [0, 1, 2, 0, 1, 2]).tobytes(),
        array("q", [round(each * 1_000) for each in at]).tobytes(),
        array("d", [100.0, float("nan"), 7.0, 200.0, float("nan"), 8.0]).tobytes(),
        bytes(6),
        {1: "RUNNING", 4: "FAULT"},
    )
    writer.past(points, SIGNALS)
    writer.begin(SIGNALS, round((DAY.timestamp() + 2 * 86_400) * 1_000), {})
    for _ in range(2):  # the day is over, so the historian merges its files and makes the hourly roll-ups
        writer.merge()
    monkeypatch.chdir(tmp_path)


def _example(tool: str) -> str:
    match = re.search(
        rf"^## {tool}\n+```\w+\n(.*?)^```", REFERENCE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert match, f"{REFERENCE} has an example for {tool}"
    return match[1]


def _run(tool: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(_example(tool), names)
    return names


def test_polars_reads_a_signals_day() -> None:
    speed = _run("polars")["speed"]
    assert speed.columns == ["time", "number", "quality"]
    assert speed["number"].to_list() == [100.0, 200.0, None]
    assert speed["quality"].to_list() == ["GOOD", "GOOD", "NOT_RECORDED"]
    assert speed["time"][1] == datetime(2026, 11, 28, 6, 5, tzinfo=UTC)


def test_pandas_reads_a_signals_day_and_makes_it_even() -> None:
    names = _run("pandas")
    assert names["speed"]["number"].tolist()[:2] == [100.0, 200.0]
    minutes = names["per_minute"]
    assert [minutes.iloc[0], minutes.iloc[4], minutes.iloc[5]] == [100.0, 100.0, 200.0]


def test_duckdb_means_and_counts_states_from_the_roll_ups() -> None:
    means, states = (each for each in _example("DuckDB").split(";") if each.strip())
    rows = duckdb.execute(f"SELECT lowest, highest, mean FROM ({means})").fetchall()
    assert rows[0] == (100.0, 200.0, pytest.approx(150.0))
    assert rows[1] == (200.0, 200.0, pytest.approx(200.0))
    hours = dict(duckdb.execute(states).fetchall())
    assert hours == {"RUNNING": pytest.approx(10 / 60), "FAULT": pytest.approx(10 / 60, rel=1e-3)}


def test_the_python_clients_history_is_a_pandas_frame() -> None:
    numbers = array("d", [1.0, float("nan")])
    arrays = SignalArrays(array("d", [0.0, 60.0]), numbers, numbers, numbers, [], [], "rpm")
    frame = History({"speed": arrays}, [], []).frame()
    assert frame.columns.tolist() == ["time", "field", "number", "low", "high"]
    assert frame["time"].iloc[1] == datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
    assert frame["number"].isna().tolist() == [False, True]
    assert frame["field"].tolist() == ["speed", "speed"]
    assert History({}, [], []).frame().empty
