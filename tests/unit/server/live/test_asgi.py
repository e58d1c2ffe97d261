"""A session over an ASGI server's WebSocket. The server notices a client that does not read, as below ASGI (FLOW-1)."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import MagicMock

import pytest

from setpoint.core.hub import HubLimits
from setpoint.core.plant import Person
from setpoint.server.live import LiveLimits, LiveRequest
from setpoint.server.live.asgi import AsgiSession
from setpoint.server.live.frames import payload, text_frame

SCOPE = {"type": "websocket", "headers": [], "client": ("127.0.0.1", 1), "subprotocols": ["setpoint.v1"]}


class Wire:
    """The ASGI server's side: the sent messages, and a gate that a client opens by reading."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.may_send = asyncio.Event()
        self.may_send.set()
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.incoming.put_nowait({"type": "websocket.connect"})
        self.closed = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        return await self.incoming.get()

    async def send(self, message: Any) -> None:
        await self.may_send.wait()
        self.sent.append(message)
        if message["type"] == "websocket.close":
            self.closed.set()


@pytest.fixture
def live() -> MagicMock:
    live = MagicMock(limits=LiveLimits(), hub_limits=HubLimits())
    live.origins.refuse.return_value = None
    live.quota.arrive.return_value = None
    live.address_of.return_value = "127.0.0.1"
    live.is_open = asyncio.Event()
    live.flow = asyncio.Event()

    async def identify(_: LiveRequest) -> Person:
        return Person("anna", {})

    live.identify = identify
    live.opened.side_effect = lambda *_: live.is_open.set()
    live.flow_changed.side_effect = lambda *_: live.flow.set()
    return live


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_a_frame_gives_back_what_was_put_into_it(size: int) -> None:
    assert payload(text_frame(b"x" * size)) == b"x" * size


@pytest.mark.rule("FLOW-1")
async def test_a_client_that_does_not_read_is_over_its_limit_until_it_has_read(live: MagicMock) -> None:
    wire = Wire()
    session = AsgiSession(live, SCOPE, wire.receive, wire.send)
    running = asyncio.create_task(session.run())
    await live.is_open.wait()
    wire.may_send.clear()
    frame = text_frame(b"x" * 60_000)
    for _ in range(3):
        session.write(frame)
    assert not live.flow_changed.called
    session.write_all([frame, frame])
    assert session.buffered_bytes == 5 * len(frame)
    assert live.flow_changed.call_count == 1
    live.flow.clear()
    wire.may_send.set()
    await live.flow.wait()
    assert live.flow_changed.call_count == 2
    session.end(4429, "too slow")
    await running
    assert (wire.sent[-1]["type"], wire.sent[-1]["code"]) == ("websocket.close", 4429)
    live.lost.assert_called_once()


@pytest.mark.rule("FLOW-1")
async def test_a_long_backlog_is_given_up_when_the_connection_ends(live: MagicMock) -> None:
    wire = Wire()
    session = AsgiSession(live, SCOPE, wire.receive, wire.send)
    running = asyncio.create_task(session.run())
    await live.is_open.wait()
    wire.may_send.clear()
    for _ in range(10):
        session.write(text_frame(b"x" * 60_000))
    session.end(4429, "too slow")
    wire.may_send.set()
    await running
    assert sum(message["type"] == "websocket.send" for message in wire.sent) <= 1


@pytest.mark.rule("LINK-2")
@pytest.mark.parametrize("has_refusals", [True, False])
async def test_one_connection_too_many_is_refused_in_a_way_that_is_not_final(
    live: MagicMock, *, has_refusals: bool
) -> None:
    live.quota.arrive.return_value = "there are too many"
    wire = Wire()
    extensions: dict[str, object] = {"websocket.http.response": {}} if has_refusals else {}
    await AsgiSession(live, {**SCOPE, "extensions": extensions}, wire.receive, wire.send).run()
    if has_refusals:
        assert wire.sent[0]["status"] == 503
    else:
        assert [message["type"] for message in wire.sent] == ["websocket.accept", "websocket.close"]
        assert wire.sent[1]["code"] == 4429


async def test_binary_frames_end_the_connection(live: MagicMock) -> None:
    wire = Wire()
    session = AsgiSession(live, SCOPE, wire.receive, wire.send)
    running = asyncio.create_task(session.run())
    await live.is_open.wait()
    wire.incoming.put_nowait({"type": "websocket.receive", "bytes": b"x"})
    await running
    assert wire.sent[-1]["code"] == 1003
