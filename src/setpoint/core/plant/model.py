"""The description of a plant: lines, machines, fields.

A plant has lines, a line has machines, and every machine has the plant's fields. A field is measured (``speed``) or
writable: a set-point for which people give targets (``targetSpeed``). In addition, Setpoint itself sets the *system
fields* of every machine:

    status    condition: what the machine says about itself (``RUNNING``, ``EMERGENCY_STOP``, …)
    since     Unix seconds of the last change of ``status``
    cause     who or what caused that status, if the machine says so; else None
    quality   how sure we are of the machine's values (`Quality`)
    seen      Unix seconds of the last contact while ``quality`` is not GOOD; None while it is
    qualityReason  why ``quality`` is not GOOD, if the source says so; absent or None otherwise

Everything here is frozen and is built once, by `setpoint.core.plant.toml.parse_plant` or by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from functools import cached_property
from typing import TypeGuard

from setpoint.contract.topics import DASHBOARD, line_topic, machine_id
from setpoint.contract.values import Value
from setpoint.core.plant.history import FieldHistory
from setpoint.core.plant.shifts import ShiftSettings
from setpoint.core.plant.wording import words


class FieldType(Enum):
    """The values that a field takes."""

    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of every machine.

    ``minimum`` and ``maximum`` are inclusive and in ``unit``. ``column`` is the header in workbooks, ``aliases``
    are other headers that mean the same, ``is_required`` whether a workbook without that column is refused
    (XL-1). ``actual`` names the measured field that follows this set-point (``targetSpeed`` → ``speed``).
    ``tolerance`` is how far two numbers may be apart and still be the same set-point (TOL-1). ``units`` are other
    units that a workbook's header may name, each with the factor that makes ``unit`` of it (XL-1). ``history`` is how
    it is recorded (HIST-2).
    """

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
    units: tuple[tuple[str, float], ...] = ()
    needs_reason: bool = False
    needs_second_person: bool = False
    history: FieldHistory = FieldHistory()  # noqa: RUF009  # frozen

    def refuse(self, value: Value) -> str | None:
        """Why ``value`` cannot be a target for this field, for people; None if it can."""
        if not self.is_writable:
            return words("words-field-is-measured", field=self.name)
        match self.type:
            case FieldType.NUMBER:
                if not _is_number(value):
                    return self._wants_number(value)
                too_low = self.minimum is not None and value < self.minimum
                if too_low or (self.maximum is not None and value > self.maximum):
                    return self._wants_number(value)
            case FieldType.CHOICE:
                if value not in self.options:
                    known = ", ".join(self.options)
                    return words(
                        "words-field-takes-one-of", field=self.name, known=known, value=_shown(value)
                    )
            case FieldType.TEXT:
                if not isinstance(value, str) or len(value) > MAX_TEXT:
                    return words(
                        "words-field-takes-text", field=self.name, most=MAX_TEXT, value=_shown(value)
                    )
        return None

    def _wants_number(self, value: Value) -> str:
        unit = f" {self.unit}" if self.unit else ""
        low = "" if self.minimum is None else f"{self.minimum:g}"
        high = "" if self.maximum is None else f"{self.maximum:g}{unit}"
        args = {"field": self.name, "value": _shown(value)}
        if low and high:
            return words("words-field-takes-number-from-to", low=low, high=high, **args)
        if low:
            return words("words-field-takes-number-at-least", low=f"{low}{unit}", **args)
        if high:
            return words("words-field-takes-number-at-most", high=high, **args)
        return words("words-field-takes-number", **args)


MAX_TEXT = 200
_MAX_SHOWN = 60
_NUMBERS = (int, float)
_LARGEST = sys.float_info.max


def _is_number(value: Value) -> TypeGuard[int | float]:
    """A finite number that every machine can hold; whole numbers are unbounded in JSON and in Python."""
    return isinstance(value, _NUMBERS) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _shown(value: Value) -> str:
    if isinstance(value, int) and abs(value) > _LARGEST:
        return words("words-number-over-300-digits")
    if value is None:
        return words("words-nothing-came-in")
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"


STANDARD_FIELDS = (
    Field("speed", label="Speed", unit="rpm"),
    Field("temp", label="Temperature", unit="°C", decimals=1),
    Field("parts", label="Parts"),
    Field(
        "targetSpeed",
        label="Target speed",
        unit="rpm",
        minimum=0,
        maximum=3000,
        is_writable=True,
        column="Target Speed",
        is_required=True,
        actual="speed",
    ),
    Field(
        "mode",
        type=FieldType.CHOICE,
        label="Mode",
        options=("RUN", "IDLE", "MAINTENANCE"),
        is_writable=True,
        column="Mode",
    ),
)
"""The specification's machine; what a plant file that names no fields gets."""


class Of(StrEnum):
    """``mean`` and ``count`` are over the machines in contact, ``sum`` over all that ever reported the field."""

    MEAN = "mean"
    SUM = "sum"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Kpi:
    """``value`` is the value to count; ``decimals`` is the number of decimals of a mean."""

    name: str
    field: str
    of: Of
    label: str
    unit: str = ""
    decimals: int = 0
    value: Value = None


class Priority(StrEnum):
    """How urgent an alarm is: at most four, the most urgent first (ALM-1)."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm definition (ALM-1): a status, or limits of a field, of the machines that it is for.

    Limits and ``dead_band`` are in the field's unit. ``suppressed_in``: statuses of the machine in which the alarm is
    suppressed by design. Without ``lines`` and ``machines`` (entity keys) it is for every machine.
    """

    name: str
    label: str = ""
    priority: Priority = Priority.MEDIUM
    statuses: tuple[str, ...] = ()
    field: str = ""
    above: float | None = None
    below: float | None = None
    dead_band: float = 0.0
    on_delay_ms: int = 0
    off_delay_ms: int = 0
    suppressed_in: tuple[str, ...] = ()
    consequence: str = ""
    response: str = ""
    lines: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()

    def is_for(self, machine: str, line: str) -> bool:
        """Whether the machine (by its entity key) on that line has this alarm; without lines and machines, all have."""
        is_everywhere = not self.lines and not self.machines
        return is_everywhere or line in self.lines or machine in self.machines


@dataclass(frozen=True, slots=True)
class Machine:
    """``key`` is its entity key (``m_402``), ``line`` the id of its line (``01``), ``settings`` are for its source."""

    key: str
    line: str
    name: str = ""
    source: str = "simulator"
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """``m:402``: the machine in workbooks and on screen; its topic too."""
        return machine_id(self.key)


@dataclass(frozen=True, slots=True)
class Line:
    id: str
    machines: tuple[Machine, ...]
    name: str = ""

    @property
    def topic(self) -> str:
        """``line:01``."""
        return line_topic(self.id)


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """One source of machine data: its ``kind`` (``simulator``, ``opcua``, or an entry point's name) and settings."""

    name: str
    kind: str
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Plant:
    """The whole plant. Lookups are by entity key; ``timezone`` is an IANA name, for screens and exports only."""

    name: str
    lines: tuple[Line, ...]
    fields: tuple[Field, ...] = STANDARD_FIELDS
    timezone: str = "UTC"
    id_column: str = "Machine ID"
    id_aliases: tuple[str, ...] = ()
    sources: tuple[SourceConfig, ...] = (SourceConfig("simulator", "simulator"),)
    kpis: tuple[Kpi, ...] = ()
    """The figures of each line, in addition to those that every line has (KPI-1)."""
    alarms: tuple[Alarm, ...] = ()
    shifts: ShiftSettings | None = None
    """When people work, and how the machines' time counts; None if the file does not say."""

    @cached_property
    def machines(self) -> Mapping[str, Machine]:
        """Every machine by its entity key, in the order of the file."""
        return {machine.key: machine for line in self.lines for machine in line.machines}

    @cached_property
    def lines_by_id(self) -> Mapping[str, Line]:
        return {line.id: line for line in self.lines}

    @cached_property
    def fields_by_name(self) -> Mapping[str, Field]:
        return {each.name: each for each in self.fields}

    @cached_property
    def writable(self) -> tuple[Field, ...]:
        """The fields that can be asked for, in the order of a workbook's columns."""
        return tuple(each for each in self.fields if each.is_writable)

    def topics(self) -> Iterator[str]:
        """Every topic that can be subscribed to, the plant first."""
        yield DASHBOARD
        for line in self.lines:
            yield line.topic
        for machine in self.machines.values():
            yield machine.id
