"""The Sparkplug B source: a host application that receives births, data and deaths, and sends commands.

Commands have no answer in Sparkplug B: the broker acknowledges that it has them, and the machine's reaction comes as
its data. So a command that the broker acknowledged while the node is born is ``taken``, and only the machine's own
report of the set-point settles it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from aiomqtt import Will

from setpoint.contract.values import Quality
from setpoint.core.plant import Answer, Machine, Plant, Report, SourceConfig, Write
from setpoint.errors import SourceError
from setpoint.sources.base import Capability, Finding
from setpoint.sources.mapping.readings import Reading, readings_of
from setpoint.sources.mapping.settings import FieldPlace
from setpoint.sources.mapping.values import CannotCastError, Raw, to_raw
from setpoint.sources.mapping.writes import ANSWER_WITHIN_S, may_land
from setpoint.sources.sparkplug.config import MachineMetrics, MetricPlace, SparkplugSettings, read_settings
from setpoint.sources.sparkplug.link import NO_ACKNOWLEDGEMENT, Link
from setpoint.sources.sparkplug.node import EdgeNode, Scope
from setpoint.sources.sparkplug.payload import GarbledError, cast, command, read
from setpoint.sources.sparkplug.rebirth import Rebirths
from setpoint.sources.sparkplug.session import MqttSource
from setpoint.sources.wording import words

NAMESPACE = "spBv1.0"
ANSWERS_REBIRTH_WITHIN_S = 1.5
_BOOLEAN = 11

log = structlog.get_logger("setpoint.sparkplug")


@dataclass(frozen=True, slots=True)
class _Target:
    node: EdgeNode
    scope: Scope
    field: FieldPlace[MetricPlace]

    @property
    def metric(self) -> str:
        return self.field.place.command or self.field.place.metric


class SparkplugSource(MqttSource):
    """A `Source` over the machines behind edge nodes of one broker."""

    capability = Capability(refusal=False)

    def __init__(
        self,
        settings: SparkplugSettings,
        machines: Sequence[MachineMetrics],
        plant: Plant,
        secrets: Mapping[str, str] | None = None,
        *,
        name: str = "sparkplug",
    ) -> None:
        super().__init__(name, settings.broker, secrets or {})
        self._settings = settings
        self._plant = plant
        self._machines = machines
        self._nodes: dict[tuple[str, str], EdgeNode] = {}
        self._targets: dict[tuple[str, str], _Target] = {}
        self._readings: dict[str, list[Reading[MetricPlace]]] = {}
        self._rebirths = Rebirths()
        self._online_at_ms = 0
        self._will_qos = 1
        for machine in machines:
            self._add(machine)

    @classmethod
    def make(
        cls,
        config: SourceConfig,
        machines: Sequence[Machine],
        plant: Plant,
        secrets: Mapping[str, str],
        directory: Path,
        /,
    ) -> SparkplugSource:
        """The factory of the kind ``sparkplug`` (`setpoint.sources.registry`)."""
        settings, metrics = read_settings(config, machines, plant, directory=directory)
        return cls(settings, metrics, plant, secrets, name=config.name)

    def filters(self) -> Sequence[str]:
        places = [
            f"{NAMESPACE}/{node.group}/+/{node.name}{device}"
            for node in self._nodes.values()
            for device in ("", "/+")
        ]
        return [*places, *([self._state_topic] if self._settings.host_id else [])]

    def will(self) -> Will | None:
        if not self._settings.host_id:
            return None
        self._online_at_ms = int(time.time() * 1000)
        return Will(self._state_topic, self._state(False), qos=self._will_qos, retain=True)

    def hung_up_on(self) -> None:
        """The specification wants QoS 1 for the last will; a broker without QoS 1 refuses such a connection, so the
        next one is made without it."""
        self._will_qos = 1 - self._will_qos

    async def announce(self, link: Link) -> None:
        if self._settings.host_id:
            await link.publish(self._state_topic, self._state(True), within_s=ANSWER_WITHIN_S, retain=True)

    async def take_leave(self, link: Link) -> None:
        """A connection that is closed on purpose sends no last will, so the state is published (5.4.2 of the
        specification)."""
        if self._settings.host_id:
            await link.publish(self._state_topic, self._state(False), within_s=0.5, retain=True)

    def received(self, topic: str, payload: bytes, is_retained: bool) -> None:
        levels = topic.split("/")
        if topic == self._state_topic:
            self._state_message(payload)
            return
        node = self._nodes.get((levels[1], levels[3])) if len(levels) in (4, 5) else None
        if node is None or is_retained:  # births and data are never retained; a retained one is old
            return
        verb, device = levels[2], levels[4] if len(levels) == 5 else ""
        if verb.endswith("CMD"):
            return
        at, now = time.time(), time.monotonic()
        try:
            message = read(payload)
        except GarbledError as error:
            self.limiter.say(log.warning, "sparkplug.garbled", topic=topic[:200], reason=str(error))
            self.report(node.garbled(verb, device, at))
            return
        reports = node.restore(at) if node.is_silent else []
        node.last_message_at, node.is_silent = now, False
        match verb:
            case "NBIRTH":
                reports += node.born(message, at)
            case "DBIRTH":
                reports += node.device_born(device, message, at)
            case "NDATA" | "DDATA":
                reports += node.data(device, message, at)
            case "NDEATH":
                reports += node.died(message, at)
            case "DDEATH":
                reports += node.device_died(device, message, at)
            case _:
                pass  # another word of a later version
        self.report(reports)

    def look(self, now: float) -> None:
        """Asks nodes for a (new) birth certificate if needed, and marks nodes as STALE that are silent too long."""
        if self.link is None or self.link.broker_is_silent:
            return
        for node in self._nodes.values():
            if self._settings.silent_after_s and node.is_born:
                self._listen(self.link, node, now)
        for node in self._rebirths.due(self._nodes.values(), now):
            reason = node.wants_rebirth or "its birth certificate has not come yet"
            log.debug("sparkplug.rebirth", node=str(node), reason=reason)
            self.spawn(self._ask_for_rebirth(self.link, node))

    def _listen(self, link: Link, node: EdgeNode, now: float) -> None:
        """A node that was silent for that long is asked once, and marked as STALE if it does not answer."""
        silence = now - node.last_message_at
        if silence <= self._settings.silent_after_s or node.is_silent:
            return
        if node.rebirth_requested_at < node.last_message_at:
            node.rebirth_requested_at = now
            self.spawn(self._ask_for_rebirth(link, node))
        elif now - node.rebirth_requested_at > ANSWERS_REBIRTH_WITHIN_S:
            node.is_silent, node.wants_rebirth = True, "it is silent"
            why = words("words-said-nothing-no-answer", node=node, seconds=f"{silence:.0f}")
            self.report(node.doubt(Quality.STALE, why, time.time()))

    def alive(self) -> Sequence[Report]:
        at = time.time()
        return [report for node in self._nodes.values() for report in node.alive(at)]

    def doubted(self, reason: str) -> Sequence[Report]:
        at = time.time()
        return [report for node in self._nodes.values() for report in node.doubt(Quality.STALE, reason, at)]

    def forget(self) -> None:
        self._rebirths.reset()
        for node in self._nodes.values():
            node.forget()

    def restored(self) -> Sequence[Report]:
        at = time.time()
        return [report for node in self._nodes.values() if not node.is_silent for report in node.restore(at)]

    async def send(self, link: Link, writes: Sequence[Write]) -> None:
        """One command for each device, with all of its targets."""
        at_ms = int(time.time() * 1000)
        parts: dict[int, tuple[_Target, list[tuple[Write, str | int, int, Raw]]]] = {}
        for write in writes:
            target = self._targets.get((write.machine, write.field))
            if target is None:
                text = words("words-not-mapped-to-metric", field=write.field)
                self.answer([write], Answer.REFUSED, text)
                continue
            try:
                key, datatype, raw = self._cast(write, target)
            except CannotCastError as error:
                self.answer([write], Answer.REFUSED, error.args[0])
                continue
            parts.setdefault(id(target.scope), (target, []))[1].append((write, key, datatype, raw))
        await asyncio.gather(*(self._command(link, *part, at_ms) for part in parts.values()))

    async def probe(self) -> Sequence[Finding]:
        """Every place in the birth certificates (`setpoint check --connect`); asks each node for one."""
        from setpoint.sources.sparkplug.probe import probe_metrics  # noqa: PLC0415  # only if asked for

        return await probe_metrics(self._settings, self.secrets, self._machines, self._plant)

    def _add(self, machine: MachineMetrics) -> None:
        place = (machine.group, machine.node)
        node = self._nodes.setdefault(place, EdgeNode(*place))
        scope = node.scopes.setdefault(machine.device, Scope(machine.device))
        fields = self._plant.fields_by_name
        key = machine.places.machine
        self._readings[key] = readings_of(machine.places, fields)
        scope.add(self._readings[key])
        for each in machine.places.fields:
            if fields[each.name].is_writable:
                self._targets[key, each.name] = _Target(node, scope, each)

    def _cast(self, write: Write, target: _Target) -> tuple[str | int, int, Raw]:
        """Name or alias, type and value to send. Raises `CannotCastError`."""
        if not target.node.is_born or not target.scope.is_born:
            why = target.scope.state[1]
            raise CannotCastError(words("words-nothing-sent-not-there", node=target.node, why=why))
        known = target.scope.metrics.get(target.metric)
        if known is None:
            raise CannotCastError(words("words-birth-has-no-metric", node=target.node, metric=target.metric))
        if known.problem:
            raise CannotCastError(words("words-nothing-sent", why=known.problem))
        raw = cast(to_raw(write.value, target.field, self._plant.fields_by_name[write.field]), known.datatype)
        return known.name if known.alias is None else known.alias, known.datatype, raw

    async def _command(
        self,
        link: Link,
        target: _Target,
        items: Sequence[tuple[Write, str | int, int, Raw]],
        at_ms: int,
    ) -> None:
        node, scope = target.node, target.scope
        verb, device = ("DCMD", f"/{scope.device}") if scope.device else ("NCMD", "")
        writes, session = [write for write, *_ in items], node.session
        meanings = [scope.meaning(key) for _, key, _, _ in items]
        payload = command([(key, datatype, raw) for _, key, datatype, raw in items], at_ms)
        topic = f"{NAMESPACE}/{node.group}/{verb}/{node.name}{device}"
        try:
            is_acknowledged = await link.publish(topic, payload, within_s=ANSWER_WITHIN_S)
        except SourceError as error:
            self.answer(writes, Answer.UNKNOWN, may_land(error.args[0]))
            return
        if not is_acknowledged:
            self.answer(writes, Answer.UNKNOWN, may_land(NO_ACKNOWLEDGEMENT))
            return
        is_there = node.is_born and node.session == session and scope.state[0] is not Quality.OFFLINE
        if is_there and meanings == [scope.meaning(key) for _, key, _, _ in items] and not node.is_silent:
            self.answer(writes, Answer.TAKEN)
        else:
            self.answer(writes, Answer.UNKNOWN, may_land(words("words-left-or-came-anew", node=node)))

    async def _ask_for_rebirth(self, link: Link, node: EdgeNode) -> None:
        payload = command([("Node Control/Rebirth", _BOOLEAN, True)], int(time.time() * 1000))
        try:
            await link.publish(
                f"{NAMESPACE}/{node.group}/NCMD/{node.name}", payload, within_s=ANSWER_WITHIN_S, qos=0
            )
        except SourceError as error:
            self.limiter.say(log.info, "sparkplug.no_rebirth", node=str(node), reason=str(error))

    @property
    def _state_topic(self) -> str:
        return f"{NAMESPACE}/STATE/{self._settings.host_id}"

    def _state(self, is_online: bool) -> bytes:
        """``timestamp`` is that of this connection, the same in the will and in the announcement (6.4.30)."""
        return json.dumps({"online": is_online, "timestamp": self._online_at_ms}).encode()

    def _state_message(self, payload: bytes) -> None:
        """Publishes our state again if somebody announces that we are offline (the will of an older connection)."""
        try:
            state = json.loads(payload)
        except ValueError:
            return
        link = self.link
        if link is not None and isinstance(state, dict) and state.get("online") is False:
            self.spawn(self._announce_again(link))

    async def _announce_again(self, link: Link) -> None:
        try:
            await self.announce(link)
        except SourceError as error:
            self.limiter.say(log.info, "sparkplug.no_state", source=self.name, reason=str(error))
