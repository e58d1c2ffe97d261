"""Decoding of Publish responses. asyncua's general decoder is the oracle."""

from __future__ import annotations

import contextlib
import struct
from datetime import UTC, datetime

import pytest
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_to_binary
from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.sources.opcua.notifications import BadMessageError, Held, decode, raw_value, unix_seconds
from setpoint.sources.opcua.variants import Opaque

STAMP = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)

_VARIANTS = st.one_of(
    st.booleans().map(lambda v: ua.Variant(v, ua.VariantType.Boolean)),
    st.integers(-128, 127).map(lambda v: ua.Variant(v, ua.VariantType.SByte)),
    st.integers(0, 255).map(lambda v: ua.Variant(v, ua.VariantType.Byte)),
    st.integers(-(2**15), 2**15 - 1).map(lambda v: ua.Variant(v, ua.VariantType.Int16)),
    st.integers(0, 2**16 - 1).map(lambda v: ua.Variant(v, ua.VariantType.UInt16)),
    st.integers(-(2**31), 2**31 - 1).map(lambda v: ua.Variant(v, ua.VariantType.Int32)),
    st.integers(0, 2**32 - 1).map(lambda v: ua.Variant(v, ua.VariantType.UInt32)),
    st.integers(-(2**63), 2**63 - 1).map(lambda v: ua.Variant(v, ua.VariantType.Int64)),
    st.integers(0, 2**64 - 1).map(lambda v: ua.Variant(v, ua.VariantType.UInt64)),
    st.floats(allow_nan=False).map(lambda v: ua.Variant(v, ua.VariantType.Double)),
    st.text(max_size=20).map(lambda v: ua.Variant(v, ua.VariantType.String)),
    st.text(max_size=20).map(lambda v: ua.Variant(ua.LocalizedText(v), ua.VariantType.LocalizedText)),
    st.lists(st.integers(0, 9), max_size=3).map(lambda v: ua.Variant(v, ua.VariantType.Int32, is_array=True)),
    st.just(ua.Variant(STAMP, ua.VariantType.DateTime)),
    st.just(ua.Variant(None, ua.VariantType.Null)),
)


def _message(*items: tuple[int, ua.DataValue], sequence: int = 7, keep_alive: bool = False) -> bytes:
    response = ua.PublishResponse()
    response.Parameters.SubscriptionId = 12
    response.Parameters.AvailableSequenceNumbers = [5, 6, 7]
    response.Parameters.NotificationMessage.SequenceNumber = sequence
    if not keep_alive:
        notifications = [ua.MonitoredItemNotification(handle, value) for handle, value in items]
        response.Parameters.NotificationMessage.NotificationData.append(
            ua.DataChangeNotification(notifications)
        )
    return struct_to_binary(response)


@given(
    st.lists(st.tuples(_VARIANTS, st.booleans(), st.sampled_from((0, 0x80000000, 0x40900000))), max_size=8)
)
def test_every_value_is_what_the_general_decoder_makes_of_it(
    values: list[tuple[ua.Variant, bool, int]],
) -> None:
    items = [
        (
            handle,
            ua.DataValue(
                variant,
                StatusCode=ua.StatusCode(code) if code else None,
                SourceTimestamp=STAMP if has_time else None,
                ServerTimestamp=STAMP,
            ),
        )
        for handle, (variant, has_time, code) in enumerate(values)
    ]
    published = decode(_message(*items), 0)
    assert (published.subscription, published.sequence, published.has_data) == (12, 7, True)
    expected: list[tuple[int, Held, int]] = [
        (handle, raw_value(variant), code) for handle, (variant, _, code) in enumerate(values)
    ]
    assert [change[:3] for change in published.changes] == expected
    for (_, has_time, _), (_, _, _, filetime) in zip(values, published.changes, strict=True):
        assert (unix_seconds(filetime) == pytest.approx(STAMP.timestamp())) if has_time else filetime == 0


def test_a_single_precision_number_keeps_only_the_digits_that_it_has() -> None:
    data = ua.DataValue(ua.Variant(142.1, ua.VariantType.Float))
    assert decode(_message((1, data)), 0).changes[0][1] == 142.1


def test_picoseconds_are_stepped_over_in_the_order_of_the_standard() -> None:
    # Part 6, 5.2.2.17: value, status, source time, source picoseconds, server time, server picoseconds.
    # asyncua writes both picoseconds last, so these bytes are hand-made.
    item = b"\x01\x00\x00\x00" + bytes([0x3D, 6]) + (5).to_bytes(4, "little")
    item += (116444736000000000).to_bytes(8, "little") + b"\x01\x02" + bytes(8) + b"\x03\x04"
    next_item = b"\x02\x00\x00\x00" + bytes([0x01, 6]) + (9).to_bytes(4, "little")
    body = (2).to_bytes(4, "little") + item + next_item + bytes(4)
    response = ua.PublishResponse()
    response.Parameters.NotificationMessage.NotificationData.append(
        ua.ExtensionObject(TypeId=ua.NodeId(811), Body=body)
    )
    changes = decode(struct_to_binary(response), 0).changes
    assert changes == [(1, 5, 0, 116444736000000000), (2, 9, 0, 0)]


def test_a_keep_alive_has_no_data_and_carries_the_next_number() -> None:
    published = decode(_message(sequence=8, keep_alive=True), 0)
    assert (published.has_data, published.sequence, published.changes) == (False, 8, [])


def test_the_end_of_a_subscription_has_its_reason() -> None:
    response = ua.PublishResponse()
    response.Parameters.NotificationMessage.NotificationData.append(
        ua.StatusChangeNotification(Status=ua.StatusCode(StatusCodes.BadTimeout))
    )
    assert decode(struct_to_binary(response), 0).closed == StatusCodes.BadTimeout


def test_a_fault_of_the_service_is_reported_by_its_code() -> None:
    fault = ua.ServiceFault()
    fault.ResponseHeader.ServiceResult = ua.StatusCode(StatusCodes.BadNoSubscription)
    assert decode(struct_to_binary(fault), 0).result == StatusCodes.BadNoSubscription


@given(st.integers(0, 400))
def test_a_message_that_breaks_off_is_an_error_and_never_a_wrong_value(length: int) -> None:
    items = [(handle, ua.DataValue(ua.Variant("text"), SourceTimestamp=STAMP)) for handle in range(20)]
    whole = _message(*items)
    cut = whole[: min(length, len(whole) - 5)]
    with pytest.raises(BadMessageError):
        decode(cut, 0)


def test_another_message_is_refused() -> None:
    with pytest.raises(BadMessageError, match="is not an answer to Publish"):
        decode(struct_to_binary(ua.ReadResponse()), 0)


def _item(handle: int, *value: int) -> bytes:
    return handle.to_bytes(4, "little") + bytes([0x01, *value])


def _changes(*items: bytes) -> bytes:
    body = len(items).to_bytes(4, "little") + b"".join(items) + bytes(4)
    response = ua.PublishResponse()
    response.Parameters.NotificationMessage.NotificationData.append(
        ua.ExtensionObject(TypeId=ua.NodeId(811), Body=body)
    )
    return struct_to_binary(response)


@pytest.mark.parametrize(
    "value",
    [
        (13, *(255,) * 8),  # a time after the year 9999
        (22, 1, 3, 99, 9, 1, 4, 0, 0, 0, 1, 2, 3, 4),  # a structure of an unknown type
        (22, 0, 99, 2, 2, 0, 0, 0, 60, 62),  # a structure in XML
        (21, 2, 2, 0, 0, 0, 0xFF, 0xFE),  # a text that is no UTF-8
        (25, 0x7F & 0x0F, *(0,) * 16),  # diagnostics
        (23, 0x03, 11, *(0,) * 8, 0, 0, 0x90, 0x80),  # a data value in a value
        (29, 3, 0, 0, 0, 1, 2, 3),  # a type that the standard reserves
        (0x80 | 21, 1, 0, 0, 0, 2, 1, 0, 0, 0, 0xC3),  # an array of texts that are no UTF-8
        (24, 24, 24, 6, 1, 0, 0, 0),  # a value in a value in a value
    ],
)
def test_one_impossible_value_does_not_affect_its_neighbours(value: tuple[int, ...]) -> None:
    published = decode(_changes(_item(1, 6, 5, 0, 0, 0), _item(2, *value), _item(3, 6, 9, 0, 0, 0)), 0)
    assert [each[0] for each in published.changes] == [1, 2, 3]
    assert (published.changes[0][1], published.changes[2][1]) == (5, 9)
    str(published.changes[1][1]).encode("utf-8")


@pytest.mark.parametrize("value", [(63,), (0x80 | 12, 255, 255, 255, 127), (17, 9)])
def test_bytes_without_a_recognizable_end_name_the_item(value: tuple[int, ...]) -> None:
    with pytest.raises(BadMessageError) as caught:
        decode(_changes(_item(1, 6, 5, 0, 0, 0), _item(2, *value), _item(3, 6, 9, 0, 0, 0)), 0)
    assert caught.value.handle == 2


@pytest.mark.parametrize("number", [16_777_216.0, 8_388_609.0, 142.1, 1e-40, 3.4028234663852886e38, 0.1])
def test_a_single_precision_number_is_shown_by_the_shortest_decimal_that_means_it(number: float) -> None:
    [single] = struct.unpack("<f", struct.pack("<f", number))
    found = decode(_message((1, ua.DataValue(ua.Variant(single, ua.VariantType.Float)))), 0).changes[0][1]
    assert struct.pack("<f", found) == struct.pack("<f", number)
    assert len(repr(found)) <= len(repr(single))


def test_diagnostics_that_break_off_are_a_message_that_cannot_be_read() -> None:
    whole = bytearray(_message((1, ua.DataValue(ua.Variant("text")))))
    whole[20:29] = b"Q\x00\x00\x00\x00\x00\x00\x00\x80"
    with pytest.raises(BadMessageError):
        decode(bytes(whole), 0)


@given(st.binary(max_size=300), st.integers(0, 60))
@settings(derandomize=True)
def test_no_bytes_at_all_make_the_decoder_fail_in_another_way(noise: bytes, at: int) -> None:
    whole = bytearray(_message(*[(handle, ua.DataValue(ua.Variant("text"))) for handle in range(3)]))
    whole[at : at + len(noise)] = noise
    with contextlib.suppress(BadMessageError):
        decode(bytes(whole), 0)


def test_a_body_is_read_to_its_own_end_and_not_into_the_bodies_after_it() -> None:
    """If each of thousands of bodies read all the others, the work would be quadratic."""
    notification = _message((1, ua.DataValue(ua.Variant(5, ua.VariantType.Int32))))
    at = notification.index(b"\x01\x00\x2b\x03") + 5
    assert len(decode(notification, 0).changes) == 1
    with pytest.raises(BadMessageError):
        decode(notification[:at] + struct.pack("<i", 4) + notification[at + 4 :], 0)


def test_a_body_without_a_length_reaches_to_the_end_of_the_message() -> None:
    notification = _message((1, ua.DataValue(ua.Variant(5, ua.VariantType.Int32))))
    at = notification.index(b"\x01\x00\x2b\x03") + 5
    assert (
        decode(notification[:at] + struct.pack("<i", -1) + notification[at + 4 :], 0).changes
        == decode(notification, 0).changes
    )


@pytest.mark.parametrize(
    ("scale", "whole", "value"),
    [(2, 12_345, 123.45), (0, -7, -7), (-3, 5, 5_000), (30_000, 1, 0.0), (1, 2**63, 922337203685477580.8)],
)
def test_a_decimal_is_the_number_that_it_states(scale: int, whole: int, value: float) -> None:
    body = struct.pack("<h", scale) + whole.to_bytes(16, "little", signed=True)
    decimal = ua.ExtensionObject(TypeId=ua.NodeId(ua.Int32(50)), Body=body)
    message = _message((1, ua.DataValue(ua.Variant(decimal))))
    [(_, found, _, _)] = decode(message, 0).changes
    assert found == value
    assert type(found) is type(value)


def test_a_decimal_of_a_thousand_digits_is_not_worked_out() -> None:
    body = struct.pack("<h", 0) + b"\x7f" * 400
    decimal = ua.ExtensionObject(TypeId=ua.NodeId(ua.Int32(50)), Body=body)
    [(_, found, _, _)] = decode(_message((1, ua.DataValue(ua.Variant(decimal)))), 0).changes
    assert isinstance(found, Opaque)
