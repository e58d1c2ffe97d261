"""Forks this process as the reader of a workbook. A fork starts at once, because Python is already loaded.

Starting a new Python and loading the readers takes as long as reading 40,000 rows. Forking is only safe in a process
with one thread, such as a command line: it copies only one thread, and locks of the others would stay locked.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import BinaryIO, NoReturn, TypeAlias

Work: TypeAlias = Callable[[BinaryIO, BinaryIO], None]
_MAX_FILES = 1 << 16


class Fork:
    """The forked process, with the part of `subprocess.Popen` that a `Reader` needs.

    It does ``work`` between its standard input and output, which are pipes to us, and ends. It holds no other file or
    socket of this process, and does not run its exit handlers.
    """

    def __init__(self, work: Work) -> None:
        source, feed = os.pipe()
        answers, sink = os.pipe()
        self._status: int | None = None
        self._pid = os.fork()
        if self._pid == 0:
            _do(work, source, sink)
        os.close(source)
        os.close(sink)
        self.stdin = open(feed, "wb")  # noqa: SIM115  # the reader closes both
        self.stdout = open(answers, "rb")  # noqa: SIM115  # the same

    def kill(self) -> None:
        if self._status is None:
            os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> int:
        """Its exit status once it has ended; the negative number of the signal if a signal ended it."""
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._status


def _do(work: Work, source: int, sink: int) -> NoReturn:
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles ^C, and then ends this process
        os.dup2(source, 0)
        os.dup2(sink, 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.closerange(3, _MAX_FILES)
        with open(0, "rb") as jobs, open(1, "wb") as results:
            work(jobs, results)
        status = 0
    finally:
        os._exit(status)
