"""The vectors of the link: every effect, and the whole state after every step."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.conformance.vectors import vectors

from setpoint.core.link import Effect, Event, Link, step
from setpoint.errors import SetpointError


@pytest.mark.rule(
    "LINK-1",
    "LINK-2",
    "LINK-3",
    "LINK-4",
    "HB-1",
    "HB-2",
    "HB-3",
    "SEQ-2",
    "SEQ-3",
    "SEQ-4",
    "SEQ-5",
    "CODE-1",
    "PLANT-1",
)
@pytest.mark.parametrize("vector", vectors("link"))
def test_the_link_does_what_the_vector_says(vector: dict[str, Any]) -> None:
    link = msgspec.convert(vector.get("start", {}), Link)
    for number, expected in enumerate(vector["steps"]):
        place = f"step {number}: {expected['event']}"
        event = msgspec.convert(expected["event"], Event)
        if "error" in expected:
            with pytest.raises(SetpointError) as caught:
                step(link, event, expected["atMs"])
            assert caught.value.code == expected["error"]["code"], place
        else:
            link, effects = step(link, event, expected["atMs"])
            assert list(effects) == msgspec.convert(expected["effects"], list[Effect]), place
        assert msgspec.to_builtins(link) == expected["state"], place
