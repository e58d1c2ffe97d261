"""The server's own names for numbers, in every form that servers use."""

from __future__ import annotations

import pytest
from asyncua import ua

from setpoint.sources.opcua.enumerations import names_of


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ([ua.LocalizedText("Off"), ua.LocalizedText(""), ua.LocalizedText("Run")], {0: "Off", 2: "Run"}),
        (["Off", "", "Run"], {0: "Off", 2: "Run"}),
        (
            [
                ua.EnumValueType(Value=-1, DisplayName=ua.LocalizedText("Unknown")),
                ua.EnumValueType(Value=7, DisplayName=ua.LocalizedText("Run")),
                ua.EnumValueType(Value=8, DisplayName=ua.LocalizedText(None)),
            ],
            {-1: "Unknown", 7: "Run"},
        ),
        (None, {}),
        ("Off", {}),
        ([1, 2], {}),
    ],
)
def test_names_may_have_gaps_and_come_as_texts_or_with_their_numbers(
    value: object, names: dict[int, str]
) -> None:
    assert names_of(value) == names
