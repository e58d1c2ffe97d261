"""The difference between two descriptions of the plant, for a reload of the plant file."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from setpoint.core.plant.model import Machine, Plant, SourceConfig


class PlantChange(msgspec.Struct, frozen=True):
    """Entity keys of machines, names of fields and ids of lines.

    ``moved`` machines keep their name but are read from another place: nothing that is known of the earlier machine
    holds for the new one.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

    @property
    def gone(self) -> frozenset[str]:
        """Machines whose state is not carried over."""
        return frozenset((*self.removed, *self.moved))


def plant_change(before: Plant, after: Plant) -> PlantChange:
    """From ``before`` to ``after``, each list in the order of the plant file."""
    old, new = before.machines, after.machines
    places = {each.name: each for each in before.sources}, {each.name: each for each in after.sources}
    stays = [key for key in new if key in old]
    return PlantChange(
        added=tuple(key for key in new if key not in old),
        removed=tuple(key for key in old if key not in new),
        moved=tuple(key for key in stays if _place(old[key], places[0]) != _place(new[key], places[1])),
        fields=_different(before.fields_by_name, after.fields_by_name),
        lines=_different(before.lines_by_id, after.lines_by_id),
    )


def _place(machine: Machine, sources: Mapping[str, SourceConfig]) -> tuple[object, ...]:
    """The places where a machine is read and written."""
    return machine.source, sources.get(machine.source), machine.settings


def _different(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(name for name in {**before, **after} if before.get(name) != after.get(name))
