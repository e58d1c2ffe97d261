"""``setpoint check --connect``: tries every node of the plant file and reports what it found.

It only reads. The server's access level says whether a node can be written. Values go through the same readings as in
the source, so that the command reports everything that the source could not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from asyncua import ua

from setpoint.contract.values import Quality, Value
from setpoint.core.plant import Field, FieldType, Machine, Plant, SourceConfig
from setpoint.sources.base import Finding
from setpoint.sources.opcua.casting import CannotCastError, cast, to_raw
from setpoint.sources.opcua.config import read_settings
from setpoint.sources.opcua.connection import connect
from setpoint.sources.opcua.enumerations import learn_names
from setpoint.sources.opcua.notifications import raw_value
from setpoint.sources.opcua.quality import in_words, quality_of
from setpoint.sources.opcua.readings import Reading, readings_of
from setpoint.sources.opcua.session import Session
from setpoint.sources.opcua.settings import Bit, FieldNode, MachineNodes
from setpoint.sources.opcua.structures import learn_layouts
from setpoint.sources.opcua.targets import Targets, Way, WayKey, WritableNode, way_of
from setpoint.sources.opcua.variants import WIDTHS, Array, Opaque, Structure
from setpoint.sources.wording import words

__all__ = ["Finding", "probe", "probe_nodes"]


class _Use(NamedTuple):
    """One node of one machine; ``mapped`` if it belongs to a field."""

    reading: Reading
    mapped: FieldNode | None
    bits: tuple[Bit, ...] = ()


async def probe(
    config: SourceConfig,
    machines: Sequence[Machine],
    plant: Plant,
    *,
    secrets: Mapping[str, str] | None = None,
    directory: Path = Path(),
) -> list[Finding]:
    """A finding for every node of every machine of one source, in the order of the plant file.

    Raises `PlantError` for invalid settings, `SourceError` or `ConfigError` if there is no connection.
    """
    settings, nodes = read_settings(config, machines, plant, directory=directory)
    async with connect(settings, secrets or {}) as session:
        return await probe_nodes(session, nodes, plant)


async def probe_nodes(session: Session, nodes: Sequence[MachineNodes], plant: Plant) -> list[Finding]:
    """The same over an open session."""
    uses = [use for each in nodes for use in _uses(each, plant)]
    ids = [session.node_id(use.reading.node) for use in uses]
    known = [each for each in ids if each is not None]
    values = iter(await session.read(known))
    access = iter(await session.may_write(known))
    names = iter(await learn_names(session, known))
    has_members = any(use.reading.part.member for use in uses)
    layouts = await learn_layouts(session, known) if has_members else {}
    ways = await _ways(session, uses, plant)
    found = []
    for use, node in zip(uses, ids, strict=True):
        reading = use.reading
        if node is None:
            text = words("words-server-does-not-know-node-s")
            found.append(Finding(reading.image.key, reading.label, reading.node, problem=text))
            continue
        reading.names, reading.layouts = next(names), layouts
        found.append(_finding(use, plant, next(values), next(access), ways))
    return found


async def _ways(session: Session, uses: Sequence[_Use], plant: Plant) -> Mapping[WayKey, Way]:
    """How each target would be sent, found in the same way as by the source."""
    targets = Targets(session)
    fields = plant.fields_by_name
    wanted = [
        WritableNode(use.mapped, fields[use.mapped.name])
        for use in uses
        if use.mapped is not None and fields[use.mapped.name].is_writable
    ]
    await targets.learn(wanted, None)
    return targets.ways


def _uses(nodes: MachineNodes, plant: Plant) -> Iterator[_Use]:
    mapped = {each.name: each for each in nodes.fields}
    for reading in readings_of(nodes, plant.fields_by_name):
        bits = nodes.status.bits if reading.label == "status word" else ()
        yield _Use(reading, None if reading.is_condition else mapped[reading.label], bits)


def _finding(
    use: _Use,
    plant: Plant,
    data: ua.DataValue,
    is_writable: bool,
    ways: Mapping[WayKey, Way],
) -> Finding:
    reading, mapped, bits = use
    machine, name = reading.image.key, reading.label
    node = _place(reading)
    status_code = data.StatusCode.value if data.StatusCode is not None else 0
    quality = quality_of(status_code)
    variant = data.Value
    kind = variant.VariantType if isinstance(variant, ua.Variant) else None
    if not isinstance(kind, ua.VariantType) or kind is ua.VariantType.Null:
        problem = (
            in_words(status_code) if quality is not Quality.GOOD else words("words-node-has-no-value-yet")
        )
        return Finding(machine, name, node, quality=quality, problem=problem)
    held = raw_value(variant)
    type_name = f"{kind.name}[]" if isinstance(held, Array) and not _is_text(kind) else kind.name
    reading.take(held, status_code, 0)
    value = _shown(reading, held)
    problem = reading.reason or _beyond(bits, kind, held)
    if mapped is not None:
        field = plant.fields_by_name[name]
        problem = problem or _misread(field, held, value)
        if field.is_writable and not problem:
            problem = _unwritable(mapped, field, ways[way_of(mapped)], value, reading)
            is_settable = is_writable or mapped.method is not None
            problem = problem or ("" if is_settable else words("words-writable-but-server-does-not-let"))
            is_writable = is_settable
    found = quality if reading.quality is Quality.GOOD else reading.quality
    return Finding(machine, name, node, type_name, value, found, is_writable, problem)


def _place(reading: Reading) -> str:
    index = f"[{reading.part.index_range}]" if reading.part.index else ""
    return f"{reading.node}{index}{'.' if reading.part.member else ''}{reading.part.member}"


def _shown(reading: Reading, held: object) -> Value:
    """The value as the board would show it; for nodes of the condition, the node's own value."""
    image = reading.image
    if not reading.is_condition:
        return image.values.get(reading.label)
    if reading.label == "status" and not reading.reason:
        return image.condition()[0]
    if isinstance(held, Array):
        return str(list(held.values[:8]))
    return None if isinstance(held, Structure | Opaque) else held  # type: ignore[return-value]  # a scalar by now


def _beyond(bits: Sequence[Bit], kind: ua.VariantType, held: object) -> str:
    """The first bit that a word of this type does not have; empty if it has all of them."""
    width = 1 if kind is ua.VariantType.Boolean else WIDTHS.get(kind.value, 0)
    found = [bit.number for bit in bits if width and not isinstance(held, Array) and bit.number >= width]
    return words("words-bit-not-in-type", bit=found[0], kind=kind.name) if found else ""


def _is_text(kind: ua.VariantType) -> bool:
    return kind is ua.VariantType.ByteString


def _misread(field: Field, held: object, value: Value) -> str:
    """Why the node's value does not fit the field; empty if it does."""
    if field.type is FieldType.NUMBER and value is None and held is not None and not isinstance(held, float):
        return words("words-number-expected")
    if field.type is FieldType.CHOICE and value not in field.options:
        return words("words-none-of", value=repr(value), known=", ".join(field.options))
    return ""


def _unwritable(mapped: FieldNode, field: Field, way: Way, value: Value, reading: Reading) -> str:
    """Why even the current value could not be written; empty if it could."""
    if way.problem:
        return way.problem
    if value is None:
        return ""
    try:
        cast(to_raw(value, mapped, field, reading.names), way.kind)
    except CannotCastError as error:
        found: str = error.args[0]
        return found
    return ""
