"""The source of machines that speak plain JSON over MQTT.

A target is published (QoS 1) and, where the plant file names an acknowledgement, answered by it. Without one it is
``taken`` when the broker has it and the machine is there; only the machine's own report of the set-point settles it.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from setpoint.core.plant import Answer, Machine, Plant, Report, SourceConfig, Write
from setpoint.errors import SourceError
from setpoint.sources.base import Capability, Finding
from setpoint.sources.mapping.readings import readings_of
from setpoint.sources.mapping.settings import FieldPlace
from setpoint.sources.mapping.values import CannotCastError, Raw, UnreadableError, to_raw
from setpoint.sources.mapping.writes import ANSWER_WITHIN_S, may_land
from setpoint.sources.sparkplug.link import NO_ACKNOWLEDGEMENT, Link
from setpoint.sources.sparkplug.plain_config import MachineTopics, PlainSettings, TopicPlace, read_settings
from setpoint.sources.sparkplug.plain_machine import AckQueue, PlainMachine, item_id
from setpoint.sources.sparkplug.plain_values import filled, parse
from setpoint.sources.sparkplug.session import MqttSource
from setpoint.sources.wording import words

FIRST_VALUES_WITHIN_S = 2.0


class PlainSource(MqttSource):
    """A `Source` over the topics of one broker."""

    def __init__(
        self,
        settings: PlainSettings,
        machines: Sequence[MachineTopics],
        plant: Plant,
        secrets: Mapping[str, str] | None = None,
        *,
        name: str = "mqtt",
    ) -> None:
        super().__init__(name, settings.broker, secrets or {})
        self._settings = settings
        self._described = machines
        self._plant = plant
        self._machines: dict[str, PlainMachine] = {}
        self._by_topic: dict[str, list[PlainMachine]] = {}
        self._targets: dict[tuple[str, str], FieldPlace[TopicPlace]] = {}
        self._acks: dict[str, AckQueue] = {}
        self._patient_until = math.inf
        for machine in machines:
            self._add(machine)
        described = [each.place for machine in machines for each in machine.places.fields]
        self.capability = Capability(
            time=any(each.time for each in described),
            quality=any(each.quality for each in described),
            refusal=any(each.ack is not None for each in described),
        )

    @classmethod
    def make(
        cls,
        config: SourceConfig,
        machines: Sequence[Machine],
        plant: Plant,
        secrets: Mapping[str, str],
        directory: Path,
        /,
    ) -> PlainSource:
        """The factory of the kind ``mqtt`` (`setpoint.sources.registry`)."""
        settings, topics = read_settings(config, machines, plant, directory=directory)
        return cls(settings, topics, plant, secrets, name=config.name)

    def filters(self) -> Sequence[str]:
        for machine in self._machines.values():
            machine.begin()
        for queue in self._acks.values():
            queue.owed = 0
        self._patient_until = time.monotonic() + FIRST_VALUES_WITHIN_S
        return [*dict.fromkeys((*self._by_topic, *self._acks))]

    def received(self, topic: str, payload: bytes, is_retained: bool) -> None:
        machines, queue = self._by_topic.get(topic, ()), self._acks.get(topic)
        at = time.time()
        if not payload:
            self.report([report for each in machines for report in each.cleared(topic, at)])
            return
        try:
            document = parse(payload)
        except UnreadableError as error:
            self.report([report for each in machines for report in each.garbled(topic, error.args[0], at)])
            return
        if queue is not None and not is_retained and (found := queue.match(document)) is not None:
            write, answer, message = found
            self.answer([write], answer, message)
        now = time.monotonic()
        if machines:
            self.report([r for each in machines for r in each.take(topic, document, is_retained, now, at)])

    def look(self, now: float) -> None:
        """Marks machines as STALE that have no ``alive`` topic and are silent too long."""
        limit = self._settings.silent_after_s
        if self.link is None or self.link.broker_is_silent:
            return
        if now > self._patient_until:
            self._patient_until = math.inf
            at = time.time()
            self.report([each for machine in self._machines.values() for each in machine.wait_no_longer(at)])
        if not limit:
            return
        reports: list[Report] = []
        for machine in self._machines.values():
            silence = now - machine.last_data_at
            if machine.counts_silence and machine.is_present and silence > limit:
                reports += machine.lost(
                    words("words-has-said-nothing-for", seconds=f"{silence:.0f}"), time.time()
                )
        self.report(reports)

    def alive(self) -> Sequence[Report]:
        at = time.time()
        return [report for machine in self._machines.values() for report in machine.report(at)]

    def doubted(self, reason: str) -> Sequence[Report]:
        at = time.time()
        return [report for machine in self._machines.values() for report in machine.doubt(reason, at)]

    def restored(self) -> Sequence[Report]:
        at = time.time()
        return [report for machine in self._machines.values() for report in machine.restore(at)]

    async def send(self, link: Link, writes: Sequence[Write]) -> None:
        sending = []
        for write in writes:
            target = self._targets.get((write.machine, write.field))
            if target is None:
                text = words("words-not-mapped-to-topic", field=write.field)
                self.answer([write], Answer.REFUSED, text)
                continue
            try:
                raw = to_raw(write.value, target, self._plant.fields_by_name[write.field])
            except CannotCastError as error:
                self.answer([write], Answer.REFUSED, error.args[0])
                continue
            sending.append(self._publish(link, write, target.place, raw))
        await asyncio.gather(*sending)

    async def probe(self) -> Sequence[Finding]:
        """The messages on every topic (`setpoint check --connect`); only listens."""
        from setpoint.sources.sparkplug.plain_probe import probe_topics  # noqa: PLC0415  # only if asked for

        return await probe_topics(self._settings, self.secrets, self._described, self._plant)

    def _add(self, described: MachineTopics) -> None:
        fields, places = self._plant.fields_by_name, described.places
        readings = readings_of(places, fields)
        if not readings:
            return
        machine = self._machines[places.machine] = PlainMachine(readings, described.alive)
        for topic in machine.topics:
            self._by_topic.setdefault(topic, []).append(machine)
        for each in places.fields:
            if each.place.set and fields[each.name].is_writable:
                self._targets[places.machine, each.name] = each
                if each.place.ack is not None:
                    self._acks.setdefault(each.place.ack.topic, AckQueue(each.place.ack))

    async def _publish(self, link: Link, write: Write, place: TopicPlace, raw: Raw) -> None:
        machine = self._machines[write.machine]
        document = filled(place.payload, raw, item_id(write))
        payload = document.encode() if isinstance(document, str) else json.dumps(document).encode()
        queue = self._acks[place.ack.topic] if place.ack is not None else None
        if queue is not None:
            queue.waiting.append(write)
        try:
            is_acknowledged = await link.publish(place.set, payload, within_s=ANSWER_WITHIN_S)
        except SourceError as error:
            if queue is not None:
                queue.give_up([write])
            self.answer([write], Answer.UNKNOWN, may_land(error.args[0]))
            return
        if queue is not None:
            await asyncio.sleep(ANSWER_WITHIN_S)  # its answer is the acknowledgement, or the end of the time
            queue.give_up([write])
        elif not is_acknowledged:
            self.answer([write], Answer.UNKNOWN, may_land(NO_ACKNOWLEDGEMENT))
        elif machine.is_present:
            self.answer([write], Answer.TAKEN)
        else:
            self.answer([write], Answer.UNKNOWN, may_land(words("words-machine-not-there")))
