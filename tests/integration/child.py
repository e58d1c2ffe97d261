"""A third-party program that a test controls with JSON: each line is a command, and each answer is a line."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any, Self

from setpoint.testing.patience import patient

NODE_FOLDER = Path(__file__).parent / "machines_node"
_READY_WITHIN_S = 20.0


class Child:
    """A running program, used as ``with``. It signals only the process that it started."""

    def __init__(self, command: list[str], folder: Path, name: str) -> None:
        with (folder / f"{name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=folder
            )
        timer = threading.Timer(patient(_READY_WITHIN_S), self.process.kill)
        timer.start()
        try:
            self.hello = self._answer()
        except AssertionError as error:
            self.kill()
            raise AssertionError(
                f"{name} did not start:\n{(folder / f'{name}.log').read_text()[-2000:]}"
            ) from error
        finally:
            timer.cancel()

    def send_command(self, command: str, **parameters: Any) -> dict[str, Any]:
        """Sends one command and returns its answer. It blocks, so never call it while the child is frozen."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": command, **parameters}).encode() + b"\n")
        self.process.stdin.flush()
        return self._answer()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kills it, as a power cut would."""
        self.process.kill()
        self.process.wait(patient(10))
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        while True:
            line = self.process.stdout.readline()
            assert line, "the program has ended"
            with contextlib.suppress(json.JSONDecodeError):  # other lines are a library's own output
                answer = json.loads(line)
                if isinstance(answer, dict) and (answer.get("ready", True)):
                    return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


async def send_command(child: Child, command: str, **parameters: Any) -> dict[str, Any]:
    """Calls `Child.send_command` in a thread, because the loop may serve the child's connections."""
    return await asyncio.to_thread(child.send_command, command, **parameters)


def node_child(program: str, options: dict[str, Any], folder: Path) -> Child:
    """Starts a program of ``machines_node``. Installs its packages from the lock file if they are missing."""
    npm, node = shutil.which("npm"), shutil.which("node")
    assert npm is not None, "these tests need Node.js with npm"
    assert node is not None, "these tests need Node.js"
    # Several test processes may come here at once. One installs, and the others wait for it.
    with (Path(tempfile.gettempdir()) / "setpoint-machines-node.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (NODE_FOLDER / "node_modules" / "sparkplug-client").is_dir():
            command = [npm, "ci", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=NODE_FOLDER, check=True, capture_output=True)
    return Child([node, str(NODE_FOLDER / program), json.dumps(options)], folder, Path(program).stem)
