"""`setpoint check --connect` for Sparkplug B: every place of the plant file in the birth certificates.

It asks each node for a birth certificate and sends nothing else. Sparkplug B does not say whether a metric can be set:
a place counts as writable if its present value could be sent back to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence

from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Plant
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
_NAMESPACE = "spBv1.0"
_Births = dict[tuple[str, str, str], Mapping[str, Metric]]


async def probe_metrics(
    settings: SparkplugSettings, secrets: Mapping[str, str], machines: Sequence[MachineMetrics], plant: Plant
) -> Sequence[Finding]:
    """A finding for every place of every machine. Raises `SourceError` or `ConfigError`."""
    births: _Births = {}
    wanted = {(each.group, each.node, each.device) for each in machines}
    came = asyncio.Event()

    def received(topic: str, payload: bytes, is_retained: bool) -> None:
        _, group, verb, node, *device = topic.split("/")
        place = (group, node, device[0] if device else "")
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
    return [finding for each in machines for finding in _findings(each, births, plant)]


def _findings(machine: MachineMetrics, births: _Births, plant: Plant) -> Iterator[Finding]:
    own = births.get((machine.group, machine.node, machine.device))
    mapped = {each.name: each for each in machine.places.fields}
    for reading in readings_of(machine.places, plant.fields_by_name):
        key, place = reading.image.key, reading.place
        if own is None:
            node = f"{machine.group}/{machine.node}"
            what = words("words-device-of", device=machine.device, node=node) if machine.device else node
            problem = words("words-no-birth-certificate", what=what, withins=f"{BIRTHS_WITHIN_S:g}")
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
