"""``setpoint check --connect``: tries every node of the plant file and says what it found, line by line.

Reads only. Nothing is written to find out whether it can be: the server's access level tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from asyncua import ua

from setpoint.core.plant import Field, FieldType, Machine, Plant, Quality, SourceConfig, Value
from setpoint.sources.opcua.config import FieldNode, MachineNodes, read_settings
from setpoint.sources.opcua.connection import connect
from setpoint.sources.opcua.notifications import Raw, raw_value
from setpoint.sources.opcua.quality import in_words, quality_of
from setpoint.sources.opcua.readings import from_raw
from setpoint.sources.opcua.writes import CannotCastError, cast, to_raw


@dataclass(frozen=True, slots=True)
class Finding:
    """One node: where the plant file uses it, what the server holds there, and what is wrong with it, if anything."""

    machine: str
    field: str
    node: str
    type: str = ""
    value: Value = None
    quality: Quality = Quality.BAD
    is_writable: bool = False
    problem: str = ""

    def __str__(self) -> str:
        place = f"{self.machine.replace('_', ':')} {self.field}: {self.node}"
        if not self.type:
            return f"{place}: {self.problem}"
        access = "writable" if self.is_writable else "read-only"
        found = f"{place}: {self.type} {self.value!r}, {self.quality}, {access}"
        return f"{found}: {self.problem}" if self.problem else found


async def probe(
    config: SourceConfig,
    machines: Sequence[Machine],
    plant: Plant,
    *,
    secrets: Mapping[str, str] | None = None,
    directory: Path = Path(),
) -> list[Finding]:
    """A finding for every node of every machine of one source, in the order of the plant file.

    Raises `PlantError` for settings that cannot be, `SourceError` or `ConfigError` where there is no connection.
    """
    settings, nodes = read_settings(config, machines, plant, directory=directory)
    uses = [use for each in nodes for use in _uses(each)]
    async with connect(settings, secrets or {}) as session:
        ids = [session.node_id(node) for _, _, node, _ in uses]
        known = [each for each in ids if each is not None]
        values = iter(await session.read(known))
        access = iter(await session.may_write(known))
        return [
            _finding(use, plant, next(values), next(access))
            if node is not None
            else Finding(use[0], use[1], use[2], problem="the server does not know the node's namespace")
            for use, node in zip(uses, ids, strict=True)
        ]


_Use = tuple[str, str, str, FieldNode | None]


def _uses(nodes: MachineNodes) -> list[_Use]:
    status = nodes.status
    found: list[_Use] = [(nodes.machine, each.name, each.node, each) for each in nodes.fields]
    found += [
        (nodes.machine, name, node, None)
        for name, node in (("status", status.node), ("cause", status.cause), ("status word", status.word))
        if node
    ]
    return found + [(nodes.machine, each.status, each.node, None) for each in status.flags]


def _finding(use: _Use, plant: Plant, data: ua.DataValue, is_writable: bool) -> Finding:
    machine, name, node, mapped = use
    status_code = data.StatusCode.value if data.StatusCode is not None else 0
    quality = quality_of(status_code)
    variant = data.Value
    kind = variant.VariantType if isinstance(variant, ua.Variant) else None
    if not isinstance(kind, ua.VariantType) or kind is ua.VariantType.Null:
        problem = in_words(status_code) if quality is not Quality.GOOD else "the node has no value yet"
        return Finding(machine, name, node, quality=quality, problem=problem)
    raw = raw_value(variant)
    type_name = f"{kind.name}[]" if isinstance(variant, ua.Variant) and variant.is_array else kind.name
    value: Value = raw
    problem = "" if quality is Quality.GOOD else in_words(status_code)
    if type_name.endswith("[]"):
        problem = "an array cannot be shown; name a node that holds one value"
    elif mapped is not None:
        field = plant.fields_by_name[name]
        value = from_raw(mapped, field)(raw)
        problem = problem or _misread(field, raw, value)
        if field.is_writable and not problem:
            problem = _unwritable(mapped, field, kind, value) if is_writable else _READ_ONLY
    return Finding(machine, name, node, type_name, value, quality, is_writable, problem)


def _misread(field: Field, raw: Raw, value: Value) -> str:
    """Why the node's value is none of the field's; empty where it is."""
    if field.type is FieldType.NUMBER and value is None and raw is not None:
        return 'a number was expected; map another node, or give the field type = "text"'
    if field.type is FieldType.CHOICE and value not in field.options:
        return f"{raw!r} is none of {', '.join(field.options)}; give a map"
    return ""


_READ_ONLY = "the plant file calls it writable, the server does not let this user write it"


def _unwritable(mapped: FieldNode, field: Field, kind: ua.VariantType, value: Value) -> str:
    """Why even the present value could not be written; empty where it could."""
    try:
        cast(to_raw(value, mapped, field), kind)
    except CannotCastError as error:
        return str(error)
    return ""
