"""Reads set-points back after a write if the server publishes so slowly that the target would time out.

A server may revise the publishing interval to many seconds. Then a set-point is read right after a write, and again
until the next publishing is due. If the subscription later sends an older value, by its time stamp, it is ignored.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from asyncua import ua

from setpoint.core.plant import Report
from setpoint.sources.opcua.quality import BAD
from setpoint.sources.opcua.readings import Reading
from setpoint.sources.opcua.session import Session
from setpoint.sources.opcua.subscriptions import Subscriptions, report_images
from setpoint.sources.opcua.variants import raw_value

SLOW_S = 1.0
_LATE_S = 10.0
"""The time after a read in which an older value may still come from the subscription; at least two publishings."""
_AFTER_S = (0.1, 0.5, 1.0, 1.0, 1.0)


class ReadBack:
    """``run`` is a task of the connection; ``soon`` passes it the readings that were just written."""

    def __init__(
        self, session: Session, subscriptions: Subscriptions, on_reports: Callable[[Sequence[Report]], None]
    ) -> None:
        self._session = session
        self._subscriptions = subscriptions
        self._on_reports = on_reports
        self._due: list[tuple[float, int, Reading]] = []
        self._news = asyncio.Event()

    def soon(self, readings: Sequence[Reading]) -> None:
        """Reads these repeatedly for some seconds. Does nothing if the server publishes quickly."""
        if self._subscriptions.slowest_publishing_s <= SLOW_S:
            return
        due = time.monotonic() + _AFTER_S[0]
        self._due += [(due, 0, reading) for reading in readings]
        self._news.set()

    async def run(self) -> None:
        while True:
            if not self._due:
                self._news.clear()
                await self._news.wait()
            await asyncio.sleep(max(min(due for due, _, _ in self._due) - time.monotonic(), 0))
            now = time.monotonic()
            ripe = [each for each in self._due if each[0] <= now]
            self._due = [each for each in self._due if each[0] > now]
            await self._read([reading for _, _, reading in ripe])
            self._due += [
                (time.monotonic() + _AFTER_S[turn + 1], turn + 1, reading)
                for _, turn, reading in ripe
                if turn + 1 < len(_AFTER_S)
            ]

    async def _read(self, readings: Sequence[Reading]) -> None:
        known = [(each, node) for each in readings if (node := self._session.node_id(each.node)) is not None]
        values = await self._session.read([node for _, node in known])
        reports: list[Report] = []
        for (reading, _), data in zip(known, values, strict=True):
            code = data.StatusCode.value if data.StatusCode is not None else 0
            if code & BAD or data.Value is None:
                continue  # the subscription will report the problem
            stamp = data.SourceTimestamp
            filetime = ua.datetime_to_win_epoch(stamp) if stamp is not None else 0
            was_ranged, reading.is_ranged = reading.is_ranged, False
            reading.take(raw_value(data.Value), code, filetime)
            reading.is_ranged = was_ranged
            reading.not_before = max(reading.not_before, filetime)
            reading.older_until = time.monotonic() + max(
                self._subscriptions.slowest_publishing_s * 2, _LATE_S
            )
        report_images(
            dict.fromkeys(reading.image for reading, _ in known), reports, time.monotonic(), time.time()
        )
        if reports:
            self._on_reports(reports)
