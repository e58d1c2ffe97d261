"""`setpoint check --connect` for Sparkplug B: every place of the plant file in the birth certificates.

It asks each node for a birth certificate and sends nothing else. If one does not come, it listens for a while to every
node of the broker, to say which names there are. Sparkplug B does not say whether a metric can be set: a place counts
as writable if its present value could be sent back to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Plant, usable_text
from setpoint.errors import SourceError
from setpoint.sources.base import Finding
from setpoint.sources.mapping.readings import Reading, readings_of
from setpoint.sources.mapping.settings import FieldPlace
from setpoint.sources.mapping.values import CannotCastError, UnreadableError, to_raw
from setpoint.sources.sparkplug.config import MachineMetrics, MetricPlace, SparkplugSettings
from setpoint.sources.sparkplug.link import connect
from setpoint.sources.sparkplug.payload import (
    GarbledError,
    Metric,
    cast,
    command,
    name_of,
    quality_of,
    read,
    type_name,
    value_of,
)
from setpoint.sources.supervision import LogLimiter
from setpoint.sources.wording import words

BIRTHS_WITHIN_S = 5.0
LISTENS_S = 3.0
_NAMESPACE = "spBv1.0"
_FROM_NODES = frozenset(("NBIRTH", "NDATA", "DBIRTH", "DDATA"))
_MAX_SEEN, _MOST_SHOWN, _LONGEST_NAME = 500, 8, 64
_Place: TypeAlias = tuple[str, str, str]
"""Group, node and device; the device is empty for the node itself."""
_Births: TypeAlias = dict[_Place, Mapping[str, Metric]]


@dataclass(slots=True)
class _SeenPlaces:
    """The places that sent something. They are named if other places were expected."""

    places: dict[_Place, None] = field(default_factory=dict)

    def add(self, place: _Place, verb: str) -> None:
        if verb in _FROM_NODES and len(self.places) < _MAX_SEEN:
            self.places[place] = None

    def missing(self, group: str, node: str, device: str) -> str:
        """Why nothing came from this place: the first part of its name that nobody has, and the names that were seen
        instead."""
        name = f"{group}/{node}"
        what = words("words-device-of", device=device, node=name) if device else name
        within_s = f"{BIRTHS_WITHIN_S:g}"
        groups = [each[0] for each in self.places]
        nodes = [each[1] for each in self.places if each[0] == group]
        devices = [each[2] for each in self.places if each[:2] == (group, node) and each[2]]
        if not groups:
            return words("words-no-birth-nothing", what=what, withins=within_s)
        if group not in groups:
            return words("words-no-birth-groups", what=what, withins=within_s, known=_names(groups))
        if node not in nodes:
            known = _names(nodes)
            return words("words-no-birth-nodes", what=what, withins=within_s, group=group, known=known)
        if device and devices and device not in devices:
            return words("words-no-birth-devices", what=what, withins=within_s, known=_names(devices))
        return words("words-no-birth-certificate", what=what, withins=within_s)


def _names(found: Iterable[str]) -> str:
    names = [usable_text(each)[:_LONGEST_NAME] for each in dict.fromkeys(found)]
    return ", ".join(names[:_MOST_SHOWN]) + (", …" if len(names) > _MOST_SHOWN else "")


async def probe_metrics(
    settings: SparkplugSettings, secrets: Mapping[str, str], machines: Sequence[MachineMetrics], plant: Plant
) -> Sequence[Finding]:
    """A finding for every place of every machine. Raises `SourceError` or `ConfigError`."""
    births: _Births = {}
    others = _SeenPlaces()
    wanted = {(each.group, each.node, each.device) for each in machines}
    came = asyncio.Event()

    def received(topic: str, payload: bytes, is_retained: bool) -> None:
        _, group, verb, node, *device = topic.split("/")
        place = (group, node, device[0] if device else "")
        others.add(place, verb)
        if verb in ("NBIRTH", "DBIRTH") and place in wanted and not is_retained:
            try:
                metrics = read(payload).metrics
            except GarbledError:
                return
            births[place] = {name_of(each): each for each in metrics}
        if wanted <= births.keys():
            came.set()

    async with connect(settings.broker, secrets, received, LogLimiter()) as link:
        nodes = dict.fromkeys((each.group, each.node) for each in machines)
        await link.subscribe(
            [f"{_NAMESPACE}/{group}/+/{node}{more}" for group, node in nodes for more in ("", "/+")]
        )
        ask = command([("Node Control/Rebirth", 11, True)], int(time.time() * 1000))
        for group, node in nodes:
            await link.publish(f"{_NAMESPACE}/{group}/NCMD/{node}", ask, within_s=3.0)
        with contextlib.suppress(TimeoutError):  # places without a message are reported as missing
            async with asyncio.timeout(BIRTHS_WITHIN_S):
                await came.wait()
        if not wanted <= births.keys():
            with contextlib.suppress(SourceError):  # the broker may refuse to send us the others
                await link.subscribe([f"{_NAMESPACE}/+/+/+", f"{_NAMESPACE}/+/+/+/+"], qos=0)
                await asyncio.sleep(LISTENS_S)
    return [finding for each in machines for finding in _findings(each, births, others, plant)]


def _findings(
    machine: MachineMetrics, births: _Births, others: _SeenPlaces, plant: Plant
) -> Iterator[Finding]:
    own = births.get((machine.group, machine.node, machine.device))
    mapped = {each.name: each for each in machine.places.fields}
    for reading in readings_of(machine.places, plant.fields_by_name):
        key, place = reading.image.key, reading.place
        if own is None:
            problem = others.missing(machine.group, machine.node, machine.device)
            yield Finding(key, reading.label, place.metric, problem=problem)
        elif place.metric not in own:
            problem = words("words-no-such-metric", known=", ".join(sorted(own)[:8]))
            yield Finding(key, reading.label, place.metric, problem=problem)
        else:
            yield _found(reading, own, None if reading.is_condition else mapped[reading.label], plant)


def _found(
    reading: Reading[MetricPlace],
    birth: Mapping[str, Metric],
    mapped: FieldPlace[MetricPlace] | None,
    plant: Plant,
) -> Finding:
    metric = birth[reading.place.metric]
    try:
        raw = value_of(metric, metric.datatype)
        quality, reason = quality_of(metric)
    except UnreadableError as error:
        raw, quality, reason = None, Quality.BAD, error.args[0]
    reading.take(raw, quality, reason)
    image = reading.image
    value: Value = image.condition()[0] if reading.label == "status" else image.values.get(reading.label, raw)
    problem, is_writable = reading.reason, False
    if mapped is not None and plant.fields_by_name[mapped.name].is_writable and not problem:
        target = birth.get(mapped.place.command or mapped.place.metric)
        if target is None:
            problem = words("words-no-command-metric", metric=mapped.place.command)
        else:
            problem = _unwritable(mapped, value, target, plant)
            is_writable = not problem
    kind = type_name(metric.datatype)
    return Finding(
        image.key, reading.label, name_of(metric), kind, value, reading.quality, is_writable, problem
    )


def _unwritable(mapped: FieldPlace[MetricPlace], value: Value, target: Metric, plant: Plant) -> str:
    """Why even the present value could not be sent; empty if it could."""
    if value is None:
        return ""
    try:
        cast(to_raw(value, mapped, plant.fields_by_name[mapped.name]), target.datatype)
    except CannotCastError as error:
        found: str = error.args[0]
        return found
    return ""
