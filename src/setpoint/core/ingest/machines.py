"""Reads the id column: one machine, or a list or a range of them (ID-2). Twin of ``frontend/src/ingest/machines.ts``.

    m:402, M:402, 402            one machine
    401; 402, m:403              a list, separated by semicolons, commas or line breaks
    m:401-m:403, 401-403         a range: every machine of the plant from one to the other, both included

Leading zeros count: a range from ``007`` has only machines with three digits. Both ends of a range must be machines of
the plant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from setpoint.contract.topics import fold, read_machine_id
from setpoint.core.ingest.cells import Cell

MAX_MACHINES = 1_000
"""As many machines may one cell name."""
_ONE = r"(?:m *[:_-]? *)?([0-9]{1,12})"
_RANGE = re.compile(f"{_ONE} *(?:-|\\.\\.|…) *{_ONE}")
_PARTS = re.compile(r"[;,\n]+")
_MAX_TEXT = 8_000


class MachineNames:
    """The machines of a plant by the ids that a workbook may give; each is its place among them."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = ids
        self.known: Mapping[Cell, int] = dict(zip(ids, range(len(ids)), strict=True))

    def several(self, text: str) -> list[int] | str | None:
        """The places in a list or a range; the id of one that is no machine of the plant; None for neither of them."""
        plain = fold(text[:_MAX_TEXT]).lower()
        parts = [part for part in map(fold, _PARTS.split(plain)) if part]
        if len(text) > _MAX_TEXT or not parts or (len(parts) == 1 and not _RANGE.fullmatch(parts[0])):
            return None
        places: dict[int, None] = {}
        for part in parts:
            found = self._one_or_range(part)
            if not isinstance(found, list):
                return found
            places.update(dict.fromkeys(found))
            if len(places) > MAX_MACHINES:
                return None
        return [*places]

    def _one_or_range(self, part: str) -> list[int] | str | None:
        one = read_machine_id(part)
        if one is not None:
            place = self.known.get(one.id)
            return one.id if place is None else [place]
        found = _RANGE.fullmatch(part)
        if found is None:
            return None
        first, last = found[1], found[2]
        for digits in (first, last):
            if f"m:{digits}" not in self.known:
                return f"m:{digits}"
        is_padded = any(digits[0] == "0" and len(digits) > 1 for digits in (first, last))
        if int(first) > int(last) or (is_padded and len(first) != len(last)):
            return None
        return [
            place
            for number, digits, place in self._by_number
            if int(first) <= number <= int(last)
            and (len(digits) == len(first) if is_padded else digits[0] != "0" or digits == "0")
        ]

    @cached_property
    def _by_number(self) -> list[tuple[int, str, int]]:
        digits = [each.partition(":")[2] for each in self._ids]
        return sorted((int(each), each, place) for place, each in enumerate(digits))
