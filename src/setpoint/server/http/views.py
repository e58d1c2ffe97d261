"""The plant in the form that the API sends to clients."""

from __future__ import annotations

from setpoint.contract.http.plant import FieldView, KpiView, LineView, MachineView, PlantView
from setpoint.core.plant import Field, line_kpis
from setpoint.server.http.sight import Sight


def plant_view(sight: Sight) -> PlantView:
    """The plant as a person may see it."""
    plant = sight.plant
    return PlantView(
        name=plant.name,
        timezone=plant.timezone,
        id_column=plant.id_column,
        id_aliases=list(plant.id_aliases),
        is_simulated=sight.is_simulated,
        kpis=[
            KpiView(kpi.name, kpi.field, kpi.of.value, kpi.label, kpi.unit, kpi.decimals)
            for kpi in line_kpis(plant)
        ],
        fields=[_field(field) for field in plant.fields],
        lines=[
            LineView(
                id=line.id,
                name=line.name,
                may_change=sight.person.may_change(line.id),
                machines=[
                    MachineView(machine.key, machine.id, machine.name, sight.capabilities(machine.key))
                    for machine in line.machines
                ],
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
