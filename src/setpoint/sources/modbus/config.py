"""Reads a Modbus TCP source from a plant file, and reports all mistakes at once.

    [sources.hall]
    kind = "modbus"
    host = "192.168.7.30"         # or a word of each machine: host = "{plc}"
    port = 502
    unit = "{unit}"               # the device behind the gateway, 0 to 255; 1 if it is left out
    poll_ms = 250
    timeout_ms = 1000
    max_registers = 125           # what the device takes in one request, and how many that nobody
    max_bits = 2000               # needs may be read along to save one
    max_gap = 8
    write = "multiple"            # or "single": registers that fill one are written with function 6

    [sources.hall.fields]         # addresses count from 0, as on the wire: 40101 is holding = 100
    speed = { input = 100, type = "float32", order = "CDAB" }
    targetSpeed = { holding = 10, type = "int16", scale = 0.1 }
    recipe = { holding = 20, type = "string", length = 8 }
    heating = { coil = 3 }

    [sources.hall.status]
    state = { holding = 0 }
    map = { 1 = "RUNNING", 2 = "STOPPED" }
    word = { holding = 1 }
    bits = { EMERGENCY_STOP = { 0 = "button" } }
    flags = { SAFETY_INTERLOCK = { discrete = 7 } }

A machine's ``base`` is added to each of its addresses: ``{ id = 402, base = 200 }``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from setpoint.core.plant import Field, Machine, Plant, SourceConfig
from setpoint.sources.mapping.config import PlacesReader
from setpoint.sources.mapping.settings import MachinePlaces
from setpoint.sources.modbus.registers import (
    BIT_TABLES,
    MAX_TEXT_REGISTERS,
    ORDERS,
    TABLES,
    TYPES,
    RegisterPlace,
)
from setpoint.sources.wording import words, wrong

_KEYS = (
    "host", "port", "unit", "poll_ms", "timeout_ms", "max_registers", "max_bits", "max_gap", "write", "order",
    "fields", "status",
)  # fmt: skip
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
MAX_ADDRESS = 65_535


@dataclass(frozen=True, slots=True)
class ModbusSettings:
    poll_ms: int = 250
    timeout_ms: int = 1_000
    max_registers: int = 125
    max_bits: int = 2_000
    max_gap: int = 8
    writes_single: bool = False


def read_settings(
    config: SourceConfig, machines: Sequence[Machine], plant: Plant
) -> tuple[ModbusSettings, tuple[MachinePlaces[RegisterPlace], ...]]:
    """The settings of one source and the places of its machines. Raises `PlantError` with every mistake."""
    reader, raw = _Reader(f"sources.{config.name}", plant, config.settings), config.settings
    reader.known(raw, _KEYS)
    settings = ModbusSettings(
        reader.whole(raw, "poll_ms", 250, lowest=20, highest=3_600_000),
        reader.whole(raw, "timeout_ms", 1_000, lowest=50, highest=2_500),
        reader.whole(raw, "max_registers", 125, lowest=1, highest=125),
        reader.whole(raw, "max_bits", 2_000, lowest=1, highest=2_000),
        reader.whole(raw, "max_gap", 8, lowest=0, highest=124),
        reader.one_of(raw, "write", ("multiple", "single"), "multiple") == "single",
    )
    found = tuple(reader.registers(machine) for machine in machines)
    reader.check()
    return settings, found


class _Reader(PlacesReader[RegisterPlace]):
    keys = (*TABLES, "type", "order", "bit", "length")
    example = '{ holding = 100, type = "int16" }'

    def __init__(self, where: str, plant: Plant, raw: Mapping[str, object]) -> None:
        super().__init__(where, plant)
        self._raw = raw
        self._order = self.one_of(raw, "order", ORDERS, "ABCD")
        self._host, self._port, self._unit, self._base = "", 502, 1, 0

    def registers(self, machine: Machine) -> MachinePlaces[RegisterPlace]:
        self._own = machine.settings
        self._words_of(machine)
        host = self._own.get("host", self._raw.get("host", ""))
        self._host = self.filled(host, "host") if isinstance(host, str) else ""
        if not _HOST.fullmatch(self._host):
            value = self._host if isinstance(host, str) else host
            self.say("host", wrong(value), words("words-give-gateway-s-address-such-host"))
        self._port = self._number("port", 502, 1, 65_535)
        self._unit = self._number("unit", 1, 0, 255)
        self._base = self._number("base", 0, 0, MAX_ADDRESS)
        return self.machine(machine, self._raw)

    def table_of(self, text: str) -> Mapping[str, object]:
        table, _, address = text.partition(" ")
        return {table: int(address)} if table in TABLES and address.isdecimal() and len(address) < 6 else {}

    def place(self, table: Mapping[str, object], here: str, field: Field | None) -> RegisterPlace | None:
        named = [each for each in TABLES if each in table]
        if len(named) != 1:
            what = (
                words("words-has-no-table") if not named else words("words-has-3", known=" and ".join(named))
            )
            self.say(
                here, what, words("words-give-one-its-address", known=", ".join(TABLES), example=self.example)
            )
            return None
        kind = named[0]
        address = self.whole(table, kind, 0, here, lowest=0, highest=MAX_ADDRESS) + self._base
        is_bit = kind in BIT_TABLES
        if is_bit and any(key in table for key in ("type", "order", "bit", "length")):
            self.say(
                here,
                words("words-which-single-bit", value=kind),
                words("words-leave-type-order-bit-length-out"),
            )
        type_name = self.one_of(table, "type", TYPES, "uint16", here)
        bit = self.whole(table, "bit", 0, here, lowest=0, highest=63) if "bit" in table else None
        place = RegisterPlace(
            self._host,
            self._port,
            self._unit,
            kind,
            address,
            "uint16" if is_bit else type_name,
            self.one_of(table, "order", ORDERS, self._order, here),
            bit,
            self.whole(table, "length", 1, here, lowest=1, highest=MAX_TEXT_REGISTERS),
        )
        self._check(place, here, field)
        return place

    def _check(self, place: RegisterPlace, here: str, field: Field | None) -> None:
        if place.address + place.size - 1 > MAX_ADDRESS:
            self.say(
                here,
                words("words-ends-at-address", value=place.address + place.size - 1),
                words("words-last", most=MAX_ADDRESS),
            )
        if place.bit is not None and (
            place.type.startswith(("float", "string")) or place.bit >= 16 * place.size
        ):
            self.say(
                f"{here}.bit",
                words("words-type", bit=place.bit, type=place.type),
                words("words-number-bit-integer"),
            )
        if field is not None and field.is_writable and not place.can_be_set:
            self.say(
                here, words("words-table-which-nobody-can-write", value=place.table),
                words("words-name-holding-register-coil-leave-writable", name=field.name)
            )  # fmt: skip
        if field is not None and field.is_writable and place.bit is not None and place.size > 1:
            self.say(
                f"{here}.bit",
                words("words-more-than-one-register"),
                words("words-bit-can-be-set-register-bits"),
            )

    def _number(self, key: str, default: int, lowest: int, highest: int) -> int:
        """A number, or a placeholder for one."""
        value = self._own.get(key, self._raw.get(key, default))
        text = self.filled(value, key) if isinstance(value, str) else str(value)
        if (
            not isinstance(value, bool)
            and re.fullmatch(r"[0-9]{1,5}", text)
            and lowest <= int(text) <= highest
        ):
            return int(text)
        self.say(key, wrong(value), words("words-give-whole-number-from", lowest=lowest, highest=highest))
        return default

    def _words_of(self, machine: Machine) -> None:
        self.begin(machine)
