"""``setpoint`` with a monitor of its event loop, for `benches.batch`.

    python -m benches.batch_server FILE demo …

On SIGUSR1 it writes to FILE, as JSON, what it measured since the last signal: the CPU of the process, the longest block
of the loop, and the CPU when the last write was handed to the machines.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from setpoint.core.plant import Write
from setpoint.runtime.player import Player
from setpoint.runtime.runtime import Runtime

EVERY_S = 0.001


class LoopMonitor:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._begin()

    def _begin(self) -> None:
        self._cpu_s, self._wall_s = time.process_time(), time.monotonic()
        self._dispatched = (0.0, 0.0)
        self._longest_turn_s = self._longest_away_s = 0.0

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGUSR1, self._write_figures)
        self._seen = (time.thread_time(), time.monotonic())
        self._look()

    def _look(self) -> None:
        """Measures blocks of the loop: what its thread computed since the last sample, in any number of callbacks."""
        now = (time.thread_time(), time.monotonic())
        self._longest_turn_s = max(self._longest_turn_s, now[0] - self._seen[0])
        self._longest_away_s = max(self._longest_away_s, now[1] - self._seen[1] - EVERY_S)
        self._seen = now
        self._loop.call_later(EVERY_S, self._look)

    def dispatched(self) -> None:
        self._dispatched = (time.process_time() - self._cpu_s, time.monotonic() - self._wall_s)

    def _write_figures(self) -> None:
        figures = {
            "cpu_s": time.process_time() - self._cpu_s,
            "wall_s": time.monotonic() - self._wall_s,
            "dispatched_cpu_s": self._dispatched[0],
            "dispatched_wall_s": self._dispatched[1],
            "longest_turn_ms": self._longest_turn_s * 1000,
            "longest_away_ms": self._longest_away_s * 1000,
        }
        whole = self._file.with_suffix(".part")
        whole.write_text(json.dumps(figures), "utf-8")
        os.replace(whole, self._file)
        self._begin()


def main() -> None:
    watch = LoopMonitor(Path(sys.argv.pop(1)))
    start, hand_over = Runtime.start, Player._hand_over

    async def watched_start(runtime: Runtime) -> None:
        await start(runtime)
        watch.start()

    def watched_hand_over(player: Player, writes: Sequence[Write], limit_ms: int) -> None:
        hand_over(player, writes, limit_ms)
        watch.dispatched()

    Runtime.start = watched_start  # type: ignore[method-assign,assignment]  # watched, not changed
    Player._hand_over = watched_hand_over  # type: ignore[method-assign,assignment]  # watched from outside
    from setpoint.cli import main as setpoint  # noqa: PLC0415  # after the monitor is in place

    setpoint()


if __name__ == "__main__":
    main()
