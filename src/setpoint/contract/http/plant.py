"""``GET /api/plant``: the part of the plant that the person who asks may see and change.

A server may leave out keys that have their default; ours sends all of them.
"""

from __future__ import annotations

from typing import Literal

import msgspec

CapabilityName = Literal["time", "quality", "refusal"]


class FieldView(msgspec.Struct, frozen=True, rename="camel"):
    """One field of every machine (`setpoint.core.plant.Field`)."""

    name: str
    type: Literal["number", "choice", "text"] = "number"
    label: str = ""
    unit: str = ""
    decimals: int = 0
    minimum: float | None = None
    maximum: float | None = None
    options: list[str] = []
    is_writable: bool = False
    column: str = ""
    aliases: list[str] = []
    is_required: bool = False
    actual: str | None = None
    needs_reason: bool = False
    needs_second_person: bool = False
    tolerance: float | None = None
    units: dict[str, float] = {}


class KpiView(msgspec.Struct, frozen=True, rename="camel"):
    """One figure of each line and of the plant (KPI-1)."""

    name: str
    field: str
    of: Literal["mean", "sum", "count"] = "mean"
    label: str = ""
    unit: str = ""
    decimals: int = 0


class MachineView(msgspec.Struct, frozen=True, rename="camel"):
    """``key`` is its name on the wire (``m_402``), ``id`` the one for people (``m:402``).

    ``tells`` says what the machine can report about itself: its own time, the quality of its values, and whether it
    refuses a target. Null: not known.
    """

    key: str
    id: str = ""
    name: str = ""
    tells: list[CapabilityName] | None = None


class LineView(msgspec.Struct, frozen=True, rename="camel"):
    """``mayChange``: whether the person who asks may give targets to the line's machines."""

    id: str
    machines: list[MachineView]
    name: str = ""
    may_change: bool = True


class PlantView(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    lines: list[LineView]
    fields: list[FieldView]
    timezone: str = "UTC"
    id_column: str = "Machine ID"
    id_aliases: list[str] = []
    is_simulated: bool = False
    kpis: list[KpiView] = []


class PlantChangeView(msgspec.Struct, frozen=True, rename="camel"):
    """The changes of a new plant file (PLANT-1): entity keys of machines, names of fields, ids of lines.

    ``moved`` machines are read from another place than before.
    """

    added: list[str]
    removed: list[str]
    moved: list[str]
    fields: list[str]
    lines: list[str]
