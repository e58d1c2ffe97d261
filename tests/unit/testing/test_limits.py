"""A hanging test ends, says what it waits for, and does not stop the next test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.limits import ROOT

from setpoint.testing.patience import patient

HANGING = """
import asyncio
import contextlib
import pytest

async def never_comes():
    await asyncio.Event().wait()

@pytest.fixture
async def stubborn():
    yield
    await never_comes()

async def test_hangs():
    await never_comes()

async def test_fails_and_hangs_afterwards(stubborn):
    raise ValueError("as it should")

async def test_loses_its_cancellation():
    while True:
        with contextlib.suppress(BaseException):
            await never_comes()
        await asyncio.sleep(0)

def test_is_well():
    pass
"""


def test_a_test_that_hangs_is_ended_in_each_phase_and_reports_what_it_waits_for(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.limits import *\n")
    (tmp_path / "test_hanging.py").write_text(HANGING)
    plugins = ["-p", "pytest_asyncio.plugin", "-p", "pytest_timeout", "-p", "no:cacheprovider"]
    options = ["-o", "asyncio_mode=auto", "--timeout", "1", "-rA", "--rootdir", str(tmp_path), str(tmp_path)]
    process = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, *options],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=patient(60),
    )  # fmt: skip
    output = process.stdout
    assert "3 failed, 1 passed, 2 errors" in output, output + process.stderr
    assert "the test takes longer than 1 s" in output
    assert "the end of the test takes longer than 1 s" in output
    assert "async_finalizer > test_hanging.py:12 stubborn > test_hanging.py:7 never_comes > " in output
    assert "ValueError: as it should" in output
    assert "selectors.py" not in output, "frames of pytest are left out"
