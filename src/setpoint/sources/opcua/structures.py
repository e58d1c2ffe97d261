"""Reads fields of structures by the server's own definitions (OPC UA Part 3, 8.49; Part 6, 5.2.6).

asyncua would create Python classes from a server's data and keep them for the whole process. Here they are data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from struct import Struct, error

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from setpoint.sources.mapping.values import UnreadableError
from setpoint.sources.opcua.session import Session
from setpoint.sources.opcua.variants import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    Array,
    BadValueError,
    Held,
    Structure,
    unpack_scalar,
)
from setpoint.sources.wording import words

_BUILT_IN = 25
_ENUMERATION = int(ObjectIds.Enumeration)
_INT32 = Struct("<i")
_MAX_STEPS = 8
MAX_MEMBERS = 10_000
"""The most members of all structures of a server. Structures beyond it cannot be read, because each member may cost
requests of its own.
"""


@dataclass(frozen=True, slots=True)
class Member:
    """``kind`` is the number of a built-in type, or 0 if the member is the structure ``layout``."""

    name: str
    kind: int
    layout: str = ""
    dimensions: int = 0
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A structure's members in their order on the wire. If ``is_union``, only one of them is present."""

    members: tuple[Member, ...]
    has_optional: bool = False
    is_union: bool = False


def member_of(value: Structure, name: str, layouts: Mapping[str, Layout]) -> Held:
    """One member of a structure. Raises `UnreadableError` if it cannot be found or read."""
    layout = layouts.get(value.encoding)
    if layout is None:
        raise UnreadableError(words("words-structure-not-described"))
    try:
        found = _Reading(value.body, layouts).members(layout, 0)[0]
    except (BadValueError, error, IndexError) as cause:
        raise UnreadableError(words("words-structure-not-as-described", why=cause)) from cause
    if name not in found:
        known = ", ".join(each.name for each in layout.members)
        raise UnreadableError(words("words-structure-has-no", name=name, known=known))
    return found[name]


class _Reading:
    """Reads the bytes of one structure, in bounded work.

    A layout comes from the server. It may contain itself, or many structures that take no bytes, so the end of the
    bytes does not bound the work.
    """

    def __init__(self, body: bytes, layouts: Mapping[str, Layout]) -> None:
        self._body = body
        self._layouts = layouts
        self._depth = 0
        self._left = MAX_ELEMENTS

    def members(self, layout: Layout, at: int) -> tuple[dict[str, Held], int]:
        found: dict[str, Held] = {}
        mask = 0
        if layout.is_union or layout.has_optional:
            mask = int.from_bytes(self._body[at : at + 4], "little")
            at += 4
        bit = 0
        for number, member in enumerate(layout.members, start=1):
            if layout.is_union and mask != number:
                continue
            if member.is_optional:
                is_there, bit = mask >> bit & 1, bit + 1
                if not is_there:
                    found[member.name] = None
                    continue
            found[member.name], at = self._member(member, at)
        return found, at

    def _member(self, member: Member, at: int) -> tuple[Held, int]:
        if not member.dimensions:
            return self._one(member, at)
        sizes: tuple[int, ...] = ()
        # If there are several dimensions, their sizes come first, and then the elements without a length.
        if member.dimensions > 1:
            count = _INT32.unpack_from(self._body, at)[0]
            sizes = tuple(
                _INT32.unpack_from(self._body, at + 4 + 4 * each)[0] for each in range(max(count, 0))
            )
            at += 4 + 4 * max(count, 0)
            length = 1
            for size in sizes:
                length *= max(size, 0)
                if length > len(self._body):  # stop before the product has a million digits
                    break
        else:
            length = _INT32.unpack_from(self._body, at)[0]
            at += 4
        if length > len(self._body):
            raise BadValueError("an array breaks off")
        values = []
        for _ in range(max(length, 0)):
            value, at = self._one(member, at)
            values.append(value)
        return Array(member.kind or 22, tuple(values), sizes), at

    def _one(self, member: Member, at: int) -> tuple[Held, int]:
        self._left -= 1
        if self._left < 0:
            raise BadValueError(f"a structure has more than {MAX_ELEMENTS} values")
        if member.kind:
            return unpack_scalar(member.kind, self._body, at)
        layout = self._layouts.get(member.layout)
        if layout is None:
            raise BadValueError(f"{member.name} is of a type that the server does not describe")
        if self._depth >= MAX_DEPTH:
            raise BadValueError("a structure is nested too deep")
        self._depth += 1
        end = self.members(layout, at)[1]
        self._depth -= 1
        return Structure(member.layout, self._body[at:end]), end


async def learn_layouts(session: Session, nodes: Iterable[ua.NodeId]) -> dict[str, Layout]:
    """The layouts of the structures in these variables, and of nested ones, by type and by encoding."""
    layouts: dict[str, Layout] = {}
    types = {
        each.to_string(): each
        for value in await session.read(list(nodes), AttributeIds.DataType)
        if isinstance(each := _value(value), ua.NodeId)
    }
    kinds: dict[str, int] = {}
    left = MAX_MEMBERS
    for _ in range(_MAX_STEPS):
        types = {text: node for text, node in types.items() if text not in layouts}
        if not types:
            break
        definitions = await session.read(list(types.values()), AttributeIds.DataTypeDefinition)
        further: dict[str, ua.NodeId] = {}
        for text, definition in zip(types, map(_value, definitions), strict=True):
            fields = definition.Fields or () if isinstance(definition, ua.StructureDefinition) else ()
            left -= len(fields)
            if isinstance(definition, ua.StructureDefinition) and left >= 0:
                members = [await _described(session, each, kinds) for each in fields]
                kind = definition.StructureType
                layouts[text] = Layout(
                    tuple(member for member, _ in members),
                    kind is ua.StructureType.StructureWithOptionalFields,
                    kind
                    in (ua.StructureType.Union, getattr(ua.StructureType, "UnionWithSubtypedValues", None)),
                )
                layouts[definition.DefaultEncodingId.to_string()] = layouts[text]
                further |= {node.to_string(): node for member, node in members if not member.kind}
        types = further
    return layouts


async def _described(
    session: Session, field: ua.StructureField, kinds: dict[str, int]
) -> tuple[Member, ua.NodeId]:
    """Describes a member of a structure. ``kinds`` caches the types that were read before."""
    text = field.DataType.to_string()
    if text not in kinds:
        kinds[text] = await built_in_type(session, field.DataType)
    kind = kinds[text]
    dimensions = field.ValueRank if field.ValueRank > 0 else 0
    layout = "" if kind else text
    return Member(str(field.Name), kind, layout, dimensions, bool(field.IsOptional)), field.DataType


async def built_in_type(session: Session, data_type: ua.NodeId) -> int:
    """The built-in type of a data type on the wire; 0 for a structure or an unknown type."""
    for _ in range(_MAX_STEPS):
        if data_type.NamespaceIndex == 0 and isinstance(data_type.Identifier, int):
            if data_type.Identifier == _ENUMERATION:
                return 6
            if data_type.Identifier == 22:
                return 0
            if data_type.Identifier <= _BUILT_IN:
                return data_type.Identifier
        above = await session.references(
            [data_type], ObjectIds.HasSubtype, direction=ua.BrowseDirection.Inverse
        )
        if not above[0]:
            return 0
        data_type = above[0][0].node
    return 0


def _value(data: ua.DataValue) -> object:
    return data.Value.Value if isinstance(data.Value, ua.Variant) else None
