"""``GET /api/plant`` as the `Plant` that the rest of the code knows."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from setpoint.contract.http.plant import FieldView, PlantView
from setpoint.core.plant import Field, FieldType, Line, Machine, Plant
from setpoint.errors import ProtocolError

_decode: msgspec.json.Decoder[PlantView] = msgspec.json.Decoder(PlantView)


class SeenPlant(NamedTuple):
    """The plant as one person may see it, and the lines on which they may change nothing."""

    plant: Plant
    read_only: frozenset[str]


def read_plant(body: bytes) -> SeenPlant:
    """The plant in an answer. Raises `ProtocolError` for anything that is none."""
    try:
        found = _decode.decode(body)
        fields = tuple(_field(field) for field in found.fields)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
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
        fields=fields,
        timezone=found.timezone,
        id_column=found.id_column,
        id_aliases=tuple(found.id_aliases),
    )
    return SeenPlant(plant, frozenset(line.id for line in found.lines if not line.may_change))


def _field(view: FieldView) -> Field:
    told = msgspec.structs.asdict(view)
    kept = {
        "type": FieldType(view.type),
        "options": tuple(view.options),
        "aliases": tuple(view.aliases),
        "units": tuple(view.units.items()),
    }
    return Field(**{**told, **kept})
