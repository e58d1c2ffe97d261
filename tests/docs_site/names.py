"""The public names of Python and TypeScript, with their documentation, for the reference."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from enum import Enum
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.docs_site.examples import PYTHON, TYPESCRIPT, example
from tests.docs_site.rows import head, row

from setpoint.contract.meanings import meaning

FRONTEND = Path(__file__).parents[2] / "frontend/src"
LAYER = FRONTEND / "layer.ts"
MODULES = ("setpoint", "setpoint.client", "setpoint.testing")
_OURS = "setpoint"


def python() -> Iterator[str]:
    yield "# Python\n\nThe public names. [What stays as it is](../stability.md) says what that means."
    described: set[int] = set()
    for module in MODULES:
        namespace = import_module(module)
        yield f"\n## {module}\n\n{doc(namespace)}"
        for name in sorted(namespace.__all__):
            found = getattr(namespace, name)
            is_again = inspect.isclass(found) and id(found) in described
            yield f"\n### {module}.{name}\n"
            yield "Described above." if is_again else "\n".join(_name(namespace, name, found))
            if not is_again:
                yield f"\nExample: {example(name, PYTHON)}"
            described.add(id(found))


def _name(namespace: Any, name: str, found: Any) -> Iterator[str]:
    if inspect.isclass(found):
        yield from _class(name, found)
    elif inspect.isfunction(found):
        yield f"```python\n{name}{signature(found)}\n```\n\n{doc(found)}"
    elif inspect.ismodule(found):
        yield doc(found)
    else:
        value = "" if len(repr(found)) > 90 else f"`{found!r}`. "
        yield value + value_doc(namespace, name)


def value_doc(namespace: Any, name: str) -> str:
    """Returns the docstring below the assignment, here or in the module that the value is imported from."""
    if name == "__version__":
        return "The version that is installed."
    found = (comments(module).get(name) for module in (namespace, *_ours(namespace)))
    return next(filter(None, found), "")


def _ours(namespace: Any) -> list[Any]:
    imports = re.findall(r"^from (setpoint[\w.]*) import", inspect.getsource(namespace), re.MULTILINE)
    return [module for name in imports for module in (import_module(name), *_packed(name))]


def _packed(name: str) -> list[Any]:
    """Returns the module of a package that has its types."""
    return [import_module(f"{name}.types")] if name == "setpoint.core.store" else []


def _class(name: str, found: type) -> Iterator[str]:
    if issubclass(found, Enum):
        yield f"{doc(found)}\n{head('member', 'value')}"
        for member in found:
            yield row(f"`{name}.{member.name}`", f"`{member.value!r}`")
        return
    fields = [*fields_of(found)]
    if fields:
        yield f"{doc(found)}\n{head('field', 'type', 'what')}"
        for field, kind in fields:
            yield row(f"`{field}`", f"`{kind}`", field_doc(found, field))
    else:
        yield f"```python\n{name}{signature(found)}\n```\n\n{doc(found)}"
    for each, member in members(found):
        shown = f"\n\n```python\n{each}{signature(member)}\n```" if callable(member) else ""
        yield f"\n#### {name}.{each}{shown}\n\n{doc(member)}"


def fields_of(found: type) -> Iterator[tuple[str, str]]:
    """Returns the public fields of a record with their annotations, those of its bases first."""
    if not (hasattr(found, "__struct_fields__") or hasattr(found, "__dataclass_fields__")):
        return
    for base in reversed(found.__mro__):
        if base.__module__.startswith(_OURS):
            for name, kind in inspect.get_annotations(base).items():
                if not name.startswith("_"):
                    annotation_text = kind if isinstance(kind, str) else inspect.formatannotation(kind)
                    yield name, re.sub(r"Annotated\[(\w+), \w+\(.*?\)\]", r"\1", annotation_text)


def field_doc(found: type, field: str) -> str:
    """Returns the docstring below the field, or the meaning of its name on the wire. Otherwise the class describes
    it.
    """
    for base in found.__mro__:
        if base.__module__.startswith(_OURS) and field in (docs := comments(base)):
            return docs[field]
    wire_name = re.sub(r"_(.)", lambda letter: letter[1].upper(), field)
    own = " ".join(inspect.getdoc(base) or "" for base in found.__mro__ if base.__module__.startswith(_OURS))
    default = "see above" if f"``{field}``" in own or f"``{wire_name}``" in own else ""
    return meaning(found.__name__, wire_name) or default


@cache
def comments(owner: Any) -> dict[str, str]:
    """Returns the docstrings below assignments in a module or class."""
    tree: Any = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    body = tree.body[0].body if inspect.isclass(owner) else tree.body
    found = {}
    for before, after in pairwise(body):
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            targets = before.targets if isinstance(before, ast.Assign) else [getattr(before, "target", None)]
            if isinstance(targets[0], ast.Name):
                found[targets[0].id] = _prose(str(after.value.value))
    return found


def members(found: type) -> Iterator[tuple[str, Any]]:
    """Returns public methods and properties, with those of our own base classes."""
    for name in sorted({each for base in found.__mro__ for each in vars(base)}):
        member = next(vars(base)[name] for base in found.__mro__ if name in vars(base))
        if isinstance(member, classmethod | staticmethod):
            member = member.__func__
        is_ours = str(getattr(getattr(member, "fget", member), "__module__", "")).startswith(_OURS)
        if (
            not name.startswith("_")
            and is_ours
            and (inspect.isfunction(member) or isinstance(member, property))
        ):
            yield name, member


def signature(found: Any) -> str:
    """Returns the parameters with their annotations, one on each line if there are many."""
    try:
        inspected = inspect.signature(found)
    except (TypeError, ValueError):
        return "()"
    plain = [each.replace(annotation=_plain(each.annotation)) for each in inspected.parameters.values()]
    plain = [_shown(each) for each in plain if each.name != "self"]
    text = str(inspected.replace(parameters=plain, return_annotation=_plain(inspected.return_annotation)))
    if len(text) <= 90:
        return text
    wrapped = "".join(f"    {each},\n" for each in _starred(plain))
    return (
        f"(\n{wrapped}){text.rpartition(')')[2] if ' -> ' not in text else ' ->' + text.rpartition(' ->')[2]}"
    )


def _shown(parameter: inspect.Parameter) -> inspect.Parameter:
    """The default for a function would show its address."""
    return parameter.replace(default=_Written("…")) if inspect.isroutine(parameter.default) else parameter


def _starred(parameters: list[inspect.Parameter]) -> Iterator[str]:
    is_starred = False
    for each in parameters:
        if each.kind is each.KEYWORD_ONLY and not is_starred:
            is_starred = True
            yield "*"
        yield str(each)


class _Written:
    """An annotation that is shown as it is written."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _plain(annotation: Any) -> Any:
    return _Written(annotation) if isinstance(annotation, str) else annotation


def doc(found: Any) -> str:
    return _prose(getattr(found, "__doc__", None) or "")


def _prose(text: str) -> str:
    """Converts a docstring to Markdown. Indented examples and text between backticks become code."""
    return inspect.cleandoc(text).replace("::\n", ":\n")


def typescript() -> Iterator[str]:
    yield "# TypeScript\n\nThe package `setpoint-live`. [Use the layer](../../howto/use-the-layer.md) shows it at work."
    yield head("name", "kind", "what", "example")
    for name, kind, file in exported():
        yield row(f"`{name}`", kind, comment(file, name), example(name, TYPESCRIPT))


def exported() -> Iterator[tuple[str, str, Path]]:
    """Returns the exports of the layer: the name, ``type`` or ``value``, and the source file."""
    source = LAYER.read_text("utf-8")
    pattern = re.compile(r"^export (type )?\{([^}]*)\} from \"(.+?)\";", re.MULTILINE)
    for is_type, names, file in pattern.findall(source):
        for each in filter(None, (name.strip() for name in names.split(","))):
            name = each.removeprefix("type ").rpartition(" as ")[2]
            yield name, "type" if is_type or each.startswith("type ") else "value", FRONTEND / file


def comment(file: Path, name: str) -> str:
    """Returns the comment above the declaration, in this file or in one that it re-exports from."""
    source = file.read_text("utf-8")
    declared = re.search(
        r"/\*\*((?:(?!\*/).)*)\*/\s*export (?:declare )?(?:abstract )?(?:async )?"
        rf"(?:const|function|class|interface|type|enum) {name}\b",
        source,
        re.DOTALL,
    )
    if declared:
        return re.sub(r"\s*\n\s*\* ?", " ", declared[1]).strip(" *\n")
    passed_on = re.findall(r"export (?:type )?(?:\*|\{[^}]*\}) from \"(\..+?)\"", source)
    found = (comment((file.parent / each).resolve(), name) for each in passed_on)
    return next(filter(None, found), "")
