"""The live socket over a real connection: sign-in, RFC 6455, limits, slow readers, and closing."""

from __future__ import annotations

import asyncio
import gc
import json
import zlib
from contextlib import AsyncExitStack
from typing import Any, cast

import pytest
from structlog.testing import capture_logs
from tests.integration.live_support import running_live
from websockets.exceptions import InvalidStatus
from websockets.http11 import Request
from websockets.server import ServerProtocol

from setpoint.core.hub import HubLimits
from setpoint.core.plant import demo_plant
from setpoint.server.live import LiveLimits, OriginPolicy, QuotaLimits
from setpoint.testing.patience import patient

MASK = b"\x01\x02\x03\x04"


def masked(first: int, payload: bytes) -> bytes:
    """Makes a client's frame, masked as the RFC requires."""
    body = bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload))
    length = len(payload)
    head = bytes((first, 0x80 | length)) if length < 126 else bytes((first, 0xFE)) + length.to_bytes(2, "big")
    return head + MASK + body


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Returns first byte and payload of the next frame from the server."""
    first, length = await reader.readexactly(2)
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2), "big")
    elif length == 127:
        length = int.from_bytes(await reader.readexactly(8), "big")
    return first, await reader.readexactly(length)


async def close_code(reader: asyncio.StreamReader) -> int:
    async with asyncio.timeout(patient(5)):
        while True:
            first, payload = await read_frame(reader)
            if first == 0x88:
                return int.from_bytes(payload[:2], "big")


async def until(condition: Any) -> None:
    async with asyncio.timeout(patient(10)):
        while not condition():  # noqa: ASYNC110  # what is awaited has no event
            await asyncio.sleep(0.01)


# Coming in


async def test_a_client_is_greeted_subscribes_and_receives_reports_of_machines() -> None:
    async with running_live() as running, running.client("/live?user=bert") as client:
        assert client.connection.subprotocol == "setpoint.v1"
        hello = await client.receive()
        assert (hello["type"], hello["user"]["name"]) == ("hello", "bert")
        await client.subscribe("line:01")
        running.report("m_401", status="EMERGENCY_STOP", cause="button 3")
        delta = await client.receive("delta")
        assert delta["machines"]["m_401"]["status"] == "EMERGENCY_STOP"


async def test_the_subprotocol_is_not_demanded_and_extensions_are_not_forced() -> None:
    async with running_live() as running, running.raw() as (reader, _writer, head):
        assert head.startswith(b"HTTP/1.1 101 ")
        assert b"sec-websocket-protocol" not in head.lower()
        assert b"sec-websocket-extensions" not in head.lower()
        first, payload = await read_frame(reader)
        assert first == 0x81
        assert json.loads(payload)["type"] == "hello"


@pytest.mark.rule("CODE-1")
@pytest.mark.parametrize("code", [4401, 4403])
async def test_a_refused_client_gets_a_close_code(code: int) -> None:
    async with running_live() as running, running.client(f"/live?refused={code}") as client:
        assert await client.closed() == (code, "not here")
        await until(lambda: running.live.counters.refused == 1)


async def test_a_token_in_the_first_frame_signs_in() -> None:
    async with running_live() as running, running.client("/live?needs=token") as client:
        await client.send(type="auth", token="secret")
        assert (await client.receive())["user"]["name"] == "anna"


@pytest.mark.rule("FLOW-2")
@pytest.mark.parametrize("path", ["/live?needs=token", "/live"])
async def test_what_a_client_sends_before_hello_is_answered_after_it_in_order(path: str) -> None:
    """Sends everything in one write, so that the server reads it together with the `auth` frame."""
    frames = [{"type": "subscribe", "id": at, "topic": f"line:{at}"} for at in (7, 8, 9)]
    if "token" in path:
        frames.insert(0, {"type": "auth", "token": "secret"})
    answers: list[tuple[str, int | None]] = []
    async with running_live() as running, running.raw(path) as (reader, writer, _):
        writer.write(b"".join(masked(0x81, json.dumps(frame).encode()) for frame in frames))
        async with asyncio.timeout(patient(10)):
            while len(answers) < 4:
                frame = json.loads((await read_frame(reader))[1])
                if frame["type"] != "ping":  # on a busy machine one may come in between
                    answers.append((frame["type"], frame.get("id")))
    assert answers == [("hello", None), ("error", 7), ("error", 8), ("error", 9)]


@pytest.mark.rule("FLOW-2")
async def test_no_more_than_64_kib_wait_for_hello() -> None:
    auth = masked(0x81, b'{"type": "auth", "token": "secret"}')
    long = masked(0x81, b'{"type": "pong", "ts": 1}' + b" " * 30_000)
    async with running_live() as running, running.raw("/live?needs=token") as (reader, _writer, _):
        [connection] = running.hub_sessions()
        connection.data_received(auth + 3 * long)  # in one read, however the network cuts it
        assert await close_code(reader) == 4400


@pytest.mark.rule("CODE-1")
@pytest.mark.parametrize(
    "frame", [{"type": "auth", "token": "wrong"}, {"type": "pong", "ts": 1}, {"type": "nonsense"}]
)
async def test_a_wrong_token_or_another_first_frame_is_not_signed_in(frame: dict[str, Any]) -> None:
    async with running_live() as running, running.client("/live?needs=token") as client:
        await client.send(**frame)
        assert (await client.closed())[0] == 4401


@pytest.mark.rule("CODE-1", "LINK-2")
@pytest.mark.parametrize(("is_page", "code"), [(True, 4401), (False, 4408)])
async def test_only_a_page_without_a_token_in_time_is_asked_to_sign_in(*, is_page: bool, code: int) -> None:
    """A bad network may have lost a program's frame. With 4401 it would never come back."""
    limits = LiveLimits(token_within_ms=50)
    async with running_live(limits=limits) as running:
        origin = f"http://127.0.0.1:{running.port}" if is_page else None
        async with running.client("/live?needs=token", origin=origin) as client:
            assert (await client.closed())[0] == code


async def test_pings_before_signing_in_do_not_keep_a_connection_open() -> None:
    async with running_live() as running, running.raw("/live?needs=token") as (reader, writer, _):
        writer.write(masked(0x89, b"") * 100)
        assert await close_code(reader) == 4400


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:{port}", 101),
        ("http://evil.example", 403),
        ("null", 403),
        ("https://board.example", 101),
    ],
)
async def test_pages_of_other_origins_cannot_connect(origin: str, status: int) -> None:
    policy = OriginPolicy(origins=frozenset({"https://board.example"}))
    async with (
        running_live(origins=policy) as running,
        running.raw(origin=origin.format(port=running.port)) as (_, _writer, head),
    ):
        assert head.startswith(f"HTTP/1.1 {status} ".encode())


async def test_a_request_under_a_foreign_name_is_refused() -> None:
    async with running_live(origins=OriginPolicy(hosts=frozenset({"plant.example"}))) as running:
        with pytest.raises(InvalidStatus, match="403"):
            async with running.client():
                raise AssertionError


async def test_a_server_without_room_for_another_connection_refuses_it() -> None:
    async with (
        running_live(limits=LiveLimits(quota=QuotaLimits(in_all=1), close_within_ms=500)) as running,
        running.client() as first,
    ):
        await first.receive("hello")
        with pytest.raises(InvalidStatus, match="503"):  # 403 would be final (LINK-2)
            async with running.client():
                raise AssertionError


async def test_repeated_refusals_do_not_fill_the_log() -> None:
    async with running_live() as running:
        with capture_logs() as logged:
            for _ in range(70):
                async with running.raw(origin="http://evil.example") as (_, _writer, head):
                    assert head.startswith(b"HTTP/1.1 403 ")
        assert running.live.counters.refused == 70
        assert [each["event"] for each in logged] == ["live connection refused"] * 60


async def test_connections_that_are_over_do_not_wait_for_the_garbage_collector() -> None:
    async with running_live() as running:
        async with running.client() as client:
            await client.receive("hello")
        gc.collect()
        before = _protocols()
        gc.disable()
        try:
            for number in range(6):
                async with running.client() as client:
                    await client.subscribe("line:01")
                    if number % 2:
                        client.connection.transport.abort()
            await until(lambda: _protocols() == before)
        finally:
            gc.enable()


def _protocols() -> int:
    return sum(issubclass(type(each), ServerProtocol) for each in gc.get_objects())


async def test_a_connection_keeps_no_headers_of_its_request() -> None:
    async with running_live() as running, running.raw(headers=f"X-Long: {'a' * 4_000}\r\n") as (reader, _, _):
        await read_frame(reader)
        requests = [each for each in gc.get_objects() if type(each) is Request]
        assert requests
        assert not [each for each in requests if "x-long" in each.headers]


# RFC 6455


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x81\x02hi", 1002),  # not masked
        (masked(0xC1, b"{}"), 1002),  # a reserved bit without the extension
        (masked(0x83, b"{}"), 1002),  # an unknown opcode
        (masked(0x09, b""), 1002),  # a fragmented ping
        (masked(0x89, b"x" * 126), 1002),  # a ping too long
        (masked(0x80, b"{}"), 1002),  # a continuation of nothing
        (masked(0x01, b"{") + masked(0x81, b"}"), 1002),  # a new message within a fragmented one
        (masked(0x81, b"\xff\xfe"), 1007),  # no UTF-8
        (masked(0x82, b"{}"), 1003),  # binary
        (masked(0x88, b"\x03"), 1002),  # a close code cut in half
    ],
)
async def test_a_violation_of_the_rfc_ends_the_connection_with_its_code(sent: bytes, code: int) -> None:
    async with running_live() as running, running.raw() as (reader, writer, _):
        writer.write(sent)
        assert await close_code(reader) == code


async def test_fragments_are_joined_and_pings_between_them_are_answered() -> None:
    async with running_live(ticks=False) as running, running.raw() as (reader, writer, _):
        await read_frame(reader)
        subscribe = b'{"type":"subscribe","id":7,"topic":"m:401"}'
        writer.write(masked(0x01, subscribe[:9]) + masked(0x89, b"there?") + masked(0x80, subscribe[9:]))
        answers = dict([await read_frame(reader) for _ in range(3)])
        assert answers[0x8A] == b"there?"
        assert json.loads(answers[0x81])["type"] == "snapshot"


async def test_a_frame_that_arrives_byte_by_byte_is_a_frame() -> None:
    async with running_live(ticks=False) as running, running.raw() as (reader, writer, _):
        await read_frame(reader)
        for byte in masked(0x89, b"slow"):
            writer.write(bytes((byte,)))
            await writer.drain()
        assert await read_frame(reader) == (0x8A, b"slow")


async def test_a_clients_close_is_answered_with_its_own_code_and_forgets_the_session() -> None:
    async with running_live() as running, running.raw() as (reader, writer, _):
        await read_frame(reader)
        writer.write(masked(0x88, (1001).to_bytes(2, "big")))
        assert await close_code(reader) == 1001
        assert await reader.read() == b""
        assert running.engine.sessions == 0


@pytest.mark.rule("FLOW-2", "CODE-1")
async def test_a_frame_over_64_kib_closes_with_1009_whole_or_in_fragments_and_the_client_learns_why() -> None:
    async with running_live() as running:
        async with running.client() as client:
            await client.connection.send("x" * 65_537)
            assert (await client.closed())[0] == 1009
        async with running.client() as client:
            await client.connection.send(["x" * 40_000, "x" * 40_000])
            assert (await client.closed())[0] == 1009
        async with running.client() as client:
            await client.connection.send("x" * 1_000_000)
            assert (await client.closed())[0] == 1009


@pytest.mark.rule("FLOW-2", "CODE-1")
async def test_too_many_pings_end_the_connection_as_a_flood() -> None:
    async with running_live() as running, running.raw() as (reader, writer, _):
        writer.write(masked(0x89, b"") * 2_200)
        assert await close_code(reader) == 4400


# Compression


async def test_compressed_and_plain_clients_receive_the_same_and_send_both_ways() -> None:
    async with (
        running_live(plant=demo_plant(machines=50)) as running,
        running.client() as squeezed,
        running.client(compresses=False) as plain,
    ):
        assert (await squeezed.subscribe("line:01"))["data"] == (await plain.subscribe("line:01"))["data"]
        running.report("m_101", status="FAULT")
        assert await squeezed.receive("delta") == await plain.receive("delta")


async def test_a_frame_is_compressed_on_its_own_so_that_it_can_be_shared() -> None:
    async with (
        running_live(plant=demo_plant(machines=50), ticks=False) as running,
        running.raw(
            headers="Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10\r\n"
        ) as (reader, writer, head),
    ):
        assert b"server_no_context_takeover" in head
        await read_frame(reader)
        writer.write(masked(0x81, b'{"type":"subscribe","id":7,"topic":"line:01"}'))
        assert (await read_frame(reader))[0] == 0x81, "a short frame stays as it is"
        first, payload = await read_frame(reader)
        assert first == 0xC1
        text = zlib.decompressobj(wbits=-10).decompress(payload + b"\x00\x00\xff\xff")
        assert len(json.loads(text)["data"]["machines"]) == 50
        assert len(payload) < len(text) / 5


# Slow readers


def stop_reading(writer: asyncio.StreamWriter) -> None:
    cast(asyncio.Transport, writer.transport).pause_reading()


def read_on(writer: asyncio.StreamWriter) -> None:
    cast(asyncio.Transport, writer.transport).resume_reading()


@pytest.mark.rule("FLOW-1", "CODE-1")
async def test_a_stalled_reader_is_bounded_and_closed_and_delays_nobody() -> None:
    hub_limits = HubLimits(max_over_ms=400, pong_within_ms=60_000)
    async with (
        running_live(plant=demo_plant(machines=50), hub_limits=hub_limits, ticks=False) as running,
        running.client() as other,
        running.raw("/live?user=stalled") as (_, writer, _),
    ):
        await other.subscribe("line:01")
        stop_reading(writer)
        writer.write(masked(0x81, b'{"type":"subscribe","id":1,"topic":"line:01"}'))
        await until(lambda: running.engine.sessions == 2)
        slow = next(each for each in running.hub_sessions() if each.person and each.person.name == "stalled")
        written = received = highest = 0
        while running.engine.sessions == 2:
            # A whole line trips and recovers: frames of some KB that leave at once.
            for status in ("FAULT", "RUNNING"):
                running.report_all(status=status)
                highest = max(highest, slow.buffered_bytes)
                written += 1
                received += (await other.receive("delta"))["seq"] == written
            running.live.tick()
        assert received == written
        assert 256 * 1024 < highest < 300 * 1024
        assert running.live.counters.closed == {4429: 1}
        await until(lambda: len(running.server.server_state.connections) == 1)


@pytest.mark.rule("FLOW-1")
async def test_a_slow_reader_that_catches_up_gets_one_fresh_snapshot_and_goes_on_without_a_gap() -> None:
    async with (
        running_live(plant=demo_plant(machines=50), ticks=False) as running,
        running.raw() as (reader, writer, _),
    ):
        writer.write(masked(0x81, b'{"type":"subscribe","id":1,"topic":"line:01"}'))
        for _ in range(3):
            await read_frame(reader)
        stop_reading(writer)
        while running.engine.counters.dropped == 0 and not running.is_anyone_over():
            running.report_all(status="FAULT")
            running.report_all(status="RUNNING")
            await asyncio.sleep(0)
        running.report_all(status="IDLE", speed=42)
        running.report_all(status="FAULT")
        read_on(writer)
        async with asyncio.timeout(patient(10)):
            kind, seq = "", 0
            while kind != "snapshot":
                frame = json.loads((await read_frame(reader))[1])
                kind = frame["type"]
                if kind == "delta":
                    assert frame["seq"] == seq + 1 or seq == 0
                    seq = frame["seq"]
        assert frame["seq"] > seq
        assert frame["data"]["machines"]["m_101"]["status"] == "FAULT"
        running.report_all(status="RUNNING")
        following = json.loads((await read_frame(reader))[1])
        assert (following["type"], following["seq"]) == ("delta", frame["seq"] + 1)


@pytest.mark.rule("FLOW-1")
@pytest.mark.parametrize("compresses", [True, False], ids=["compressed", "plain"])
async def test_a_client_that_reads_gets_all_snapshots_without_waiting_for_ticks(*, compresses: bool) -> None:
    plant = demo_plant(machines=3_000)
    async with (
        running_live(plant=plant, ticks=False) as running,
        running.client(compresses=compresses) as client,
    ):
        for line in plant.lines:
            await client.send(type="subscribe", id=1, topic=line.topic)
        topics = {(await client.receive("snapshot"))["topic"] for _ in plant.lines}
        assert topics == {line.topic for line in plant.lines}
        assert list(running.engine.awaiting_snapshot()) == []
        assert running.engine.counters.dropped == 0


@pytest.mark.rule("FLOW-1")
async def test_a_client_that_does_not_read_gets_no_more_snapshots_until_it_does() -> None:
    plant = demo_plant(machines=3_000)
    async with running_live(plant=plant, ticks=False) as running, running.raw() as (reader, writer, _):
        stop_reading(writer)
        for line in plant.lines:
            writer.write(masked(0x81, b'{"type":"subscribe","id":1,"topic":"%s"}' % line.topic.encode()))
        await until(
            lambda: (
                list(running.engine.awaiting_snapshot()) != []
                and running.hub_sessions()[0].backlog is not None
            )
        )
        slow = running.hub_sessions()[0]
        for _ in range(20):
            running.live.tick()
        assert slow.buffered_bytes < 512 * 1024
        read_on(writer)
        topics: set[str] = set()
        async with asyncio.timeout(patient(10)):
            while len(topics) < len(plant.lines):
                frame = json.loads((await read_frame(reader))[1])
                if frame["type"] == "snapshot":
                    topics.add(frame["topic"])


async def test_frames_of_one_tick_leave_in_one_write() -> None:
    async with running_live(ticks=False) as running, running.raw() as (reader, writer, _):
        for topic in (b"m:401", b"line:01", b"dashboard:global"):
            writer.write(masked(0x81, b'{"type":"subscribe","id":1,"topic":"%s"}' % topic))
        for _ in range(7):
            await read_frame(reader)
        running.report("m_401", status="EMERGENCY_STOP")
        async with asyncio.timeout(patient(5)):
            together = await reader.read(65_536)
        assert together.count(b'"status":"EMERGENCY_STOP"') == 3


# Ends


@pytest.mark.rule("CODE-1", "LINK-2")
async def test_a_stopping_server_gives_each_client_its_own_time_to_come_back() -> None:
    async with running_live(limits=LiveLimits(retry_spread_ms=10_000)) as running:
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(running.client()) for _ in range(10)]
            for client in clients:
                await client.receive("hello")
            running.live.shutdown()
            ends = [await client.closed() for client in clients]
        assert {code for code, _ in ends} == {1012}
        waits = sorted(json.loads(reason)["retryAfterMs"] for _, reason in ends)
        gaps = [later - sooner for sooner, later in zip([0, *waits], [*waits, 10_000], strict=True)]
        assert max(gaps) < 2_500, "the returns are spread evenly, however many clients there are"


async def test_the_connections_of_one_session_can_be_ended() -> None:
    async with running_live() as running, running.client() as anna, running.client("/live?user=bert") as bert:
        await bert.receive("hello")
        await anna.receive("hello")
        running.live.end("session:anna", 4403, "your rights have changed")
        assert (await anna.closed())[0] == 4403
        running.live.end("session:bert", 4401, "signed out")
        assert (await bert.closed())[0] == 4401


async def test_a_client_that_does_not_answer_the_close_is_cut_off() -> None:
    async with (
        running_live(limits=LiveLimits(close_within_ms=100)) as running,
        running.raw() as (reader, _writer, _),
    ):
        await read_frame(reader)
        running.live.end("session:anna", 4401, "signed out")
        assert await close_code(reader) == 4401
        await until(lambda: not running.server.server_state.connections)


@pytest.mark.rule("HB-1", "CODE-1")
async def test_a_client_that_never_pongs_is_closed_with_4408() -> None:
    limits = HubLimits(ping_every_ms=250, pong_within_ms=250)
    async with running_live(hub_limits=limits) as running, running.client() as client:
        await client.receive("ping")
        assert (await client.closed())[0] == 4408


async def test_a_connection_that_breaks_is_forgotten() -> None:
    async with running_live() as running, running.raw() as (reader, writer, _):
        await read_frame(reader)
        assert running.engine.sessions == 1
        writer.transport.abort()
        await until(lambda: running.engine.sessions == 0)
        await until(lambda: not running.server.server_state.connections)
