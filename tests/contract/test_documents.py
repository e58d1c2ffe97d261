"""``/schema`` and ``/schema/asyncapi.json`` are valid and complete, and agree with the Python client."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from litestar.testing import TestClient
from tests.documents import documents, whole_app
from tests.schemas import draft7, draft202012, openapi_mistakes

from setpoint.client.api import Answer
from setpoint.contract.http.batches import BatchAnswer, ItemResult
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.live import CloseCode, Down, Up, decode_down, decode_up, encode
from setpoint.core.store import Result
from setpoint.server.http.status import STATUS

ROOT = Path(__file__).parents[2]
ASYNCAPI_SCHEMA = ROOT / "frontend/node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"
METHODS = ("get", "post", "put", "delete")
NO_PROGRAMS = {
    "/",
    "/{path:path}",
    "/schema",
    "/schema/openapi.json",
    "/schema/asyncapi.json",
    "/schema/{path:str}",
}
READS_NO_BODY = ("again", "cancel", "disable", "enable", "link", "reload")


@pytest.fixture(scope="module")
def both_documents() -> dict[str, Any]:
    return documents()


@pytest.fixture(scope="module")
def openapi(both_documents: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = both_documents["openapi"]
    return found


@pytest.fixture(scope="module")
def asyncapi(both_documents: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = both_documents["asyncapi"]
    return found


def operations(openapi: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in openapi["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def test_the_openapi_document_is_valid(openapi: dict[str, Any]) -> None:
    assert openapi_mistakes(json.loads(json.dumps(openapi))) == []


def test_the_asyncapi_document_is_valid(asyncapi: dict[str, Any]) -> None:
    assert ASYNCAPI_SCHEMA.exists(), "npm ci in frontend/ brings the AsyncAPI schema"
    draft7(json.loads(ASYNCAPI_SCHEMA.read_text())).validate(asyncapi)


def test_every_route_appears(openapi: dict[str, Any]) -> None:
    served = {
        route.path_format
        for route in whole_app().routes
        if route.path not in NO_PROGRAMS and hasattr(route, "path_format")
    }
    assert {path for path in served if not path.startswith("/schema")} - {"/{path}"} == set(openapi["paths"])
    assert len(served) > 30


def test_every_route_has_its_body_its_answer_and_its_problems(openapi: dict[str, Any]) -> None:
    wrong = []
    for method, path, operation in operations(openapi):
        responses = operation["responses"]
        successes = [status for status in responses if status[0] in "23"]
        needs_body = method in ("post", "put") and not path.endswith((*READS_NO_BODY, "/held/{tx_id}"))
        has_answer = bool(successes) and all(
            "content" in responses[each] for each in successes if each in ("200", "201")
        )
        is_open = path in ("/healthz", "/readyz", "/metrics") or path.startswith("/api/oidc")
        has_problems = is_open or all(
            "application/problem+json" in each["content"]
            for status, each in responses.items()
            if status[0] in "45"
        )
        if not has_answer or not has_problems or ("requestBody" in operation) != needs_body:
            wrong.append(f"{method} {path}")
    assert wrong == []


def test_the_problems_of_a_route_name_every_type_of_their_status(openapi: dict[str, Any]) -> None:
    responses = openapi["paths"]["/api/batches"]["post"]["responses"]
    for code in ProblemCode:
        if (status := str(STATUS[code])) in responses:
            assert f"/problems/{code}" in responses[status]["description"]


def test_the_documents_are_served(asyncapi: dict[str, Any]) -> None:
    with TestClient(whole_app()) as client:
        assert client.get("/schema").json()["openapi"].startswith("3.1")
        assert client.get("/schema/asyncapi.json").json() == asyncapi


def test_every_frame_and_close_code_is_in_the_asyncapi_document(asyncapi: dict[str, Any]) -> None:
    down, up = (asyncapi["operations"][name]["messages"] for name in ("say", "hear"))
    assert len(down) == len(get_args(Down))
    assert len(up) == len(get_args(Up))
    assert set(asyncapi["channels"]["live"]["x-close-codes"]) == {str(code.value) for code in CloseCode}


@pytest.mark.parametrize("value", [150, 1.5, "RUN", True, None])
def test_a_value_of_any_kind_is_valid_in_an_answer(openapi: dict[str, Any], value: object) -> None:
    item = ItemResult("m_402", "targetSpeed", "applied", value)  # type: ignore[arg-type]  # a value of JSON
    answer = json.loads(msgspec.json.encode(BatchAnswer("t", "done", [item])))
    schema = {"$ref": "#/components/schemas/BatchAnswer", "components": openapi["components"]}
    draft202012(schema).validate(answer)


@pytest.mark.parametrize(
    ("file", "op", "decode"), [("down", "decodeDown", decode_down), ("up", "decodeUp", decode_up)]
)
def test_frames_are_valid_by_the_document_that_describes_them(
    asyncapi: dict[str, Any], file: str, op: str, decode: Callable[[str], Any]
) -> None:
    vectors = json.loads((ROOT / f"conformance/vectors/protocol/{file}.json").read_text())["vectors"]
    steps = [step for vector in vectors for step in vector["steps"]]
    texts = [step["event"]["text"] for step in steps if step["event"]["op"] == op and "error" not in step]
    frame_types = set()
    for text in texts:
        frame = decode(text)
        schema = {
            "$ref": f"#/components/schemas/{type(frame).__name__}",
            "components": asyncapi["components"],
        }
        draft202012(schema).validate(json.loads(encode(frame)))
        frame_types.add(type(frame))
    assert frame_types == set(get_args(Down if file == "down" else Up))


@pytest.mark.parametrize(("model", "schema"), [(Answer, "BatchAnswer"), (Result, "ItemResult")])
def test_the_client_reads_exactly_what_the_document_describes(
    openapi: dict[str, Any], model: type[msgspec.Struct], schema: str
) -> None:
    document = openapi["components"]["schemas"][schema]
    for field in msgspec.structs.fields(model):
        assert field.encode_name in document["properties"]
        if field.required:
            assert field.encode_name in document["required"]
