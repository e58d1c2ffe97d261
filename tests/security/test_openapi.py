"""Every operation of the OpenAPI document, with right and wrong input, as each role and without sign-in.

No answer is a server error, and the document names every answer.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.examples import many
from tests.security.conftest import RIGHTS, ServerInThread
from tests.security.sign_in_server import PASSWORD

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = many(3, 120)
BETWEEN = ("viewer", "engineer")
"""Roles that get the same answers as the roles below and above them."""


def administrators_browser(port: int) -> dict[str, str]:
    """Signs in again for each operation, because some operations end sessions."""
    site = {"Origin": f"http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}
    answer = httpx.post(
        f"{site['Origin']}/api/session",
        json={"name": "admin0", "password": PASSWORD},
        headers=site,
        trust_env=False,
    )
    return site | {"Cookie": answer.headers["set-cookie"].partition(";")[0]}


@pytest.mark.parametrize(
    "who",
    [
        "nobody",
        *(pytest.param(role, marks=pytest.mark.full) if role in BETWEEN else role for role in RIGHTS),
        "administrator's browser",
    ],
)
def test_the_server_answers_as_its_document_says(server_in_thread: ServerInThread, who: str) -> None:
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{server_in_thread.port}/schema/openapi.json")
    token = server_in_thread.tokens.get(who)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    wrong: list[str] = []
    results = list(schema.get_all_operations())
    operations = [each.ok() for each in results if isinstance(each, Ok)]
    assert len(results) == len(operations) > 20
    for operation in operations:
        if who == "administrator's browser":
            headers = administrators_browser(server_in_thread.port)
        try:
            holds_for(operation, headers)
        except (Exception, FailureGroup) as error:
            wrong.append(f"{operation.label}: {error}")
    assert not wrong, "\n\n".join(wrong)


def holds_for(operation: Any, headers: dict[str, str]) -> None:
    @settings(
        max_examples=EXAMPLES,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def holds(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    holds()
