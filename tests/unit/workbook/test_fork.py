"""A forked copy of this process: what it does, what it inherits, and how it ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import BinaryIO

import pytest

from setpoint.workbook import process
from setpoint.workbook.fork import Fork

pytestmark = [
    pytest.mark.rule("XL-7"),
    pytest.mark.skipif(sys.platform != "linux", reason="a process is copied on Linux only"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),  # a test run may have threads
]


def answer_of(fork: Fork, data: bytes = b"") -> tuple[bytes, int]:
    """Sends data to the copy. Returns its answer and its exit status."""
    fork.stdin.write(data)
    fork.stdin.close()
    with fork.stdout as answers:
        return answers.read(), fork.wait()


def test_the_copy_answers_and_ends() -> None:
    def work(source: BinaryIO, sink: BinaryIO) -> None:
        sink.write(source.read().upper())

    assert answer_of(Fork(work), b"abc") == (b"ABC", 0)


def test_the_copy_inherits_no_file_except_its_two_pipes(tmp_path: Path) -> None:
    def work(source: BinaryIO, sink: BinaryIO) -> None:
        sink.write(" ".join(sorted(os.listdir("/proc/self/fd"))).encode())

    with (tmp_path / "ours").open("wb"):
        assert answer_of(Fork(work)) == (b"0 1 2 3", 0)  # 3 is the directory handle of the listing itself


def test_an_interrupt_does_not_end_the_copy() -> None:
    def work(source: BinaryIO, sink: BinaryIO) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        sink.write(b"still here")

    assert answer_of(Fork(work)) == (b"still here", 0)


def test_a_failure_of_the_copy_does_not_reach_this_process() -> None:
    def fails(source: BinaryIO, sink: BinaryIO) -> None:
        raise SystemExit(7)

    def dies(source: BinaryIO, sink: BinaryIO) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    assert answer_of(Fork(fails)) == (b"", 1)
    assert answer_of(Fork(dies)) == (b"", -signal.SIGKILL)


def test_a_process_with_threads_is_not_copied() -> None:
    end = threading.Event()
    other = threading.Thread(target=end.wait)
    other.start()
    try:
        assert not process._is_alone()
    finally:
        end.set()
        other.join()
