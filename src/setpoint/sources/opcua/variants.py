"""Decodes the values of nodes from the bytes of a Variant (OPC UA Part 6, 5.2.2), one value at a time.

One bad value never affects the others: `read_variant` first finds the end of a value, from the layout of its type
alone, and then decodes it. A value with a correct layout that makes no sense (a year 30,000, an unknown structure)
becomes `Opaque`, and decoding continues with the next one. Only bytes without an end raise.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from struct import Struct, error, unpack
from typing import TypeAlias

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.status_codes import get_name_and_doc
from asyncua.ua.ua_binary import extensionobject_to_binary, nodeid_from_binary, variant_from_binary

from setpoint.core.plant import usable_text
from setpoint.sources.mapping.values import Raw, plain_number, shortest_single
from setpoint.sources.wording import words


@dataclass(frozen=True, slots=True)
class Array:
    """The elements of an array in the order of the wire; ``kind`` is the number of their built-in type."""

    kind: int
    values: tuple[object, ...]
    dimensions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Structure:
    """A structure that is not decoded yet: the node id of its encoding, and its bytes."""

    encoding: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that cannot be shown; ``type`` is its type, for people."""

    type: str


Held: TypeAlias = Raw | Array | Structure | Opaque

FIXED = {
    1: Struct("<?"), 2: Struct("<b"), 3: Struct("<B"), 4: Struct("<h"), 5: Struct("<H"), 6: Struct("<i"),
    7: Struct("<I"), 8: Struct("<q"), 9: Struct("<Q"), 10: Struct("<f"), 11: Struct("<d"),
}  # fmt: skip
FLOAT, STRING, BYTE, BYTE_STRING, LOCALIZED_TEXT, EXTENSION_OBJECT, VARIANT = 10, 12, 3, 15, 21, 22, 24
_UNSHOWN = frozenset((23, VARIANT, 25))
"""Data values, arrays of variants, diagnostics."""
_INT32 = Struct("<i")
_UINT32 = Struct("<I")
_INT16 = Struct("<h")
_DECIMAL, _DECIMAL_BYTES = "i=50", 16
_SIZES = {**{kind: layout.size for kind, layout in FIXED.items()}, 13: 8, 14: 16, 19: 4}
WIDTHS = {kind: layout.size * 8 for kind, layout in FIXED.items() if 2 <= kind <= 9}
"""Bits of the integer types."""
_AS_BYTES = frozenset((12, 15, 16, *range(26, 32)))
"""Types encoded as a length and that many bytes; the standard reserves 26 to 31 and says to read them like this."""
MAX_DEPTH = 16
MAX_ELEMENTS = 100_000
_ARRAY, _DIMENSIONS = 0x80, 0x40


class BadValueError(Exception):
    """The bytes are not a value: they break off, or have no end."""


def read_variant(data: bytes, at: int) -> tuple[Held, int]:
    """The value of the Variant at ``at``, and the offset after it. Raises `BadValueError`."""
    try:
        end = _after_variant(data, at, 0)
    except (error, IndexError) as cause:
        raise BadValueError(f"a value breaks off: {cause}") from cause
    if end > len(data):
        raise BadValueError("a value breaks off")
    try:
        return _read(data, at), end
    except Exception:  # the library's decoder may raise anything; only this value is lost
        return Opaque(type_name(data[at] & 0x3F)), end


def raw_value(variant: ua.Variant | None) -> Held:
    """The value of a Variant that asyncua has decoded."""
    if variant is None:
        return None
    found: object = variant.VariantType  # asyncua has another class for types that the standard does not name
    if not isinstance(found, ua.VariantType):
        return Opaque("an unknown type")
    kind = found.value
    if isinstance(variant.Value, ua.Variant):
        return raw_value(variant.Value)
    if variant.is_array or isinstance(variant.Value, list):
        values = variant.Value if isinstance(variant.Value, list) else []
        flat = tuple(_scalar(each, kind) for each in _flattened(values))
        return Array(kind, flat, tuple(variant.Dimensions or ()))
    return _scalar(variant.Value, kind)


def describe(value: Held) -> str:
    """The kind of value, for people."""
    match value:
        case Array(kind, values):
            return words("words-array-of", count=len(values), kind=type_name(kind))
        case Structure():
            return words("words-a-structure")
        case Opaque(name):
            return name
        case None:
            return words("words-nothing")
        case bool():
            return words("words-a-truth-value")
        case int():
            return words("words-a-whole-number")
        case float():
            return words("words-a-number")
        case _:
            return words("words-a-text")


def _read(data: bytes, at: int) -> Held:
    encoding = data[at]
    kind = encoding & 0x3F
    if not encoding & _ARRAY:
        if kind == STRING:
            return _text(data, at + 1)
        if kind == EXTENSION_OBJECT:
            return _structure(data, at + 1)
        if kind == VARIANT:
            return _read(data, at + 1)
    elif kind == EXTENSION_OBJECT:
        return _structures(data, at)
    if kind in _UNSHOWN:  # not decoded: an element takes one byte, and its object a thousand times as long
        return Opaque(type_name(kind))
    return raw_value(variant_from_binary(Buffer(data, at)))


def _text(data: bytes, at: int) -> str | None:
    length: int = _INT32.unpack_from(data, at)[0]
    return None if length < 0 else usable_text(data[at + 4 : at + 4 + length].decode("utf-8", "replace"))


def _structure(data: bytes, at: int) -> Held:
    buffer = Buffer(data, at)
    encoding = nodeid_from_binary(buffer).to_string()
    at = buffer.cur_pos
    if data[at] != 1:
        return None if data[at] == 0 else Opaque("a structure in XML")
    length = _INT32.unpack_from(data, at + 1)[0]
    body = data[at + 5 : at + 5 + max(length, 0)]
    return _decimal(body) if encoding == _DECIMAL else Structure(encoding, body)


def _decimal(body: bytes) -> Held:
    """A Decimal: the power of ten to divide by, and a whole number (Part 6, 5.2.2.20)."""
    if not 2 < len(body) <= 2 + _DECIMAL_BYTES:
        return Opaque("Decimal")
    whole, scale = int.from_bytes(body[2:], "little", signed=True), _INT16.unpack_from(body)[0]
    return plain_number(Decimal(whole).scaleb(-scale))


def _structures(data: bytes, at: int) -> Array:
    count = max(_INT32.unpack_from(data, at + 1)[0], 0)
    at += 5
    values = []
    for _ in range(count):
        values.append(_structure(data, at))
        at = _after(EXTENSION_OBJECT, data, at, 0)
    return Array(EXTENSION_OBJECT, tuple(values))


def _scalar(value: object, kind: int) -> Held:
    match value:
        case None | bool() | int():
            if kind == ua.VariantType.StatusCode.value and isinstance(value, int):
                return get_name_and_doc(value)[0]
            return value
        case float():
            return shortest_single(value) if kind == FLOAT else value
        case str():
            return usable_text(value)
        case bytes():
            return Array(BYTE, tuple(value))
        case ua.LocalizedText() | ua.QualifiedName() | ua.StatusCode() | ua.NodeId():
            return _text_of(value)
        case _ if kind == ua.VariantType.DateTime.value and hasattr(value, "isoformat"):
            return f"{value.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
        case _ if kind == ua.VariantType.Guid.value:
            return str(value)
        case _ if kind == EXTENSION_OBJECT:
            return _structure(extensionobject_to_binary(value), 0)
        case _:
            return Opaque(type_name(kind))


def _text_of(value: ua.LocalizedText | ua.QualifiedName | ua.StatusCode | ua.NodeId) -> str | None:
    if isinstance(value, ua.LocalizedText):
        return None if value.Text is None else usable_text(value.Text)
    if isinstance(value, ua.QualifiedName):
        return usable_text(str(value.Name))
    return str(value.name) if isinstance(value, ua.StatusCode) else usable_text(value.to_string())


def _flattened(values: list[object]) -> list[object]:
    """asyncua gives arrays of several dimensions as lists of lists."""
    flat: list[object] = []
    for each in values:
        flat += _flattened(each) if isinstance(each, list) else [each]
    return flat


def type_name(kind: int) -> str:
    try:
        return ua.VariantType(kind).name
    except ValueError:
        return f"type {kind}"


def _after_variant(data: bytes, at: int, depth: int) -> int:
    if depth > MAX_DEPTH:
        raise BadValueError("a value is nested too deep")
    encoding = data[at]
    kind = encoding & 0x3F
    at += 1
    if not encoding & _ARRAY:
        return _after(kind, data, at, depth)
    count = _INT32.unpack_from(data, at)[0]
    at = _after_elements(kind, count, data, at + 4, depth)
    if encoding & _DIMENSIONS:
        at += 4 + 4 * max(_INT32.unpack_from(data, at)[0], 0)
    return at


def _after_elements(kind: int, count: int, data: bytes, at: int, depth: int) -> int:
    if (size := _SIZES.get(kind)) is not None:
        return at + size * max(count, 0)
    if kind == 0:  # they take no bytes, however many there are (`setpoint.sources.opcua.bounds`)
        return at
    if count > MAX_ELEMENTS:
        raise BadValueError(f"an array has {count} elements; at most {MAX_ELEMENTS} are read")
    for _ in range(count):
        at = _after(kind, data, at, depth)
        if at > len(data):
            raise BadValueError("an array breaks off")
    return at


def _after(kind: int, data: bytes, at: int, depth: int) -> int:
    if kind == 0:
        return at
    if (size := _SIZES.get(kind)) is not None:
        return at + size
    if kind in _AS_BYTES:
        length: int = _INT32.unpack_from(data, at)[0]
        return at + 4 + max(length, 0)
    if kind in (17, 18):
        return _after_node_id(data, at)
    if kind == 20:
        return _after(STRING, data, at + 2, depth)
    if kind == LOCALIZED_TEXT:
        mask = data[at]
        at += 1
        for bit in (1, 2):
            if mask & bit:
                at = _after(STRING, data, at, depth)
        return at
    if kind == EXTENSION_OBJECT:
        at = _after_node_id(data, at)
        return _after(BYTE_STRING, data, at + 1, depth) if data[at] else at + 1
    if kind == 23:
        return _after_data_value(data, at, depth + 1)
    if kind == 24:
        return _after_variant(data, at, depth + 1)
    if kind == 25:
        return _after_diagnostics(data, at, depth + 1)
    raise BadValueError(f"there is no built-in type {kind}")


def _after_node_id(data: bytes, at: int) -> int:
    mask = data[at]
    sizes = {0: 2, 1: 4, 2: 7, 4: 19}
    if (size := sizes.get(mask & 0x0F)) is not None:
        at += size
    elif mask & 0x0F in (3, 5):
        at = _after(STRING, data, at + 3, 0)
    else:
        raise BadValueError(f"there is no kind {mask & 0x0F} of node ids")
    if mask & 0x80:
        at = _after(STRING, data, at, 0)
    return at + 4 if mask & 0x40 else at


def _after_data_value(data: bytes, at: int, depth: int) -> int:
    mask = data[at]
    at += 1
    if mask & 1:
        at = _after_variant(data, at, depth)
    return at + sum(size for bit, size in ((2, 4), (4, 8), (0x10, 2), (8, 8), (0x20, 2)) if mask & bit)


def _after_diagnostics(data: bytes, at: int, depth: int) -> int:
    if depth > MAX_DEPTH:
        raise BadValueError("diagnostics are nested too deep")
    mask = data[at]
    at += 1 + 4 * sum(bool(mask & bit) for bit in (1, 2, 4, 8))
    if mask & 0x10:
        at = _after(STRING, data, at, depth)
    if mask & 0x20:
        at += 4
    return _after_diagnostics(data, at, depth + 1) if mask & 0x40 else at


def bit_of(value: Held, number: int) -> bool | str:
    """Bit ``number`` of a word, an array of words or an array of booleans; a text says why there is none."""
    if isinstance(value, bool | int):
        return bool(int(value) >> number & 1)
    if isinstance(value, Array):
        width = 1 if value.kind == 1 else WIDTHS.get(value.kind, 0)
        if not width:
            return words("words-has-no-bits", what=describe(value))
        element, position = divmod(number, width)
        if element >= len(value.values):
            return words("words-no-such-bit", number=number, what=describe(value))
        found = value.values[element]
        return bool(found >> position & 1) if isinstance(found, int) else words("words-element-missing")
    return words("words-has-no-bits", what=describe(value))


def unpack_scalar(kind: int, body: bytes, at: int) -> tuple[Held, int]:
    """A value of a built-in type without a Variant around it, as in structures. Raises `BadValueError`."""
    try:
        end = _after(kind, body, at, 0)
        if end > len(body):
            raise BadValueError("a structure breaks off")
        if (layout := FIXED.get(kind)) is not None:
            return _scalar(unpack(layout.format, body[at:end])[0], kind), end
        return read_variant(bytes((kind,)) + body[at:end], 0)[0], end
    except (error, IndexError) as cause:
        raise BadValueError(f"a structure breaks off: {cause}") from cause
