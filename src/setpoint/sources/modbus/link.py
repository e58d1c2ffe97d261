"""One open connection of Modbus TCP, and one request at a time: an answer, an exception, or none.

No request is ever sent twice. The library accepts some answers that do not belong to the request; they are rejected
here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Sequence

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerSocket
from pymodbus.pdu import ModbusPDU

from setpoint.errors import SourceError
from setpoint.sources.modbus.config import ModbusSettings
from setpoint.sources.modbus.exceptions import in_words, not_an_answer
from setpoint.sources.modbus.registers import RegisterPlace
from setpoint.sources.wording import words

_MOST_KEPT = 300

# The library logs every time-out; we log it once, with its reason.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL + 1)


class LostError(SourceError):
    """The connection had ended before anything was sent."""


class NoAnswerError(SourceError):
    """The device did not answer in time."""


class RefusedError(SourceError):
    """An exception of the device (its answer with the high bit set), by its number; 0: an answer without all values."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message, code="refused")
        self.number = number


class _Framer(FramerSocket):
    """The library's reader of frames. It raises in the middle of the event loop if one cannot be read, which closes the
    connection of every device behind the gateway; here such a frame does not count as an answer, and neither does a
    frame with half a register."""

    def decode(self, data: bytes) -> tuple[int, int, int, bytes]:
        used, unit, transaction, body = super().decode(data)
        is_odd = len(body) > 1 and body[0] in (3, 4) and body[1] % 2 == 1
        return used, unit, transaction, b"" if is_odd else body

    def handleFrame(self, data: bytes, exp_devid: int, exp_tid: int) -> tuple[int, ModbusPDU | None]:  # noqa: N802  # its name
        try:
            return super().handleFrame(data, exp_devid, exp_tid)
        except ModbusException:
            return len(data), None


class Link:
    """Opened and closed in turn. ``last_answer_at`` is in monotonic seconds; ``lost`` is set when the connection
    ends."""

    def __init__(self, host: str, port: int, settings: ModbusSettings) -> None:
        self.address = f"{host}:{port}"
        self.is_open = False
        self.requests = 0
        self.last_answer_at = 0.0
        self.lost = asyncio.Event()
        self._host, self._port, self._settings = host, port, settings
        self._client: AsyncModbusTcpClient | None = None
        self._question, self._came = b"", b""
        """The last request as it was sent, and the bytes received since."""

    async def open(self) -> None:
        """Raises `SourceError`."""
        self.lost = asyncio.Event()
        timeout_s = self._settings.timeout_ms / 1000
        client = AsyncModbusTcpClient(
            self._host,
            port=self._port,
            name=self.address,
            timeout=timeout_s,
            retries=0,
            reconnect_delay=0,
            trace_connect=self._connection_changed,
            trace_packet=self._trace_packet,
        )
        client.set_max_no_responses(1_000_000)  # silence is measured here
        client.ctx.framer = _Framer(client.ctx.framer.decoder)
        self._client = client
        try:
            async with asyncio.timeout(max(timeout_s, 3.0)):
                is_open = await client.connect()
        except (TimeoutError, OSError, ModbusException) as error:
            raise SourceError(
                words(
                    "words-cannot-be-reached",
                    address=self.address,
                    value=str(error) or words("words-does-not-answer"),
                )
            ) from error
        if not is_open:
            raise SourceError(words("words-cannot-be-reached-right-address-on", address=self.address))
        self.is_open = True

    def close(self) -> None:
        self.is_open = False
        if self._client is not None:
            self._client.close()
            self._client = None

    async def read(self, table: str, start: int, count: int, unit: int) -> bytes | Sequence[bool]:
        """Registers as bytes, big end first, or bits. Raises `NoAnswerError`, `RefusedError` or `SourceError`."""
        client = self._client
        if client is None or self.lost.is_set():
            raise SourceError(words("words-closed-connection", address=self.address))
        function, call = {
            "holding": (3, client.read_holding_registers),
            "input": (4, client.read_input_registers),
            "coil": (1, client.read_coils),
            "discrete": (2, client.read_discrete_inputs),
        }[table]
        answer = await self._request(call(start, count=count, device_id=unit), unit, function)
        if table in ("holding", "input"):
            registers = answer.registers
            if len(registers) != count:
                raise RefusedError(
                    0,
                    words(
                        "words-unit-sent-registers",
                        unit=unit,
                        address=self.address,
                        value=len(registers),
                        count=count,
                    ),
                )
            return b"".join(each.to_bytes(2, "big") for each in registers)
        if len(answer.bits) < count:
            raise RefusedError(
                0,
                words(
                    "words-unit-sent-bits",
                    unit=unit,
                    address=self.address,
                    value=len(answer.bits),
                    count=count,
                ),
            )
        return answer.bits

    async def write(
        self, place: RegisterPlace, values: tuple[int, ...] | bool, mask: tuple[int, int] | None
    ) -> None:
        """Sets registers or one coil; ``mask`` (and, or) changes one bit of a register.

        Raises `LostError` if nothing was sent, else as `read`.
        """
        client = self._client
        if client is None or self.lost.is_set():
            raise LostError(words("words-closed-connection", address=self.address))
        if isinstance(values, bool):
            function = 5
            call = client.write_coil(place.address, values, device_id=place.unit)
        elif mask is not None:
            function, (keep, put) = 22, mask
            call = client.mask_write_register(
                address=place.address, and_mask=keep, or_mask=put, device_id=place.unit
            )
        elif len(values) == 1 and self._settings.writes_single:
            function = 6
            call = client.write_register(place.address, values[0], device_id=place.unit)
        else:
            function = 16
            call = client.write_registers(place.address, list(values), device_id=place.unit)
        answer = await self._request(call, place.unit, function)
        if answer.address != place.address:
            what = words("words-another-address", came=answer.address, asked=place.address)
            raise NoAnswerError(words("words-unit-answers", unit=place.unit, address=self.address, what=what))

    async def _request(self, call: Awaitable[ModbusPDU], unit: int, function: int) -> ModbusPDU:
        """The answer to one request, which is sent once. The library accepts the answer of another function, so this
        checks it.
        """
        self.requests += 1
        limit_s = self._settings.timeout_ms / 1000 + 0.2
        try:
            async with asyncio.timeout(limit_s):
                answer = await call
        except (TimeoutError, ModbusException, OSError) as error:
            if self.lost.is_set():
                raise SourceError(words("words-closed-connection", address=self.address)) from error
            if self._came:
                what = not_an_answer(self._question, self._came)
                text = words("words-unit-answers", unit=unit, address=self.address, what=what)
            else:
                limit = self._settings.timeout_ms
                text = words(
                    "words-unit-has-not-answered-within-ms", unit=unit, address=self.address, limit=limit
                )
            raise NoAnswerError(text) from error
        self.last_answer_at = time.monotonic()
        if answer.isError():
            number = getattr(answer, "exception_code", 0)
            raise RefusedError(number, words("words-unit-says", unit=unit, what=in_words(number)))
        if answer.function_code != function:
            what = words("words-another-function", came=answer.function_code, asked=function)
            raise NoAnswerError(words("words-unit-answers", unit=unit, address=self.address, what=what))
        return answer

    def _trace_packet(self, is_sent: bool, data: bytes) -> bytes:
        """The library calls this with all bytes. They are kept for the reason, in case they are not an answer."""
        if is_sent:
            self._question, self._came = data, b""
        else:
            self._came = data[:_MOST_KEPT]
        return data

    def _connection_changed(self, is_connected: bool) -> None:
        if not is_connected:
            self.lost.set()
