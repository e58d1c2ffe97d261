"""Reads the id column: one machine, or a list or a range of them (ID-2). Twin of ``frontend/src/ingest/machines.ts``.

    m:402, M:402, 402            one machine
    m:A7, a7, m a7               one machine, in a plant whose machines have letters in their names
    401; 402, m:403              a list, separated by semicolons, commas or line breaks
    m:401-m:403, A1-A9           a range: every machine of the plant from one to the other, both included

Leading zeros count: a range from ``007`` has only machines with three digits. Both ends of a range must be machines of
the plant, with the same letters before their numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from setpoint.contract.topics import ReadMachineId, fold, read_machine_id
from setpoint.core.ingest.cells import Cell, several
from setpoint.message import Message

MAX_MACHINES = 1_000
"""The largest number of machines that one cell may name."""
_NAME = re.compile(r"[0-9a-z]{1,12}")
_PREFIX = re.compile(r"m *([:_-]?) *(?=[0-9a-z])")
_ONE = r"((?:m *[:_-]? *)?[0-9a-z]{1,12})"
_RANGE = re.compile(f"{_ONE} *(?:-|\\.\\.|…) *{_ONE}")
_PARTS = re.compile(r"[;,\n]+")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+")
_MAX_TEXT = 8_000


class MachineNames:
    """The machines of a plant by the ids that a workbook may give; each is its place among them."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = ids
        self.known: Mapping[Cell, int] = dict(zip(ids, range(len(ids)), strict=True))

    def read(self, cell: str | float) -> ReadMachineId | tuple[str, str] | None:
        """The machine that a cell names, known or not; two if the cell can mean either of them; None for neither."""
        if isinstance(cell, str) and self._by_lower_name:
            text = fold(cell)
            if text in self.known:
                return ReadMachineId(text, is_exact=True)
            found = self._with_letters(text)
            if found is not None:
                return found
        return read_machine_id(cell)

    def is_one(self, cell: Cell) -> bool:
        """Whether a cell names one machine of the plant."""
        if cell in self.known:
            return True
        found = self.read(cell) if isinstance(cell, str | float | int) else None
        return isinstance(found, ReadMachineId) and found.id in self.known

    def _with_letters(self, text: str) -> ReadMachineId | tuple[str, str] | None:
        """``m7`` is machine M7 or machine 7, whichever exists. After a mark (``m-7``), only the rest is a name."""
        lower = text.lower()
        prefix = _PREFIX.match(lower)
        rest = lower[prefix.end() :] if prefix else lower
        if not _NAME.fullmatch(rest):
            return None
        names = [self._by_lower_name.get(each) for each in dict.fromkeys((lower, rest))]
        known = [f"m:{name}" for name in names if name is not None]
        if known:
            return (known[0], known[1]) if len(known) > 1 else ReadMachineId(known[0], is_exact=False)
        return ReadMachineId(f"m:{text[-len(rest) :]}", is_exact=False) if prefix and prefix[1] else None

    def several(self, text: str) -> list[int] | str | None:
        """The places in a list or a range; the id of one that is not a machine of the plant; None for a text that is
        neither a list nor a range.
        """
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

    def listed(self, places: Sequence[int]) -> list[str | Message]:
        """Machines as a list for people: the first five, and how many more."""
        return several([self._ids[each] for each in places[:5]], total=len(places))

    def as_thousands(self, text: str) -> str | None:
        """The machine that ``1,234`` names if its comma separates thousands, and not two machines."""
        plain = fold(text[:_MAX_TEXT])
        machine = f"m:{plain.replace(',', '')}"
        return machine if _THOUSANDS.fullmatch(plain) and machine in self.known else None

    def _one_or_range(self, part: str) -> list[int] | str | None:
        one = self._one(part)
        if one is not None:
            place = self.known.get(one)
            return one if place is None else [place]
        found = _RANGE.fullmatch(part)
        ends: list[str] = []
        for text in found.groups() if found else ():
            end = self._one(text)
            if end is None or end not in self.known:
                return end
            ends.append(end)
        return self._between(_parted(ends[0]), _parted(ends[1])) if ends else None

    def _one(self, text: str) -> str | None:
        found = self.read(text)
        return found.id if isinstance(found, ReadMachineId) else None

    def _between(self, first: tuple[str, str], last: tuple[str, str]) -> list[int] | None:
        (stem, low), (other, high) = first, last
        is_padded = any(digits[0] == "0" and len(digits) > 1 for digits in (low, high) if digits)
        if stem != other or not low or not high or int(low) > int(high):
            return None
        if is_padded and len(low) != len(high):
            return None
        return [
            place
            for number, digits, place in self._by_number[stem]
            if int(low) <= number <= int(high)
            and (len(digits) == len(low) if is_padded else digits[0] != "0" or digits == "0")
        ]

    @cached_property
    def _by_lower_name(self) -> Mapping[str, str | None]:
        """Each name by its lower-case form, None if two differ by nothing else; empty if all names are digits."""
        names = [each.partition(":")[2] for each in self._ids]
        if "".join(names).isdecimal():
            return {}
        found: dict[str, str | None] = {}
        for name in names:
            found[name.lower()] = None if name.lower() in found else name
        return found

    @cached_property
    def _by_number(self) -> Mapping[str, list[tuple[int, str, int]]]:
        """By the letters before its number: each machine's number, its digits and its place."""
        numbered: dict[str, list[tuple[int, str, int]]] = {}
        for place, each in enumerate(self._ids):
            stem, digits = _parted(each)
            if digits:
                numbered.setdefault(stem, []).append((int(digits), digits, place))
        return {stem: sorted(machines) for stem, machines in numbered.items()}


def _parted(machine: str) -> tuple[str, str]:
    """``m:A07`` → ``m:A`` and ``07``."""
    stem = machine.rstrip("0123456789")
    return stem, machine[len(stem) :]
