"""The Modbus source: one task and one connection for each gateway, supervised apart from each other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import structlog

from setpoint.core.plant import Answer, Machine, Plant, Report, SourceConfig, Write, WriteAnswer
from setpoint.errors import SourceError
from setpoint.sources.base import Capability, Finding, Sink
from setpoint.sources.mapping.readings import readings_of
from setpoint.sources.mapping.settings import FieldPlace, MachinePlaces
from setpoint.sources.mapping.values import CannotCastError, to_raw
from setpoint.sources.mapping.writes import OpenWrites, not_connected
from setpoint.sources.modbus.config import ModbusSettings, read_settings
from setpoint.sources.modbus.gateway import SEND_WITHIN_S, Gateway, Order
from setpoint.sources.modbus.registers import BIT_TABLES, RegisterPlace, encode, encode_bit
from setpoint.sources.supervision import keep_running, stop_within
from setpoint.sources.wording import words

log = structlog.get_logger("setpoint.modbus")


class ModbusSource:
    """A `Source` over the machines behind some gateways."""

    capability = Capability(time=False, quality=False)

    def __init__(
        self,
        settings: ModbusSettings,
        machines: Sequence[MachinePlaces[RegisterPlace]],
        plant: Plant,
        *,
        name: str = "modbus",
    ) -> None:
        self._name = name
        self._settings = settings
        self._machines = machines
        self._plant = plant
        self._gateways: dict[tuple[str, int], Gateway] = {}
        self._targets: dict[tuple[str, str], FieldPlace[RegisterPlace]] = {}
        self._why_not: dict[Gateway, str] = {}
        self._sink: Sink | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._open = OpenWrites(self._answered)
        for machine in machines:
            self._add(machine)

    @classmethod
    def make(
        cls,
        config: SourceConfig,
        machines: Sequence[Machine],
        plant: Plant,
        _secrets: Mapping[str, str],
        _directory: Path,
        /,
    ) -> ModbusSource:
        """The factory of the kind ``modbus`` (`setpoint.sources.registry`)."""
        settings, places = read_settings(config, machines, plant)
        return cls(settings, places, plant, name=config.name)

    @property
    def requests(self) -> int:
        """How many requests were sent so far."""
        return sum(gateway.link.requests for gateway in self._gateways.values())

    async def start(self, sink: Sink) -> None:
        self._sink = sink
        for gateway in self._gateways.values():
            gateway.is_ending = False
            running = keep_running(gateway.run, partial(self._lost, gateway), partial(_is_wanted, gateway))
            self._tasks.append(asyncio.create_task(running, name=f"modbus {self._name} {gateway.address}"))

    async def write(self, writes: Sequence[Write]) -> None:
        self._open.begin(writes)
        for write in writes:
            target = self._targets.get((write.machine, write.field))
            if target is None:
                text = words("words-not-mapped-to-register", field=write.field)
                self._answer(write, Answer.REFUSED, text)
                continue
            place = target.place
            gateway = self._gateways[place.host, place.port]
            if not gateway.link.is_open:
                why = self._why_not.get(gateway, words("words-not-connected-yet"))
                self._answer(write, Answer.REFUSED, not_connected(why))
                continue
            try:
                gateway.order(self._order(write, target))
            except CannotCastError as error:
                self._answer(write, Answer.REFUSED, error.args[0])

    async def stop(self) -> None:
        for gateway in self._gateways.values():
            gateway.is_ending = True
        # Each gateway answers its own writes when it ends; the rest are answered here.
        await stop_within(self._tasks, self._name, within_s=2.5)
        self._open.end()
        self._sink = None
        self._tasks = []

    async def probe(self) -> Sequence[Finding]:
        """The value of every place (`setpoint check --connect`), read one by one."""
        from setpoint.sources.modbus.probe import probe_registers  # noqa: PLC0415  # only if asked for

        return await probe_registers(self._settings, self._machines, self._plant)

    def _add(self, machine: MachinePlaces[RegisterPlace]) -> None:
        fields = self._plant.fields_by_name
        for reading in readings_of(machine, fields):
            place = reading.place
            gateway = self._gateways.get((place.host, place.port))
            if gateway is None:
                gateway = Gateway(
                    place.host, place.port, self._settings, self._report, self._answer, voided=self._voided
                )
                self._gateways[place.host, place.port] = gateway
            gateway.device(place.unit).readings.append(reading)
        for each in machine.fields:
            if fields[each.name].is_writable:
                self._targets[machine.machine, each.name] = each

    def _order(self, write: Write, target: FieldPlace[RegisterPlace]) -> Order:
        """Raises `CannotCastError`."""
        place, sent_by = target.place, time.monotonic() + SEND_WITHIN_S
        raw = to_raw(write.value, target, self._plant.fields_by_name[write.field])
        if place.table in BIT_TABLES:
            return Order(write, place, encode_bit(raw), sent_by)
        if place.bit is not None:
            bit = 1 << place.bit
            return Order(write, place, (0,), sent_by, (0xFFFF & ~bit, bit if encode_bit(raw) else 0))
        return Order(write, place, encode(place, raw), sent_by)

    def _lost(self, gateway: Gateway, error: Exception) -> None:
        is_ours = not isinstance(error, SourceError)
        reason = f"{type(error).__name__}: {error}" if is_ours else error.args[0]
        self._why_not[gateway] = reason
        gateway.limiter.say(
            log.error if is_ours else log.warning,
            "modbus.lost",
            source=self._name,
            gateway=gateway.address,
            reason=reason,
            **({"exc_info": error} if is_ours else {}),
        )
        gateway.doubt(reason)

    def _report(self, reports: Sequence[Report]) -> None:
        if self._sink is not None and reports:
            self._sink.reported(reports)

    def _answer(self, write: Write, answer: Answer, message: str) -> None:
        self._open.answer([write], answer, message)

    def _voided(self, write: Write) -> str | None:
        return None if self._sink is None else self._sink.voided(write)

    def _answered(self, answers: Sequence[WriteAnswer]) -> None:
        if self._sink is not None:
            self._sink.answered(answers)


def _is_wanted(gateway: Gateway) -> bool:
    return not gateway.is_ending
