"""Walks an unknown server: its variables with type, value, access, unit and names, and its machines by type.

The walk covers everything below the Objects folder except the server's own nodes (namespace 0), level by level and with
a bound. A machine is an object with a machine type of a companion specification (PackML, Machinery, MachineTool, and
vendors' types derived from these), or in the folder ``Machines``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TypeAlias

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from setpoint.core.plant import usable_text
from setpoint.sources.opcua.enumerations import learn_names
from setpoint.sources.opcua.session import Reference, Session
from setpoint.sources.opcua.structures import built_in_type
from setpoint.sources.opcua.variants import Array, Held, raw_value

MAX_NODES = 50_000
MAX_DEPTH = 14
_MOST_SUPERTYPES = 6
MACHINE_TYPES = ("PackMLBaseObjectType", "MachineToolType")
_IDENTIFICATION = ("MachineIdentificationType", "MachineToolIdentificationType")
_MACHINES_FOLDER = "Machines"
_METHODS = ("SetMachSpeed", "SetUnitMode")
"""Methods of companion specifications that set the fields that people change."""

Path: TypeAlias = tuple[str, ...]
"""Browse names, from a place downwards."""


@dataclass(slots=True)
class Variable:
    """A variable of a server, with ``unit``, ``range`` and ``names`` (of numbers) if the server states them.

    ``type`` is the type of its value, empty for an array or a structure. For a method that sets something it is
    ``Method``, and ``owner`` is the method's object. ``index`` is the element of an array for which it stands. If a
    type says which object is the machine, ``machine_depth`` is the length of the machine's part of ``path``, and
    ``machine_type`` is that type.
    """

    node: str
    path: Path
    type: str = ""
    value: Held = None
    is_writable: bool = False
    unit: str = ""
    range: tuple[float, float] | None = None
    names: Mapping[int, str] = field(default_factory=dict)
    owner: str = ""
    index: int | None = None
    machine_depth: int = 0
    machine_type: str = ""


@dataclass(slots=True)
class _Walk:
    """Everything found so far."""

    variables: list[tuple[ua.NodeId, Path]] = field(default_factory=list)
    properties: list[tuple[ua.NodeId, Path]] = field(default_factory=list)
    methods: list[Variable] = field(default_factory=list)
    objects: dict[str, tuple[Path, ua.NodeId]] = field(default_factory=dict)
    """Path and type definition, by node."""
    in_machines_folder: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def take(self, above: _Place, reference: Reference) -> _Place | None:
        """Stores one node. Returns its place if it is new, to look below it."""
        text = reference.node.to_string()
        if above.path and above.path[-1] == _MACHINES_FOLDER and not reference.is_variable:
            self.in_machines_folder.add(text)
        if reference.node.NamespaceIndex == 0 or text in self.seen or len(self.seen) >= MAX_NODES:
            return None
        here = (*above.path, reference.name)
        if reference.is_method:
            if reference.name in _METHODS:
                self.methods.append(Variable(text, here, "Method", owner=above.node.to_string()))
            return None
        self.seen.add(text)
        if above.is_variable and reference.is_property:
            self.properties.append((reference.node, here))
            return None
        if reference.is_variable:
            self.variables.append((reference.node, here))
        else:
            self.objects[text] = (here, reference.type_definition)
        return _Place(reference.node, here, reference.is_variable)


@dataclass(frozen=True, slots=True)
class _Place:
    node: ua.NodeId
    path: Path
    is_variable: bool = False


async def walk(session: Session) -> list[Variable]:
    """Every variable below the Objects folder, without the server's own, and the methods that set something."""
    met = _Walk()
    level = [_Place(ua.NodeId(ua.Int32(ObjectIds.ObjectsFolder)), ())]
    for _ in range(MAX_DEPTH):
        below: list[_Place] = []
        found = await session.references([place.node for place in level])
        for place, references in zip(level, found, strict=True):
            below += [new for each in references if (new := met.take(place, each)) is not None]
        level = below
        if not level:
            break
    described = [*await _described(session, met.variables), *met.methods]
    await _describe_further(session, described, met.properties)
    _mark_machines(described, await _machines(session, met))
    return described


async def _described(session: Session, found: Sequence[tuple[ua.NodeId, Path]]) -> list[Variable]:
    nodes = [node for node, _ in found]
    values = await session.read(nodes)
    access = await session.may_write(nodes)
    types = await session.read(nodes, AttributeIds.DataType)
    built_in: dict[str, int] = {}
    described = []
    for (node, path), data, is_writable, declared in zip(found, values, access, types, strict=True):
        held = raw_value(data.Value if isinstance(data.Value, ua.Variant) else None)
        variant = data.Value
        kind = ""
        if isinstance(variant, ua.Variant) and variant.VariantType is not ua.VariantType.Null:
            kind = "" if isinstance(held, Array) or variant.is_array else variant.VariantType.name
        elif isinstance(declaration := _value(declared), ua.NodeId):
            text = declaration.to_string()
            if text not in built_in:
                built_in[text] = await built_in_type(session, declaration)
            kind = ua.VariantType(built_in[text]).name if built_in[text] else ""
        described.append(Variable(node.to_string(), path, kind, held, is_writable))
    numbers = [index for index, each in enumerate(described) if isinstance(each.value, int)]
    for index, names in zip(
        numbers, await learn_names(session, [nodes[each] for each in numbers]), strict=True
    ):
        described[index].names = names
    return described


async def _describe_further(
    session: Session, variables: Sequence[Variable], properties: Sequence[tuple[ua.NodeId, Path]]
) -> None:
    """Adds units and ranges from a variable's properties (OPC UA Part 8, 5.3.2)."""
    by_path = {each.path: each for each in variables}
    stated = [(node, path) for node, path in properties if path[-1] in ("EURange", "EngineeringUnits")]
    for (_, path), data in zip(stated, await session.read([node for node, _ in stated]), strict=True):
        value, of = _value(data), by_path.get(path[:-1])
        if of is None:
            continue
        if (
            isinstance(value, ua.Range)
            and value.Low < value.High
            and isfinite(value.Low)
            and isfinite(value.High)
        ):
            of.range = (value.Low, value.High)
        elif isinstance(value, ua.EUInformation):
            of.unit = usable_text(value.DisplayName.Text or "")


async def _machines(session: Session, met: _Walk) -> dict[Path, str]:
    """The objects that are machines by type or by place, with the name of the type."""
    names = await _type_names(session, {each.to_string(): each for _, each in met.objects.values()}.values())
    found: dict[Path, str] = {}
    for node, (path, kind) in met.objects.items():
        lineage = names.get(kind.to_string(), ())
        machine_type = next((each for each in lineage if each in MACHINE_TYPES), "")
        if machine_type:
            found[path] = machine_type
        elif node in met.in_machines_folder:
            found.setdefault(path, lineage[0] if lineage else "Machine")
        if any(each in _IDENTIFICATION for each in lineage) and len(path) > 1:
            found.setdefault(path[:-1], "Machine")
    return found


async def _type_names(session: Session, types: Iterable[ua.NodeId]) -> dict[str, tuple[str, ...]]:
    """The name of each type, and the names of its supertypes."""
    lineages = {each.to_string(): [each] for each in types if not each.is_null()}
    for _ in range(_MOST_SUPERTYPES):
        open_ones = [line for line in lineages.values() if line[-1].NamespaceIndex != 0]
        if not open_ones:
            break
        above = await session.references(
            [line[-1] for line in open_ones], ObjectIds.HasSubtype, direction=ua.BrowseDirection.Inverse
        )
        for line, references in zip(open_ones, above, strict=True):
            line.append(references[0].node if references else ua.NodeId())
    distinct = {
        each.to_string(): each for line in lineages.values() for each in line if each.NamespaceIndex != 0
    }
    read = await session.read(list(distinct.values()), AttributeIds.BrowseName)
    names = {
        text: usable_text(str(value.Name)) if isinstance(value := _value(data), ua.QualifiedName) else ""
        for text, data in zip(distinct, read, strict=True)
    }
    return {
        text: tuple(name for each in line if (name := names.get(each.to_string())))
        for text, line in lineages.items()
    }


def _mark_machines(variables: Iterable[Variable], machines: Mapping[Path, str]) -> None:
    """Assigns each variable to the outermost machine above it, because a unit of a machine is part of the machine."""
    for each in variables:
        for depth in range(1, len(each.path)):
            if (kind := machines.get(each.path[:depth])) is not None:
                each.machine_depth, each.machine_type = depth, kind
                break


def _value(data: ua.DataValue) -> object:
    return data.Value.Value if isinstance(data.Value, ua.Variant) else None
