"""A refusal carries the arguments of its sentence, so that each client can show it in the person's language."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import httpx
import msgspec
import pytest

import setpoint
from setpoint.cli.language import choose, refused
from setpoint.client.api import refusal_of
from setpoint.contract.http.problems import ProblemCode
from setpoint.errors import RefusedError
from setpoint.message import Args
from setpoint.server.http.problems import problem
from setpoint.texts import has_text, problem_text
from setpoint.texts.catalogue import sources

TOO_LARGE = {"most": 25_000, "count": 30_000}


def refusal(arguments: Args | None = None) -> RefusedError:
    answer = problem(ProblemCode.BATCH_TOO_LARGE, "updates: at most 25000 targets", arguments=arguments)
    body = msgspec.json.encode(answer.content)
    return refusal_of(httpx.Response(answer.status_code or 0, content=body))


def test_a_problem_on_the_wire_has_its_code_and_its_arguments() -> None:
    body = msgspec.to_builtins(problem("batch-too-large", "too many", arguments={**TOO_LARGE}).content)
    assert (body["code"], body["arguments"]) == ("batch-too-large", TOO_LARGE)
    assert "arguments" not in msgspec.to_builtins(problem("batch-too-large", "too many").content)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "updates: at most 25000 targets"), ("de", "höchstens 25.000 Sollwerte, dieser 30.000")],
)
def test_the_command_line_prints_the_arguments_of_a_refusal(language: str, sentence: str) -> None:
    choose(language)
    try:
        assert sentence in refused(refusal({**TOO_LARGE}))
    finally:
        choose(None)


def test_a_refusal_without_arguments_has_a_sentence_without_them() -> None:
    choose("de")
    try:
        assert refused(refusal()) == "Das sind zu viele Sollwerte für einen Auftrag. Nichts wurde gesendet."
    finally:
        choose(None)


def test_arguments_of_another_server_that_do_not_fit_are_left_out() -> None:
    message = problem_text("batch-too-large", {"other": 1}, "de")
    assert message == problem_text("batch-too-large", {}, "de")


def test_every_sentence_with_arguments_has_one_without() -> None:
    whole = [code for code in sources("en") if re.fullmatch(r"problem-.*-of", code)]
    assert len(whole) >= 32
    assert all(has_text(code.removesuffix("-of")) for code in whole)


def arguments_of_refusals() -> dict[str, set[str]]:
    """Returns the arguments that the code gives to each kind of refusal."""
    found: dict[str, set[str]] = {}
    for file in Path(setpoint.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            named = {keyword.arg: keyword.value for keyword in call.keywords}
            code, arguments = named.get("code"), named.get("arguments")
            if isinstance(arguments, ast.IfExp):
                arguments = arguments.body
            if isinstance(code, ast.Attribute) and isinstance(arguments, ast.Dict):
                names = {key.value for key in arguments.keys if isinstance(key, ast.Constant)}
                found.setdefault(ProblemCode[code.attr], set()).update(map(str, names))
    return found


def test_the_arguments_of_a_refusal_are_those_of_its_sentence() -> None:
    arguments = arguments_of_refusals()
    assert len(arguments) >= 30
    for code, names in arguments.items():
        assert set(re.findall(r"\$(\w+)", sources("en")[f"problem-{code}-of"])) == names, code


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_right_that_is_missing_is_named_with_its_line(language: str) -> None:
    sentences = {
        role: problem_text("forbidden", {"role": role, "line": "07"}, language)
        for role in ("operator", "engineer")
    }
    assert all(sentence is not None and "07" in sentence for sentence in sentences.values())
    assert sentences["operator"] != sentences["engineer"]
