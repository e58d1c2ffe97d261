"""Finds the machines among variables: which objects are machines, which of these are similar, and what their variables
mean.

If types say which objects are machines, that decides. Otherwise a machine is an object with variables below it,
directly or in folders (``Status/CurMachSpeed``), that has a number in its name, resembles its neighbours, or has
typical variables. If candidates overlap, the kind with the most typical variables wins, so that neither lines nor
motors count as machines. Names that factories use are recognised (`MEANINGS`); any other variable becomes a field with
its own name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from setpoint.contract.values import CRITICAL_OVERRIDES, SYSTEM_FIELDS
from setpoint.sources.opcua.tree import Path, Variable

NUMBER = re.compile(r"[0-9]{1,12}")
_WORD = re.compile(r"[A-Za-z0-9]+")
MAX_FIELDS = 200

MEANINGS: Mapping[str, frozenset[str]] = {
    "speed": frozenset(
        ("speed", "actualspeed", "actspeed", "curmachspeed", "currentspeed", "speedactual", "istdrehzahl", "drehzahl")
    ),
    "targetSpeed": frozenset(
        ("targetspeed", "machspeed", "setspeed", "speedsetpoint", "setpointspeed", "target", "speedsp", "spspeed",
         "speedset", "setpoint", "solldrehzahl", "sollwert")
    ),
    "temp": frozenset(("temp", "temperature", "temperatur")),
    "parts": frozenset(("parts", "partcount", "partscount", "count", "prodprocessedcount")),
    "mode": frozenset(("mode", "unitmode", "unitmodecurrent", "operatingmode", "betriebsart")),
    "status": frozenset(("state", "status", "statecurrent", "machinestate", "currentstate")),
    "cause": frozenset(("reason", "stopreason", "cause")),
    "status word": frozenset(("alarms", "alarmword", "almword", "faultword")),
}  # fmt: skip
SET_POINTS: Mapping[str, str] = {"targetSpeed": "Target Speed", "mode": "Mode"}
"""Fields that people set, with their columns in workbooks. For other writable variables, the person decides."""
SETTING_METHODS = {"SetMachSpeed": "targetSpeed", "SetUnitMode": "mode"}

ABOUT_STATUS = ("status", "cause", "status word")
NUMBERS = frozenset(
    ("SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float", "Double", "Boolean")
)
TEXTS = frozenset(("String", "LocalizedText", "DateTime", "Guid", "QualifiedName"))
_WORDS_OF_STATUS = ("String", "LocalizedText")
_RESERVED = frozenset((*SYSTEM_FIELDS, *CRITICAL_OVERRIDES, "word", "nodes"))


@dataclass(slots=True)
class Candidate:
    """An object that may be a machine, with its variables by their paths below it. ``number`` is its id."""

    path: Path
    variables: dict[Path, Variable] = field(default_factory=dict)
    methods: dict[str, Variable] = field(default_factory=dict)
    machine_type: str = ""
    number: str = ""

    @property
    def signature(self) -> frozenset[Path]:
        return frozenset(self.variables)

    @property
    def name(self) -> str:
        return self.path[-1]


def find_machines(variables: Sequence[Variable]) -> list[list[Candidate]]:
    """Machines by kind, the likeliest kind first; each machine has its number. Empty if none was recognised."""
    usable = [each for each in variables if each.type in NUMBERS or each.type in TEXTS]
    typed = _typed(usable)
    rest = [each for each in usable if not each.machine_depth]
    kinds = list(_kinds(typed))
    numbered = _objects(rest, lambda path: NUMBER.search(path[-1]) is not None)
    kinds += [kind for kind in _kinds(numbered) if _is_machine(kind)]
    if not kinds:
        kinds = [kind for kind in _kinds(_objects(rest, lambda _: True)) if _looks_like_machine(kind)]
    _find_methods([each for kind in kinds for each in kind], variables)
    number_machines(kinds)
    return kinds


def number_machines(kinds: Sequence[Sequence[Candidate]]) -> None:
    """Numbers machines by their names. If several have the same number, the number of the object above is added."""
    taken: set[str] = set()
    unnumbered = []
    for kind in kinds:
        own = {each.path: "".join(NUMBER.findall(each.name)[-1:]) for each in kind}
        counts = Counter(own.values())
        for each in kind:
            number = own[each.path]
            if number and counts[number] > 1:  # machine 1 of line 1 and machine 1 of line 2: 101 and 201
                number = "".join([*numbers_above(each)[-1:], number.zfill(2)])
            if not number or number in taken or len(number) > 12:
                unnumbered.append(each)
                continue
            taken.add(number)
            each.number = number
    free = map(str, count(1))
    for each in unnumbered:
        each.number = next(number for number in free if number not in taken)


def numbers_above(machine: Candidate) -> list[str]:
    return [digits for name in machine.path[:-1] for digits in NUMBER.findall(name)]


def meanings(machine: Candidate) -> tuple[dict[str, Path], dict[str, Path]]:
    """Field name → path below the machine, and the same for the parts of the status.

    If several variables have one meaning, a writable one is preferred for a set-point, and one that is not writable for
    a measured value: PackML has MachSpeed both as a command and as a status. After that, the higher one in the tree
    counts.
    """
    variables = machine.variables
    chosen: dict[Path, str] = {}
    for meaning, words in MEANINGS.items():
        paths = [
            path
            for path, each in variables.items()
            if plain_name(path[-1]) in words and path not in chosen and _can_mean(meaning, each)
        ]
        fitting = [path for path in paths if variables[path].is_writable == (meaning in SET_POINTS)]
        for path in sorted(fitting or paths, key=len)[:1]:
            chosen[path] = meaning
    status = {meaning: path for path, meaning in chosen.items() if meaning in ABOUT_STATUS}
    for number, path in enumerate(_inner_states(status.get("status"), variables), start=2):
        status[f"status {number}"] = path
    fields: dict[str, Path] = {}
    for path in sorted(variables, key=lambda each: each not in chosen):
        if path not in status.values() and len(fields) < MAX_FIELDS:
            wanted = chosen.get(path) or camel(label_of(path, variables))
            fields[_unique(wanted, fields, has_meaning=path in chosen)] = path
    order = {path: place for place, path in enumerate(variables)}
    return dict(sorted(fields.items(), key=lambda each: order[each[1]])), status


def _inner_states(outer: Path | None, variables: Iterable[Path]) -> list[Path]:
    """Nested states, from the outermost to the innermost: ``BaseStateMachine/MachineState/CurrentState``."""
    found: list[Path] = []
    if outer is None or plain_name(outer[-1]) != "currentstate":
        return found
    for path in sorted(variables, key=len):
        around = found[-1] if found else outer
        is_inside = len(path) > len(around) and path[: len(around) - 1] == around[:-1]
        if is_inside and plain_name(path[-1]) == "currentstate":
            found.append(path)
    return found


def _can_mean(meaning: str, variable: Variable) -> bool:
    """Whether the type fits the meaning: a speed is a number, an alarm word has bits, a cause is a text."""
    if meaning == "cause":
        return variable.type in _WORDS_OF_STATUS
    if meaning == "status":
        return variable.type in NUMBERS - {"Float", "Double"} or variable.type in _WORDS_OF_STATUS
    if meaning == "status word":
        return variable.type in NUMBERS - {"Float", "Double"}
    return meaning == "mode" or variable.type in NUMBERS


def _unique(wanted: str, taken: Iterable[str], *, has_meaning: bool) -> str:
    names = set(taken)
    if wanted not in names and (has_meaning or (wanted not in _RESERVED and wanted not in MEANINGS)):
        return wanted
    return next(name for number in count(2) if (name := f"{wanted[:34]}{number}") not in names)


def label_of(path: Path, variables: Iterable[Path]) -> str:
    """A label for people: the shortest end of the path that is unique in the machine, such as ``Drive 1 Current``."""
    others = [each for each in variables if each != path]
    ends = (path[-depth:] for depth in range(1, len(path) + 1))
    return " ".join(next((end for end in ends if all(each[-len(end) :] != end for each in others)), path))


def plain_name(name: str) -> str:
    return "".join(_WORD.findall(name)).lower()


def camel(name: str) -> str:
    words = _WORD.findall(name)
    text = "".join(word[:1].upper() + word[1:] for word in words) or "Field"
    text = text[0].lower() + text[1:]
    return (text if text[0].isalpha() else f"field{text}")[:40]


def _typed(variables: Iterable[Variable]) -> list[Candidate]:
    found: dict[Path, Candidate] = {}
    for each in variables:
        if each.machine_depth:
            place = each.path[: each.machine_depth]
            machine = found.setdefault(place, Candidate(place, machine_type=each.machine_type))
            machine.variables[each.path[each.machine_depth :]] = each
    return list(found.values())


def _objects(variables: Iterable[Variable], is_candidate: Callable[[Path], bool]) -> list[Candidate]:
    """Every object that may be a machine, with all usable variables below it."""
    found: dict[Path, Candidate] = {}
    for each in variables:
        for depth in range(1, len(each.path)):
            place = each.path[:depth]
            if is_candidate(place):
                found.setdefault(place, Candidate(place)).variables[each.path[depth:]] = each
    return list(found.values())


def _kinds(candidates: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    """Groups of similar candidates, the likeliest first. No candidate is part of one in an earlier group."""
    left = list(candidates)
    while left:
        by_signature: dict[frozenset[Path], list[Candidate]] = {}
        for each in left:
            by_signature.setdefault(each.signature, []).append(each)
        kind = max(by_signature.values(), key=_likelihood)
        yield kind
        taken = {each.path for each in kind}
        above = {path[:depth] for path in taken for depth in range(1, len(path))}
        left = [
            each
            for each in left
            if each.path not in above
            and not any(each.path[:depth] in taken for depth in range(1, len(each.path) + 1))
        ]


def _count_meanings(kind: Sequence[Candidate]) -> int:
    """The number of different meanings of its variables."""
    names = Counter(plain_name(path[-1]) for path in kind[0].variables)
    return sum(any(names[word] == 1 for word in words) for words in MEANINGS.values())


def _likelihood(kind: Sequence[Candidate]) -> tuple[int, int, int]:
    """A key for sorting: the number of typical variables, then how much of the server they cover, then their depth."""
    return _count_meanings(kind), len(kind[0].variables) * len(kind), len(kind[0].path)


def _is_machine(kind: Sequence[Candidate]) -> bool:
    return len(kind[0].variables) > 1 or _count_meanings(kind) > 0


def _looks_like_machine(kind: Sequence[Candidate]) -> bool:
    """Whether candidates without a number or type have enough typical variables, or are several similar ones with
    some."""
    return _count_meanings(kind) > 1 or (_count_meanings(kind) == 1 and len(kind) > 1)


def _find_methods(machines: Iterable[Candidate], variables: Iterable[Variable]) -> None:
    by_path = {each.path: each for each in machines}
    for each in variables:
        if each.type != "Method":
            continue
        for depth in range(len(each.path) - 1, 0, -1):
            if (machine := by_path.get(each.path[:depth])) is not None:
                machine.methods.setdefault(SETTING_METHODS.get(each.path[-1], each.path[-1]), each)
                break
