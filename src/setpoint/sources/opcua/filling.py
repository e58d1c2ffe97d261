"""Fills the placeholders of a plant file's patterns for one machine, and applies the machine's own nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from setpoint.contract.values import CRITICAL_OVERRIDES
from setpoint.core.plant import Machine
from setpoint.sources.opcua.parts import Part
from setpoint.sources.opcua.settings import FieldNode, Method
from setpoint.sources.settings import is_table
from setpoint.sources.wording import known, words, wrong

NODE_KEYS = ("node", "index", "member")
_OWN_KEYS = (*NODE_KEYS, "method", "object")
_OWN_STATUS = ("status", "cause", "word", *CRITICAL_OVERRIDES)
"""The keys of ``[sources.NAME.status]`` that a machine may set for itself."""
_WRITE_NODE = words("words-write-node-id-such-ns-s")
_NODE = re.compile(
    r"(?:ns=\d{1,5};|nsu=[^;]+;)?(?:i=\d{1,10}|s=.+|g=[0-9A-Fa-f-]{36}|b=[A-Za-z0-9+/=]+)", re.DOTALL
)
_PLACE = re.compile(r"\{\{([A-Za-z][A-Za-z0-9_]*)\}\}|\{([A-Za-z][A-Za-z0-9_]*)\}")


class Patterns(Protocol):
    """The reader of the plant file: the patterns, and where to report mistakes."""

    def say(self, key: str, what: str, remedy: str, *, at: str = "") -> None: ...
    def say_once(self, key: str, what: str, remedy: str) -> None: ...
    def part_in_file(self, key: str) -> tuple[object, str]: ...


def fill(pattern: str, words: Mapping[str, str]) -> tuple[str, str]:
    """The pattern with its placeholders filled, and the first placeholder without a value."""
    missing = [word for _, word in _PLACE.findall(pattern) if word and word not in words]

    def put(found: re.Match[str]) -> str:
        return f"{{{found[1]}}}" if found[1] else words.get(found[2], "")

    return _PLACE.sub(put, pattern), missing[0] if missing else ""


class Filling:
    """Fills the patterns with the values of one machine."""

    def __init__(self, reader: Patterns, machine: Machine, mapped: set[str]) -> None:
        self._reader = reader
        self._here = f"machine {machine.id}"
        self._words = {"id": machine.key.removeprefix("m_"), "line": machine.line, "name": machine.name}
        self._words |= {key: str(value) for key, value in machine.settings.items() if key != "nodes"}
        own = machine.settings.get("nodes", {})
        if not is_table(own):
            reader.say(
                "nodes",
                wrong(own),
                words("words-write-nodes"),
                at=self._here,
            )
            own = {}
        self._own: dict[str, Mapping[str, object]] = {}
        for name, entry in own.items():
            if name not in mapped and name not in _OWN_STATUS:
                remedy = known([*sorted(mapped), *_OWN_STATUS])
                reader.say(
                    f"nodes.{name}",
                    words("words-names-no-field-source"),
                    remedy,
                    at=self._here,
                )
            elif is_table(entry) and isinstance(entry.get("node", ""), str):
                self._own[name] = entry
            elif isinstance(entry, str):
                self._own[name] = {"node": entry}
            elif (
                name == "status"
                and isinstance(entry, list)
                and entry
                and all(isinstance(each, str) for each in entry)
            ):
                self._own[name] = {"node": entry[0], "inner": entry[1:]}
            else:
                reader.say(
                    f"nodes.{name}",
                    wrong(entry),
                    _WRITE_NODE,
                    at=self._here,
                )

    def field(self, field: FieldNode) -> FieldNode:
        node, part = self.node(field.node, f"fields.{field.name}")
        own, method = self._own.get(field.name, {}), field.method
        for key in own:
            if key not in _OWN_KEYS:
                self._reader.say(
                    f"nodes.{field.name}.{key}", words("words-not-key-known-here"),
                    words("words-known-are", known=', '.join(_OWN_KEYS)), at=self._here,
                )  # fmt: skip
        if own.get("method") or method is not None:
            pattern = method or Method("")
            method = Method(
                self._filled(str(own.get("method") or pattern.node), f"fields.{field.name}.method"),
                self._filled(str(own.get("object") or pattern.object), f"fields.{field.name}.object"),
            )
        return replace(field, node=node, part=part, method=method)

    def inner(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """The nested states; the machine's own if it names its state itself."""
        own = self._own.get("status")
        found = patterns if own is None else own.get("inner", ())
        return tuple(
            self._filled(str(each), "status.node", is_own=own is not None)
            for each in (found if isinstance(found, Sequence) else ())
        )

    def node(self, pattern: str, key: str) -> tuple[str, Part]:
        """The node and the part of it; the machine's own if it names one."""
        name = key.rpartition(".")[2]
        own = self._own.get(name)
        node = self._filled(str(own.get("node") or pattern) if own else pattern, key, is_own=own is not None)
        index, member = self._reader.part_in_file(key)
        if own is not None:
            index, member = own.get("index"), str(own.get("member") or "")
        return node, Part(self._index(index, key), member)

    def _filled(self, pattern: str, key: str, *, is_own: bool = False) -> str:
        if not pattern:
            return ""
        filled, missing = fill(pattern, self._words)
        if missing:
            self._missing(key, missing)
        elif not _NODE.fullmatch(filled) and is_own:
            self._reader.say(
                f"nodes.{key.rpartition('.')[2]}",
                wrong(filled),
                _WRITE_NODE,
                at=self._here,
            )
        elif not _NODE.fullmatch(filled):
            self._reader.say_once(
                key,
                words("words-gives-node", here=self._here, filled=repr(filled)),
                _WRITE_NODE,
            )
        return filled

    def _missing(self, key: str, word: str) -> None:
        self._reader.say_once(
            key, words("words-has-its-node-which-does-not", word=word, here=self._here),
            words("words-give-every-machine-has-id-line-2", value=self._words['id'], word=word)
        )  # fmt: skip

    def _index(self, index: object, key: str) -> tuple[int, ...]:
        if index is None:
            return ()
        numbers = []
        for each in index if isinstance(index, list) else [index]:
            text, missing = fill(str(each), self._words)
            if missing:
                self._missing(f"{key}.index", missing)
                return ()
            if isinstance(each, bool) or not re.fullmatch(r"[0-9]{1,9}", text):
                self._reader.say_once(
                    f"{key}.index", wrong(index),
                    words("words-count-elements-from-index-index-index")
                )  # fmt: skip
                return ()
            numbers.append(int(text))
        return tuple(numbers)
