"""The devices behind one Modbus TCP connection: polls them in turn, and writes to them in between.

Modbus has no subscriptions, no times and no qualities: a value is true when it is read, and nothing else is known. A
device that does not answer is STALE at once and is polled less often, so that it does not take time from the others on
its gateway. If one request has no answer while others have one, only its own values are BAD. No request is ever sent
twice.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog

from setpoint.contract.values import Quality
from setpoint.core.plant import Answer, Report, Write
from setpoint.errors import SourceError
from setpoint.sources.mapping.image import MachineImage
from setpoint.sources.mapping.readings import Reading
from setpoint.sources.mapping.writes import closed, may_land, nothing_sent
from setpoint.sources.modbus.config import ModbusSettings
from setpoint.sources.modbus.exceptions import ABSENT, REFUSED, REFUSED_ADDRESS
from setpoint.sources.modbus.link import Link, LostError, NoAnswerError, RefusedError
from setpoint.sources.modbus.plan import Block, blocks
from setpoint.sources.modbus.registers import RegisterPlace, decode
from setpoint.sources.supervision import BETWEEN_STARTS_S, LogLimiter
from setpoint.sources.wording import words

SIGN_OF_LIFE_S = 1.0
LONGEST_PAUSE_S = 30.0
DROP_AFTER_S = 10.0
TRY_AGAIN_EVERY_S = 60.0
SILENCE_COSTS = 4
"""After a request without an answer, the next such request is sent only after this many time-outs, so that the others
are answered in between."""
MOST_REFUSALS = 12
"""If a device gives no value, this many requests are split in a poll before it counts as silent."""
SEND_WITHIN_S = 2.0
"""After this time a write that could not be sent is dropped, because its answer would come too late."""

log = structlog.get_logger("setpoint.modbus")


class Order(NamedTuple):
    """A write that is ready to be sent: registers, or one coil. ``mask`` (and, or) changes one bit of a register."""

    write: Write
    place: RegisterPlace
    values: tuple[int, ...] | bool
    sent_by: float
    mask: tuple[int, int] | None = None


@dataclass(slots=True)
class Device:
    """A unit behind the gateway, and everything that is read from it. Times are monotonic seconds."""

    unit: int
    readings: list[Reading[RegisterPlace]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    due_at: float = 0.0
    pause_s: float = 0.0
    is_answering: bool = False
    whole_again_at: float = 0.0
    try_again_at: float = 0.0
    """Requests that had no answer the last time are not sent again before this time."""

    @property
    def images(self) -> Iterable[MachineImage]:
        return dict.fromkeys(reading.image for reading in self.readings)


class Gateway:
    """``run`` is one connection, from its opening to its loss; ``order`` passes writes to it."""

    def __init__(
        self,
        host: str,
        port: int,
        settings: ModbusSettings,
        on_reports: Callable[[Sequence[Report]], None],
        on_answer: Callable[[Write, Answer, str], None],
        *,
        voided: Callable[[Write], str | None] = lambda _: None,
    ) -> None:
        self.link = Link(host, port, settings)
        self.devices: dict[int, Device] = {}
        self.is_ending = False
        self.limiter = LogLimiter()
        self._settings = settings
        self._on_reports, self._on_answer, self._voided = on_reports, on_answer, voided
        self._orders: deque[Order] = deque()
        self._wake = asyncio.Event()

    @property
    def address(self) -> str:
        return self.link.address

    def device(self, unit: int) -> Device:
        return self.devices.setdefault(unit, Device(unit))

    def order(self, order: Order) -> None:
        self._orders.append(order)
        self._wake.set()

    async def run(self) -> None:
        """Raises `SourceError` when the connection is lost."""
        try:
            await self.link.open()
            self._begin()
            self.limiter.say(log.info, "modbus.connected", gateway=self.address, devices=len(self.devices))
            # A cancellation that meets an answer is lost in the library (`asyncio.wait_for`), so the loop looks too.
            while not self.is_ending:
                await self._turn()
        finally:
            self.link.close()
            self._refuse_orders()

    def doubt(self, reason: str) -> None:
        """Reports every machine behind the gateway as out of contact."""
        for device in self.devices.values():
            device.is_answering = False
            self._doubt(device, Quality.STALE, reason)

    def _begin(self) -> None:
        self.link.last_answer_at = time.monotonic()
        for device in self.devices.values():
            device.blocks = blocks(device.readings, self._settings)
            device.due_at, device.pause_s, device.is_answering, device.try_again_at = 0.0, 0.0, False, 0.0
            for image in device.images:
                image.awaited = {each for each in device.readings if each.image is image}
            for reading in device.readings:
                reading.forget()

    async def _turn(self) -> None:
        """Polls one device, or pauses until the next is due; writes go first."""
        await self._write_orders()
        device = min(self.devices.values(), key=lambda each: each.due_at)
        wait_s = device.due_at - time.monotonic()
        if wait_s > 0:
            await self._rest(wait_s)
            return
        await self._poll(device)
        if time.monotonic() - self.link.last_answer_at > DROP_AFTER_S:
            raise SourceError(
                words("words-has-not-answered-s", address=self.address, dropafters=format(DROP_AFTER_S, "g"))
            )

    async def _rest(self, wait_s: float) -> None:
        """Waits until the next device is due, a write comes, or the connection is lost."""
        waits = [asyncio.ensure_future(each.wait()) for each in (self._wake, self.link.lost)]
        try:
            await asyncio.wait(waits, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        self._wake.clear()
        if self.link.lost.is_set():
            raise SourceError(words("words-closed-connection", address=self.address))

    async def _poll(self, device: Device) -> None:
        begun = time.monotonic()
        has_silent = any(each.silent_at for each in device.blocks)
        if device.whole_again_at and begun > device.whole_again_at and not has_silent:
            device.blocks, device.whole_again_at = blocks(device.readings, self._settings), 0.0
        try:
            await self._read_blocks(device)
        except NoAnswerError as error:
            self._silent(device, error)
            return
        device.is_answering, device.pause_s = True, 0.0
        # The schedule stays; a late poll is not made up for.
        period_s = self._settings.poll_ms / 1000
        device.due_at = (
            max(device.due_at + period_s, begun + period_s / 2) if device.due_at else begun + period_s
        )
        now, at = time.monotonic(), time.time()
        reports: list[Report] = []
        for image in device.images:
            image.set_server(Quality.GOOD, "")
            report = image.report(at)
            if report is not None and (
                report.values or now - image.reported_at >= SIGN_OF_LIFE_S or report.reason
            ):
                image.reported_at = now
                reports.append(report)
        if reports:
            self._on_reports(reports)

    async def _read_blocks(self, device: Device) -> None:
        """Reads everything of a device. A request that is refused is split until only the wrong places are bad. So is
        one that has no answer while others have one.

        Two requests in a row without an answer mean that the device is silent; if it was silent before, one is enough.
        """
        refusals, has_answered, in_a_row = 0, False, 0
        silent: dict[int, tuple[Block, str]] = {}
        waiting = deque(sorted(device.blocks, key=lambda each: each.silent_at))
        while waiting:
            block = waiting.popleft()
            if block.silent_at and has_answered and (silent or not _is_due(device, block)):
                continue
            try:
                found = await self.link.read(block.table, block.start, block.count, device.unit)
            except NoAnswerError as error:
                in_a_row += 1
                if not (waiting or has_answered or in_a_row > 1) and len(block.readings) > 1:
                    device.blocks = block.halves()
                    device.try_again_at = time.monotonic()
                    block, other = device.blocks
                    waiting += [other] if device.is_answering else []
                silent[id(block)] = block, error.args[0]
                is_one_of_many = has_answered or (device.is_answering and waiting)
                if in_a_row > 1 or not is_one_of_many:
                    if has_answered:
                        self._set_apart(device, silent)
                    else:  # begin with another one next time
                        device.blocks.sort(key=lambda each: id(each) in silent)
                    raise
            except RefusedError as error:
                in_a_row, refusals = 0, refusals + 1
                is_about_places = has_answered or error.number in REFUSED_ADDRESS
                is_last = not waiting and len(block.readings) == 1
                if error.number in ABSENT or (not is_about_places and (is_last or refusals >= MOST_REFUSALS)):
                    device.blocks = blocks(device.readings, self._settings)
                    raise NoAnswerError(error.args[0]) from error
                waiting += self._refused(device, block, error.args[0])
            else:
                has_answered, in_a_row, block.silent_at, block.pause_s = True, 0, 0.0, 0.0
                _take(block, found)
            await self._write_orders()
        if silent:
            self._set_apart(device, silent)
        elif device.try_again_at and not any(each.silent_at for each in device.blocks):
            device.blocks, device.try_again_at = blocks(device.readings, self._settings), 0.0

    def _set_apart(self, device: Device, silent: Mapping[int, tuple[Block, str]]) -> None:
        """Splits unanswered requests into halves, which are sent less and less often."""
        now, least_s = time.monotonic(), SILENCE_COSTS * self._settings.timeout_ms / 1000
        device.try_again_at = now + least_s
        found: list[Block] = []
        for block in device.blocks:
            if id(block) not in silent:
                found.append(block)
                continue
            for reading in block.readings:
                reading.take(None, Quality.BAD, silent[id(block)][1])
            for part in block.halves() if len(block.readings) > 1 else [block]:
                part.silent_at, part.pause_s = now, min(max(2 * part.pause_s, least_s), TRY_AGAIN_EVERY_S)
                found.append(part)
        device.blocks = found

    def _refused(self, device: Device, block: Block, why: str) -> list[Block]:
        """The smaller requests that show which place was refused; none if the request had only one."""
        if len(block.readings) == 1:
            block.readings[0].take(None, Quality.BAD, why)
            return []
        at = device.blocks.index(block)
        device.blocks[at : at + 1] = parts = block.halves()
        device.whole_again_at = time.monotonic() + TRY_AGAIN_EVERY_S
        return parts

    def _silent(self, device: Device, error: SourceError) -> None:
        """Marks the device as STALE, and polls it less often if others wait behind the same gateway."""
        others = any(each.is_answering for each in self.devices.values() if each is not device)
        device.is_answering = False
        device.pause_s = (
            min(max(2 * device.pause_s, BETWEEN_STARTS_S), LONGEST_PAUSE_S) if others else BETWEEN_STARTS_S
        )
        device.due_at = time.monotonic() + device.pause_s
        self.limiter.say(
            log.warning, "modbus.silent", gateway=self.address, unit=device.unit, reason=error.message
        )
        self._doubt(device, Quality.STALE, error.args[0])

    def _doubt(self, device: Device, quality: Quality, reason: str) -> None:
        at, reports = time.time(), []
        for image in device.images:
            image.set_server(quality, reason)
            known = quality if image.reported_at else Quality.NEVER_SEEN
            reports.append(Report(image.key, {}, at, known, reason))
        self._on_reports(reports)

    async def _write_orders(self) -> None:
        while self._orders:
            order = self._orders.popleft()
            if time.monotonic() > order.sent_by:
                text = nothing_sent(
                    words("words-was-busy", address=self.address, seconds=f"{SEND_WITHIN_S:g}")
                )
                self._on_answer(order.write, Answer.REFUSED, text)
            elif (voided := self._voided(order.write)) is not None:
                self._on_answer(order.write, Answer.NOT_SENT, voided)
            else:
                await self._write(order)

    async def _write(self, order: Order) -> None:
        try:
            await self.link.write(order.place, order.values, order.mask)
        except LostError:
            self._on_answer(order.write, Answer.REFUSED, closed(self.address))
            raise
        except RefusedError as error:
            answer = Answer.REFUSED if error.number in REFUSED else Answer.UNKNOWN
            text = error.args[0]
            self._on_answer(order.write, answer, may_land(text) if answer is Answer.UNKNOWN else text)
        except BaseException as error:
            is_known = isinstance(error, SourceError)
            text = error.args[0] if is_known else words("words-connection-given-up")
            self._on_answer(order.write, Answer.UNKNOWN, may_land(text))
            if not isinstance(error, NoAnswerError):
                raise
        else:
            self._on_answer(order.write, Answer.TAKEN, "")
            self.devices[order.place.unit].due_at = 0.0  # read back at once

    def _refuse_orders(self) -> None:
        """Writes that were not sent before the connection was lost are not sent at all."""
        while self._orders:
            order = self._orders.popleft()
            self._on_answer(order.write, Answer.REFUSED, closed(self.address))


def _is_due(device: Device, block: Block) -> bool:
    """Whether a request that had no answer, while others had one, may be sent again."""
    return time.monotonic() >= max(device.try_again_at, block.silent_at + block.pause_s)


def _take(block: Block, found: bytes | Sequence[bool]) -> None:
    for reading in block.readings:
        place = reading.place
        at = place.address - block.start
        reading.take(decode(place, found, 2 * at) if isinstance(found, bytes) else found[at])
