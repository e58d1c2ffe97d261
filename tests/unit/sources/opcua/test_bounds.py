"""Lengths that bytes from a server only claim: no value of them occupies the process."""

from __future__ import annotations

import struct

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer, NotEnoughData
from asyncua.ua.ua_binary import struct_from_binary, struct_to_binary, variant_from_binary

from setpoint.sources.mapping.values import UnreadableError
from setpoint.sources.opcua.structures import Layout, Member, member_of
from setpoint.sources.opcua.variants import Opaque, Structure, read_variant

HUGE = struct.pack("<i", 2**31 - 1)
NULLS = bytes((0x80,)) + HUGE
TEXTS_THAT_GO_BACK = bytes((0x80 | ua.VariantType.String.value,)) + HUGE + struct.pack("<i", -4)


@pytest.mark.parametrize("value", [NULLS, TEXTS_THAT_GO_BACK], ids=["nulls", "negative-lengths"])
def test_an_array_whose_elements_take_no_bytes_is_refused_at_once(value: bytes) -> None:
    with pytest.raises((ua.UaError, NotEnoughData), match=r"elements of the type Null|a length of -4 bytes"):
        variant_from_binary(Buffer(value))


def test_an_answer_with_such_an_array_is_refused_whole_and_an_empty_one_is_read() -> None:
    response = ua.ReadResponse()
    response.Results = [ua.DataValue(ua.Variant([], ua.VariantType.Null, is_array=True))]
    whole = struct_to_binary(response)
    read = struct_from_binary(
        ua.ReadResponse, Buffer(whole.replace(b"\x80\xff\xff\xff\xff", b"\x80" + bytes(4)))
    )
    assert read.Results[0].Value.Value == []
    with pytest.raises(ua.UaError, match="2147483647 elements of the type Null"):
        struct_from_binary(ua.ReadResponse, Buffer(whole.replace(b"\x80\xff\xff\xff\xff", NULLS)))


def test_in_a_notification_such_a_value_is_lost_alone() -> None:
    value, end = read_variant(NULLS + b"next", 0)
    assert value == Opaque("Null")
    assert end == len(NULLS)


@pytest.mark.parametrize(
    ("layouts", "why"),
    [
        ({"a": Layout((Member("x", 0, "a"),))}, "nested too deep"),
        (
            {
                str(depth): Layout(tuple(Member(f"x{n}", 0, str(depth + 1)) for n in range(50)))
                for depth in range(8)
            }
            | {"8": Layout(()), "a": Layout((Member("x", 0, "0"),))},
            "more than 100000 values",
        ),
    ],
    ids=["contains-itself", "fifty-to-the-eighth"],
)
def test_a_layout_that_takes_no_bytes_is_read_in_bounded_work(layouts: dict[str, Layout], why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        member_of(Structure("a", b""), "x", layouts)
