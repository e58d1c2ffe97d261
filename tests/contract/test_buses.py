"""The promises of every bus, for messages and requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.contract.certificates import certificates
from tests.contract.nats import Nats, running_nats

from setpoint.bus import nats as nats_module
from setpoint.bus.base import MAX_MESSAGE_BYTES, Bus
from setpoint.bus.memory import MemoryBus, MemoryNet
from setpoint.bus.nats import MAX_WAITING_MESSAGES, NatsBus
from setpoint.errors import BusError, ConfigError, NobodyThereError
from setpoint.testing.patience import patient

pytestmark = pytest.mark.xdist_group("nats")


@pytest.fixture(scope="module")
def nats() -> Iterator[Nats]:
    with running_nats() as found:
        yield found


@pytest.fixture(params=["memory", "nats"])
async def two(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Bus, Bus]]:
    if request.param == "memory":
        net = MemoryNet()
        buses: tuple[Bus, Bus] = MemoryBus(net), MemoryBus(net)
    else:
        url = request.getfixturevalue("nats").url
        buses = NatsBus(url, name="one"), NatsBus(url, name="two")
    for bus in buses:
        await bus.start()
    yield buses
    for bus in buses:
        await bus.stop()


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(patient(20)):
        while not is_so():  # noqa: ASYNC110  # a bus has no event for it
            await asyncio.sleep(0.01)


async def started(bus: Bus) -> None:
    """Starts a bus. On a busy computer a start may take longer than its limit of 2 s, so this tries again."""
    async with asyncio.timeout(patient(20)):
        while not bus.is_connected:
            with suppress(BusError):
                await bus.start()


async def subscribe(one: Bus, two: Bus, subject: str) -> list[bytes]:
    """Subscribes, and returns when the other end knows the subscription too."""
    messages: list[bytes] = []
    await two.subscribe(subject, messages.append)
    first = subject.replace(">", "first")
    while not messages:
        one.publish(first, b"first")
        await asyncio.sleep(0.01)
    one.publish(first, b"the last of the first")
    await until(lambda: messages[-1] == b"the last of the first")
    messages.clear()
    return messages


async def test_messages_of_a_subject_and_its_subtree_arrive_in_order(
    two: tuple[Bus, Bus],
) -> None:
    one, other = two
    messages = await subscribe(one, other, "a.d.>")
    for number in range(300):
        one.publish(f"a.d.{number % 3}", b"%d" % number)
        one.publish("a.e", b"elsewhere")
    await until(lambda: len(messages) == 300)
    assert messages == [b"%d" % number for number in range(300)]


async def test_a_request_is_answered_and_one_without_a_server_certainly_did_not_arrive(
    two: tuple[Bus, Bus],
) -> None:
    one, other = two

    async def answer(data: bytes) -> bytes | None:
        return data.upper() if data != b"silence" else None

    with pytest.raises(NobodyThereError):
        await one.request("a.ask", b"hello", within_s=patient(5))
    await other.serve("a.ask", answer)
    found = [b""]

    async def is_answered() -> bool:
        try:
            found[0] = await one.request("a.ask", b"hello", within_s=patient(5))
        except NobodyThereError:
            return False
        return True

    while not await is_answered():  # noqa: ASYNC110  # a bus has no event for it
        await asyncio.sleep(0.01)
    assert found == [b"HELLO"]
    with pytest.raises(BusError) as silent:
        await one.request("a.ask", b"silence", within_s=0.1)
    assert not isinstance(silent.value, NobodyThereError)


async def test_a_message_that_is_too_large_is_dropped_and_counted(nats: Nats) -> None:
    bus = NatsBus(nats.url, name="one")
    await bus.start()
    bus.publish("a.large", bytes(MAX_MESSAGE_BYTES + 1))
    assert bus.dropped == 1
    await bus.stop()


async def test_a_subscriber_that_is_too_slow_loses_messages_which_are_counted(nats: Nats) -> None:
    one, two = NatsBus(nats.url, name="one"), NatsBus(nats.url, name="two")
    await one.start()
    await two.start()
    messages = await subscribe(one, two, "a.slow")
    for _ in range(MAX_WAITING_MESSAGES * 3):
        one.publish("a.slow", bytes(2_000))
    await until(lambda: two.dropped > 0 or one.dropped > 0)
    assert len(messages) < MAX_WAITING_MESSAGES * 3
    await one.stop()
    await two.stop()


async def test_a_bus_goes_on_by_itself_when_the_server_comes_back_and_keeps_nothing_meanwhile() -> None:
    with running_nats() as nats:
        one, two = NatsBus(nats.url, name="one"), NatsBus(nats.url, name="two")
        await one.start()
        await two.start()
        messages = await subscribe(one, two, "a.d")
        nats.kill()
        await until(lambda: not one.is_connected and not two.is_connected)
        one.publish("a.d", b"lost")
        with pytest.raises(NobodyThereError):
            await one.request("a.ask", b"", within_s=1)
        nats.start()
        await until(lambda: one.is_connected and two.is_connected)

        def goes_on() -> bool:
            one.publish("a.d", b"back")
            return bool(messages)

        await until(goes_on)
        assert set(messages) == {b"back"}
        await one.stop()
        await two.stop()


async def test_a_bus_signs_in_with_the_credentials_of_its_address_and_is_refused_without_them() -> None:
    with running_nats("--user", "setpoint", "--pass", "secret") as nats:
        bus = NatsBus(nats.url.replace("nats://", "nats://setpoint:secret@"), name="one")
        await started(bus)
        assert bus.is_connected
        await bus.stop()
        for wrong in ("", "setpoint:guess@"):
            with pytest.raises(ConfigError, match=r"NATS refuses this server .*give a user and a password"):
                await started(NatsBus(nats.url.replace("nats://", f"nats://{wrong}"), name="one"))


class RejectingNats:
    """A NATS server that rejects its first client as one too many. ``received`` has the lines of each client."""

    INFO = b'INFO {"server_id":"x","version":"2.9.10","max_payload":1048576,"proto":1,"headers":true}\r\n'

    def __init__(self) -> None:
        self.received: list[list[bytes]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines: list[bytes] = []
        self.received.append(lines)
        is_first = len(self.received) == 1
        writer.write(self.INFO)
        with suppress(ConnectionError):
            while line := await reader.readline():
                lines.append(line)
                if line == b"PING\r\n":
                    writer.write(b"PONG\r\n")
                if is_first and line.startswith(b"SUB a.d"):
                    writer.write(b"-ERR 'Maximum Connections Exceeded'\r\n")
        writer.close()


async def test_a_bus_that_the_server_rejects_connects_again_and_keeps_its_subscriptions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nats_module, "OPEN_AGAIN_AFTER_S", 0.01)
    rejecting = RejectingNats()
    server = await asyncio.start_server(rejecting.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    bus = NatsBus(f"nats://127.0.0.1:{port}", name="one")
    await started(bus)
    await bus.subscribe("a.d", lambda _: None)
    await until(lambda: any(line.startswith(b"SUB a.d") for line in rejecting.received[-1]))
    await until(lambda: len(rejecting.received) > 1 and bus.is_connected)
    await until(lambda: any(line.startswith(b"SUB a.d") for line in rejecting.received[-1]))
    await bus.stop()
    server.close()
    await server.wait_closed()


async def test_a_bus_speaks_tls_to_a_server_that_it_can_trust_and_to_no_other(tmp_path: Path) -> None:
    certificates(tmp_path)
    files = ("--tlscert", str(tmp_path / "us.pem"), "--tlskey", str(tmp_path / "us.key"))
    with running_nats("--tls", *files, "--user", "setpoint", "--pass", "secret") as nats:
        url = nats.url.replace("nats://", "tls://setpoint:secret@")
        trusts = tmp_path / "ca.pem"
        bus = NatsBus(url, name="one", ca_file=trusts)
        await started(bus)
        assert bus.is_connected
        await bus.stop()
        with pytest.raises(BusError, match="NATS cannot be reached"):
            await NatsBus(url, name="trusts nobody").start()


def test_an_impossible_address_is_refused_with_what_is_expected(tmp_path: Path) -> None:
    for address in ("", "http://127.0.0.1:4222", "127.0.0.1:4222"):
        with pytest.raises(ConfigError, match="nats://host:4222"):
            NatsBus(address, name="one")
    with pytest.raises(ConfigError, match="there is no file"):
        NatsBus("nats://127.0.0.1:4222", name="one", credentials=tmp_path / "none.creds")


async def test_a_server_that_is_not_there_is_an_error_that_says_so() -> None:
    nats = Nats()
    bus = NatsBus(nats.url, name="one")
    with pytest.raises(BusError, match="NATS cannot be reached"):
        async with asyncio.timeout(patient(20)):
            await bus.start()


async def test_a_library_without_a_time_limit_blocks_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nats_module, "CONNECT_WITHIN_S", 0.01)
    monkeypatch.setattr(nats_module, "CLOSE_WITHIN_S", 0.01)
    cancelled: list[int] = []

    class Stubborn:
        is_connected = False

        async def connect(self, **_: object) -> None:
            """Behaves like nats-py if a cancellation arrives together with a time-out of its own."""
            while True:
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    cancelled.append(1)
                    if len(cancelled) > 2:
                        raise

        async def close(self) -> None:
            await asyncio.sleep(60)

    bus = NatsBus("nats://127.0.0.1:4222", name="one")
    monkeypatch.setattr(bus, "_make", Stubborn)
    async with asyncio.timeout(patient(20)):
        with pytest.raises(BusError, match="NATS cannot be reached: no answer within"):
            await bus.start()
