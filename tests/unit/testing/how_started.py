"""``python -m tests.unit.testing.how_started HOW PARENT``: prints how it was started, and ends as HOW says."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any


def _shown(stream: Any) -> tuple[Any, ...]:
    return stream.encoding, stream.errors, stream.line_buffering, stream.write_through, stream.newlines


def main(how: str) -> None:
    print("an error", file=sys.stderr)
    report = {
        "words": sys.argv[1:],
        "program": Path(sys.argv[0]).name,
        "folder": os.getcwd(),
        "path": sys.path[0],
        "environment": {name: os.environ.get(name) for name in ("SETPOINT_LANG", "TZ", "COLUMNS", "HOME")},
        "zone": time.tzname,
        "read": sys.stdin.read() if how == "read" else None,
        "is_parent": os.getppid() == int(sys.argv[2]),
        "leads": {"group": os.getpgid(0) == os.getpid(), "session": os.getsid(0) == os.getpid()},
        "files": sorted(os.listdir("/proc/self/fd")),
        "streams": [_shown(each) for each in (sys.stdin, sys.stdout, sys.stderr)],
        "signals": [str(signal.getsignal(each)) for each in (signal.SIGINT, signal.SIGPIPE, signal.SIGCHLD)],
        "masked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "threads": threading.active_count(),
        "main": sys.modules["__main__"].__name__,
    }  # fmt: skip
    print(json.dumps(report))
    match how:
        case "raise":
            raise RuntimeError("as asked")
        case "exit":
            sys.exit(3)
        case "say":
            sys.exit("a reason")
        case "wait":
            sys.stdout.flush()
            time.sleep(600)


main(sys.argv[1])
