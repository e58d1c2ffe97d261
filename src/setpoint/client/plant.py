"""Turns the answer of ``GET /api/plant`` into a `Plant`."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from setpoint.contract.http.plant import FieldView, PlantView
from setpoint.core.plant import Field, FieldType, Line, Machine, Plant
from setpoint.errors import ProtocolError

_decode: msgspec.json.Decoder[PlantView] = msgspec.json.Decoder(PlantView)


class SeenPlant(NamedTuple):
    """The part of the plant that one person may see, and the lines on which they may change nothing."""

    plant: Plant
    read_only: frozenset[str]


def read_plant(body: bytes) -> SeenPlant:
    """The plant in an answer. Raises `ProtocolError` if the body is not a plant."""
    try:
        found = _decode.decode(body)
        fields = tuple(_field(field) for field in found.fields)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise ProtocolError(f"GET /api/plant did not return a plant: {error}") from error
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
        fields=fields,
        timezone=found.timezone,
        id_column=found.id_column,
        id_aliases=tuple(found.id_aliases),
    )
    return SeenPlant(plant, frozenset(line.id for line in found.lines if not line.may_change))


def _field(view: FieldView) -> Field:
    values = msgspec.structs.asdict(view)
    kept = {
        "type": FieldType(view.type),
        "options": tuple(view.options),
        "aliases": tuple(view.aliases),
        "units": tuple(view.units.items()),
    }
    return Field(**{**values, **kept})
