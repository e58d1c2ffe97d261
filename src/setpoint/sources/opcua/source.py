"""The OPC UA source: connects, subscribes, writes, and starts again from the beginning after every loss.

A connection is never repaired, only replaced, so that every state is reached in only one way. A loss is reported at
once:

- If the socket closes or the server reports an error, every machine is STALE with the reason. A new connection is tried
  every two seconds.
- If the server is silent (a subscription sent nothing for 1.5 s beyond its keep-alive, or the server does not answer),
  its machines are STALE. When it answers again, they are as good as before. After 10 s of silence the connection is
  replaced.

Values stay as last known, and so does a stop. On a new connection the server sends the current value of every node; a
machine is not GOOD before all of its values have arrived. Once a second the source reads the server's own state, which
applies to each of its machines.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import structlog
from asyncua import ua

from setpoint.contract.values import Quality
from setpoint.core.plant import Answer, FieldType, Machine, Plant, Report, SourceConfig, Write, WriteAnswer
from setpoint.errors import ConfigError, SourceError
from setpoint.sources.base import Capability, Finding, Sink
from setpoint.sources.mapping.writes import may_land, not_connected
from setpoint.sources.opcua.config import read_settings
from setpoint.sources.opcua.connection import Diagnosis, connect
from setpoint.sources.opcua.enumerations import learn_names
from setpoint.sources.opcua.image import MachineImage
from setpoint.sources.opcua.quality import server_quality
from setpoint.sources.opcua.readback import ReadBack
from setpoint.sources.opcua.readings import Reading, readings_of
from setpoint.sources.opcua.session import Session, Sizes
from setpoint.sources.opcua.settings import MachineNodes, OpcUaSettings
from setpoint.sources.opcua.structures import learn_layouts
from setpoint.sources.opcua.subscriptions import Statistics, Subscriptions
from setpoint.sources.opcua.targets import Targets, WritableNode
from setpoint.sources.opcua.writes import Writer, answered
from setpoint.sources.supervision import LogLimiter, keep_running, stop_within
from setpoint.sources.wording import words

DROP_AFTER_S = 10.0
FIRST_VALUES_WITHIN_S = 5.0
TRY_AGAIN_EVERY_S = 10.0
_LOOK_EVERY_S = 0.25
_ASK_EVERY_S = 1.0

_Doubt = Callable[[Sequence[MachineImage], str], None]

log = structlog.get_logger("setpoint.opcua")


class OpcUaSource:
    """A `Source` over the machines of one OPC UA endpoint."""

    capability = Capability()

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
        self._nodes = nodes
        self._plant = plant
        self._secrets = secrets or {}
        self._readings = [readings_of(each, plant.fields_by_name) for each in nodes]
        self._images = [readings[0].image for readings in self._readings if readings]
        self._by_field = {(each.image.key, each.label): each for part in self._readings for each in part}
        self._writable = {
            (machine.machine, each.name): WritableNode(each, plant.fields_by_name[each.name])
            for machine in nodes
            for each in machine.fields
            if plant.fields_by_name[each.name].is_writable
        }
        self._sizes = Sizes()
        self._diagnosis = Diagnosis()
        self._limiter = LogLimiter()
        self._sink: Sink | None = None
        self._task: asyncio.Task[None] | None = None
        self._writer: Writer | None = None
        self._read_back: ReadBack | None = None
        self._writing: dict[asyncio.Task[None], Sequence[Write]] = {}
        self._why_not: str = words("words-not-connected-yet")

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
        running = keep_running(self._connected, self._lost, lambda: self._sink is not None)
        self._task = asyncio.create_task(running, name=f"opcua {self._name}")

    async def write(self, writes: Sequence[Write]) -> None:
        writer = self._writer
        if writer is None:
            text = not_connected(self._why_not)
            self._answer([answered(write, Answer.REFUSED, text) for write in writes])
            return
        task = asyncio.create_task(self._write(writer, writes), name=f"opcua {self._name} writes")
        self._writing[task] = tuple(writes)
        task.add_done_callback(self._written)

    async def stop(self) -> None:
        writing = dict(self._writing)
        await stop_within(writing, self._name)
        text = may_land(words("words-stopped-before-answer"))
        for task, writes in writing.items():
            if not task.done() or task.cancelled():
                self._answer([answered(write, Answer.UNKNOWN, text) for write in writes])
        # A failing task group can swallow a cancellation, so the loop checks the sink as well.
        self._sink = None
        if self._task is not None:
            await stop_within([self._task], self._name)
            self._task = None

    async def probe(self) -> Sequence[Finding]:
        """A finding for every node of every machine, in the order of the plant file (`setpoint check --connect`)."""
        from setpoint.sources.opcua.probe import probe_nodes  # noqa: PLC0415  # only if asked for

        async with connect(self._settings, self._secrets, sizes=self._sizes) as session:
            return await probe_nodes(session, self._nodes, self._plant)

    async def _write(self, writer: Writer, writes: Sequence[Write]) -> None:
        try:
            answers = await writer.write(writes)
        except Exception:
            log.exception("opcua.write_failed", source=self._name, writes=len(writes))
            text = may_land(words("words-write-failed"))
            answers = [answered(write, Answer.UNKNOWN, text) for write in writes]
        self._answer(answers)
        if self._read_back is not None:
            taken = [each for each in answers if each.answer is Answer.TAKEN]
            self._read_back.soon([self._by_field[each.machine, each.field] for each in taken])

    def _written(self, task: asyncio.Task[None]) -> None:
        self._writing.pop(task, None)

    async def _connected(self) -> None:
        """One connection, from its opening to its loss. Raises the reason of the loss."""
        async with connect(
            self._settings, self._secrets, sizes=self._sizes, diagnosis=self._diagnosis
        ) as session:
            await self._serve(session)

    async def _serve(self, session: Session) -> None:
        names = await self._learn(session)
        subscriptions = Subscriptions(session, self._settings, self._report, self.statistics, self._limiter)
        await subscriptions.subscribe(self._readings)
        writer = Writer(session, self._writable, Targets(session, names=names), self._voided)
        await writer.learn()
        read_back = ReadBack(session, subscriptions, self._report)
        self._writer, self._read_back = writer, read_back
        self._why_not = ""
        self._limiter.say(
            log.info,
            "opcua.connected",
            source=self._name,
            endpoint=session.endpoint,
            machines=len(self._images),
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(subscriptions.publish_requests):
                    tasks.create_task(subscriptions.publish())
                tasks.create_task(session.keep_secure())
                tasks.create_task(read_back.run())
                tasks.create_task(_Watch(self._name, session, subscriptions, self._doubt).run())
        finally:
            self._writer = self._read_back = None
            self._why_not = words("words-just-lost")
            if subscriptions.has_values:
                self._limiter.forget()

    async def _learn(self, session: Session) -> Mapping[str, Mapping[int, str]]:
        """Reads names of numbers and layouts of structures for the readings that need them. Returns names by node."""
        every = [reading for readings in self._readings for reading in readings]
        found: dict[str, Mapping[int, str]] = {}
        named = _with_nodes(session, [each for each in every if self._needs_names(each)])
        for (reading, _), names in zip(
            named, await learn_names(session, [node for _, node in named]), strict=True
        ):
            reading.names = found[reading.node] = names
        inner = _with_nodes(session, [each for each in every if each.part.member])
        if inner:
            layouts = await learn_layouts(session, [node for _, node in inner])
            for reading, _ in inner:
                reading.layouts = layouts
        return found

    def _needs_names(self, reading: Reading) -> bool:
        if reading.label.startswith("status") and reading.label != "status word":
            return True
        field = self._plant.fields_by_name.get(reading.label)
        if reading.is_condition or field is None or field.type is FieldType.NUMBER:
            return False
        return not any(each.name == reading.label and each.choices for each in self._settings.fields)

    def _lost(self, failure: Exception) -> None:
        """Marks every machine as out of contact. Logs each reason once, not at every attempt."""
        error = _first(failure)
        is_ours = not isinstance(error, SourceError | ConfigError)
        self._why_not = f"{type(error).__name__}: {error}" if is_ours else error.args[0]
        self._limiter.say(
            log.error if is_ours else log.warning,
            "opcua.lost",
            source=self._name,
            endpoint=self._settings.endpoint,
            reason=self._why_not,
            **({"exc_info": failure} if is_ours else {}),
        )
        self._doubt(self._images, self._why_not)

    def _doubt(self, images: Sequence[MachineImage], reason: str) -> None:
        """Reports these machines as out of contact, with the reason: STALE, or NEVER_SEEN if there never was any."""
        at = time.time()
        self._report(
            [
                Report(image.key, {}, at, Quality.STALE if image.reported_at else Quality.NEVER_SEEN, reason)
                for image in images
            ]
        )

    def _report(self, reports: Sequence[Report]) -> None:
        if self._sink is not None and reports:
            self._sink.reported(reports)

    def _voided(self, write: Write) -> str | None:
        return None if self._sink is None else self._sink.voided(write)

    def _answer(self, answers: Sequence[WriteAnswer]) -> None:
        if self._sink is not None:
            self._sink.answered(answers)


class _Watch:
    """Marks the machines of a silent server, drops the connection after a longer silence, and retries missing nodes."""

    def __init__(self, name: str, session: Session, subscriptions: Subscriptions, doubt: _Doubt) -> None:
        self._name = name
        self._session = session
        self._subscriptions = subscriptions
        self._doubt = doubt
        self._last_answer_at = time.monotonic()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look())
            tasks.create_task(self._ask())

    async def _look(self) -> None:
        patient_until = time.monotonic() + FIRST_VALUES_WITHIN_S
        again_at = time.monotonic() + TRY_AGAIN_EVERY_S
        subscriptions = self._subscriptions
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            now = time.monotonic()
            if now >= patient_until:
                patient_until = math.inf
                subscriptions.wait_no_longer()
            silent, longest_s = subscriptions.silent(now, self._last_answer_at)
            for subscription in silent:
                reason = words("words-is-silent", address=self._session.endpoint)
                subscriptions.limiter.say(
                    log.warning, "opcua.silent", source=self._name, machines=len(subscription.images)
                )
                self._doubt(subscription.images, reason)
            if longest_s >= DROP_AFTER_S:
                raise SourceError(
                    words(
                        "words-has-been-silent-s",
                        endpoint=self._session.endpoint,
                        longests=format(longest_s, ".0f"),
                    )
                )
            await subscriptions.missed()
            if now >= again_at:
                again_at = now + TRY_AGAIN_EVERY_S
                await subscriptions.try_again()

    async def _ask(self) -> None:
        """Reads the server's own state once a second, or more often if its session would end by then. A server without
        a state counts as running.
        """
        every_s = max(min(_ASK_EVERY_S, self._session.timeout_s / 3), _LOOK_EVERY_S / 2)
        while True:
            await asyncio.sleep(every_s)
            try:
                state, is_same = await self._session.look()
            except SourceError as error:
                if error.code == "timeout":
                    continue  # silence is measured, not guessed
                raise
            self._last_answer_at = time.monotonic()
            if not is_same:
                raise SourceError(words("words-has-changed-its-namespaces", endpoint=self._session.endpoint))
            self._subscriptions.server_says(*server_quality(state))
            self._subscriptions.server_is_alive()
            self._subscriptions.expect_keep_alives()


def _with_nodes(session: Session, readings: Sequence[Reading]) -> list[tuple[Reading, ua.NodeId]]:
    found = [(each, session.node_id(each.node)) for each in readings]
    return [(each, node) for each, node in found if node is not None]


def _first(failure: Exception) -> Exception:
    """The exception in a task group that matters most: errors that are not about the peer are bugs, and come first."""
    if not isinstance(failure, ExceptionGroup):
        return failure
    expected, ours = failure.split((SourceError, ConfigError))
    return _first((ours or expected or failure).exceptions[0])
