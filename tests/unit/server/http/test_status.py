"""A refusal names a code. Only the HTTP layer maps it to a status."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import setpoint
from setpoint.contract.http.problems import ProblemCode
from setpoint.server.http.status import STATUS, codes_of

ROOT = Path(setpoint.__file__).parent
CLIENTS = ROOT / "client"
"""A client repeats a server's refusal with its status."""


GIVEN = "server/http/deps.py:"
"""`decoded` is given a `ProblemCode`."""


def refusals() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(ROOT.rglob("*.py")):
        if CLIENTS in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "RequestError":
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_code_has_one_status() -> None:
    assert set(STATUS) == set(ProblemCode)
    assert sum(len(codes_of(status)) for status in set(STATUS.values())) == len(ProblemCode)


def test_every_refusal_names_a_code_and_no_status() -> None:
    found = list(refusals())
    wrong = []
    for place, call in found:
        keywords = {word.arg: ast.unparse(word.value) for word in call.keywords}
        code = keywords.get("code", "")
        is_named = code.startswith("ProblemCode.") or place.startswith(GIVEN)
        if "status" in keywords or not is_named:
            wrong.append(place)
    assert wrong == []
    assert len(found) > 50
