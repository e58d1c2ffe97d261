"""Reads a source of plain JSON over MQTT (a unified name space, for example) from a plant file.

[sources.hall]
kind = "mqtt"
broker = "mqtts://broker.plant.local:8883"    # how to reach it: `broker`
time = "ts"                                   # the path of the time in each payload, if there is one
quality = "q"
silent_after_s = 60                           # 0: silence never counts
alive = { topic = "site/line{line}/press{id}/online" }     # true or "online", false or "offline": its last will

[sources.hall.fields]
speed = "site/line{line}/press{id}/speed"     # the payload is the value
temp = { topic = "site/line{line}/press{id}/state", path = "drive.temp", optional = true }

[sources.hall.fields.targetSpeed]
topic = "site/line{line}/press{id}/speed-sp"
set = "site/line{line}/press{id}/speed-sp/set"
payload = { value = "{value}", id = "{tx}" }  # the value alone, if it is left out
ack = { topic = "site/line{line}/press{id}/ack", path = "ok", id = "id", message = "error" }

[sources.hall.status]
state = { topic = "site/line{line}/press{id}/state", path = "state" }
map = { 3 = "RUNNING" }
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from setpoint.core.plant import Field, Machine, Plant, SourceConfig
from setpoint.sources.mapping.config import PlacesReader
from setpoint.sources.mapping.settings import MachinePlaces
from setpoint.sources.settings import is_table
from setpoint.sources.sparkplug.broker import BROKER_KEYS, BrokerSettings, read_broker
from setpoint.sources.sparkplug.plain_values import is_path
from setpoint.sources.wording import words, wrong

_KEYS = (*BROKER_KEYS, "time", "quality", "silent_after_s", "alive", "fields", "status")
_TOPIC = re.compile(r"[^#+\0]{1,1000}")


@dataclass(frozen=True, slots=True)
class Ack:
    """The place of a target's acknowledgement.

    If ``id`` is empty, acknowledgements come in the order of the targets.
    """

    topic: str
    path: str = ""
    id: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class TopicPlace:
    """A value at a path of a topic's payload, and where it is set."""

    topic: str
    path: str = ""
    time: str = ""
    quality: str = ""
    set: str = ""
    payload: object = "{value}"
    ack: Ack | None = None


@dataclass(frozen=True, slots=True)
class MachineTopics:
    """``alive`` is the topic on which the machine, or the broker for it, says whether it is there."""

    places: MachinePlaces[TopicPlace]
    alive: TopicPlace | None = None


@dataclass(frozen=True, slots=True)
class PlainSettings:
    broker: BrokerSettings = field(default_factory=BrokerSettings)
    silent_after_s: int = 60


def read_settings(
    config: SourceConfig, machines: Sequence[Machine], plant: Plant, *, directory: Path = Path()
) -> tuple[PlainSettings, tuple[MachineTopics, ...]]:
    """The settings of one source and the topics of its machines. Raises `PlantError` with every mistake."""
    reader, raw = _Reader(f"sources.{config.name}", plant, config.settings), config.settings
    reader.known(raw, _KEYS)
    settings = PlainSettings(
        read_broker(reader, raw, directory), reader.whole(raw, "silent_after_s", 60, lowest=0, highest=86_400)
    )
    found = tuple(reader.topics(machine, raw) for machine in machines)
    reader.check()
    return settings, found


class _Reader(PlacesReader[TopicPlace]):
    keys = ("topic", "path", "time", "quality", "set", "payload", "ack")
    example = '"site/press{id}/speed" or { topic = "site/press{id}/state", path = "drive.speed" }'

    def __init__(self, where: str, plant: Plant, raw: Mapping[str, object]) -> None:
        super().__init__(where, plant)
        self._time = self._path(raw, "time", "")
        self._quality = self._path(raw, "quality", "")

    def topics(self, machine: Machine, raw: Mapping[str, object]) -> MachineTopics:
        places = self.machine(machine, raw)
        entry = raw.get("alive")
        if entry is None:
            return MachineTopics(places)
        table = self.table_of(entry) if isinstance(entry, str) else entry
        if not is_table(table):
            self.say("alive", wrong(entry), words("words-write-alive-online"))
            return MachineTopics(places)
        self.known(table, ("topic", "path"), "alive")
        return MachineTopics(places, self.place(table, "alive", None))

    def table_of(self, text: str) -> Mapping[str, object]:
        return {"topic": text}

    def place(self, table: Mapping[str, object], here: str, field: Field | None) -> TopicPlace | None:
        topic = self._topic(table, "topic", here)
        if not topic:
            return None
        target = self._topic(table, "set", here) if "set" in table else ""
        if target and (field is None or not field.is_writable):
            name = field.name if field is not None else "…"
            self.say(
                f"{here}.set", words("words-sets-field-plant-does-not-let"),
                words("words-write-writable-true-under-fields-leave-3", name=name)
            )  # fmt: skip
        if not target and ("ack" in table or "payload" in table):
            self.say(f"{here}.set", words("words-missing"), words("words-name-topic-which-target-published"))
        return TopicPlace(
            topic,
            self._path(table, "path", here),
            self._path(table, "time", here) or self._time,
            self._path(table, "quality", here) or self._quality,
            target,
            table.get("payload", "{value}"),
            self._ack(table, here),
        )

    def _ack(self, table: Mapping[str, object], here: str) -> Ack | None:
        if "ack" not in table:
            return None
        entry, here = table["ack"], f"{here}.ack"
        ack = {"topic": entry} if isinstance(entry, str) else entry
        if not is_table(ack):
            self.say(here, wrong(entry), words("words-write-ack"))
            return None
        self.known(ack, ("topic", "path", "id", "message"), here)
        paths = {key: self._path(ack, key, here) for key in ("path", "id", "message")}
        return Ack(self._topic(ack, "topic", here), **paths)

    def _topic(self, table: Mapping[str, object], key: str, here: str) -> str:
        text = self.text_of(table, key, here)
        if not _TOPIC.fullmatch(text):
            self.say(f"{here}.{key}", wrong(text), words("words-give-one-topic-without"))
            return ""
        return text

    def _path(self, table: Mapping[str, object], key: str, here: str) -> str:
        text = self.text(table, key, here)
        if text and not is_path(text):
            place = f"{here}.{key}" if here else key
            self.say(place, wrong(text), words("words-write-path-such-drive-speed-values"))
            return ""
        return text
