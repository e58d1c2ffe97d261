"""Delivery of messages to a receiver that gives the answers that a test wants, and checks each message."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from setpoint.contract.http.deliveries import DeliveryState, DeliveryView
from setpoint.contract.http.machines import Event, EventKind
from setpoint.core.events import EventChanges
from setpoint.core.notify import Delivered, Outgoing, Subscription, Tried
from setpoint.errors import StorageError
from setpoint.notify.base import Channel
from setpoint.notify.email import email_sender
from setpoint.notify.notifier import Notifier
from setpoint.notify.settings import EmailSettings, Tls
from setpoint.notify.webhook import Webhook
from setpoint.persistence.deliveries import SqlDeliveries
from setpoint.persistence.sql import SqlPersistence
from setpoint.runtime.notifying import Notifications
from setpoint.testing.patience import patient

KEY = b"k" * 32
HERE = [ipaddress.ip_network("127.0.0.0/8")]
EVENT = Event(EventKind.ASSERTED, "m_401", 5.0, "01", status="FAULT", cause="belt")
BODY = json.dumps(
    {
        "type": "setpoint.asserted",
        "timestamp": "…",
        "data": {
            "kind": "asserted",
            "machine": "m_401",
            "at": 5.0,
            "line": "01",
            "status": "FAULT",
            "cause": "belt",
        },
    }
)
MESSAGE = Outgoing(1, "msg_1", BODY, 0)


class Receiver:
    """Answers each request with the next of ``answers``, and repeats the last one."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers) or ["204 No Content"]
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.port = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): text for name, _, text in (line.partition(": ") for line in head[1:] if line)
        }
        self.requests.append((headers, await reader.readexactly(int(headers["content-length"]))))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Receiver]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    def webhook(self, host: str = "127.0.0.1", path: str = "/hook") -> Webhook:
        async def lookup(_host: str, _port: int) -> list[str]:
            return ["127.0.0.1"]

        return Webhook(f"http://{host}:{self.port}{path}", [KEY], HERE, lookup=lookup)


async def test_a_receiver_can_verify_what_it_gets() -> None:
    async with Receiver().listening() as receiver:
        assert await receiver.webhook("mes.example").send(MESSAGE, 1_700_000_000.9) == Delivered("HTTP 204")
    [(headers, body)] = receiver.requests
    signed = b"msg_1.1700000000." + body
    signature = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{signature}"
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_1", "1700000000")
    assert headers["host"] == f"mes.example:{receiver.port}"
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["data"]["cause"] == "belt"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("200 OK", Delivered("HTTP 200")),
        ("500 Oops", Tried("HTTP 500")),
        ("410 Gone", Tried("HTTP 410: the receiver is gone", is_final=True)),
        ("429 Slow\r\nRetry-After: 120", Tried("HTTP 429", retry_after_s=120.0)),
        ("503 No\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT", Tried("HTTP 503")),
    ],
)
async def test_an_answer_says_whether_it_was_delivered_and_when_to_come_again(
    answer: str, expected: Delivered | Tried
) -> None:
    async with Receiver(answer).listening() as receiver:
        assert await receiver.webhook().send(MESSAGE, 1.0) == expected


async def test_a_redirect_is_not_followed() -> None:
    async with Receiver().listening() as inside:
        moved = f"302 Found\r\nLocation: http://127.0.0.1:{inside.port}/secret"
        async with Receiver(moved).listening() as receiver:
            assert await receiver.webhook().send(MESSAGE, 1.0) == Tried(
                "HTTP 302: redirects are not followed"
            )
        assert inside.requests == []


async def test_a_host_name_with_an_internal_address_gets_no_request() -> None:
    async with Receiver().listening() as receiver:
        result = await Webhook(f"http://localhost:{receiver.port}/", [KEY]).send(MESSAGE, 1.0)
    assert isinstance(result, Tried)
    assert "may not be reached" in result.detail
    assert receiver.requests == []


async def test_a_missing_receiver_is_reported() -> None:
    result = await Webhook("http://127.0.0.1:1/", [KEY], HERE).send(MESSAGE, 1.0)
    assert result == Tried("http://127.0.0.1:1 did not answer (ConnectError)")


@asynccontextmanager
async def outbox(folder: Path) -> AsyncIterator[tuple[SqlPersistence, SqlDeliveries]]:
    store = SqlPersistence(f"sqlite:///{folder / 'setpoint.sqlite'}", timeout_s=20)
    await store.start()
    try:
        yield store, SqlDeliveries(store.database, lambda: "msg_1")
    finally:
        await store.close()


async def page(deliveries: SqlDeliveries) -> list[DeliveryView]:
    return (await deliveries.page(channel=None, state=None, before=None, limit=9)).items


async def test_a_failed_message_is_tried_again_under_the_same_id_until_it_is_delivered(
    tmp_path: Path,
) -> None:
    now = 1_000.0
    async with (
        outbox(tmp_path) as (store, deliveries),
        Receiver("500 Oops", "204 No Content").listening() as receiver,
    ):
        channel = Channel("mes", Subscription(), receiver.webhook())
        notifier = Notifier([channel], deliveries, unix_ts=lambda: now, jitter=lambda: 0.0)
        await notifier.step(channel)
        await store.store_events(EventChanges((EVENT,)))
        await notifier.step(channel)
        [waiting] = await page(deliveries)
        assert (waiting.state, waiting.said, waiting.next_at) == (DeliveryState.WAITING, "HTTP 500", 1_005.0)
        now = 1_005.0
        await notifier.step(channel)
        [delivered] = await page(deliveries)
        assert (delivered.state, delivered.attempts, delivered.said) == (
            DeliveryState.DELIVERED,
            2,
            "HTTP 204",
        )
    assert [headers["webhook-id"] for headers, _ in receiver.requests] == ["msg_1", "msg_1"]


async def test_a_message_whose_result_cannot_be_stored_is_not_sent_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail_to_store(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    async with (
        outbox(tmp_path) as (store, deliveries),
        Receiver("204 No Content", "204 No Content").listening() as receiver,
    ):
        channel = Channel("mes", Subscription(), receiver.webhook())
        notifier = Notifier([channel], deliveries, unix_ts=lambda: 1_000.0)
        await notifier.step(channel)
        await store.store_events(EventChanges((EVENT,)))
        monkeypatch.setattr(deliveries, "note", fail_to_store)
        for _ in range(3):
            with pytest.raises(StorageError):
                await notifier.step(channel)
        monkeypatch.undo()
        await notifier.step(channel)
        [delivered] = await page(deliveries)
        assert (delivered.state, delivered.attempts) == (DeliveryState.DELIVERED, 1)
    assert len(receiver.requests) == 1


async def test_a_clock_that_was_set_back_puts_no_message_off(tmp_path: Path) -> None:
    now = 4_000_000_000.0
    async with (
        outbox(tmp_path) as (store, deliveries),
        Receiver("500 Oops", "204 No Content").listening() as receiver,
    ):
        channel = Channel("mes", Subscription(), receiver.webhook())
        notifier = Notifier([channel], deliveries, unix_ts=lambda: now)
        await notifier.step(channel)
        await store.store_events(EventChanges((EVENT,)))
        await notifier.step(channel)
        now = 1_000.0
        await notifier.step(channel)
        [delivered] = await page(deliveries)
        assert delivered.state == DeliveryState.DELIVERED
    assert len(receiver.requests) == 2


async def test_the_last_attempt_is_the_last(tmp_path: Path) -> None:
    now = 0.0
    async with outbox(tmp_path) as (store, deliveries), Receiver("500 Oops").listening() as receiver:
        channel = Channel("mes", Subscription(), receiver.webhook())
        notifier = Notifier([channel], deliveries, unix_ts=lambda: now, jitter=lambda: 0.0)
        await notifier.step(channel)
        await store.store_events(EventChanges((EVENT,)))
        for _ in range(12):
            await notifier.step(channel)
            now += 86_400.0
        [given_up] = await page(deliveries)
        assert (given_up.state, given_up.attempts, given_up.next_at) == (DeliveryState.FAILED, 10, None)
    assert len(receiver.requests) == 10


class SmtpServer:
    """An SMTP server that accepts one message."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.letter = ""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := (await reader.readline()).decode().strip():
            match line.split()[0].upper():
                case "EHLO":
                    writer.write(b"250 here\r\n")
                case "RCPT" if self.refusal:
                    writer.write(f"{self.refusal}\r\n".encode())
                case "DATA":
                    writer.write(b"354 go on\r\n")
                    self.letter = (await reader.readuntil(b"\r\n.\r\n")).decode()
                    writer.write(b"250 taken\r\n")
                case "QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                case _:
                    writer.write(b"250 ok\r\n")
        writer.close()

    async def receive_message(self, language: str = "en") -> Delivered | Tried:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            settings = EmailSettings(
                server=f"127.0.0.1:{server.sockets[0].getsockname()[1]}",
                sender="setpoint@plant.example",
                to=("lead@plant.example",),
                tls=Tls.NONE,
                language=language,
            )
            return await email_sender(settings, "here").send(MESSAGE, 5.0)


async def test_a_person_reads_what_happened_in_an_email() -> None:
    smtp_server = SmtpServer()
    assert await smtp_server.receive_message() == Delivered("accepted")
    assert "Subject: Setpoint: m:401 stop raised" in smtp_server.letter
    assert "To: lead@plant.example" in smtp_server.letter
    assert "FAULT, belt" in smtp_server.letter


async def test_an_email_that_is_refused_for_good_is_not_sent_again() -> None:
    result = await SmtpServer("550 nobody").receive_message()
    assert isinstance(result, Tried)
    assert result.is_final
    assert result.detail == "lead@plant.example: SMTP 550 nobody"
    assert await SmtpServer("451 later").receive_message() == Tried("lead@plant.example: SMTP 451 later")


async def test_a_server_delivers_what_happens_to_the_channels_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "notify.toml"
    async with outbox(tmp_path) as (store, deliveries), Receiver().listening() as receiver:
        secret = "whsec_" + base64.b64encode(KEY).decode()
        file.write_text(
            f'[webhook.mes]\nurl = "http://127.0.0.1:{receiver.port}/"\nsecret = "{secret}"\nallow = ["127.0.0.0/8"]\n'
        )
        file.chmod(0o600)
        notifications = Notifications(file, store.database)
        assert notifications.targets == {"mes": f"http://127.0.0.1:{receiver.port}"}
        running = asyncio.create_task(notifications.run())
        try:
            async with asyncio.timeout(patient(10)):
                while not (messages := await page(deliveries)):
                    await store.store_events(EventChanges((EVENT,)))
                    await asyncio.sleep(0.2)
                while messages[-1].state is not DeliveryState.DELIVERED:
                    await asyncio.sleep(0.05)
                    messages = await page(deliveries)
        finally:
            running.cancel()
    assert receiver.requests


async def test_a_server_without_the_file_sends_nothing(tmp_path: Path) -> None:
    async with outbox(tmp_path) as (store, deliveries):
        await store.store_events(EventChanges((EVENT,)))
        notifications = Notifications(tmp_path / "notify.toml", store.database)
        assert notifications.targets == {}
        async with asyncio.timeout(patient(10)):
            await notifications.run()
        assert await page(deliveries) == []
