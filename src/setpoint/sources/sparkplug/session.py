"""The common part of the sources behind an MQTT broker: connect, receive, mark as STALE, start again, write, stop.

A connection is never repaired, only replaced, with a clean session each time. If the broker is lost or hangs, each of
the source's machines is STALE at once, with the reason.
"""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import structlog
from aiomqtt import Will

from setpoint.core.plant import Answer, Report, Write, WriteAnswer
from setpoint.errors import ConfigError, SourceError
from setpoint.sources.base import Sink
from setpoint.sources.mapping.writes import OpenWrites, may_land, not_connected
from setpoint.sources.sparkplug.broker import BrokerSettings
from setpoint.sources.sparkplug.link import HUNG_UP, Link, connect
from setpoint.sources.supervision import LogLimiter, keep_running, stop_within
from setpoint.sources.wording import words

LOOK_EVERY_S = 0.25

log = structlog.get_logger("setpoint.mqtt")


class MqttSource:
    """The shell of a source; the abstract methods are the protocol's part."""

    def __init__(self, name: str, broker: BrokerSettings, secrets: Mapping[str, str]) -> None:
        self.name = name
        self.broker = broker
        self.secrets = secrets
        self.limiter = LogLimiter()
        self.link: Link | None = None
        self._sink: Sink | None = None
        self._task: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._open = OpenWrites(self._answered)
        self._why_not: str = words("words-not-connected-yet")

    @abstractmethod
    def filters(self) -> Sequence[str]:
        """What to subscribe to."""

    @abstractmethod
    def received(self, topic: str, payload: bytes, is_retained: bool) -> None:
        """A message came."""

    @abstractmethod
    def look(self, now: float) -> None:
        """Called four times a second with monotonic seconds."""

    @abstractmethod
    def alive(self) -> Sequence[Report]:
        """The broker has just answered: report every machine."""

    @abstractmethod
    def doubted(self, reason: str) -> Sequence[Report]:
        """The broker hangs, or its connection is lost."""

    @abstractmethod
    def restored(self) -> Sequence[Report]:
        """The broker answers again."""

    @abstractmethod
    async def send(self, link: Link, writes: Sequence[Write]) -> None:
        """Sends writes that are open, and answers them by `answer`."""

    def forget(self) -> None:
        """The connection is lost: everything starts again from the beginning."""

    def will(self) -> Will | None:
        """Our last will, which the broker publishes when we are gone."""
        return None

    def hung_up_on(self) -> None:
        """Called when the broker ended the connection before it had answered; it may not accept the last will."""

    async def announce(self, link: Link) -> None:
        """Called when the subscriptions exist."""

    async def take_leave(self, link: Link) -> None:
        """Called before a connection is ended on purpose."""

    async def start(self, sink: Sink) -> None:
        self._sink = sink
        running = keep_running(self._connected, self._lost, lambda: self._sink is not None)
        self._task = asyncio.create_task(running, name=f"mqtt {self.name}")

    async def write(self, writes: Sequence[Write]) -> None:
        self._open.begin(writes)
        link = self.link
        if link is None:
            text = not_connected(self._why_not)
            self._open.answer(writes, Answer.REFUSED, text)
            return
        self.spawn(self._send(link, writes))

    async def stop(self) -> None:
        if self.link is not None:
            await stop_within(
                [asyncio.create_task(self._farewell(self.link))], self.name, within_s=0.7, is_ending=True
            )
        self._open.end()
        self._sink = None
        tasks = [*self._sending, *([self._task] if self._task is not None else [])]
        await stop_within(tasks, self.name, within_s=2.0)
        self._task = None

    def report(self, reports: Sequence[Report]) -> None:
        if self._sink is not None and reports:
            self._sink.reported(reports)

    def answer(self, writes: Sequence[Write], answer: Answer, message: str = "") -> None:
        self._open.answer(writes, answer, message)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=f"mqtt {self.name} sends")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    def _leaving(self, writes: Sequence[Write]) -> list[Write]:
        """The writes that may still leave. Those that a stop has voided are answered instead."""
        leaving = []
        for write in writes:
            if self._sink is not None and (voided := self._sink.voided(write)) is not None:
                self.answer([write], Answer.NOT_SENT, voided)
            else:
                leaving.append(write)
        return leaving

    async def _send(self, link: Link, writes: Sequence[Write]) -> None:
        writes = self._leaving(writes)
        try:
            await self.send(link, writes)
        except Exception:
            log.exception("mqtt.write_failed", source=self.name, writes=len(writes))
            text = may_land(words("words-write-failed"))
            self._open.answer(writes, Answer.UNKNOWN, text)

    async def _connected(self) -> None:
        """One connection, from its opening to its loss; raises the reason."""
        async with connect(self.broker, self.secrets, self.received, self.limiter, will=self.will()) as link:
            await link.subscribe(self.filters())
            await self.announce(link)
            self.link, self._why_not = link, ""
            self.limiter.say(log.info, "mqtt.connected", source=self.name, broker=self.broker.address)
            self.limiter.forget()
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(link.run(self._alive, self._silent))
                    tasks.create_task(self._look())
            finally:
                self.link, self._why_not = None, words("words-just-lost")

    async def _look(self) -> None:
        while True:
            self.look(time.monotonic())
            await asyncio.sleep(LOOK_EVERY_S)

    def _alive(self) -> None:
        if self._is_in_doubt:
            self._is_in_doubt = False
            self.report(self.restored())
        self.report(self.alive())

    def _silent(self, reason: str) -> None:
        self._is_in_doubt = True
        self.limiter.say(log.warning, "mqtt.silent", source=self.name, reason=reason)
        self.report(self.doubted(reason))

    def _lost(self, failure: Exception) -> None:
        """Logged once for each reason, not at every attempt."""
        error = _first(failure)
        if isinstance(error, SourceError) and error.code == HUNG_UP:
            self.hung_up_on()
        is_ours = not isinstance(error, SourceError | ConfigError)
        self._why_not = f"{type(error).__name__}: {error}" if is_ours else error.args[0]
        self._is_in_doubt = False
        self.limiter.say(
            log.error if is_ours else log.warning,
            "mqtt.lost",
            source=self.name,
            broker=self.broker.address,
            reason=self._why_not,
            **({"exc_info": failure} if is_ours else {}),
        )
        self.report(self.doubted(self._why_not))
        self.forget()

    async def _farewell(self, link: Link) -> None:
        try:
            await self.take_leave(link)
        except SourceError as error:
            log.info("mqtt.no_farewell", source=self.name, reason=str(error))

    def _answered(self, answers: Sequence[WriteAnswer]) -> None:
        if self._sink is not None:
            self._sink.answered(answers)

    _is_in_doubt = False


def _first(failure: Exception) -> Exception:
    """The reason in a task group: errors that are not about the peer are bugs, and come first."""
    if not isinstance(failure, ExceptionGroup):
        return failure
    expected, ours = failure.split((SourceError, ConfigError))
    return _first((ours or expected or failure).exceptions[0])
