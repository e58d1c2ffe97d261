"""Writes a plant file for the machines that were found. It is valid as it is, and people finish it.

Each kind of machine becomes its own ``[sources.NAME]``. Similar machines share one pattern, so that 500 of them need
only a few lines of nodes. `setpoint check` passes every proposal, whatever a server calls its nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count

from setpoint.sources.opcua.filling import fill
from setpoint.sources.opcua.machines import (
    MEANINGS,
    NUMBERS,
    SET_POINTS,
    Candidate,
    find_machines,
    label_of,
    meanings,
    numbers_above,
)
from setpoint.sources.opcua.tree import Path, Variable

_MOST_LISTED = 200
_PLACE = re.compile(r"\{([A-Za-z][A-Za-z0-9_]*)\}")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
HOWTO = "docs/howto/connect-opcua.md"
OPEN: Mapping[str, str | int] = {"security": "None"}
"""The settings of a connection without security."""


def propose(
    variables: Sequence[Variable],
    endpoint: str,
    namespaces: Mapping[str, int],
    connection: Mapping[str, str | int] = OPEN,
) -> str:
    """The text of a plant file for these variables. If no machine is recognised, it lists the variables.

    ``connection`` has the further keys of ``[sources.NAME]`` with which the server was reached.
    """
    kinds = find_machines(variables)
    if kinds:
        return propose_machines(kinds, endpoint, namespaces, connection)
    uris = {index: uri for uri, index in namespaces.items()}
    listed = [
        f"#   {_comment(stable(each.node, uris))}  {_comment('/'.join(each.path))}  {each.type}"
        for each in variables[:_MOST_LISTED]
    ]
    lines = [
        *_head(endpoint),
        "# No machines were recognised (by type, by a number in a name, or by names such as Speed and State).",
        "# Pick the nodes yourself: setpoint opcua browse --pick. Variables found:",
        *listed,
    ]
    return "\n".join([*lines, ""])


def propose_machines(
    kinds: Sequence[Sequence[Candidate]],
    endpoint: str,
    namespaces: Mapping[str, int],
    connection: Mapping[str, str | int] = OPEN,
) -> str:
    """The text of a plant file for these machines."""
    uris = {index: uri for uri, index in namespaces.items()}
    proposed: list[_Kind] = []
    shapes: dict[str, str] = {}
    for number, members in enumerate(kinds, start=1):
        source = "opcua" if number == 1 else f"opcua{number}"
        proposed.append(_kind(source, members, shapes, uris))
    lines = [*_head(endpoint), *_field_tables(proposed)]
    for kind in proposed:
        lines += kind.source_table({"endpoint": endpoint, **connection})
    return "\n".join([*lines, *_line_tables(proposed), ""])


@dataclass(slots=True)
class _Kind:
    """Similar machines as one source. ``fields`` and ``status``: name → path below the machine."""

    source: str
    members: Sequence[Candidate]
    fields: dict[str, Path]
    status: dict[str, Path]
    patterns: dict[str, str]
    uris: Mapping[int, str]

    @property
    def first(self) -> Candidate:
        return self.members[0]

    def source_table(self, connection: Mapping[str, str | int]) -> Iterator[str]:
        yield from ("", f"[sources.{self.source}]", 'kind = "opcua"')
        for key, value in connection.items():
            better = (
                f"   # better: Basic256Sha256, see {HOWTO}" if (key, value) == ("security", "None") else ""
            )
            yield f"{key} = {quoted(value) if isinstance(value, str) else str(value).lower()}{better}"
        yield from ("", f"[sources.{self.source}.fields]")
        for name, path in self.fields.items():
            yield f"{name} = {self._field(name, path)}"
        yield from self._status_table()

    def _field(self, name: str, path: Path) -> str:
        each, node = self.first.variables[path], quoted(self.patterns[name])
        parts = [f"node = {node}"]
        if each.index is not None:
            parts.append(f"index = {each.index}")
        if _is_choice(name, each):
            parts.append(
                f"map = {{ {', '.join(f'{_key(text)} = {number}' for number, text in each.names.items())} }}"
            )
        if (method := self.first.methods.get(name)) is not None and not each.is_writable:
            parts.append(f"method = {quoted(_pattern(self.members, method.node, self.uris))}")
            parts.append(f"object = {quoted(_pattern(self.members, method.owner, self.uris))}")
        if each.value is None and name not in SET_POINTS:
            parts.append("optional = true")
        return node if len(parts) == 1 else f"{{ {', '.join(parts)} }}"

    def _status_table(self) -> Iterator[str]:
        if not self.status:
            yield f"\n# [sources.{self.source}.status] is missing: no variable looks like the machine's state."
            return
        yield from ("", f"[sources.{self.source}.status]")
        if (path := self.status.get("status")) is not None:
            each = self.first.variables[path]
            states = [quoted(self.patterns[name]) for name in self._states]
            yield f"node = {states[0]}" if len(states) == 1 else f"node = [{', '.join(states)}]"
            is_text = each.type not in NUMBERS
            if each.names and "PackML" not in self.first.machine_type:
                known = ", ".join(f"{number} = {text}" for number, text in list(each.names.items())[:20])
                yield f"# The server names its states: {_comment(known)}"
            elif not is_text or "PackML" in self.first.machine_type:
                yield 'packml = true   # if it is PackML\'s StateCurrent; else map = { 3 = "RUNNING" }'
        if "cause" in self.status:
            yield f"cause = {quoted(self.patterns['cause'])}"
        if "status word" in self.status:
            yield f"word = {quoted(self.patterns['status word'])}"
            yield "# bits = { EMERGENCY_STOP = [0], FAULT = [1] }   # which bit means what? ask its programmer"

    @property
    def _states(self) -> list[str]:
        """The state and its nested states, from the outermost to the innermost."""
        return [name for name in self.status if name not in ("cause", "status word")]

    def own_nodes(self, machine: Candidate) -> dict[str, str]:
        """The nodes of a machine that do not follow the patterns, as TOML."""
        found = {}
        words = {"id": machine.number, "name": machine.name}
        for name, path in {**self.fields, **self.status}.items():
            node = stable(machine.variables[path].node, self.uris)
            if fill(self.patterns[name], words)[0] != node:
                index = machine.variables[path].index
                text = quoted(escaped(node))
                found["word" if name == "status word" else name] = (
                    text if index is None else f"{{ node = {text}, index = {index} }}"
                )
        differing = [name for name in self._states if found.pop(name, None)]
        if differing:
            nodes = [stable(machine.variables[self.status[name]].node, self.uris) for name in self._states]
            own = [quoted(escaped(node)) for node in nodes]
            found["status"] = own[0] if len(own) == 1 else f"[{', '.join(own)}]"
        for name, method in machine.methods.items():
            shared = self.first.methods.get(name)
            if (
                name in self.fields
                and shared is not None
                and not self.first.variables[self.fields[name]].is_writable
            ):
                node = stable(machine.variables[self.fields[name]].node, self.uris)
                called, owner = stable(method.node, self.uris), stable(method.owner, self.uris)
                if (
                    fill(_pattern(self.members, shared.node, self.uris), words)[0] != called
                    or fill(_pattern(self.members, shared.owner, self.uris), words)[0] != owner
                ):
                    found[name] = (
                        f"{{ node = {quoted(escaped(node))}, method = {quoted(escaped(called))}, "
                        f"object = {quoted(escaped(owner))} }}"
                    )
        return found


def _kind(
    source: str, members: Sequence[Candidate], shapes: dict[str, str], uris: Mapping[int, str]
) -> _Kind:
    """Names the fields of a kind. If another kind uses a name for another type of value, the name gets a number."""
    fields, status = meanings(members[0])
    named: dict[str, Path] = {}
    for name, path in fields.items():
        shape = _shape(name, members[0].variables[path])
        names = chain((name,), (f"{name[:34]}{number}" for number in count(2)))
        free = next(each for each in names if each not in named and shapes.get(each, shape) == shape)
        shapes[free] = shape
        named[free] = path
    patterns = {name: _pattern_of(members, path, uris) for name, path in {**named, **status}.items()}
    return _Kind(source, members, named, status, patterns, uris)


def _shape(name: str, variable: Variable) -> str:
    if _is_choice(name, variable):
        return f"choice {sorted(variable.names.values())}"
    return "number" if variable.type in NUMBERS else "text"


def _is_choice(name: str, variable: Variable) -> bool:
    texts = [text.casefold() for text in variable.names.values()]
    return name.startswith("mode") and len(texts) > 1 and len(set(texts)) == len(texts)


def _head(endpoint: str) -> list[str]:
    return [
        f"# Proposed from {_comment(endpoint)}. Check every line: units, ranges (min, max), and what people may set.",
        'name = "New plant"',
        "",
    ]


def _field_tables(kinds: Sequence[_Kind]) -> Iterator[str]:
    written: set[str] = set()
    for kind in kinds:
        for name, path in kind.fields.items():
            if name not in written:
                written.add(name)
                yield from _field_table(name, path, kind)


def _field_table(name: str, path: Path, kind: _Kind) -> Iterator[str]:
    machine = kind.first
    each = machine.variables[path]
    yield f"[fields.{name}]"
    if name not in MEANINGS and (label := label_of(path, machine.variables)) != name:
        yield f"label = {quoted(label)}"
    is_choice = _is_choice(name, each)
    if is_choice:
        yield 'type = "choice"'
        yield f"options = [{', '.join(map(quoted, each.names.values()))}]"
    elif each.type not in NUMBERS:
        yield 'type = "text"'
    elif each.type in ("Float", "Double"):
        yield "decimals = 1"
    if each.unit:
        yield f"unit = {quoted(each.unit)}"
    now = _comment(f"{each.type}, now {each.value!r}")
    is_method = name in machine.methods and not each.is_writable
    is_settable = name in SET_POINTS and (each.is_writable or is_method)
    if is_settable:
        how = "by a method, " if is_method else ""
        limits = "" if each.range or is_choice or each.type not in NUMBERS else "; give min and max"
        yield f"writable = true   # {how}{now}{limits}"
        yield f"column = {quoted(SET_POINTS[name])}"
    elif each.is_writable:
        yield f"# writable = true   # the server would let us write it: {now}"
    if each.range and (each.is_writable or is_method) and each.type in NUMBERS:
        yield f"min = {each.range[0]!r}"
        yield f"max = {each.range[1]!r}"
    if name == "targetSpeed" and "speed" in kind.fields:
        yield 'actual = "speed"'
    if name == "mode" and each.type in NUMBERS and not is_choice:
        yield '# If you know what its numbers mean: type = "choice", options = ["RUN", "IDLE"], and below, in'
        yield f'# [sources.{kind.source}.fields], mode = {{ node = "…", map = {{ RUN = 1, IDLE = 3 }} }}'
    yield ""


def _line_tables(kinds: Sequence[_Kind]) -> Iterator[str]:
    lines: dict[str, list[tuple[_Kind, Candidate]]] = {}
    names: dict[str, str] = {}
    for kind in kinds:
        for each in kind.members:
            line = "".join(numbers_above(each)[-1:] or "1").zfill(2)[-32:]
            lines.setdefault(line, []).append((kind, each))
            numbered = [name for name in each.path[:-1] if re.search(r"[0-9]", name)]
            names.setdefault(line, "".join(numbered[-1:] or (each.path[:-1][-1:] if len(kinds) == 1 else ())))
    has_several = len(kinds) > 1
    for line, members in lines.items():
        yield from ("", "[[lines]]", f"id = {quoted(line)}")
        if names[line]:
            yield f"name = {quoted(names[line])}"
        yield "machines = ["
        for kind, each in members:
            parts = [f"id = {quoted(each.number)}"]
            if each.name != each.number:
                parts.append(f"name = {quoted(each.name)}")
            if has_several:
                parts.append(f"source = {quoted(kind.source)}")
            if own := kind.own_nodes(each):
                parts.append(f"nodes = {{ {', '.join(f'{name} = {node}' for name, node in own.items())} }}")
            yield f"  {{ {', '.join(parts)} }},"
        yield "]"


def _pattern_of(members: Sequence[Candidate], path: Path, uris: Mapping[int, str]) -> str:
    return _best(members, [stable(each.variables[path].node, uris) for each in members])


def _pattern(members: Sequence[Candidate], node: str, uris: Mapping[int, str]) -> str:
    return _best(members, [stable(node, uris)])


def _best(members: Sequence[Candidate], nodes: Sequence[str]) -> str:
    """The first machine's node with its number as ``{id}`` or its name as ``{name}``, whichever fits more machines."""
    first, node = members[0], nodes[0]
    space, mark, rest = node.partition(";s=")
    plain = escaped(node)
    if not mark:
        return plain
    head = f"{escaped(space)}{mark}"
    patterns = [
        head + re.sub(rf"(?<![0-9]){first.number}(?![0-9])", "{id}", escaped(rest)),
        head + escaped(rest).replace(first.name, "{name}"),
        plain,
    ]

    def fits(pattern: str) -> int:
        return sum(
            fill(pattern, {"id": each.number, "name": each.name}) == (node, "")
            for each, node in zip(members, nodes, strict=False)
        )

    return max(patterns, key=fits)


def stable(node: str, uris: Mapping[int, str]) -> str:
    """``ns=2;…`` with the URI of the namespace, which does not change when the server is extended."""
    found = re.match(r"ns=(\d+);(.*)", node, re.DOTALL)
    uri = uris.get(int(found[1])) if found is not None else None
    if found is None or not uri:
        return node
    return f"nsu={uri.replace('%', '%25').replace(';', '%3B')};{found[2]}"


def escaped(node: str) -> str:
    """A node id with its own braces escaped, so that they are not placeholders."""
    return _PLACE.sub(r"{{\1}}", node)


def quoted(text: str) -> str:
    """The text in TOML, in quotes that need no escaping if possible."""
    if text.isprintable() and "'" not in text and ('"' in text or "\\" in text):
        return f"'{text}'"
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(each if each.isprintable() else _escape(each) for each in plain) + '"'


def _escape(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"


def _key(text: str) -> str:
    return text if _BARE_KEY.fullmatch(text) else quoted(text)


def _comment(text: str) -> str:
    """Text that cannot end the comment around it."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
