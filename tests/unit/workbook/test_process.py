"""The reader's process: its result, and what happens if it dies."""

from __future__ import annotations

import os
import sys
import time
from typing import BinaryIO

import pytest

from setpoint.core.ingest import Progress
from setpoint.core.plant import Line, Machine, Plant
from setpoint.errors import WorkbookError
from setpoint.workbook import process
from setpoint.workbook.process import Cancelled, ingest_file

PLANT = Plant("Plant", (Line("01", tuple(Machine(f"m_{number}", "01") for number in range(5000))),))


@pytest.fixture(autouse=True, params=["copy", "new python"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to start the reader. Its result, and the effect of its death, are the same."""
    way: str = request.param
    if way == "copy" and sys.platform != "linux":
        pytest.skip("a process is copied on Linux only")
    monkeypatch.setattr(process, "_is_alone", lambda: way == "copy")
    return way


def reader_does(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Makes every reader run this instead of its work."""

    def work(source: BinaryIO, sink: BinaryIO) -> None:
        exec(text, {"os": os, "time": time, "source": source, "sink": sink})

    streams = "source, sink = sys.stdin.buffer, sys.stdout.buffer"
    monkeypatch.setattr(process, "serve", work)
    monkeypatch.setattr(process, "READER", [sys.executable, "-c", f"import os, sys, time\n{streams}\n{text}"])


def csv_of(rows: int) -> bytes:
    return b"Machine ID,Target Speed\n" + b"".join(b"m:%d,%d\n" % (n, n % 3000) for n in range(rows))


@pytest.mark.rule("XL-8")
def test_progress_is_reported_while_a_file_is_read() -> None:
    progress: list[Progress] = []
    ingested = ingest_file(csv_of(1600), PLANT, "tx", on_progress=progress.append)
    assert ingested.batch.summary.valid == 1600
    assert progress == [Progress(done, 1600) for done in (500, 1000, 1500, 1600)]


@pytest.mark.rule("XL-8")
def test_a_cancellation_ends_the_reader_and_returns_nothing() -> None:
    with pytest.raises(Cancelled):
        ingest_file(csv_of(5000), PLANT, "tx", is_cancelled=lambda: True)


@pytest.mark.rule("XL-7")
def test_a_reader_that_dies_is_only_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    reader_does(monkeypatch, "os.abort()")
    with pytest.raises(WorkbookError, match="ended with status") as refused:
        ingest_file(csv_of(5), PLANT, "tx")
    assert refused.value.code == "reader_died"


FAILS = """
from setpoint.workbook import child, read
def fail(*_): raise TypeError("no such thing")
read.read_sheets = fail
child.serve(source, sink)
"""


@pytest.mark.rule("XL-7")
def test_a_reader_that_fails_says_so_and_does_not_call_the_file_damaged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader_does(monkeypatch, FAILS)
    with pytest.raises(WorkbookError, match=r"its reader failed \(TypeError: no such thing\)") as refused:
        ingest_file(csv_of(5), PLANT, "tx")
    assert refused.value.code == "reader_died"


@pytest.mark.rule("XL-7")
def test_a_reader_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    reader_does(monkeypatch, "time.sleep(60)")
    monkeypatch.setattr(process, "MAX_READ_S", 0.3)
    with pytest.raises(WorkbookError, match="could not be read within") as refused:
        ingest_file(csv_of(5), PLANT, "tx")
    assert refused.value.code == "too_slow"


@pytest.mark.rule("XL-7")
def test_a_reader_that_has_used_up_its_processor_time_is_too_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limited = "from setpoint.workbook import child; child.MAX_CPU_S = 1; child._bound()"
    reader_does(monkeypatch, f"{limited}\nwhile True: pass")
    with pytest.raises(WorkbookError, match="could not be read within") as refused:
        ingest_file(csv_of(5), PLANT, "tx")
    assert refused.value.code == "too_slow"


@pytest.mark.rule("XL-7")
def test_a_file_of_more_than_20_mb_is_refused_before_anything_is_started() -> None:
    with pytest.raises(WorkbookError, match="21 MB") as refused:
        ingest_file(b"x" * 20_000_001, PLANT, "tx")
    assert refused.value.code == "too_large"
