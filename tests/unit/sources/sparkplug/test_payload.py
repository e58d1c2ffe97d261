"""The source reads any payload, and writes commands in the metric's own type."""

from __future__ import annotations

import random
import zlib
from typing import Any

import pytest
from tests.noise import damaged
from tests.unit.sources.sparkplug.wire import BIRTH, DOUBLE, INT16, INT32, INT64, message

from setpoint.contract.values import Quality
from setpoint.sources.mapping.values import CannotCastError, UnreadableError
from setpoint.sources.sparkplug.payload import (
    GarbledError,
    alias_of,
    cast,
    command,
    name_of,
    quality_of,
    read,
    seconds_of,
    value_of,
)
from setpoint.sources.sparkplug.sparkplug_b_pb2 import Payload

SEEDS = range(40)


@pytest.mark.parametrize(
    ("raw", "datatype", "value"),
    [
        (-5, INT16, -5), (2**31 - 1, INT32, 2**31 - 1), (-(2**63), INT64, -(2**63)), (2**64 - 1, 8, 2**64 - 1),
        (1.5, DOUBLE, 1.5), (0.1, 9, pytest.approx(0.1)), (True, 11, True), (1, 11, True),
        ("A", 12, "A"), (7.0, INT32, 7),
    ],
)  # fmt: skip
def test_a_command_reads_back_as_the_target_value(raw: Any, datatype: int, value: Any) -> None:
    data = command([("Set", datatype, cast(raw, datatype))], 5)
    [found] = read(data).metrics
    assert (name_of(found), found.datatype, value_of(found, datatype)) == ("Set", datatype, value)


def test_a_metric_that_was_born_with_an_alias_is_commanded_by_it_alone() -> None:
    [found] = read(command([(17, DOUBLE, 1.0)], 5)).metrics
    assert (name_of(found), alias_of(found)) == ("", 17)


@pytest.mark.parametrize(
    ("raw", "datatype"),
    [(40_000, INT16), (1.5, INT32), (-1, 7), ("x", DOUBLE), (2**53 + 1, DOUBLE), (1e39, 9), (1, 16), (1, 99)],
)
def test_a_value_that_the_type_cannot_hold_is_refused(raw: Any, datatype: int) -> None:
    with pytest.raises(CannotCastError):
        cast(raw, datatype)


@pytest.mark.parametrize(
    ("sent_number", "datatype", "value"),
    [
        (0x80, 1, -128), (0xFF80, 1, -128), (0xFFFF_FF80, 1, -128), (127, 1, 127), (0xFFFF_FFFB, INT16, -5),
        (2**64 - 5, INT32, -5), (255, 5, 255), (2**32 - 1, 7, 2**32 - 1),
    ],
)  # fmt: skip
def test_an_integer_is_read_however_wide_it_was_sent(sent_number: int, datatype: int, value: int) -> None:
    assert value_of(Payload.Metric(long_value=sent_number), datatype) == value


@pytest.mark.parametrize(
    ("sent_number", "datatype"), [(300, 1), (0x1_0000, INT16), (2**32 - 200, 1), (300, 5), (2**32, 7)]
)
def test_an_integer_that_its_type_does_not_have_is_unreadable_and_never_cut(
    sent_number: int, datatype: int
) -> None:
    with pytest.raises(UnreadableError, match=f"got .*{sent_number}"):
        value_of(Payload.Metric(long_value=sent_number), datatype)


@pytest.mark.parametrize("datatype", [0, DOUBLE, 12, 99], ids=["none", "Double", "String", "99"])
def test_an_integer_without_an_integers_type_is_not_a_number_if_it_may_be_negative(datatype: int) -> None:
    assert value_of(Payload.Metric(int_value=2**31 - 1), datatype) == 2**31 - 1
    assert value_of(Payload.Metric(long_value=2**63 - 1), datatype) == 2**63 - 1
    for metric in (Payload.Metric(int_value=2**32 - 5), Payload.Metric(long_value=2**64 - 5)):
        with pytest.raises(UnreadableError, match="outside the type"):
            value_of(metric, datatype)


def test_a_value_that_cannot_be_shown_is_refused_by_its_type() -> None:
    with pytest.raises(UnreadableError, match=r"got .*DataSet"):
        value_of(Payload.Metric(dataset_value=Payload.DataSet()), DOUBLE)


@pytest.mark.parametrize("wbits", [zlib.MAX_WBITS, zlib.MAX_WBITS | 16])
def test_compressed_payloads_are_read_as_what_is_in_them(wbits: int) -> None:
    compressor = zlib.compressobj(wbits=wbits)
    body = compressor.compress(message(3, BIRTH)) + compressor.flush()
    found = read(Payload(uuid="SPBV1.0_COMPRESSED", body=body).SerializeToString())
    assert [name_of(each) for each in found.metrics] == list(BIRTH)


@pytest.mark.parametrize(
    "body", [b"", b"no deflate", zlib.compress(bytes(20 * 1024 * 1024)), zlib.compress(b"x")[:-3]]
)
def test_a_compressed_payload_that_is_damaged_or_too_large_is_garbled(body: bytes) -> None:
    with pytest.raises(GarbledError):
        read(Payload(uuid="SPBV1.0_COMPRESSED", body=body).SerializeToString())


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_bytes_come_are_read_or_refused(seed: int) -> None:
    """A fuzzer with fixed seeds that changes, removes and repeats bytes of messages."""
    rng = random.Random(seed)
    for _ in range(60):
        try:
            found = read(damaged(message(3, BIRTH), rng))
        except GarbledError:
            continue
        for each in found.metrics:
            assert isinstance(name_of(each), str)
            assert 0 <= seconds_of(each, found.at_ms) < 300_000_000_000
            assert quality_of(each)[0] in tuple(Quality)
            try:
                value = value_of(each, each.datatype)
            except UnreadableError:
                continue
            assert value is None or isinstance(value, str | int | float | bool)


@pytest.mark.parametrize("size", [4 * 1024 * 1024, 16 * 1024 * 1024])
def test_a_few_compressed_bytes_are_no_million_metrics(size: int) -> None:
    body = zlib.compress(b"\x12\x00" * (size // 2), 9)
    small = Payload(uuid="SPBV1.0_COMPRESSED", body=body).SerializeToString()
    with pytest.raises(GarbledError, match="is larger than"):
        read(small)
