"""The settings of machines' places in a plant file, as records (`config` reads them).

``P`` is the protocol's own kind of place: a metric, a register, a topic with a path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class FieldPlace(Generic[P]):
    """One field: value = raw × ``scale`` + ``offset``, or the choice with this raw value.

    ``is_optional``: if the place is missing or bad, only its value is missing; the machine's quality does not change.
    """

    name: str
    place: P
    scale: float = 1.0
    offset: float = 0.0
    choices: Mapping[str, int | str | bool] = field(default_factory=dict)
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Bit(Generic[P]):
    """A bit of the alarm word (``number``), or a separate place, that asserts a critical status."""

    status: str
    cause: str
    number: int = 0
    place: P | None = None


@dataclass(frozen=True, slots=True)
class ConditionPlaces(Generic[P]):
    """The places of a machine's condition. All parts are optional."""

    state: P | None = None
    is_packml: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    cause: P | None = None
    word: P | None = None
    bits: tuple[Bit[P], ...] = ()
    flags: tuple[Bit[P], ...] = ()


@dataclass(frozen=True, slots=True)
class MachinePlaces(Generic[P]):
    """The places of one machine, placeholders filled in. ``name`` is its id as people write it."""

    machine: str
    fields: tuple[FieldPlace[P], ...]
    condition: ConditionPlaces[P]
