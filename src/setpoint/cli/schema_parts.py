"""The parts of a JSON Schema (draft 7, which editors for TOML read), each with the text that an editor shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]


def text(about: str = "", **rules: Any) -> Schema:
    return _typed("string", about, rules)


def whole(about: str = "", lowest: int | None = None, highest: int | None = None) -> Schema:
    bounds = {"minimum": lowest, "maximum": highest}
    return _typed("integer", about, {key: each for key, each in bounds.items() if each is not None})


def number(about: str = "", **rules: Any) -> Schema:
    return _typed("number", about, rules)


def flag(about: str = "") -> Schema:
    return _typed("boolean", about, {})


def texts(about: str = "", **rules: Any) -> Schema:
    return _typed("array", about, {"items": {"type": "string"}, **rules})


def one_of(options: Sequence[str], about: str = "") -> Schema:
    return text(about, enum=list(options))


def either(*schemas: Schema, about: str = "") -> Schema:
    return _description(about) | {"anyOf": list(schemas)}


def table(properties: Schema, about: str = "", *, needed: Sequence[str] = (), **rules: Any) -> Schema:
    """A table that may have no other keys than these."""
    required = {"required": list(needed)} if needed else {}
    return _typed(
        "object", about, {**required, "properties": properties, "additionalProperties": False, **rules}
    )


def named(entry: Schema, about: str = "", **rules: Any) -> Schema:
    """A table whose keys are names; each of them holds an ``entry``."""
    return _typed("object", about, {"additionalProperties": entry, **rules})


def ref(definition: str, about: str = "") -> Schema:
    """A reference to a definition. In draft 7, other keys are not allowed beside a ``$ref``."""
    found = {"$ref": f"#/definitions/{definition}"}
    return _description(about) | {"allOf": [found]} if about else found


def _typed(kind: str, about: str, rules: Schema) -> Schema:
    return {"type": kind} | _description(about) | rules


def _description(about: str) -> Schema:
    return {"description": about} if about else {}
