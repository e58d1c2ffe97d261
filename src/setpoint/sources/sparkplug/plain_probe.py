"""`setpoint check --connect` for plain JSON: retained messages, and those that come while it listens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence

from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Plant
from setpoint.sources.base import Finding
from setpoint.sources.mapping.readings import Reading, readings_of
from setpoint.sources.mapping.settings import FieldPlace
from setpoint.sources.mapping.values import UnreadableError
from setpoint.sources.sparkplug.link import connect
from setpoint.sources.sparkplug.plain_config import MachineTopics, PlainSettings, TopicPlace
from setpoint.sources.sparkplug.plain_values import parse, quality, value
from setpoint.sources.supervision import LogLimiter
from setpoint.sources.wording import words

LISTENS_S = 5.0


async def probe_topics(
    settings: PlainSettings, secrets: Mapping[str, str], machines: Sequence[MachineTopics], plant: Plant
) -> Sequence[Finding]:
    """A finding for every place of every machine. Raises `SourceError` or `ConfigError`."""
    readings = {each.places.machine: readings_of(each.places, plant.fields_by_name) for each in machines}
    wanted = {reading.place.topic for part in readings.values() for reading in part}
    payloads: dict[str, bytes] = {}
    came = asyncio.Event()

    def received(topic: str, payload: bytes, _: bool) -> None:
        payloads[topic] = payload
        if wanted <= payloads.keys():
            came.set()

    async with connect(settings.broker, secrets, received, LogLimiter()) as link:
        await link.subscribe([*wanted])
        with contextlib.suppress(TimeoutError):  # places without a message are reported as missing
            async with asyncio.timeout(LISTENS_S):
                await came.wait()
    return [
        finding
        for each in machines
        for finding in _findings(each, readings[each.places.machine], payloads, plant)
    ]


def _findings(
    machine: MachineTopics,
    readings: Sequence[Reading[TopicPlace]],
    payloads: Mapping[str, bytes],
    plant: Plant,
) -> Iterator[Finding]:
    mapped = {each.name: each for each in machine.places.fields}
    for reading in readings:
        yield _finding(reading, payloads, None if reading.is_condition else mapped[reading.label], plant)


def _finding(
    reading: Reading[TopicPlace],
    payloads: Mapping[str, bytes],
    mapped: FieldPlace[TopicPlace] | None,
    plant: Plant,
) -> Finding:
    image, place = reading.image, reading.place
    where = f"{place.topic}{' ' if place.path else ''}{place.path}"
    if place.topic not in payloads:
        silent = words("words-nothing-came", withins=f"{LISTENS_S:g}")
        return Finding(image.key, reading.label, where, problem=silent)
    try:
        document = parse(payloads[place.topic])
        raw = value(document, place.path)
        reading.take(raw, *quality(document, place.quality))
    except UnreadableError as error:
        return Finding(image.key, reading.label, where, "JSON", None, Quality.BAD, problem=error.args[0])
    shown: Value = image.condition()[0] if reading.label == "status" else image.values.get(reading.label, raw)
    is_writable = mapped is not None and bool(place.set)
    problem = reading.reason
    if (
        mapped is not None
        and plant.fields_by_name[mapped.name].is_writable
        and not is_writable
        and not problem
    ):
        problem = words("words-no-topic-to-set")
    name = "text" if isinstance(raw, str) else "number" if isinstance(raw, int | float) else "nothing"
    kind = words(f"words-type-{name}")
    return Finding(image.key, reading.label, where, kind, shown, reading.quality, is_writable, problem)
