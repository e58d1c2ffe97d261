"""The description of a field's valid values. Every refusal of a cell uses the same words."""

from __future__ import annotations

import pytest

from setpoint.core.ingest.cast import wants
from setpoint.core.plant import Field, FieldType
from setpoint.texts import text


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (Field("a", unit="rpm", minimum=0, maximum=3000), "a number from 0 to 3000 rpm"),
        (Field("a", unit="rpm", minimum=0), "a number of at least 0 rpm"),
        (Field("a", maximum=9), "a number of at most 9"),
        (Field("a", unit="mm"), "a number in mm"),
        (Field("a"), "a number"),
        (Field("a", FieldType.CHOICE, options=("RUN", "IDLE")), "one of RUN, IDLE"),
        (Field("a", FieldType.TEXT), "a text of at most 200 characters"),
    ],
)
def test_the_values_that_a_field_takes_are_named_with_bounds_and_unit(field: Field, expected: str) -> None:
    message = wants(field)
    assert text(message.code, message.args) == expected
