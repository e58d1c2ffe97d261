"""The vectors of sentences with codes, in each language. Twin of `frontend/src/texts/vectors.test.ts`."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.conformance.vectors import vectors

from setpoint.message import Message
from setpoint.texts import localized


@pytest.mark.rule("SAY-1", "SAY-2")
@pytest.mark.parametrize("vector", vectors("said"))
def test_a_sentence_is_said(vector: dict[str, Any]) -> None:
    for step in vector["steps"]:
        event = step["event"]
        code = msgspec.convert(event["said"], Message) if "said" in event else None
        assert localized(code, event["message"], event["language"]) == step["state"], event
