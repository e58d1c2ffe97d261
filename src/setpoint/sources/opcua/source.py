"""The OPC UA source: connects, subscribes, writes, and after every loss starts again from nothing.

A connection is never mended, only replaced, so that there is one way into every state. A loss is told at once:

- The socket closes, or the server says that something is wrong: every machine is reported STALE, and a new connection
  is tried within half a second, then ever slower, but never less than every two seconds.
- The server is silent (a subscription said nothing for 1.5 s beyond its keep-alive): its machines are reported STALE.
  If it speaks again, they are as good as before. After 10 s of silence the connection is replaced.

The values stay as last known, a stop stays a stop. When a new connection has its subscriptions, the server sends the
present value of every node; before all of a machine's are there, nothing of it is called good.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from setpoint.core.plant import Answer, Machine, Plant, Quality, Report, SourceConfig, Write, WriteAnswer
from setpoint.errors import ConfigError, SourceError
from setpoint.sources.base import Sink
from setpoint.sources.opcua.config import MachineNodes, OpcUaSettings, read_settings
from setpoint.sources.opcua.connection import Session, connect
from setpoint.sources.opcua.readings import MachineImage, readings_of
from setpoint.sources.opcua.subscriptions import Statistics, Subscriptions
from setpoint.sources.opcua.writes import WritableNode, Writer, answered

BACK_OFF_S = (0.5, 1.0, 2.0)
"""Caps; each wait is drawn between half of its cap and its cap. The last one repeats."""

DROP_AFTER_S = 10.0
FIRST_VALUES_WITHIN_S = 5.0
_LOOK_EVERY_S = 0.25

log = structlog.get_logger("setpoint.opcua")


class OpcUaSource:
    """A `Source` over the machines of one OPC UA endpoint."""

    def __init__(
        self,
        settings: OpcUaSettings,
        nodes: Sequence[MachineNodes],
        plant: Plant,
        secrets: Mapping[str, str] | None = None,
        *,
        name: str = "opcua",
    ) -> None:
        self.statistics = Statistics()
        self._name = name
        self._settings = settings
        self._secrets = secrets or {}
        self._readings = [readings_of(each, plant.fields_by_name) for each in nodes]
        self._images = [readings[0].image for readings in self._readings if readings]
        self._writable = {
            (machine.machine, each.name): WritableNode(each, plant.fields_by_name[each.name])
            for machine in nodes
            for each in machine.fields
            if plant.fields_by_name[each.name].is_writable
        }
        self._sink: Sink | None = None
        self._task: asyncio.Task[None] | None = None
        self._writer: Writer | None = None
        self._writing: dict[asyncio.Task[None], Sequence[Write]] = {}
        self._why_not = "it has not been connected yet"
        self._told = ""

    @classmethod
    def make(
        cls,
        config: SourceConfig,
        machines: Sequence[Machine],
        plant: Plant,
        secrets: Mapping[str, str],
        directory: Path,
        /,
    ) -> OpcUaSource:
        """The factory of the kind ``opcua`` (`setpoint.sources.registry`)."""
        settings, nodes = read_settings(config, machines, plant, directory=directory)
        return cls(settings, nodes, plant, secrets, name=config.name)

    async def start(self, sink: Sink) -> None:
        self._sink = sink
        self._task = asyncio.create_task(self._run(), name=f"opcua {self._name}")

    async def write(self, writes: Sequence[Write]) -> None:
        writer = self._writer
        if writer is None:
            text = f"nothing was sent, there is no connection: {self._why_not}"
            self._answer([answered(write, Answer.REFUSED, text) for write in writes])
            return
        task = asyncio.create_task(self._write(writer, writes))
        self._writing[task] = tuple(writes)
        task.add_done_callback(self._writing.pop)

    async def stop(self) -> None:
        writing = dict(self._writing)
        for task in writing:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)
        text = "Setpoint stopped before the answer; it may still land"
        for task, writes in writing.items():
            if task.cancelled():
                self._answer([answered(write, Answer.UNKNOWN, text) for write in writes])
        # A cancellation that meets a failing task group is lost in it, so the loop looks at the sink as well.
        self._sink = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _write(self, writer: Writer, writes: Sequence[Write]) -> None:
        self._answer(await writer.write(writes))

    async def _run(self) -> None:
        """One connection after the other, until the source is stopped."""
        attempt = 0
        while self._sink is not None:
            try:
                async with connect(self._settings, self._secrets) as session:
                    attempt = 0
                    await self._serve(session)
            except (SourceError, ConfigError) as error:
                self._lost(error)
            except ExceptionGroup as group:
                self._lost(_first(group))
            if self._sink is None:
                return
            cap_s = BACK_OFF_S[min(attempt, len(BACK_OFF_S) - 1)]
            attempt += 1
            await asyncio.sleep(random.uniform(cap_s / 2, cap_s))

    async def _serve(self, session: Session) -> None:
        """Lives on one connection until it fails; raises the reason."""
        subscriptions = Subscriptions(session, self._settings, self._report, self.statistics)
        await subscriptions.subscribe(self._readings)
        writer = Writer(session, self._writable)
        await writer.learn()
        self._writer = writer
        self._why_not = self._told = ""
        log.info("opcua.connected", source=self._name, endpoint=session.endpoint, machines=len(self._images))
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(subscriptions.publish_requests):
                    tasks.create_task(subscriptions.publish())
                tasks.create_task(session.keep_secure())
                tasks.create_task(self._watch(subscriptions))
        finally:
            self._writer = None
            self._why_not = "it has just been lost"

    async def _watch(self, subscriptions: Subscriptions) -> None:
        """Marks the machines of a silent subscription, and gives the connection up after a longer silence."""
        patient_until = time.monotonic() + FIRST_VALUES_WITHIN_S
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            now = time.monotonic()
            if now >= patient_until:
                patient_until = math.inf
                subscriptions.wait_no_longer()
            silent, longest_s = subscriptions.silent(now)
            for subscription in silent:
                log.warning("opcua.silent", source=self._name, machines=len(subscription.images))
                self._doubt(subscription.images)
            if longest_s >= DROP_AFTER_S:
                raise SourceError(f"{subscriptions.session.endpoint} has been silent for {longest_s:.0f} s")

    def _lost(self, error: Exception) -> None:
        """Every machine is out of contact from now on. Told once for each reason, not at every attempt."""
        self._why_not = str(error)
        if self._told != self._why_not:
            self._told = self._why_not
            log.warning(
                "opcua.lost", source=self._name, endpoint=self._settings.endpoint, reason=self._why_not
            )
        self._doubt(self._images)

    def _doubt(self, images: Sequence[MachineImage]) -> None:
        """Contact with these machines is lost; those that never spoke stay as they are."""
        at = time.time()
        stale = [Report(image.key, {}, at, Quality.STALE) for image in images if image.told_at]
        if stale:
            self._report(stale)

    def _report(self, reports: Sequence[Report]) -> None:
        if self._sink is not None:
            self._sink.reported(reports)

    def _answer(self, answers: Sequence[WriteAnswer]) -> None:
        if self._sink is not None:
            self._sink.answered(answers)


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """The reason in a task group. What is not about the peer is a mistake of ours, and is not swallowed."""
    expected, ours = group.split((SourceError, ConfigError))
    if ours is not None or expected is None:
        raise group
    found = expected.exceptions[0]
    return _first(found) if isinstance(found, ExceptionGroup) else found
