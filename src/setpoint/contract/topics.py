"""Names of topics, machines and entities, and the functions that convert them (ID-1, ID-2).

    topic        ``dashboard:global`` ▸ ``line:01`` ▸ ``m:401``      what a client subscribes to
    entity key   ``m_401``                                           a machine in a payload and in code
    machine id   ``m:401``                                           a machine in a workbook and on screen

The part after ``m:`` is the machine's name: digits, or letters and digits where the plant file says so (``m:A7``). A
machine's topic and its machine id are the same text. Everywhere in the code a parameter called ``machine`` is an entity
key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from setpoint.errors import MisuseError

__all__ = [
    "DASHBOARD",
    "ReadMachineId",
    "TopicKind",
    "entity_key",
    "line_topic",
    "machine_id",
    "machine_ids",
    "read_machine_id",
    "topic_kind",
]

DASHBOARD = "dashboard:global"

_MACHINE_ID = re.compile(r"m:([0-9A-Za-z]{1,12})")
_ENTITY_KEY = re.compile(r"m_([0-9A-Za-z]{1,12})")
_PLAIN_MACHINE_ID = re.compile(r"m:[0-9]{1,12}")
_LOOSE_MACHINE_ID = re.compile(r"(?:m *[:_-]? *)?([0-9]{1,12})")
_LINE = re.compile(r"line:([0-9A-Za-z-]{1,32})")

# Spaces that people cannot tell apart, characters that they cannot see at all, the dashes that word
# processors make of a hyphen, and the wide letters and other digits of Asian keyboards.
WIDE_SPACES = "\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
INVISIBLE = (
    0x00AD, 0x034F, 0x061C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065),
    *range(0x2066, 0x2070), *range(0xFE00, 0xFE10), 0xFEFF,
)  # fmt: skip
_WHITE = " \t\n\v\f\r"
_SPACES = dict.fromkeys(map(ord, WIDE_SPACES), " ")
_REVERSES = 0x202E
"""It shows the following characters from right to left: 051 as 150. Such a text differs from what people see, so the
character is kept.
"""
_INVISIBLE = dict.fromkeys(each for each in INVISIBLE if each != _REVERSES)
_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_DIGITS = {zero + digit: str(digit) for zero in (0x660, 0x6F0) for digit in range(10)}
_MARKS = {0x66B: ".", 0x66C: "'"}
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")
_FOLD = {**_WIDE, **_SPACES, **_INVISIBLE, **_DASHES, **_DIGITS, **_MARKS}


class TopicKind(Enum):
    """The three levels of the plant, each with its cadence in milliseconds (TICK-1)."""

    PLANT = 5_000
    LINE = 1_000
    MACHINE = 250

    @property
    def cadence_ms(self) -> int:
        return self.value


def topic_kind(topic: str) -> TopicKind | None:
    """The level of a topic's name; None if it is not a topic's name. Does not check whether the topic exists."""
    if topic == DASHBOARD:
        return TopicKind.PLANT
    if _LINE.fullmatch(topic):
        return TopicKind.LINE
    if _MACHINE_ID.fullmatch(topic):
        return TopicKind.MACHINE
    return None


def line_topic(line: str) -> str:
    """``01`` → ``line:01``."""
    return f"line:{line}"


def entity_key(machine: str) -> str:
    """``m:402`` → ``m_402``. Raises `MisuseError` for anything that is not a machine id."""
    found = _MACHINE_ID.fullmatch(machine)
    if not found:
        raise MisuseError(f"expected a machine id such as m:402, but got {machine!r}")
    return f"m_{found[1]}"


def machine_id(entity: str) -> str:
    """``m_402`` → ``m:402``. Raises `MisuseError` for anything that is not an entity key."""
    found = _ENTITY_KEY.fullmatch(entity)
    if not found:
        raise MisuseError(f"expected an entity key such as m_402, but got {entity!r}")
    return f"m:{found[1]}"


def machine_ids(entities: Sequence[str]) -> list[str]:
    """The same for the keys of a plant, which are known to be entity keys. Fast for a hundred thousand of them."""
    return "\n".join(entities).replace("_", ":").split("\n") if entities else []


def fold(text: str) -> str:
    """Text as people meant it: one kind of space, of dash, of letter and of digit, nothing invisible, and trimmed."""
    return text.strip(_WHITE) if text.isascii() else text.translate(_FOLD).strip(_WHITE)


def trim(text: str) -> str:
    """The text without the spaces around it, otherwise unchanged."""
    return text.strip(_WHITE + WIDE_SPACES)


@dataclass(frozen=True, slots=True)
class ReadMachineId:
    """A machine id from a workbook's cell. ``is_exact`` is False if the cell has another form of it (ID-2)."""

    id: str
    is_exact: bool


def read_machine_id(cell: str | float) -> ReadMachineId | None:
    """Reads a ``Machine ID`` cell in a plant whose machines are named by digits (ID-2). None if it names no machine.

    ``m:402`` is exact, trimmed or not. ``M:402``, ``m_402`` and ``402`` (text or number) are other forms of it, which
    the caller turns into a warning. Leading zeros are kept: ``m:007`` is not ``m:7``. `MachineNames.read` also knows
    names with letters.
    """
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        if not 0 <= cell < 1e12 or cell != int(cell):
            return None
        return ReadMachineId(f"m:{int(cell)}", is_exact=False)
    text = fold(cell)
    if _PLAIN_MACHINE_ID.fullmatch(text):
        return ReadMachineId(text, is_exact=True)
    found = _LOOSE_MACHINE_ID.fullmatch(text.lower())
    return ReadMachineId(f"m:{found[1]}", is_exact=False) if found else None
