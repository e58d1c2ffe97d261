"""``setpoint opcua browse``: walks a server that nobody knows and proposes a plant file for it.

What it looks for are machines: objects whose names carry a number and that have variables below them, directly or in
folders (``Status/CurMachSpeed``). Objects with the same variables are alike; of all kinds the one is taken that has
most of what a machine has, so that neither lines nor motors pass for machines. Where a machine's number stands in its
node ids, machines alike get one pattern, and 500 of them take ten lines. Names that factories use are recognised
(`_MEANINGS`); everything else becomes a field of its own name. Units and ranges come from where the server states
them (``EngineeringUnits``, ``EURange``). The proposal is read with `parse_plant` and `read_settings` like any plant
file, and is for people to finish.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from setpoint.core.plant import SYSTEM_FIELDS
from setpoint.sources.opcua.notifications import Held, raw_value
from setpoint.sources.opcua.session import Session

MAX_NODES = 50_000
MAX_DEPTH = 12
_AT_ONCE = 50
_NUMBER = re.compile(r"\d{1,12}")
_WORD = re.compile(r"[A-Za-z0-9]+")

_MEANINGS: Mapping[str, frozenset[str]] = {
    "speed": frozenset(("speed", "actualspeed", "actspeed", "curmachspeed", "currentspeed", "speedactual")),
    "targetSpeed": frozenset(
        (
            "targetspeed",
            "machspeed",
            "setspeed",
            "speedsetpoint",
            "setpointspeed",
            "target",
            "speedsp",
            "spspeed",
            "speedset",
            "setpoint",
        )
    ),
    "temp": frozenset(("temp", "temperature")),
    "parts": frozenset(("parts", "partcount", "partscount", "count", "prodprocessedcount")),
    "mode": frozenset(("mode", "unitmode", "unitmodecurrent", "operatingmode")),
    "status": frozenset(("state", "status", "statecurrent", "machinestate")),
    "cause": frozenset(("reason", "stopreason", "cause")),
    "status word": frozenset(("alarms", "alarmword", "almword", "faultword")),
}
_SET_POINTS: Mapping[str, str] = {"targetSpeed": "Target Speed", "mode": "Mode"}
"""What people set, with its column in workbooks; anything else that can be written is left to people to decide."""

_ABOUT_STATUS = ("status", "cause", "status word")
_NUMBERS = frozenset(
    ("SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float", "Double", "Boolean")
)


_Path = tuple[str, ...]
"""Browse names, from a place downwards."""


@dataclass(slots=True)
class Variable:
    """A variable of a server, and what it says of itself; ``unit`` and ``range`` where the server states them."""

    node: str
    path: _Path
    type: str = ""
    value: Held = None
    is_writable: bool = False
    unit: str = ""
    range: tuple[float, float] | None = None


@dataclass(slots=True)
class Candidate:
    """An object with a number and variables below it, by their paths from there: perhaps a machine."""

    path: _Path
    variables: dict[_Path, Variable] = field(default_factory=dict)
    number: str = ""

    @property
    def signature(self) -> frozenset[_Path]:
        return frozenset(self.variables)


async def walk(session: Session) -> list[Variable]:
    """Every variable below the server's Objects folder but the server's own, with type, value and access."""
    found: list[tuple[ua.NodeId, _Path]] = []
    properties: list[tuple[ua.NodeId, _Path]] = []
    level: list[tuple[ua.NodeId, _Path, bool]] = [(ua.NodeId(ua.Int32(ObjectIds.ObjectsFolder)), (), False)]
    seen: set[str] = set()
    for _ in range(MAX_DEPTH):
        below: list[tuple[ua.NodeId, _Path, bool]] = []
        for start in range(0, len(level), _AT_ONCE):
            part = level[start : start + _AT_ONCE]
            for (_, path, is_variable), references in zip(
                part, await _browse(session, [node for node, _, _ in part]), strict=True
            ):
                for reference in references:
                    node = _plain(reference.NodeId)
                    text = node.to_string()
                    if text in seen or node.NamespaceIndex == 0 or len(seen) >= MAX_NODES:
                        continue
                    seen.add(text)
                    here = (*path, str(reference.BrowseName.Name))
                    if is_variable and reference.ReferenceTypeId.Identifier == ObjectIds.HasProperty:
                        properties.append((node, here))
                        continue
                    below.append((node, here, reference.NodeClass == ua.NodeClass.Variable))
                    if below[-1][2]:
                        found.append((node, here))
        level = below
        if not level:
            break
    described = await _described(session, found)
    await _describe_further(session, described, properties)
    return described


def propose(variables: Sequence[Variable], endpoint: str, namespaces: Mapping[str, int]) -> str:
    """The text of a plant file for what was found. Raises nothing: where no machine is recognised, it says so."""
    uris = {index: uri for uri, index in namespaces.items()}
    kinds = list(_kinds(_candidates(variables)))
    head = [
        f"# Proposed from {endpoint}. Look at every line: units, ranges (min, max), and what may be set.",
        'name = "New plant"',
        "",
    ]
    if not kinds:
        listed = [
            f"#   {_stable(each.node, uris)}  {'/'.join(each.path)}  {each.type}" for each in variables[:200]
        ]
        return "\n".join(
            [
                *head,
                "# No machines were recognised (objects with a number in their names). Variables found:",
                *listed,
                "",
            ]
        )
    alike, *others = kinds
    _number(alike)
    first = alike[0]
    fields, status = _meanings(first.variables)
    patterns = {name: _pattern(first, path, uris) for name, path in {**fields, **status}.items()}
    lines = [*head, *_field_tables(fields, first)]
    lines += ["[sources.opcua]", 'kind = "opcua"', f'endpoint = "{endpoint}"']
    lines += ['security = "None"   # better: Basic256Sha256, see docs/howto/connect-opcua.md', ""]
    lines += ["[sources.opcua.fields]"]
    lines += [f"{name} = {_quoted(patterns[name])}" for name in fields]
    lines += _status_table(status, patterns, first)
    lines += _line_tables(alike, {**fields, **status}, patterns, uris)
    if others:
        lines += ["", "# These look different, and are left out; a second [sources.NAME] can bring them in:"]
        lines += [
            f"#   {'/'.join(each.path)}: {', '.join(sorted('/'.join(path) for path in each.signature))}"
            for kind in others
            for each in kind
        ][:50]
    return "\n".join([*lines, ""])


async def _browse(session: Session, nodes: Sequence[ua.NodeId]) -> list[list[ua.ReferenceDescription]]:
    request = ua.BrowseRequest()
    request.Parameters.NodesToBrowse = [
        ua.BrowseDescription(
            NodeId=node,
            BrowseDirection=ua.BrowseDirection.Forward,
            ReferenceTypeId=ua.NodeId(ua.Int32(ObjectIds.HierarchicalReferences)),
            IncludeSubtypes=True,
            NodeClassMask=ua.UInt32(ua.NodeClass.Object | ua.NodeClass.Variable),
            ResultMask=ua.UInt32(ua.BrowseResultMask.All),
        )
        for node in nodes
    ]
    results = (await session.call(request, ua.BrowseResponse)).Results
    found = []
    for result in results:
        references, point = list(result.References or ()), result.ContinuationPoint
        while point:
            more = ua.BrowseNextRequest()
            more.Parameters.ContinuationPoints = [point]
            [following] = (await session.call(more, ua.BrowseNextResponse)).Parameters.Results
            references += following.References or ()
            point = following.ContinuationPoint
        found.append(references)
    return found


async def _described(session: Session, found: Sequence[tuple[ua.NodeId, tuple[str, ...]]]) -> list[Variable]:
    nodes = [node for node, _ in found]
    values = await session.read(nodes)
    access = await session.may_write(nodes)
    described = []
    for (node, path), value, is_writable in zip(found, values, access, strict=True):
        variant = value.Value
        kind = variant.VariantType.name if isinstance(variant, ua.Variant) and not variant.is_array else ""
        described.append(
            Variable(
                node.to_string(),
                path,
                kind,
                raw_value(variant),
                is_writable,
            )
        )
    return described


def _plain(node: ua.NodeId) -> ua.NodeId:
    """A node id without the extras of an expanded one, which the server gives for its own nodes too."""
    return ua.NodeId(node.Identifier, node.NamespaceIndex, node.NodeIdType)


async def _describe_further(
    session: Session, variables: Sequence[Variable], properties: Sequence[tuple[ua.NodeId, _Path]]
) -> None:
    """Puts in units and ranges where a variable has such properties (OPC UA Part 8, 5.3.2)."""
    by_path = {each.path: each for each in variables}
    told = [(node, path) for node, path in properties if path[-1] in ("EURange", "EngineeringUnits")]
    for (_, path), data in zip(told, await session.read([node for node, _ in told]), strict=True):
        value, of = data.Value.Value if isinstance(data.Value, ua.Variant) else None, by_path.get(path[:-1])
        if of is not None and isinstance(value, ua.Range) and value.Low < value.High:
            of.range = (value.Low, value.High)
        elif of is not None and isinstance(value, ua.EUInformation):
            of.unit = value.DisplayName.Text or ""


def _candidates(variables: Iterable[Variable]) -> list[Candidate]:
    """Every object with a number in its name, with all usable variables below it."""
    found: dict[_Path, Candidate] = {}
    for each in variables:
        if each.type not in _NUMBERS and each.type not in ("String", "LocalizedText"):
            continue
        for depth in range(1, len(each.path)):
            place = each.path[:depth]
            if _NUMBER.search(place[-1]):
                found.setdefault(place, Candidate(place)).variables[each.path[depth:]] = each
    return list(found.values())


def _kinds(candidates: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    """Candidates that are alike, the likeliest machines first; none of a kind is part of one of an earlier kind."""
    left = list(candidates)
    while left:
        by_signature: dict[frozenset[_Path], list[Candidate]] = {}
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


def _likelihood(kind: Sequence[Candidate]) -> tuple[int, int, int]:
    """How much of a machine they have; then how much of the server they cover; then how deep they stand."""
    names = Counter(_plain_name(path[-1]) for path in kind[0].variables)
    meant = sum(any(names[word] == 1 for word in words) for words in _MEANINGS.values())
    return meant, len(kind[0].variables) * len(kind), len(kind[0].path)


def _number(machines: Sequence[Candidate]) -> None:
    """Gives each the number in its name; where several have the same, with the number of what stands above."""
    own = [_NUMBER.findall(each.path[-1])[-1] for each in machines]
    counts, taken = Counter(own), set[str]()
    for each, number in zip(machines, own, strict=True):
        unique = number
        if counts[number] > 1:  # machine 1 of line 1 and machine 1 of line 2: 101 and 201
            unique = "".join([*_numbers_above(each)[-1:], number.zfill(2)])
        while unique in taken:
            unique += "0"
        taken.add(unique)
        each.number = unique


def _numbers_above(machine: Candidate) -> list[str]:
    return [digits for name in machine.path[:-1] for digits in _NUMBER.findall(name)]


def _meanings(variables: Mapping[_Path, Variable]) -> tuple[dict[str, _Path], dict[str, _Path]]:
    """Field name → path below the machine, and the same for what the status is made of.

    Of several variables with one meaning, a set-point is rather the one that can be written, a value the one that
    cannot: PackML has MachSpeed both among what a machine is told and among what it tells.
    """
    chosen: dict[_Path, str] = {}
    for meaning, words in _MEANINGS.items():
        paths = [path for path in variables if _plain_name(path[-1]) in words]
        fitting = [path for path in paths if variables[path].is_writable == (meaning in _SET_POINTS)]
        for path in (fitting or paths)[:1]:
            chosen[path] = meaning
    status = {meaning: path for path, meaning in chosen.items() if meaning in _ABOUT_STATUS}
    names = {path: _camel(_label(path, variables)) for path in variables} | chosen
    taken = Counter(names.values())
    fields = {
        name
        if taken[name] == 1 and (path in chosen or name not in SYSTEM_FIELDS)
        else f"{name}{number}": path
        for number, (path, name) in enumerate(names.items(), start=1)
        if path not in status.values()
    }
    return fields, status


def _label(path: _Path, variables: Iterable[_Path]) -> str:
    """The shortest end of a path that no other variable of the machine has, for people: ``Drive 1 Current``."""
    others = [each for each in variables if each != path]
    ends = (path[-depth:] for depth in range(1, len(path) + 1))
    return " ".join(next((end for end in ends if all(each[-len(end) :] != end for each in others)), path))


def _plain_name(name: str) -> str:
    return "".join(_WORD.findall(name)).lower()


def _camel(name: str) -> str:
    words = _WORD.findall(name)
    text = "".join(word[:1].upper() + word[1:] for word in words) or "Field"
    text = text[0].lower() + text[1:]
    return (text if text[0].isalpha() else f"field{text}")[:40]


def _pattern(machine: Candidate, path: _Path, uris: Mapping[int, str]) -> str:
    """The node with the machine's number as ``{id}``, if it stands in there; else the node as it is."""
    stable = _stable(machine.variables[path].node, uris)
    space, mark, rest = stable.partition(";s=")
    if not mark:
        return stable
    return f"{space}{mark}{re.sub(rf'(?<![0-9]){machine.number}(?![0-9])', '{id}', rest)}"


def _stable(node: str, uris: Mapping[int, str]) -> str:
    """``ns=2;…`` with the namespace by its name, which does not change when the server is extended."""
    found = re.match(r"ns=(\d+);(.*)", node, re.DOTALL)
    if found is None or int(found[1]) not in uris:
        return node
    return f"nsu={uris[int(found[1])]};{found[2]}"


def _field_tables(fields: Mapping[str, _Path], machine: Candidate) -> Iterator[str]:
    for name, path in fields.items():
        each = machine.variables[path]
        yield f"[fields.{name}]"
        if name not in _MEANINGS and (label := _label(path, machine.variables)) != name:
            yield f"label = {_quoted(label)}"
        if each.type not in _NUMBERS:
            yield 'type = "text"'
        elif each.type in ("Float", "Double"):
            yield "decimals = 1"
        if each.unit:
            yield f"unit = {_quoted(each.unit)}"
        now = f"{each.type}, now {each.value!r}"
        if each.is_writable and name in _SET_POINTS:
            yield f"writable = true   # {now}{'' if each.range else '; give min and max'}"
            yield f"column = {_quoted(_SET_POINTS[name])}"
        elif each.is_writable:
            yield f"# writable = true   # the server would let us write it: {now}"
        if each.range and each.is_writable:
            yield f"min = {each.range[0]:g}"
            yield f"max = {each.range[1]:g}"
        if name == "targetSpeed" and "speed" in fields:
            yield 'actual = "speed"'
        if name == "mode" and each.type in _NUMBERS:
            yield '# What do its numbers mean? Then: type = "choice", options = ["RUN", "IDLE"], and below, in'
            yield '# [sources.opcua.fields], mode = { node = "…", map = { RUN = 1, IDLE = 3 } }'
        yield ""


def _status_table(
    status: Mapping[str, _Path], patterns: Mapping[str, str], machine: Candidate
) -> Iterator[str]:
    if not status:
        yield "\n# [sources.opcua.status] is missing: no variable looks like the machine's state."
        return
    yield ""
    yield "[sources.opcua.status]"
    if "status" in status:
        yield f"node = {_quoted(patterns['status'])}"
        if machine.variables[status["status"]].type in _NUMBERS:
            yield 'packml = true   # if it is PackML\'s StateCurrent; else map = { 3 = "RUNNING" }'
    if "cause" in status:
        yield f"cause = {_quoted(patterns['cause'])}"
    if "status word" in status:
        yield f"word = {_quoted(patterns['status word'])}"
        yield "# bits = { EMERGENCY_STOP = [0], FAULT = [1] }   # which bit means what? ask its programmer"


def _line_tables(
    machines: Sequence[Candidate],
    paths: Mapping[str, _Path],
    patterns: Mapping[str, str],
    uris: Mapping[int, str],
) -> Iterator[str]:
    lines: dict[str, list[Candidate]] = {}
    names: dict[str, str] = {}
    for each in machines:
        line = "".join(_numbers_above(each)[-1:] or "1").zfill(2)[-32:]
        lines.setdefault(line, []).append(each)
        numbered = [name for name in each.path[:-1] if _NUMBER.search(name)]
        names.setdefault(line, "".join(numbered[-1:]))
    for line, members in lines.items():
        yield ""
        yield "[[lines]]"
        yield f'id = "{line}"'
        if names[line]:
            yield f"name = {_quoted(names[line])}"
        yield "machines = ["
        own = {each.number: _own_nodes(each, paths, patterns, uris) for each in members}
        yield from (
            f'  "{numbers}",' for numbers in _ranges([number for number, nodes in own.items() if not nodes])
        )
        for number, nodes in own.items():
            if nodes:
                listed = ", ".join(f"{name} = {_quoted(node)}" for name, node in nodes.items())
                yield f'  {{ id = "{number}", nodes = {{ {listed} }} }},'
        yield "]"


def _own_nodes(
    machine: Candidate, paths: Mapping[str, _Path], patterns: Mapping[str, str], uris: Mapping[int, str]
) -> dict[str, str]:
    """The nodes of a machine that its pattern does not give."""
    found = {}
    for name, path in paths.items():
        node = _stable(machine.variables[path].node, uris)
        if node != patterns[name].replace("{id}", machine.number):
            found["word" if name == "status word" else name] = node
    return found


def _ranges(numbers: Sequence[str]) -> Iterator[str]:
    """``401 402 403 410`` → ``401-403``, ``410``; numbers of another width stay on their own."""
    run: list[str] = []
    for number in [*sorted(numbers, key=lambda each: (len(each), each)), ""]:
        if run and number and len(number) == len(run[-1]) and int(number) == int(run[-1]) + 1:
            run.append(number)
            continue
        if run:
            yield run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}"
        run = [number]


def _quoted(text: str) -> str:
    """The text in TOML, in the quotes that leave it as it is where one kind does."""
    if '"' in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
