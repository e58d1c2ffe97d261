"""Every call of the OpenAPI document, with right and wrong input, as each role and as nobody.

No answer is a failure of the server, and none is one that the document does not name.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.security.conftest import RIGHTS, Elsewhere

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 12


@pytest.mark.timeout(300)
@pytest.mark.parametrize("who", ["nobody", *RIGHTS])
def test_the_server_answers_as_its_document_says(elsewhere: Elsewhere, who: str) -> None:
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{elsewhere.port}/schema/openapi.json")
    headers = {} if who == "nobody" else {"Authorization": f"Bearer {elsewhere.tokens[who]}"}
    wrong: list[str] = []
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 20
    for operation in operations:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def holds(case: Any) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS)

        try:
            holds()
        except (Exception, FailureGroup) as error:
            wrong.append(f"{operation.label}: {error}")
    assert not wrong, "\n\n".join(wrong)
