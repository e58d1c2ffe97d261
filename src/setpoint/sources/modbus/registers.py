"""Converts 16-bit registers to values and back.

``order`` says in which order the four bytes A (highest) to D of a 32-bit number come: ``ABCD`` as the standard has
it, ``CDAB`` with the words swapped, ``BADC`` with the bytes of each word swapped, ``DCBA`` with both. Numbers of 16 and
64 bits and texts follow the same order.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from setpoint.sources.mapping.values import (
    CannotCastError,
    Raw,
    as_boolean,
    as_floating,
    as_text,
    as_whole,
    shortest_single,
)
from setpoint.sources.wording import words

ORDERS = ("ABCD", "CDAB", "BADC", "DCBA")
TABLES = ("holding", "input", "coil", "discrete")
BIT_TABLES = ("coil", "discrete")
_CODES = {
    "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q", "uint64": "Q",
    "float32": "f", "float64": "d",
}  # fmt: skip
TYPES = (*_CODES, "string")
MAX_TEXT_REGISTERS = 60


@dataclass(frozen=True, slots=True)
class RegisterPlace:
    """A value in one of the four tables, counted from 0. ``length`` is that of a text, in registers.

    ``bit`` selects a bit of a register, 0 the lowest; None is the whole register.
    """

    host: str
    port: int
    unit: int
    table: str
    address: int
    type: str = "uint16"
    order: str = "ABCD"
    bit: int | None = None
    length: int = 1

    @property
    def size(self) -> int:
        """The number of registers, coils or inputs that it occupies."""
        if self.table in BIT_TABLES:
            return 1
        return self.length if self.type == "string" else struct.calcsize(_CODES[self.type]) // 2

    @property
    def can_be_set(self) -> bool:
        return self.table in ("holding", "coil")

    def __str__(self) -> str:
        bit = "" if self.bit is None else f".{self.bit}"
        return f"{self.table} {self.address}{bit} of unit {self.unit}"


def decode(place: RegisterPlace, data: bytes, at: int) -> Raw:
    """The value at a byte of a block of registers as they came, big end first."""
    part = data[at : at + 2 * place.size]
    if place.order != "ABCD":
        part = _ordered(part, place.order)
    if place.type == "string":
        return part.split(b"\0", 1)[0].decode("utf-8", "replace").rstrip()
    found: Raw = struct.unpack(f">{_CODES[place.type]}", part)[0]
    if place.bit is not None and isinstance(found, int):
        return bool(found >> place.bit & 1)
    return shortest_single(found) if isinstance(found, float) and place.type == "float32" else found


def encode(place: RegisterPlace, raw: Raw) -> tuple[int, ...]:
    """The registers that hold a value. Raises `CannotCastError` instead of rounding, cutting or wrapping."""
    of = words("words-register-s-type", kind=place.type)
    if place.type == "string":
        text = as_text(raw, of).encode()
        if len(text) > 2 * place.length:
            raise CannotCastError(
                words("words-text-too-long-registers", count=len(text), most=2 * place.length)
            )
        data = text.ljust(2 * place.length, b"\0")
    elif place.type in ("float32", "float64"):
        data = struct.pack(f">{_CODES[place.type]}", as_floating(raw, of, is_single=place.type == "float32"))
    else:
        bits = 16 * place.size
        edges = (
            (-(1 << bits - 1), (1 << bits - 1) - 1) if place.type.startswith("int") else (0, (1 << bits) - 1)
        )
        data = struct.pack(f">{_CODES[place.type]}", as_whole(raw, of, *edges))
    if place.order != "ABCD":
        data = _ordered(data, place.order)
    return struct.unpack(f">{len(data) // 2}H", data)


def encode_bit(raw: Raw) -> bool:
    return as_boolean(raw, words("words-bit-0-1"))


def _ordered(data: bytes, order: str) -> bytes:
    """The bytes in this order. Applying it twice gives the original bytes."""
    pairs = [data[at : at + 2] for at in range(0, len(data), 2)]
    if order in ("BADC", "DCBA"):
        pairs = [pair[::-1] for pair in pairs]
    if order in ("CDAB", "DCBA"):
        pairs.reverse()
    return b"".join(pairs)
