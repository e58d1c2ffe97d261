"""`GET /api/plant` as the `Plant` that the rest of the code knows."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from setpoint.core.plant import Field, FieldType, Line, Machine, Plant
from setpoint.errors import ProtocolError


class _Field(msgspec.Struct, rename="camel"):
    name: str
    type: FieldType = FieldType.NUMBER
    label: str = ""
    unit: str = ""
    decimals: int = 0
    minimum: float | None = None
    maximum: float | None = None
    options: tuple[str, ...] = ()
    is_writable: bool = False
    column: str = ""
    aliases: tuple[str, ...] = ()
    is_required: bool = False
    actual: str | None = None
    tolerance: float | None = None
    units: dict[str, float] = {}
    needs_reason: bool = False
    needs_second_person: bool = False


class _Machine(msgspec.Struct):
    key: str
    name: str = ""


class _Line(msgspec.Struct, rename="camel"):
    id: str
    machines: list[_Machine]
    name: str = ""
    may_change: bool = True


class _Plant(msgspec.Struct, rename="camel"):
    name: str
    lines: list[_Line]
    fields: list[_Field]
    timezone: str = "UTC"
    id_column: str = "Machine ID"
    id_aliases: tuple[str, ...] = ()


class SeenPlant(NamedTuple):
    """The plant as one person may see it, and the lines on which they may change nothing."""

    plant: Plant
    read_only: frozenset[str]


def read_plant(body: bytes) -> SeenPlant:
    """The plant in an answer. Raises `ProtocolError` for anything that is none."""
    try:
        found = msgspec.json.decode(body, type=_Plant)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(f"a plant was expected from GET /api/plant: {error}") from error
    plant = Plant(
        name=found.name,
        lines=tuple(
            Line(
                line.id,
                tuple(Machine(machine.key, line.id, machine.name) for machine in line.machines),
                name=line.name,
            )
            for line in found.lines
        ),
        fields=tuple(
            Field(**{**msgspec.structs.asdict(field), "units": tuple(field.units.items())})
            for field in found.fields
        ),
        timezone=found.timezone,
        id_column=found.id_column,
        id_aliases=found.id_aliases,
    )
    return SeenPlant(plant, frozenset(line.id for line in found.lines if not line.may_change))
