"""A forked process behaves like one that started by itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.forked import Process, completed

from setpoint.testing.patience import patient

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every process starts by itself")
ROOT = Path(__file__).parents[3]
HOW_STARTED = "tests.unit.testing.how_started"
KINDS: tuple[type[subprocess.Popen[str]], ...] = (subprocess.Popen, Process)


def both(how: str, *, send: signal.Signals | None = None, typed: str = "", **options: Any) -> tuple[Any, ...]:
    """Returns the program's output and exit code, which must be the same in both kinds."""
    found = [_ended(kind, how, send, typed, options) for kind in KINDS]
    assert found[0] == found[1]
    return found[1]


def _ended(
    kind: type[subprocess.Popen[str]],
    how: str,
    send: signal.Signals | None,
    typed: str,
    options: dict[str, Any],
) -> tuple[Any, ...]:
    command = [sys.executable, "-m", HOW_STARTED, how, str(os.getpid())]
    pipe = subprocess.PIPE
    options = {
        "env": dict(os.environ)
    } | options  # C libraries may have changed a process's environment without os.environ
    with kind(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT, **options) as process:
        assert process.stdout is not None
        line = process.stdout.readline() if send else ""
        if send:
            process.send_signal(send)
        output, errors = process.communicate(typed, timeout=patient(30))
    error_lines = errors.strip().splitlines()
    return json.loads(line + output), error_lines[0], error_lines[-1], process.returncode


def test_a_fork_has_its_own_arguments_environment_streams_and_files() -> None:
    report, _, _, code = both("read", typed="Grüße\nfrom here")
    assert code == 0
    assert report["words"] == ["read", str(os.getpid())]
    assert report["read"] == "Grüße\nfrom here"
    assert report["is_parent"] is True
    assert report["leads"] == {"group": False, "session": False}


def test_a_fork_takes_over_its_environment_and_its_group(tmp_path: Path) -> None:
    variables = {"SETPOINT_LANG": "de", "TZ": "Asia/Tokyo", "PYTHONUNBUFFERED": "1", "COLUMNS": "140"}
    report, *_ = both("end", env=os.environ | variables, start_new_session=True)
    assert report["zone"] == ["JST", "JST"]
    assert report["leads"] == {"group": True, "session": True}
    assert report["streams"][1][2:4] == [False, True]
    assert both("end", process_group=0)[0]["leads"] == {"group": True, "session": False}


@pytest.mark.parametrize(("how", "code", "last"), [
    ("raise", 1, "RuntimeError: as asked"), ("exit", 3, "an error"), ("say", 1, "a reason"),
])  # fmt: skip
def test_a_fork_ends_with_its_own_code(how: str, code: int, last: str) -> None:
    assert both(how)[1:] == ("an error", last, code)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_a_fork(number: signal.Signals) -> None:
    assert both("wait", send=number)[-1] == -number


def test_a_new_process_does_the_work_that_a_fork_cannot_do(tmp_path: Path) -> None:
    process = completed([sys.executable, "-c", "print(1)"], timeout=patient(20))
    assert (process.returncode, process.stdout) == (0, "1\n")
    process = completed(
        [sys.executable, "-m", "this"], timeout=patient(20), env=os.environ | {"HOME": str(tmp_path)}
    )
    assert process.stdout.startswith("The Zen")
    assert completed([sys.executable, "-m", "nothing.there"], timeout=patient(20)).returncode == 1
    with pytest.raises(FileNotFoundError):
        Process(["/nothing/there"])
