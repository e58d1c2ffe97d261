"""Plans the requests that read everything: neighbouring places of one device in one request, within the device's
limits. If a device refuses a request because of one address, or does not answer it, the request is split until only
that place is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from setpoint.sources.mapping.readings import Reading
from setpoint.sources.modbus.config import ModbusSettings
from setpoint.sources.modbus.registers import BIT_TABLES, RegisterPlace


@dataclass(slots=True)
class Block:
    """One request: ``count`` registers or bits from ``start`` on, and the readings in it.

    ``silent_at`` is when the request had no answer while its device answered others, in monotonic seconds; 0 if it has
    an answer. It is sent again after ``pause_s``.
    """

    table: str
    start: int
    count: int
    readings: list[Reading[RegisterPlace]]
    silent_at: float = 0.0
    pause_s: float = 0.0

    def halves(self) -> list[Block]:
        """The same readings in two requests, without the gap between them."""
        middle = len(self.readings) // 2
        return [_block(self.table, part) for part in (self.readings[:middle], self.readings[middle:])]


def blocks(readings: Iterable[Reading[RegisterPlace]], settings: ModbusSettings) -> list[Block]:
    """The fewest requests for the readings of one device."""
    by_table: dict[str, list[Reading[RegisterPlace]]] = {}
    for reading in sorted(readings, key=lambda each: (each.place.address, each.place.size)):
        by_table.setdefault(reading.place.table, []).append(reading)
    found: list[Block] = []
    for table, part in by_table.items():
        limit = settings.max_bits if table in BIT_TABLES else settings.max_registers
        found += _grouped(table, part, limit, settings.max_gap)
    return found


def _grouped(table: str, readings: Sequence[Reading[RegisterPlace]], limit: int, gap: int) -> list[Block]:
    found: list[Block] = []
    for reading in readings:
        place, last = reading.place, found[-1] if found else None
        end = place.address + place.size
        if (
            last is not None
            and place.address - (last.start + last.count) <= gap
            and end - last.start <= limit
        ):
            last.count = max(last.count, end - last.start)
            last.readings.append(reading)
        else:
            found.append(Block(table, place.address, place.size, [reading]))
    return found


def _block(table: str, readings: list[Reading[RegisterPlace]]) -> Block:
    start = readings[0].place.address
    end = max(each.place.address + each.place.size for each in readings)
    return Block(table, start, end - start, readings)
