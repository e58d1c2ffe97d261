"""Picks a part of a node's value: an element of an array, a field of a structure, or both.

In the plant file ``{ node = "…", index = 3, member = "Drive.Speed" }``: the index is applied first, then the path of
members, which may have its own indexes (``Drives[2].Speed``). Elements are counted from 0, as in OPC UA.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from setpoint.sources.mapping.values import UnreadableError
from setpoint.sources.opcua.structures import Layout, member_of
from setpoint.sources.opcua.variants import Array, Held, Opaque, Structure, describe
from setpoint.sources.wording import words

_STEP = re.compile(r"([^.\[\]]+)((?:\[\d+\])*)(?:\.|$)")


@dataclass(frozen=True, slots=True)
class Part:
    """``index`` has one number for each dimension; empty: the whole. ``member`` is a path; empty: the whole."""

    index: tuple[int, ...] = ()
    member: str = ""

    @property
    def index_range(self) -> str:
        """The range in the notation of OPC UA (Part 4, 7.27)."""
        return ",".join(map(str, self.index))


WHOLE = Part()


def pick(value: Held, part: Part, layouts: Mapping[str, Layout], *, is_ranged: bool = False) -> Held:
    """The part of ``value``. With ``is_ranged``, the server has picked the element. Raises `UnreadableError`."""
    if part.index:
        # Some servers ignore a range and send the whole array; its first element may be another machine's value.
        is_picked = is_ranged and not (isinstance(value, Array) and len(value.values) != 1)
        value = _element(value, (0,) * len(part.index) if is_picked else part.index, is_ranged=is_picked)
    if not part.member:
        return value
    at = 0
    while at < len(part.member):
        step = _STEP.match(part.member, at)
        if step is None:
            raise UnreadableError(words("words-not-path-of-members", member=repr(part.member)))
        if not isinstance(value, Structure):
            raise UnreadableError(words("words-structure-expected", name=step[1], what=describe(value)))
        value = member_of(value, step[1], layouts)
        for index in re.findall(r"\d+", step[2]):
            value = _element(value, (int(index),), is_ranged=False)
        at = step.end()
    return value


def scalar(value: Held) -> str | int | float | bool | None:
    """The value, if it can be shown. Raises `UnreadableError` for arrays, structures and other types."""
    if isinstance(value, Array):
        raise UnreadableError(words("words-node-holds-name-element", what=describe(value)))
    if isinstance(value, Structure):
        raise UnreadableError(words("words-node-holds-structure"))
    if isinstance(value, Opaque):
        raise UnreadableError(words("words-node-s-type-cannot-be-read", kind=value.type))
    return value


def _element(value: Held, index: tuple[int, ...], *, is_ranged: bool) -> Held:
    if is_ranged and not isinstance(value, Array):
        return value  # some servers answer a range of one element with the element
    if not isinstance(value, Array):
        raise UnreadableError(words("words-array-expected", what=describe(value)))
    dimensions = value.dimensions if len(value.dimensions) == len(index) else (len(value.values),)
    if len(index) != len(dimensions):
        raise UnreadableError(words("words-array-dimensions", count=len(dimensions), given=len(index)))
    place = 0
    for position, size in zip(index, dimensions, strict=True):
        if position >= size:
            raise _missing(index, value)
        place = place * size + position
    if place >= len(value.values):
        raise _missing(index, value)
    found: Held = value.values[place]  # type: ignore[assignment]  # elements are what scalars are
    return found


def _missing(index: tuple[int, ...], value: Held) -> UnreadableError:
    return UnreadableError(
        words("words-no-such-element", index=",".join(map(str, index)), what=describe(value))
    )
