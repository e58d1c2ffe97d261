"""`setpoint check --connect` for Modbus: every place of every machine, read one by one."""

from __future__ import annotations

from collections.abc import Sequence

from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Plant
from setpoint.errors import SourceError
from setpoint.sources.base import Finding
from setpoint.sources.mapping.readings import Reading, readings_of
from setpoint.sources.mapping.settings import MachinePlaces
from setpoint.sources.modbus.config import ModbusSettings
from setpoint.sources.modbus.link import Link, NoAnswerError
from setpoint.sources.modbus.registers import BIT_TABLES, RegisterPlace, decode
from setpoint.sources.wording import words


async def probe_registers(
    settings: ModbusSettings, machines: Sequence[MachinePlaces[RegisterPlace]], plant: Plant
) -> Sequence[Finding]:
    """A finding for every place. If a gateway cannot be reached, that is the finding for each of its places."""
    found: list[Finding] = []
    links: dict[tuple[str, int], Link | SourceError] = {}
    silent: set[tuple[str, int, int]] = set()
    try:
        for machine in machines:
            for reading in readings_of(machine, plant.fields_by_name):
                place = reading.place
                key = (place.host, place.port)
                if key not in links:
                    links[key] = await _opened(settings, *key)
                link = links[key]
                if isinstance(link, SourceError) or (*key, place.unit) in silent:
                    why = (
                        link.args[0]
                        if isinstance(link, SourceError)
                        else words("words-unit-silent", unit=place.unit)
                    )
                    found.append(Finding(reading.image.key, reading.label, str(place), problem=why))
                    continue
                try:
                    found.append(await _probe(link, reading, plant))
                except NoAnswerError as error:
                    silent.add((*key, place.unit))
                    found.append(Finding(reading.image.key, reading.label, str(place), problem=error.args[0]))
                except SourceError as error:
                    found.append(Finding(reading.image.key, reading.label, str(place), problem=error.args[0]))
    finally:
        for each in links.values():
            if isinstance(each, Link):
                each.close()
    return found


async def _opened(settings: ModbusSettings, host: str, port: int) -> Link | SourceError:
    link = Link(host, port, settings)
    try:
        await link.open()
    except SourceError as error:
        link.close()
        return error
    return link


async def _probe(link: Link, reading: Reading[RegisterPlace], plant: Plant) -> Finding:
    place, image = reading.place, reading.image
    found = await link.read(place.table, place.address, place.size, place.unit)
    raw = decode(place, found, 0) if isinstance(found, bytes) else found[0]
    reading.take(raw)
    shown: Value = image.condition()[0] if reading.label == "status" else image.values.get(reading.label, raw)
    field = None if reading.is_condition else plant.fields_by_name.get(reading.label)
    is_writable = field is not None and field.is_writable and place.can_be_set
    problem = reading.reason
    if field is not None and field.options and shown not in field.options and not problem:
        problem = words("words-none-of", value=repr(shown), known=", ".join(field.options))
    kind = words("words-type-bit") if place.table in BIT_TABLES or place.bit is not None else place.type
    quality = reading.quality if not problem else Quality.BAD
    return Finding(image.key, reading.label, str(place), kind, shown, quality, is_writable, problem)
