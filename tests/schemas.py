"""JSON Schema and OpenAPI validators. They are imported when the first test needs them.

Their import takes two seconds, and each worker imports each test file.
"""

from __future__ import annotations

from typing import Any


def draft7(schema: Any) -> Any:
    """A validator; the schema itself is checked too."""
    from jsonschema import Draft7Validator  # noqa: PLC0415  # takes 2 s

    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def draft202012(schema: Any) -> Any:
    """A validator; the schema itself is checked too."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415  # takes 2 s

    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def openapi_mistakes(document: Any) -> list[Any]:
    """Returns why a document is not valid OpenAPI 3.1."""
    from openapi_spec_validator import OpenAPIV31SpecValidator  # noqa: PLC0415  # takes 2 s

    return list(OpenAPIV31SpecValidator(document).iter_errors())
