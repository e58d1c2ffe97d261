"""What the API says that the core has no words for: the plant as clients see it."""

from __future__ import annotations

import msgspec

from setpoint.core.plant import Field
from setpoint.server.http.sight import Sight


class FieldView(msgspec.Struct, frozen=True, rename="camel"):
    """One field of every machine (`setpoint.core.plant.Field`)."""

    name: str
    type: str
    label: str
    unit: str
    decimals: int
    minimum: float | None
    maximum: float | None
    options: list[str]
    is_writable: bool
    column: str
    aliases: list[str]
    is_required: bool
    actual: str | None
    needs_reason: bool
    needs_second_person: bool
    tolerance: float | None
    units: dict[str, float]


class MachineView(msgspec.Struct, frozen=True, rename="camel"):
    key: str
    id: str
    name: str


class LineView(msgspec.Struct, frozen=True, rename="camel"):
    """``mayChange``: whether the person who asks may give targets to the line's machines."""

    id: str
    name: str
    may_change: bool
    machines: list[MachineView]


class PlantView(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    timezone: str
    id_column: str
    id_aliases: list[str]
    is_simulated: bool
    fields: list[FieldView]
    lines: list[LineView]


def plant_view(sight: Sight) -> PlantView:
    """The plant as a person may know it."""
    plant = sight.plant
    return PlantView(
        plant.name,
        plant.timezone,
        plant.id_column,
        list(plant.id_aliases),
        sight.is_simulated,
        [_field(field) for field in plant.fields],
        [
            LineView(
                line.id,
                line.name,
                sight.person.may_change(line.id),
                [MachineView(machine.key, machine.id, machine.name) for machine in line.machines],
            )
            for line in plant.lines
        ],
    )


def _field(field: Field) -> FieldView:
    return FieldView(
        field.name,
        field.type.value,
        field.label,
        field.unit,
        field.decimals,
        field.minimum,
        field.maximum,
        list(field.options),
        field.is_writable,
        field.column,
        list(field.aliases),
        field.is_required,
        field.actual,
        field.needs_reason,
        field.needs_second_person,
        field.tolerance,
        dict(field.units),
    )
