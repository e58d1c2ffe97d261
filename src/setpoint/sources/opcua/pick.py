"""``setpoint opcua browse --pick``: a person picks the nodes of a machine.

`listing` shows the variables as a numbered tree, `chosen` reads the person's answer, and `machines_of` makes a machine
of the picked variables and finds every other object that has the same ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from setpoint.errors import ConfigError
from setpoint.sources.opcua.machines import NUMBERS, TEXTS, Candidate, number_machines
from setpoint.sources.opcua.tree import Path, Variable
from setpoint.sources.opcua.variants import Array, type_name
from setpoint.sources.wording import words

MOST_ELEMENTS = 16
_RANGE = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?")


def pickable(variables: Sequence[Variable]) -> list[Variable]:
    """The variables that a plant can use, in the order of their paths. Each element of a short array is one."""
    parts = [part for each in sorted(variables, key=lambda each: each.path) for part in _parts(each)]
    return [each for each in parts if each.type in NUMBERS or each.type in TEXTS]


def _parts(variable: Variable) -> Iterator[Variable]:
    value = variable.value
    if not isinstance(value, Array) or len(value.dimensions) > 1 or len(value.values) > MOST_ELEMENTS:
        yield variable
        return
    *above, name = variable.path
    for index, element in enumerate(value.values):
        path, kind = (*above, f"{name}[{index}]"), type_name(value.kind)
        yield replace(variable, path=path, type=kind, value=element, index=index)  # type: ignore[arg-type]  # elements are what scalars are


def listing(variables: Sequence[Variable]) -> Iterator[str]:
    """The tree, line by line, with a number for each variable."""
    above: Path = ()
    for number, each in enumerate(variables, start=1):
        folder = each.path[:-1]
        common = next(
            (
                depth
                for depth in range(min(len(above), len(folder)), 0, -1)
                if above[:depth] == folder[:depth]
            ),
            0,
        )
        for depth in range(common, len(folder)):
            yield f"     {'  ' * depth}{_shown(folder[depth])}"
        above = folder
        access = ", writable" if each.is_writable else ""
        place = f"{'  ' * len(folder)}{_shown(each.path[-1])}"
        yield f"{number:>4} {place}   {each.type}{access}: {_shown(repr(each.value))}"


def chosen(text: str, count: int) -> list[int]:
    """The variables that a text such as ``3-7, 12`` names, out of ``count``; the result counts from 0. Raises
    `ConfigError`.
    """
    found: list[int] = []
    for part in text.replace(",", " ").split():
        numbers = _RANGE.fullmatch(part)
        first = int(numbers[1]) if numbers else 0
        last = int(numbers[2] or first) if numbers else 0
        if not 1 <= first <= last <= count:
            raise ConfigError(words("words-not-one-numbers-type-them", part=repr(part), count=count))
        found += range(first - 1, last)
    return list(dict.fromkeys(found))


def machines_of(
    picked: Sequence[Variable], everything: Sequence[Variable]
) -> tuple[list[Candidate], list[Candidate]]:
    """The picked machines, and others with the same variables, all numbered."""
    place = _common([each.path[:-1] for each in picked])
    machine = Candidate(place or picked[0].path[:-1] or ("Machine",))
    depth = len(place)
    for each in picked:
        machine.variables[each.path[depth:]] = each
    others = _alike(machine, everything) if depth else []
    number_machines([[machine, *others]])
    return [machine], others


def _alike(machine: Candidate, everything: Sequence[Variable]) -> list[Candidate]:
    depth = len(machine.path)
    by_path = {each.path: each for each in everything}
    places = dict.fromkeys(each.path[:depth] for each in everything if len(each.path) > depth)
    found = []
    for place in places:
        has_all = all((*place, *path) in by_path for path in machine.variables)
        if place != machine.path and place[:-1] == machine.path[:-1] and has_all:
            found.append(Candidate(place, {path: by_path[*place, *path] for path in machine.variables}))
    return found


def _common(paths: Sequence[Path]) -> Path:
    shared = paths[0]
    for path in paths[1:]:
        depth = next(
            (depth for depth in range(min(len(shared), len(path)), 0, -1) if shared[:depth] == path[:depth]),
            0,
        )
        shared = shared[:depth]
    return shared


def _shown(text: str) -> str:
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)[:80]
