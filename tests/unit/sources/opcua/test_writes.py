"""Targets are cast to the node's type or refused, never rounded."""

from __future__ import annotations

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from setpoint.core.plant import Field, FieldType, Value
from setpoint.sources.opcua.config import FieldNode
from setpoint.sources.opcua.notifications import Raw
from setpoint.sources.opcua.readings import from_raw
from setpoint.sources.opcua.writes import CannotCastError, cast, to_raw

NUMBER = Field("targetSpeed", is_writable=True)
CHOICE = Field("mode", type=FieldType.CHOICE, options=("RUN", "IDLE"), is_writable=True)


@pytest.mark.parametrize(
    ("raw", "kind", "written"),
    [
        (150, "Double", 150.0),
        (150.0, "Int16", 150),
        (150, "UInt64", 150),
        (1, "Boolean", True),
        ("RUN", "String", "RUN"),
        (142.1, "Float", 142.1),
    ],
)
def test_what_fits_is_cast(raw: Raw, kind: str, written: Raw) -> None:
    found = cast(raw, ua.VariantType[kind])
    assert (found, type(found)) == (written, type(written))


@pytest.mark.parametrize(
    ("raw", "kind", "why"),
    [
        (150.5, "Int16", "whole number"),
        (40_000, "Int16", "-32768 to 32767"),
        (-1, "UInt16", "0 to 65535"),
        (1e39, "Float", "too large"),
        (float("nan"), "Int32", "cannot be said"),
        ("RUN", "Int32", "is a map missing"),
        (3, "String", "cannot be said"),
        (2, "Boolean", "cannot be said"),
        (1, "DateTime", "cannot be set"),
        (None, "Double", "cannot be said"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(raw: Raw, kind: str, why: str) -> None:
    with pytest.raises(CannotCastError, match=why):
        cast(raw, ua.VariantType[kind])


@given(
    st.integers(-30_000, 30_000), st.sampled_from((0.1, 0.5, 0.01, 10, 0.25)), st.sampled_from((0, -40, 2.5))
)
def test_what_a_scaled_node_shows_can_be_written_back_to_the_same_step(
    step: int, scale: float, offset: float
) -> None:
    node = FieldNode("targetSpeed", "i=1", scale=scale, offset=offset)
    shown = from_raw(node, NUMBER)(step)
    assert cast(to_raw(shown, node, NUMBER), ua.VariantType.Int32) == step


@pytest.mark.parametrize(("value", "raw"), [("RUN", 1), ("IDLE", 2)])
def test_a_choice_is_written_as_its_map_says(value: Value, raw: Raw) -> None:
    assert to_raw(value, FieldNode("mode", "i=1", choices={"RUN": 1, "IDLE": 2}), CHOICE) == raw


def test_a_choice_that_the_map_does_not_have_is_refused() -> None:
    with pytest.raises(CannotCastError, match="TURBO"):
        to_raw("TURBO", FieldNode("mode", "i=1", choices={"RUN": 1}), CHOICE)
