"""One connection to an MQTT broker, from its opening to its loss.

Messages are passed on in the broker's order, directly from the socket: there is no queue that could grow or drop
messages. Once a second the link sends a request that the broker must answer: it unsubscribes from an unused topic. So
it notices a broker that hangs, although the socket stays open.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets as random
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import structlog
from aiomqtt import Client, Message, MqttCodeError, MqttError, ProtocolVersion, Will
from paho.mqtt.enums import MQTTErrorCode

from setpoint.core.plant import usable_text
from setpoint.errors import SourceError
from setpoint.sources.sparkplug.broker import MAX_PAYLOAD, BrokerSettings
from setpoint.sources.supervision import LogLimiter
from setpoint.sources.wording import words

CONNECT_WITHIN_S = 8.0
ASK_EVERY_S = 1.0
SILENT_AFTER_S = 1.5
DROP_AFTER_S = 10.0
NO_ACKNOWLEDGEMENT = words("words-broker-acknowledges-nothing")
HUNG_UP = "hung_up"
"""The code of the error if the broker ended the connection instead of answering."""
_HANGS_UP = "it hung up before it answered"
_NO_MQTT = "it sent something that is not MQTT"
_MANY = 1_000_000
MAX_PACKET = MAX_PAYLOAD + 65_538
"""The largest payload that is read, with the longest topic; MQTT allows 256 MB. One byte more than this is kept of a
larger packet, so that its payload counts as too large."""
_PIECE = 64 * 1024
_CODE = re.compile(r"^\[code:\d+\] ")
"""The number that the library puts before the text of an error. These are the numbers of MQTT 5."""

T = TypeVar("T")

Handle = Callable[[str, bytes, bool], None]
"""Topic, payload, and whether the broker had kept the message (retained) or has just received it."""

log = structlog.get_logger("setpoint.mqtt")
_QUIET = logging.Logger("setpoint.mqtt.library", logging.CRITICAL + 1)  # its messages are dropped on purpose


class _Beginning(bytearray):
    """Takes the place of the library's buffer for a packet that is too large: the rest is dropped as it arrives."""

    def __iadd__(self, piece: Any) -> Self:  # type: ignore[misc]  # it returns another type than `__add__`
        self.extend(piece[: max(MAX_PACKET + 1 - len(self), 0)])
        return self


class _Client(Client):
    """aiomqtt's client, with three differences. A broker that hangs up before it has answered is noticed at once, not
    after a time-out. Only the beginning of a message beyond `MAX_PACKET` is kept, with its topic. A message of QoS 2,
    which nobody asked for, is not kept until the broker releases it.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        library = self._client
        receive, published = library._sock_recv, library._handle_publish
        self._has_received = False

        def receive_some(size: int) -> bytes:  # MQTT 3.1.1 cannot ask the broker for smaller messages
            arriving = library._in_packet
            if size > MAX_PACKET and not isinstance(arriving["packet"], _Beginning):
                arriving["packet"] = _Beginning()
            came = receive(min(size, _PIECE))
            self._has_received = self._has_received or bool(came)
            return came

        def publish_at_once() -> MQTTErrorCode:
            result = published()
            while library._in_messages:
                library._handle_on_message(library._in_messages.popitem()[1])
            return result

        library._sock_recv = receive_some  # type: ignore[method-assign,assignment]  # no setting bounds it
        library._handle_publish = publish_at_once  # type: ignore[method-assign]  # no setting drops them

    def _on_disconnect(self, *words: Any) -> None:
        super()._on_disconnect(*words)
        if not self._connected.done():
            self._connected.set_exception(MqttError(_NO_MQTT if self._has_received else _HANGS_UP))
        self.look_at_errors()

    def look_at_errors(self) -> None:
        """Retrieves the errors, because asyncio logs every error that nobody has retrieved. The reason already contains
        ours."""
        for each in (self._connected, self._disconnected):
            if each.done() and not each.cancelled():
                each.exception()


@dataclass(slots=True)
class Link:
    """``broker_is_silent`` while the last question has no answer. ``most_qos``: 0 if the broker grants no more; it
    would end the connection for a message with an acknowledgement."""

    client: _Client
    address: str
    broker_is_silent: bool = False
    most_qos: int = 1

    async def subscribe(self, filters: Sequence[str], *, qos: int = 1) -> None:
        """Raises `SourceError` if the broker does not accept all of them."""
        for start in range(0, len(filters), 100):
            part = filters[start : start + 100]
            request = self.client.subscribe([(each, qos) for each in part], timeout=CONNECT_WITHIN_S)
            granted = await self._answered(request)
            refused = [each for each, code in zip(part, granted, strict=False) if _is_refused(code)]
            refused += part[len(granted) :]
            if refused:
                raise SourceError(
                    words("words-does-not-let-user-subscribe-give", address=self.address, value=refused[0])
                )
            if qos and any(getattr(code, "value", code) == 0 for code in granted):
                self.most_qos = 0

    async def publish(
        self, topic: str, payload: bytes, *, within_s: float, qos: int = 1, retain: bool = False
    ) -> bool:
        """Returns when the broker has acknowledged it (QoS 1); raises `SourceError` if it has not. False if the broker
        acknowledges nothing."""
        granted = min(qos, self.most_qos)
        await self._answered(
            self.client.publish(topic, payload, qos=granted, retain=retain, timeout=within_s)
        )
        return granted > 0

    async def _answered(self, call: Coroutine[Any, Any, T]) -> T:
        """The broker's answer. Raises `SourceError` if there is none, at once if the broker ends the connection
        instead."""
        answer = asyncio.ensure_future(call)
        try:
            await asyncio.wait((answer, self.client._disconnected), return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise self._ended()
            return answer.result()
        except MqttError as error:
            raise explain(error, self.address) from error
        finally:
            answer.cancel()

    def _ended(self) -> SourceError:
        """Why the connection has ended, whichever side ended it."""
        ended = self.client._disconnected
        error = ended.exception() if ended.done() and not ended.cancelled() else None
        if error is None or (isinstance(error, MqttCodeError) and "Protocol" not in str(error)):
            return SourceError(words("words-closed-connection", address=self.address))
        return SourceError(words("words-sent-no-mqtt", address=self.address))

    async def run(self, on_alive: Callable[[], None], on_silent: Callable[[str], None]) -> None:
        """Runs until the connection is lost, and then raises the reason. Calls ``on_alive`` once a second while the
        broker answers.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._until_lost())
            tasks.create_task(self._ask(on_alive, on_silent))

    async def _until_lost(self) -> None:
        with contextlib.suppress(MqttError):
            async for _ in self.client.messages:  # no messages come this way; it ends with the connection
                pass
        raise self._ended()

    async def _ask(self, on_alive: Callable[[], None], on_silent: Callable[[str], None]) -> None:
        while True:
            started_at = time.monotonic()
            # A task of its own, for `uvloop` as for asyncio, so that a late answer still counts.
            answer = asyncio.ensure_future(self.client.unsubscribe("setpoint/nothing", timeout=DROP_AFTER_S))
            try:
                while not answer.done():
                    await asyncio.wait([answer], timeout=SILENT_AFTER_S)
                    if not answer.done():
                        self.broker_is_silent = True
                        on_silent(words("words-broker-does-not-answer", address=self.address))
                answer.result()
            except MqttError as error:
                raise SourceError(
                    words(
                        "words-has-not-answered-s", address=self.address, dropafters=format(DROP_AFTER_S, "g")
                    )
                ) from error
            finally:
                answer.cancel()
            self.broker_is_silent = False
            on_alive()
            await asyncio.sleep(max(started_at + ASK_EVERY_S - time.monotonic(), 0.05))


@asynccontextmanager
async def connect(
    settings: BrokerSettings,
    secrets: Mapping[str, str],
    handle: Handle,
    limiter: LogLimiter,
    *,
    will: Will | None = None,
) -> AsyncIterator[Link]:
    """A connection with a clean session. Raises `SourceError` or `ConfigError`."""
    user, password = settings.login(secrets)
    client = _Client(
        settings.host,
        settings.port,
        username=user,
        password=password,
        identifier=settings.client_id or f"setpoint-{random.token_hex(6)}",
        protocol=ProtocolVersion.V311,
        clean_session=True,
        keepalive=settings.keepalive_s,
        timeout=CONNECT_WITHIN_S,
        tls_context=settings.tls(),
        logger=_QUIET,
        will=will,
        queue_type=_straight_to(handle, limiter),
        max_inflight_messages=_MANY,
    )
    client.pending_calls_threshold = _MANY
    entering = asyncio.ensure_future(client.__aenter__())
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            await asyncio.shield(entering)
    except (TimeoutError, asyncio.CancelledError, MqttError, OSError) as error:
        _abandon(client, entering)
        if isinstance(error, asyncio.CancelledError):
            raise
        raise explain(error, settings.address) from error
    try:
        yield Link(client, settings.address)
    finally:
        await _leave(client)


async def _leave(client: _Client) -> None:
    with contextlib.suppress(MqttError, TimeoutError, OSError):
        async with asyncio.timeout(1.0):
            await client.__aexit__(None, None, None)
    client.look_at_errors()


_leaving: set[asyncio.Task[None]] = set()


def _abandon(client: _Client, entering: asyncio.Future[_Client]) -> None:
    """Closes the socket of an abandoned attempt as soon as possible, so that it does not become a connection later."""

    async def leave() -> None:
        with contextlib.suppress(MqttError, OSError):
            await entering
        await _leave(client)

    task = asyncio.create_task(leave(), name="mqtt abandoned connection")
    _leaving.add(task)
    task.add_done_callback(_leaving.discard)


def _straight_to(handle: Handle, limiter: LogLimiter) -> type[asyncio.Queue[Message]]:
    """Takes the place of the library's queue: each message is handled where it arrives."""

    class Straight(asyncio.Queue[Message]):
        def put_nowait(self, item: Message) -> None:
            payload = item.payload
            topic = str(item.topic)
            try:
                if isinstance(payload, bytes | bytearray):
                    handle(topic, bytes(payload), item.retain)
            except Exception:
                # One message must not end the connection and with it all others.
                limiter.say(log.exception, "mqtt.message_failed", topic=topic[:200])

    return Straight


def explain(error: BaseException, address: str) -> SourceError:
    """A broker's failure, as a sentence for people."""
    text = _CODE.sub("", usable_text(str(error)))
    if text == _NO_MQTT:
        return SourceError(words("words-sent-no-mqtt", address=address))
    if isinstance(error, TimeoutError) or "timed out" in text.casefold():
        more = words("words-wants-certificate") if address.startswith("mqtts") else ""
        return SourceError(words("words-does-not-answer-right-address-broker", address=address, more=more))
    for mark, remedy in _REMEDIES.items():
        if mark in text.casefold():
            return SourceError(
                words("words-refuses-connection", address=address, value=text, remedy=remedy),
                code="refused",
            )
    return SourceError(
        words(
            "words-cannot-be-reached-closed-connection-2",
            address=address,
            value=words("words-hung-up") if _HANGS_UP in text else text or type(error).__name__,
        ),
        code=HUNG_UP if _HANGS_UP in text else None,
    )


_REMEDIES = {
    "not authorized": words("words-check-sign-in-broker"),
    "bad user name or password": words("words-check-password"),
    "identifier": words("words-another-client-id"),
    "certificate verify failed": words("words-name-authority"),
    "certificate": words("words-check-certificates"),
}


def _is_refused(code: object) -> bool:
    value = getattr(code, "value", code)
    return isinstance(value, int) and value >= 0x80
