"""``setpoint opcua browse``: walks a server that nobody knows and proposes a plant file for it.

What it looks for are machines: objects whose names carry a number and that have variables of their own. Objects with
the same variables are machines alike, and where a machine's number stands in its node ids they get one pattern, so
that 500 machines take ten lines. Names that factories use are recognised (`_MEANINGS`); everything else becomes a
field of its own name. The proposal is read with `parse_plant` and `read_settings` like any plant file, and is for
people to finish: ranges, units, and what may be set.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from setpoint.sources.opcua.connection import Session
from setpoint.sources.opcua.notifications import Raw, raw_value

MAX_NODES = 50_000
MAX_DEPTH = 12
_AT_ONCE = 50
_WRITE_BIT = 1 << ua.AccessLevel.CurrentWrite
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
            "speedset",
        )
    ),
    "temp": frozenset(("temp", "temperature")),
    "parts": frozenset(("parts", "partcount", "partscount", "count", "prodprocessedcount")),
    "mode": frozenset(("mode", "unitmode", "unitmodecurrent", "operatingmode")),
    "status": frozenset(("state", "status", "statecurrent", "machinestate")),
    "cause": frozenset(("reason", "stopreason", "cause")),
    "status word": frozenset(("alarms", "alarmword", "faultword")),
}
_SET_POINTS: Mapping[str, str] = {"targetSpeed": "Target Speed", "mode": "Mode"}
"""What people set, with its column in workbooks; anything else that can be written is left to people to decide."""

_ABOUT_STATUS = ("status", "cause", "status word")
_NUMBERS = frozenset(
    ("SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float", "Double", "Boolean")
)


@dataclass(slots=True)
class Variable:
    """A variable of a server: its path of browse names, the machine-like object above it last but one."""

    node: str
    path: tuple[str, ...]
    type: str = ""
    value: Raw = None
    is_writable: bool = False

    @property
    def name(self) -> str:
        return self.path[-1]


@dataclass(slots=True)
class Candidate:
    """An object with a number and variables: probably a machine."""

    path: tuple[str, ...]
    number: str
    variables: list[Variable] = field(default_factory=list)


async def walk(session: Session) -> list[Variable]:
    """Every variable below the server's Objects folder but the server's own, with type, value and access."""
    found: list[tuple[ua.NodeId, tuple[str, ...]]] = []
    level: list[tuple[ua.NodeId, tuple[str, ...]]] = [(ua.NodeId(ua.Int32(ObjectIds.ObjectsFolder)), ())]
    seen: set[str] = set()
    for _ in range(MAX_DEPTH):
        below: list[tuple[ua.NodeId, tuple[str, ...]]] = []
        for start in range(0, len(level), _AT_ONCE):
            part = level[start : start + _AT_ONCE]
            for (_, path), references in zip(
                part, await _browse(session, [node for node, _ in part]), strict=True
            ):
                for reference in references:
                    node = _plain(reference.NodeId)
                    text = node.to_string()
                    if text in seen or node.NamespaceIndex == 0 or len(seen) >= MAX_NODES:
                        continue
                    seen.add(text)
                    here = (*path, str(reference.BrowseName.Name))
                    below.append((node, here))
                    if reference.NodeClass == ua.NodeClass.Variable:
                        found.append((node, here))
        level = below
        if not level:
            break
    return await _described(session, found)


def propose(variables: Sequence[Variable], endpoint: str, namespaces: Mapping[str, int]) -> str:
    """The text of a plant file for what was found. Raises nothing: where no machine is recognised, it says so."""
    uris = {index: uri for uri, index in namespaces.items()}
    machines = list(_candidates(variables))
    head = [
        f"# Proposed from {endpoint}. Look at every line: units, ranges (min, max), and what may be set.",
        'name = "New plant"',
        "",
    ]
    if not machines:
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
    kinds = Counter(_signature(each) for each in machines)
    wanted = kinds.most_common(1)[0][0]
    alike = [each for each in machines if _signature(each) == wanted]
    others = [each for each in machines if _signature(each) != wanted]
    fields, status = _meanings(alike[0].variables)
    patterns = {
        name: _pattern(each, name_of, uris)
        for name, name_of in {**fields, **status}.items()
        for each in (alike[0],)
    }
    lines = [*head, *_field_tables(fields, alike[0])]
    lines += ["[sources.opcua]", 'kind = "opcua"', f'endpoint = "{endpoint}"']
    lines += ['security = "None"   # better: Basic256Sha256, see docs/howto/connect-opcua.md', ""]
    lines += ["[sources.opcua.fields]"]
    lines += [f"{name} = {_quoted(patterns[name])}" for name in fields]
    lines += _status_table(status, patterns, alike[0])
    lines += _line_tables(alike, {**fields, **status}, patterns, uris)
    if others:
        lines += ["", "# These look different, and are left out:"]
        lines += [f"#   {'/'.join(each.path)}: {', '.join(sorted(_signature(each)))}" for each in others[:50]]
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
    access = await session.read(nodes, AttributeIds.UserAccessLevel)
    described = []
    for (node, path), value, level in zip(found, values, access, strict=True):
        variant, bits = value.Value, level.Value.Value if isinstance(level.Value, ua.Variant) else 0
        kind = variant.VariantType.name if isinstance(variant, ua.Variant) and not variant.is_array else ""
        described.append(
            Variable(
                node.to_string(),
                path,
                kind,
                raw_value(variant),
                isinstance(bits, int) and bool(bits & _WRITE_BIT),
            )
        )
    return described


def _plain(node: ua.NodeId) -> ua.NodeId:
    """A node id without the extras of an expanded one, which the server gives for its own nodes too."""
    return ua.NodeId(node.Identifier, node.NamespaceIndex, node.NodeIdType)


def _candidates(variables: Iterable[Variable]) -> Iterator[Candidate]:
    parents: dict[tuple[str, ...], list[Variable]] = {}
    for each in variables:
        if each.type in _NUMBERS or each.type in ("String", "LocalizedText"):
            parents.setdefault(each.path[:-1], []).append(each)
    numbered = {path: found[-1] for path in parents if path and (found := _NUMBER.findall(path[-1]))}
    counts = Counter(numbered.values())
    taken: set[str] = set()
    for path, number in numbered.items():
        unique = number
        if counts[number] > 1:  # machine 1 of line 1 and machine 1 of line 2: 101 and 201
            above = [digits for name in path[:-1] for digits in _NUMBER.findall(name)]
            unique = "".join([*above[-1:], number.zfill(2)])
        while unique in taken:
            unique += "0"
        taken.add(unique)
        yield Candidate(path, unique, parents[path])


def _signature(machine: Candidate) -> frozenset[str]:
    return frozenset(each.name for each in machine.variables)


def _meanings(variables: Sequence[Variable]) -> tuple[dict[str, str], dict[str, str]]:
    """Field name → browse name, and the same for what the status is made of."""
    fields: dict[str, str] = {}
    status: dict[str, str] = {}
    for each in variables:
        plain = "".join(_WORD.findall(each.name)).lower()
        meant = next((name for name, words in _MEANINGS.items() if plain in words), None)
        if meant in _ABOUT_STATUS and meant not in status:
            status[str(meant)] = each.name
        elif meant is not None and meant not in fields and meant not in _ABOUT_STATUS:
            fields[meant] = each.name
        elif (name := _camel(each.name)) not in fields:
            fields[name] = each.name
    return fields, status


def _camel(name: str) -> str:
    words = _WORD.findall(name)
    text = "".join(word[:1].upper() + word[1:] for word in words) or "Field"
    text = text[0].lower() + text[1:]
    return (text if text[0].isalpha() else f"field{text}")[:40]


def _named(machine: Candidate, name: str) -> Variable:
    return next(each for each in machine.variables if each.name == name)


def _pattern(machine: Candidate, name: str, uris: Mapping[int, str]) -> str:
    """The node with the machine's number as ``{id}``, if it stands in there; else the node as it is."""
    stable = _stable(_named(machine, name).node, uris)
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


def _field_tables(fields: Mapping[str, str], machine: Candidate) -> Iterator[str]:
    for name, browse_name in fields.items():
        each = _named(machine, browse_name)
        yield f"[fields.{name}]"
        if each.type not in _NUMBERS:
            yield 'type = "text"'
        elif each.type in ("Float", "Double"):
            yield "decimals = 1"
        if each.is_writable and name in _SET_POINTS:
            yield f"writable = true   # {each.type}, now {each.value!r}; give min and max"
            yield f"column = {_quoted(_SET_POINTS[name])}"
        elif each.is_writable:
            yield f"# writable = true   # the server would let us write it: {each.type}, now {each.value!r}"
        if name == "targetSpeed" and "speed" in fields:
            yield 'actual = "speed"'
        yield ""


def _status_table(
    status: Mapping[str, str], patterns: Mapping[str, str], machine: Candidate
) -> Iterator[str]:
    if not status:
        yield "\n# [sources.opcua.status] is missing: no variable looks like the machine's state."
        return
    yield ""
    yield "[sources.opcua.status]"
    if "status" in status:
        yield f"node = {_quoted(patterns['status'])}"
        if _named(machine, status["status"]).type in _NUMBERS:
            yield 'packml = true   # if it is PackML\'s StateCurrent; else map = { 3 = "RUNNING" }'
    if "cause" in status:
        yield f"cause = {_quoted(patterns['cause'])}"
    if "status word" in status:
        yield f"word = {_quoted(patterns['status word'])}"
        yield "# bits = { EMERGENCY_STOP = [0], FAULT = [1] }   # which bit means what? ask its programmer"


def _line_tables(
    machines: Sequence[Candidate],
    names: Mapping[str, str],
    patterns: Mapping[str, str],
    uris: Mapping[int, str],
) -> Iterator[str]:
    lines: dict[str, list[Candidate]] = {}
    for each in machines:
        above = [digits for name in each.path[:-1] for digits in _NUMBER.findall(name)]
        lines.setdefault((above[-1] if above else "1").zfill(2)[-32:], []).append(each)
    for line, members in lines.items():
        yield ""
        yield "[[lines]]"
        yield f'id = "{line}"'
        yield "machines = ["
        own = {each.number: _own_nodes(each, names, patterns, uris) for each in members}
        yield from (
            f'  "{numbers}",' for numbers in _ranges([number for number, nodes in own.items() if not nodes])
        )
        for number, nodes in own.items():
            if nodes:
                listed = ", ".join(f"{name} = {_quoted(node)}" for name, node in nodes.items())
                yield f'  {{ id = "{number}", nodes = {{ {listed} }} }},'
        yield "]"


def _own_nodes(
    machine: Candidate, names: Mapping[str, str], patterns: Mapping[str, str], uris: Mapping[int, str]
) -> dict[str, str]:
    """The nodes of a machine that its pattern does not give."""
    found = {}
    for name, browse_name in names.items():
        node = _stable(_named(machine, browse_name).node, uris)
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
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
