"""Conversion of registers and values in every order and type. Requests are few and within limits."""

from __future__ import annotations

import random
from typing import Any

import pytest

from setpoint.core.plant import parse_plant
from setpoint.errors import PlantError
from setpoint.sources.mapping.image import MachineImage
from setpoint.sources.mapping.readings import Reading
from setpoint.sources.mapping.values import CannotCastError
from setpoint.sources.modbus import ModbusSource
from setpoint.sources.modbus.config import ModbusSettings
from setpoint.sources.modbus.plan import blocks
from setpoint.sources.modbus.registers import ORDERS, RegisterPlace, decode, encode
from setpoint.sources.registry import make_sources


def place(address: int = 0, *, table: str = "holding", **settings: Any) -> RegisterPlace:
    return RegisterPlace("h", 502, 1, table, address, **settings)


def _bytes(registers: tuple[int, ...]) -> bytes:
    return b"".join(each.to_bytes(2, "big") for each in registers)


@pytest.mark.parametrize(
    ("order", "registers"),
    [
        ("ABCD", (0x0102, 0x0304)),
        ("CDAB", (0x0304, 0x0102)),
        ("BADC", (0x0201, 0x0403)),
        ("DCBA", (0x0403, 0x0201)),
    ],
)
def test_the_order_of_bytes_is_as_its_letters_say(order: str, registers: tuple[int, ...]) -> None:
    assert encode(place(type="uint32", order=order), 0x01020304) == registers
    assert decode(place(type="uint32", order=order), _bytes(registers), 0) == 0x01020304


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("type_name", "value"),
    [
        ("int16", -2), ("uint16", 65_535), ("int32", -(2**31)), ("uint32", 2**32 - 1), ("int64", -5),
        ("uint64", 2**64 - 1),         ("float32", 12.1), ("float64", 0.1), ("string", "B-12 ü"),
    ],
)  # fmt: skip
def test_a_written_value_reads_back_the_same(order: str, type_name: str, value: Any) -> None:
    there = place(type=type_name, order=order, length=4)
    assert decode(there, b"\xaa\xbb" + _bytes(encode(there, value)), 2) == value


@pytest.mark.parametrize(
    ("type_name", "value"),
    [
        ("int16", 40_000),
        ("uint16", -1),
        ("int32", 1.5),
        ("uint16", "RUN"),
        ("float32", 2**24 + 1),
        ("string", "123456789"),
    ],
)
def test_a_value_that_a_register_cannot_hold_is_refused(type_name: str, value: Any) -> None:
    with pytest.raises(CannotCastError):
        encode(place(type=type_name, length=4), value)


def test_a_bit_of_a_register_is_true_or_false() -> None:
    assert [decode(place(bit=number), b"\x80\x01", 0) for number in (0, 1, 15)] == [True, False, True]


def _readings(*places: RegisterPlace) -> list[Reading[RegisterPlace]]:
    image = MachineImage("m_1")
    return [Reading(image, str(each), each, lambda _: None) for each in places]


def test_neighbours_are_read_in_one_request_and_distant_registers_in_two() -> None:
    found = blocks(
        _readings(place(0), place(9), place(3, type="float64"), place(30)), ModbusSettings(max_gap=4)
    )
    assert [(each.start, each.count) for each in found] == [(0, 10), (30, 1)]


def test_each_table_has_requests_of_its_own() -> None:
    found = blocks(
        _readings(place(0), place(1, table="input"), place(0, table="coil"), place(2, table="coil")),
        ModbusSettings(),
    )
    assert {(each.table, each.start, each.count) for each in found} == {
        ("holding", 0, 1),
        ("input", 1, 1),
        ("coil", 0, 3),
    }


def test_no_request_is_larger_than_the_device_takes() -> None:
    found = blocks(_readings(*(place(number) for number in range(300))), ModbusSettings(max_registers=100))
    assert [(each.start, each.count) for each in found] == [(0, 100), (100, 100), (200, 100)]


@pytest.mark.parametrize("seed", range(25))
def test_whatever_is_mapped_is_read_once_and_within_its_request(seed: int) -> None:
    rng = random.Random(seed)
    limit, gap = rng.randrange(4, 125), rng.randrange(0, 20)
    mapped = [
        place(
            rng.randrange(0, 400),
            type=rng.choice(("int16", "float32", "float64")),
            table=rng.choice(("holding", "input")),
        )
        for _ in range(60)
    ]
    readings = _readings(*mapped)
    found = blocks(readings, ModbusSettings(max_registers=limit, max_gap=gap))
    assert sorted(id(reading) for block in found for reading in block.readings) == sorted(map(id, readings))
    for block in found:
        assert 0 < block.count <= limit
        for reading in block.readings:
            register = reading.place
            assert block.start <= register.address
            assert register.address + register.size <= block.start + block.count


PLANT = """
name = "Hall"
[fields.speed]
[fields.targetSpeed]
writable = true
[sources.hall]
kind = "modbus"
host = "10.0.0.7"
[sources.hall.fields]
speed = { input = 4, type = "int16" }
targetSpeed = { holding = 10 }
[[lines]]
id = "01"
source = "hall"
machines = [{ id = 401, base = 100 }, 402]
"""


def test_a_machines_base_is_added_to_each_of_its_addresses() -> None:
    [source] = make_sources(parse_plant(PLANT)).values()
    assert isinstance(source, ModbusSource)
    found = {
        reading.place.address
        for gateway in source._gateways.values()
        for reading in gateway.device(1).readings
    }
    assert found == {104, 110, 4, 10}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('host = "10.0.0.7"', "", "host is ''"),
        ("{ input = 4", "{ input = 4, holding = 5", "has holding and input"),
        ("{ input = 4", "{ register = 4", "has no table"),
        ("{ input = 4", "{ input = 70000", "fields.speed.input is 70000"),
        ('type = "int16"', 'type = "word"', "type is 'word'"),
        ('type = "int16"', 'type = "float32", bit = 3', "Number a bit of an integer"),
        ("{ holding = 10 }", "{ input = 10 }", "nobody can write to"),
        ("{ holding = 10 }", '{ coil = 10, type = "int16" }', "single bit"),
        ("{ holding = 10 }", '"holding ten"', "is 'holding ten'"),
        ("base = 100", 'unit = "x"', "Give a whole number from 0 to 255"),
        ("base = 100", "base = 65_530", "is the last"),
        ('host = "10.0.0.7"', 'host = "{plc}"', "{plc}, which machine m:401 does not give"),
    ],
)
def test_each_mistake_says_where_it_is_and_what_to_do(old: str, new: str, message: str) -> None:
    with pytest.raises(PlantError) as caught:
        make_sources(parse_plant(PLANT.replace(old, new)))
    assert message in str(caught.value).replace(": ", " ")
