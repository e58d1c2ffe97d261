"""A bus over NATS core, with the client library nats-py (``pip install setpoint[nats]``).

An address is ``nats://host:4222``, or ``tls://…``; several are separated by commas. It may contain a user and a
password, or a token, as any URL. A credentials file is a separate setting.

The library connects again by itself, for as long as it takes. It gives up for good if the server says why it ends a
connection (a changed password, too many connections); then a new client takes its place. Nothing is kept for a server
that cannot be reached, because old frames and commands are of no use.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from setpoint.bus.base import MAX_MESSAGE_BYTES, Answer, Take, no_answer
from setpoint.errors import BusError, ConfigError, NobodyThereError
from setpoint.message import sentence

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

CONNECT_WITHIN_S = 2
PING_EVERY_S = 2
"""Two pings without an answer end a connection."""
MAX_WAITING_BYTES = 8 * 1024 * 1024
MAX_WAITING_MESSAGES = 4_096
MAX_ANSWERING = 256
OPEN_AGAIN_AFTER_S = 1.0
CLOSE_WITHIN_S = 2
_REFUSALS = ("authorization violation", "user authentication", "account authentication", "nkey", "jwt")

log = structlog.get_logger("setpoint.bus")


class NatsBus:
    """``ca_file``: certificates that sign the server's, instead of the system's. Raises `ConfigError`."""

    def __init__(
        self, url: str, *, name: str, credentials: Path | None = None, ca_file: Path | None = None
    ) -> None:
        try:
            from nats.aio.client import Client  # noqa: PLC0415  # an extra
        except ImportError as error:
            raise ConfigError(
                sentence(
                    "words-nats-needs-extra-nats-install-pip",
                    "NATS needs the extra nats; install it with pip install 'setpoint[nats]'",
                )
            ) from error
        self._servers = [each.strip() for each in url.split(",") if each.strip()]
        if not self._servers or not all(each.startswith(("nats://", "tls://")) for each in self._servers):
            raise ConfigError(
                sentence(
                    "words-nats-takes-nats-host-tls-host",
                    "--nats takes nats://host:4222 or tls://host:4222, several with commas between",
                )
            )
        for file in (credentials, ca_file):
            if file is not None and not file.is_file():
                raise ConfigError(
                    sentence(
                        "words-there-no-file-give-one-nats",
                        "there is no file {file}; give one that NATS can use",
                        file=file,
                    )
                )
        self._name = name
        self._credentials = credentials
        self._ca_file = ca_file
        self._make = Client
        self._client: Client = Client()
        self._subscribed: list[tuple[str, Callable[[Msg], Awaitable[None]]]] = []
        self._is_started = False
        self._has_ended = asyncio.Event()
        self._why = ""
        """The library's last error about a connection that it cannot make."""
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._waiting_bytes = 0
        self._has_more = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.dropped = 0

    @property
    def is_connected(self) -> bool:
        return bool(self._client.is_connected)

    async def start(self) -> None:
        """Raises `ConfigError` if a server refuses the credentials. Once it has succeeded, further calls do nothing."""
        if self._is_started:
            return
        try:
            await self._open()
        except BusError:
            if any(each in self._why.lower() for each in _REFUSALS):
                raise ConfigError(
                    sentence(
                        "words-nats-refuses-user-give-user",
                        "NATS refuses this server ({why}); give a user and a password in --nats, or "
                        "--nats-credentials",
                        why=self._why,
                    )
                ) from None
            raise
        self._is_started = True
        self._spawn(self._send())
        self._spawn(self._keep_open())

    async def _open(self) -> None:
        from nats.errors import Error  # noqa: PLC0415  # an extra

        self._client = client = self._make()
        self._why = ""
        try:
            await self._connect(client)
            for subject, taken in self._subscribed:
                await self._listen(client, subject, taken)
        except (Error, OSError, ValueError, TimeoutError) as error:
            await self._close(client)
            self._why = str(error) or self._why
            why = self._why or f"no answer within {CONNECT_WITHIN_S} s"
            raise BusError(
                sentence(
                    "words-nats-not-reached",
                    "NATS cannot be reached: {why}; see that it runs, and the address",
                    why=why,
                )
            ) from error
        if client.max_payload < MAX_MESSAGE_BYTES:
            log.error("nats_takes_too_little", max_payload=client.max_payload, needed=MAX_MESSAGE_BYTES)

    async def _connect(self, client: Client) -> None:
        """Gives up after a while. The library tries without end, and loses a cancellation that meets a time-out of its
        own, so it is cancelled until it has ended."""
        connecting = asyncio.create_task(client.connect(**self._options()), name="nats")
        try:
            await asyncio.wait({connecting}, timeout=CONNECT_WITHIN_S)
            while not connecting.done():
                connecting.cancel()
                await asyncio.wait({connecting}, timeout=0.05)
        finally:
            connecting.cancel()
        if connecting.cancelled():
            raise TimeoutError
        connecting.result()

    @staticmethod
    async def _close(client: Client) -> None:
        """Closes the client, without waiting for ever for its connection to end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await client.close()

    async def _keep_open(self) -> None:
        """Replaces a client that has ended for good by a new one with the same subscriptions."""
        has_failed = False
        while True:
            await self._has_ended.wait()
            self._has_ended.clear()
            try:
                await self._open()
            except BusError as error:
                if not has_failed:
                    log.error("nats_lost", reason=error.message)
                has_failed = True
                await asyncio.sleep(OPEN_AGAIN_AFTER_S)
                self._has_ended.set()
            else:
                has_failed = False
                await self._reconnected()

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "servers": self._servers,
            "name": self._name,
            "connect_timeout": CONNECT_WITHIN_S,
            "reconnect_time_wait": 0.25,
            "max_reconnect_attempts": -1,
            "ping_interval": PING_EVERY_S,
            "max_outstanding_pings": 2,
            "pending_size": -1,  # nothing is kept while there is no connection
            "error_cb": self._failed,
            "disconnected_cb": self._disconnected,
            "closed_cb": self._closed,
            "reconnected_cb": self._reconnected,
        }
        if self._credentials is not None:
            options["user_credentials"] = str(self._credentials)
        if self._ca_file is not None or any(each.startswith("tls://") for each in self._servers):
            options["tls"] = ssl.create_default_context(cafile=self._ca_file)
        return options

    async def stop(self) -> None:
        self._is_started = False
        for task in list(self._tasks):
            task.cancel()
        await self._close(self._client)

    # Out

    def publish(self, subject: str, data: bytes) -> None:
        is_too_much = self._waiting_bytes + len(data) > MAX_WAITING_BYTES
        if not self.is_connected or is_too_much or len(data) > MAX_MESSAGE_BYTES:
            self.dropped += 1
            return
        self._waiting.append((subject, data))
        self._waiting_bytes += len(data)
        self._has_more.set()

    async def _send(self) -> None:
        from nats.errors import Error  # noqa: PLC0415  # an extra

        while True:
            await self._has_more.wait()
            self._has_more.clear()
            while self._waiting:
                subject, data = self._waiting.popleft()
                self._waiting_bytes -= len(data)
                try:
                    await self._client.publish(subject, data)
                except Error:
                    self.dropped += 1

    async def request(self, subject: str, data: bytes, *, within_s: float) -> bytes:
        from nats.errors import ConnectionClosedError, Error, NoRespondersError  # noqa: PLC0415  # an extra

        if not self.is_connected:
            raise NobodyThereError(sentence("words-no-connection-nats", "there is no connection to NATS"))
        try:
            return (await self._client.request(subject, data, timeout=within_s)).data
        except (NoRespondersError, ConnectionClosedError) as error:
            raise NobodyThereError(
                sentence("words-nobody-serves", "nobody serves {subject}", subject=subject)
            ) from error
        except (TimeoutError, Error, OSError) as error:
            raise no_answer(subject, within_s) from error

    # In

    async def subscribe(self, subject: str, take: Take) -> None:
        async def taken(message: Msg) -> None:
            try:
                take(message.data)
            except Exception:
                log.exception("message_failed", subject=subject)

        await self._subscribe(subject, taken)

    async def serve(self, subject: str, answer: Answer) -> None:
        async def on_request(message: Msg) -> None:
            if len(self._tasks) >= MAX_ANSWERING:
                self.dropped += 1  # the caller gets no answer and does not know whether the request arrived
                return
            self._spawn(self._answer(message, answer))

        await self._subscribe(subject, on_request)

    async def _subscribe(self, subject: str, taken: Callable[[Msg], Awaitable[None]]) -> None:
        from nats.errors import Error  # noqa: PLC0415  # an extra

        self._subscribed.append((subject, taken))
        with suppress(Error):  # the next client subscribes to it
            await self._listen(self._client, subject, taken)

    @staticmethod
    async def _listen(client: Client, subject: str, taken: Callable[[Msg], Awaitable[None]]) -> None:
        await client.subscribe(
            subject,
            cb=taken,
            pending_msgs_limit=MAX_WAITING_MESSAGES,
            pending_bytes_limit=MAX_WAITING_BYTES,
        )

    async def _answer(self, message: Msg, answer: Answer) -> None:
        try:
            found = await answer(message.data)
        except Exception:
            log.exception("request_failed", subject=message.subject)
            return
        if found is not None and message.reply:
            self.publish(message.reply, found)

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # The connection

    async def _failed(self, error: Exception) -> None:
        from nats.errors import SlowConsumerError  # noqa: PLC0415  # an extra

        if isinstance(error, SlowConsumerError):
            self.dropped += 1
            return
        self._why = str(error)
        if "permissions violation" in self._why.lower():
            log.error("nats_does_not_permit", reason=self._why)
        else:
            log.debug("nats", error=self._why)

    async def _disconnected(self) -> None:
        if self._is_started:  # the library gives neither a connection nor an error
            log.warning("nats_lost")

    async def _reconnected(self) -> None:
        log.info("nats_reconnected")

    async def _closed(self) -> None:
        if self._is_started:
            self._has_ended.set()
