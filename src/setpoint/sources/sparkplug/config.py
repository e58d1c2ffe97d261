"""Reads a Sparkplug B source from a plant file, and reports all mistakes at once.

[sources.cells]
kind = "sparkplug"
broker = "mqtts://broker.plant.local:8883"    # how to reach it: `broker`
host_id = "setpoint"                          # ours, in spBv1.0/STATE/{host_id}; leave it out to be no primary host
group = "Plant 1"                             # where the machines are in the topics
node = "Line {line}"
device = "Press {id}"                         # leave it out where the metrics are the edge node's own
silent_after_s = 60                           # a node that says nothing for so long is asked; 0: never

[sources.cells.fields]
speed = "Drive/Speed"                         # the metric's name
targetSpeed = { metric = "Drive/Speed SP", command = "Drive/Set Speed", scale = 0.1 }

[sources.cells.status]
state = "State"                               # with packml = true, or map = { 3 = "RUNNING" }
word = "Alarms"
bits = { EMERGENCY_STOP = { 0 = "button" } }
flags = { SAFETY_INTERLOCK = "Door open" }
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from setpoint.core.plant import Field, Machine, Plant, SourceConfig
from setpoint.sources.mapping.config import PlacesReader
from setpoint.sources.mapping.settings import MachinePlaces
from setpoint.sources.sparkplug.broker import BROKER_KEYS, BrokerSettings, read_broker
from setpoint.sources.wording import words, wrong

_KEYS = (*BROKER_KEYS, "host_id", "group", "node", "device", "silent_after_s", "fields", "status")


@dataclass(frozen=True, slots=True)
class MetricPlace:
    """``command`` is the metric that sets it, if that is not ``metric``."""

    metric: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class MachineMetrics:
    """A machine's place in the topics (an empty ``device`` is the edge node itself), and its metrics."""

    group: str
    node: str
    device: str
    places: MachinePlaces[MetricPlace]


@dataclass(frozen=True, slots=True)
class SparkplugSettings:
    """``host_id`` empty: we announce no state. ``silent_after_s`` 0: silence never counts."""

    broker: BrokerSettings = field(default_factory=BrokerSettings)
    host_id: str = ""
    silent_after_s: int = 60


def read_settings(
    config: SourceConfig, machines: Sequence[Machine], plant: Plant, *, directory: Path = Path()
) -> tuple[SparkplugSettings, tuple[MachineMetrics, ...]]:
    """The settings of one source and the metrics of its machines. Raises `PlantError` with every mistake."""
    reader, raw = _Reader(f"sources.{config.name}", plant), config.settings
    reader.known(raw, _KEYS)
    settings = SparkplugSettings(
        read_broker(reader, raw, directory),
        reader.level(raw.get("host_id", ""), "host_id"),
        reader.whole(raw, "silent_after_s", 60, lowest=0, highest=86_400),
    )
    found = tuple(reader.metrics(machine, raw) for machine in machines)
    reader.check()
    return settings, found


class _Reader(PlacesReader[MetricPlace]):
    keys = ("metric", "command")
    example = '"Drive/Speed" or { metric = "Drive/Speed", command = "Drive/Set Speed" }'

    def metrics(self, machine: Machine, raw: Mapping[str, object]) -> MachineMetrics:
        places = self.machine(machine, raw)
        levels = {}
        for key in ("group", "node", "device"):
            pattern = machine.settings.get(key, raw.get(key, ""))
            text = self.level(pattern, key)
            levels[key] = self.filled(text, key)
            if not text and key != "device":
                self.say(key, words("words-missing"), words("words-say-where-machines-are-topics", key=key))
        return MachineMetrics(levels["group"], levels["node"], levels["device"], places)

    def level(self, value: object, key: str) -> str:
        """One level of a topic."""
        if isinstance(value, str) and not any(each in value for each in "/+#\0"):
            return value
        self.say(key, wrong(value), words("words-give-one-level-topic-without"))
        return ""

    def table_of(self, text: str) -> Mapping[str, object]:
        return {"metric": text}

    def place(self, table: Mapping[str, object], here: str, field: Field | None) -> MetricPlace | None:
        metric, command = self.text_of(table, "metric", here), self.text_of(table, "command", here)
        if not metric:
            self.say(f"{here}.metric", words("words-missing"), words("words-write", example=self.example))
            return None
        if command and (field is None or not field.is_writable):
            name = field.name if field is not None else "…"
            remedy = words("words-write-writable-true-under-fields-leave-2", name=name)
            self.say(
                f"{here}.command",
                words("words-sets-field-plant-does-not-let"),
                remedy,
            )
        return MetricPlace(metric, command)
