"""The history of a real server that is killed. It loses at most the last two seconds, and never a file."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from random import Random

import httpx
import pyarrow.parquet as pq
import pytest
from tests.integration.giving import give
from tests.integration.running_server import RunningServer

from setpoint.core.history import NOT_RECORDED, HistoryQuery, Signal
from setpoint.history.reader import Reader
from setpoint.history.store import Store
from setpoint.history.writer import Writer
from setpoint.testing.patience import busy, patient

TEMP = Signal("m_401", "temp", "01")
MAX_LOST_S = 2.0


def _historian(server: RunningServer) -> int:
    """Returns the historian's process, which the server started."""
    give_up = time.monotonic() + patient(20)
    while time.monotonic() < give_up:
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        if children:
            return int(children[-1])
        time.sleep(0.05)
    raise AssertionError("the historian did not start")


def _wait_until_recorded(server: RunningServer, history: Path, since: float) -> None:
    give_up = time.monotonic() + patient(30)
    while _recorded_until(history) <= since:
        assert time.monotonic() < give_up, server.log.read_text()
        time.sleep(0.05)


def _recorded_until(history: Path) -> float:
    """Returns the last instant that the historian has made durable, or 0 before the first."""
    alive = history / "tail" / "alive"
    return alive.stat().st_mtime if alive.exists() else 0.0


def _points(history: Path, since: float) -> list[tuple[float, object, str]]:
    store = Store(str(history))
    writer = Writer(store, history / "tail")  # as the next server: it recovers what the first one left
    answer = Reader(store, writer).answer(HistoryQuery((TEMP,), ("temp",), since, time.time() + 60))
    series = answer.series[0]
    return list(zip((series.at / 1000).tolist(), series.value, series.quality, strict=True))


@pytest.mark.rule("HIST-5")
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found in /proc")
def test_a_kill_at_any_instant_loses_at_most_two_seconds_and_no_file(tmp_path: Path) -> None:
    history, random, began = tmp_path / "history", Random(7), time.time()
    for is_server_first in (True, False):
        server = RunningServer(tmp_path, has_history=True).start()
        ready = time.time()
        children = [_historian(server), server.pid]
        _wait_until_recorded(server, history, ready)
        time.sleep(random.uniform(0.2, 1.5))
        give_up = time.monotonic() + patient(30)
        while (
            _recorded_until(history) < time.time() - MAX_LOST_S
        ):  # other processes may have had the processor
            assert time.monotonic() < give_up, "what is reported is durable two seconds later"
        recorded, killed = _recorded_until(history), time.time()
        for pid in reversed(children) if is_server_first else children:
            os.kill(pid, signal.SIGKILL)
        server.kill()
        for path in history.rglob("*.parquet"):
            pq.read_table(path, partitioning=None)
        points = _points(history, began)
        last = max(at for at, _, quality in points if quality == "GOOD")
        assert last >= recorded - MAX_LOST_S * busy(), "durable data is there"
        assert points[-1][2] == NOT_RECORDED
        assert max(last, recorded - 0.001) <= points[-1][0] <= killed
    assert [quality for _, _, quality in points].count(NOT_RECORDED) == 2, (
        "each run of the server has its end"
    )


@pytest.mark.rule("HIST-5", "CMD-1")
def test_a_disk_without_room_for_history_stops_only_history_and_says_so(tmp_path: Path) -> None:
    program = (sys.executable, "-m", "tests.integration.full_disk")
    server = RunningServer(tmp_path, "--calm", program=program, has_history=True).start()
    try:
        with httpx.Client(base_url=server.url, timeout=patient(20)) as http:
            give_up = time.monotonic() + patient(30)
            # A busy server may not be ready for a moment, and then reports nothing about its history.
            while "bytes free" not in (ready := http.get("/readyz")).json().get("history", ""):
                assert time.monotonic() < give_up, server.log.read_text()
                time.sleep(0.05)
            assert ready.status_code == 200, "the server accepts batches"
            assert ready.json()["history"].startswith("not recorded: the disk has")
            assert "kept for what people change" in http.get("/api/disk").json()["historyStopped"]
            assert "setpoint_history_recording 0.0" in http.get("/metrics").text
            assert "history_stopped" in server.log.read_text()
            assert give(server.url, {"m_401": {"targetSpeed": 150}}) == {"m_401": "applied"}
    finally:
        server.stop()
    assert not [*(tmp_path / "history" / "points").rglob("*.parquet")]


def test_a_historian_that_is_killed_alone_is_started_again_and_leaves_a_gap(tmp_path: Path) -> None:
    server = RunningServer(tmp_path, has_history=True).start()
    history, ready = tmp_path / "history", time.time()
    try:
        first = _historian(server)
        _wait_until_recorded(server, history, ready)
        os.kill(first, signal.SIGKILL)
        _wait_until_recorded(server, history, time.time() + 1)
        assert _historian(server) != first
    finally:
        server.stop()
    points = _points(history, ready - 60)
    qualities = [quality for _, _, quality in points]
    assert qualities.count(NOT_RECORDED) == 2
    assert qualities.index(NOT_RECORDED) < len(qualities) - 1
