"""A proxy between a source and a real OPC UA server. It answers, changes, holds or drops messages as a test says.

So a test can make any server misbehave in any way that the protocol allows, and simulates only the misbehaviour. It
supports only channels without security.

``answers`` get each request, and may answer instead of the server. ``request_changes`` get each request and may change
it in place. ``response_changes`` do the same with each response. `spoil` damages the raw bytes of a response.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable
from typing import Any, Self

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import nodeid_from_binary, struct_from_binary, struct_to_binary

_HEADER = struct.Struct("<3scI")
_NUMBERS = struct.Struct("<IIII")
_SERVICES = (
    "CreateSession", "ActivateSession", "Read", "Write", "Browse", "BrowseNext", "CreateSubscription", "Call",
    "CreateMonitoredItems", "Publish", "Republish", "CloseSession",
)  # fmt: skip
_CLASSES: dict[int, type[Any]] = {
    getattr(ua.ObjectIds, f"{name}{what}_Encoding_DefaultBinary"): getattr(ua, f"{name}{what}")
    for name in _SERVICES
    for what in ("Request", "Response")
}

Answer = Callable[[Any], Any]
"""Gets a request. Returns a response to send instead of the server's, `DROP`, or None to pass the request on."""
DROP = object()


def fault(code: int) -> ua.ServiceFault:
    """Returns the answer of a server that refuses a whole call."""
    answer = ua.ServiceFault()
    answer.ResponseHeader.ServiceResult = ua.StatusCode(ua.UInt32(code))
    return answer


def grant(**parameters: float) -> Callable[[Any], None]:
    """Makes the server grant a subscription with these numbers."""

    def change(response: Any) -> None:
        if isinstance(response, ua.CreateSubscriptionResponse):
            for name, value in parameters.items():
                setattr(response.Parameters, name, value)

    return change


def replace_114(garbage: bytes) -> Callable[[str, bytes], bytes]:
    """Replaces the Double 114.0 with these bytes wherever the server publishes it."""
    marker = b"\x0b" + struct.pack("<d", 114.0)

    def spoil(kind: str, body: bytes) -> bytes:
        if kind != "PublishResponse" or marker not in body:
            return body
        grown = body.replace(marker, garbage)
        at = body.find((811).to_bytes(2, "little")) + 3
        more = (len(garbage) - len(marker)) * body.count(marker)
        length = int.from_bytes(body[at : at + 4], "little") + more
        return grown[:at] + length.to_bytes(4, "little") + grown[at + 4 :]

    return spoil


class OpcUaProxy:
    """The proxy, used as ``async with``. ``sessions`` counts the created sessions, ``connections`` the sockets."""

    def __init__(self, port: int) -> None:
        self.connections = 0
        self.sessions = 0
        self.answers: list[Answer] = []
        self.request_changes: list[Callable[[Any], None]] = []
        self.response_changes: list[Callable[[Any], None]] = []
        self.spoil: Callable[[str, bytes], bytes] = lambda _, body: body
        self.delay_s: Callable[[Any], float] = lambda _: 0.0
        self.repeats: Callable[[Any], bool] = lambda _: False
        """The kinds of responses that are sent twice."""
        self.is_refusing = False
        self.requests: list[Any] = []
        self._target = port
        self._server: asyncio.Server | None = None
        self._lines: set[_Line] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def endpoint(self) -> str:
        assert self._server is not None
        return f"opc.tcp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def requests_of(self, kind: type[Any]) -> list[Any]:
        """Returns the requests of one kind that came so far."""
        return [each for each in self.requests if isinstance(each, kind)]

    def cut(self) -> None:
        """Closes every socket."""
        for line in list(self._lines):
            line.close()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.is_refusing:
            writer.transport.abort()
            return
        server = await asyncio.open_connection("127.0.0.1", self._target)
        line = _Line(self, (reader, writer), server)
        self._lines.add(line)
        for work in (line.up(), line.down()):
            task = asyncio.create_task(self._until_closed(work, line))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _until_closed(self, work: Any, line: _Line) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await work
        line.close()
        self._lines.discard(line)


class _Line:
    """One connection: the client's side and the server's."""

    def __init__(self, proxy: OpcUaProxy, client: tuple[Any, Any], server: tuple[Any, Any]) -> None:
        self._proxy = proxy
        self._from_client, self._to_client = client
        self._from_server, self._to_server = server
        self._last = 0

    def close(self) -> None:
        for writer in (self._to_client, self._to_server):
            writer.transport.abort()

    async def up(self) -> None:
        kept_back = 0
        while True:
            head, kind, body = await _message(self._from_client)
            request, numbers = _parsed(kind, head, body)
            if kind == b"MSG" and kept_back:
                body = body[:8] + struct.pack("<I", _NUMBERS.unpack_from(body)[2] - kept_back) + body[12:]
            if request is None:
                self._to_server.write(head + body)
                continue
            before = struct_to_binary(request)
            for change in self._proxy.request_changes:
                change(request)
            if (after := struct_to_binary(request)) != before:
                body = body[:16] + after
                head = _HEADER.pack(kind, head[3:4], 8 + len(body))
            self._proxy.requests.append(request)
            self._proxy.sessions += isinstance(request, ua.CreateSessionRequest)
            answer = next(
                (
                    response
                    for answer_to in self._proxy.answers
                    if (response := answer_to(request)) is not None
                ),
                None,
            )
            if answer is None:
                self._to_server.write(head + body)
                continue
            kept_back += 1
            if answer is DROP:
                continue
            answer.ResponseHeader.RequestHandle = request.RequestHeader.RequestHandle
            self._last += 1
            self._send((numbers[0], numbers[1], self._last, numbers[3]), struct_to_binary(answer))

    async def down(self) -> None:
        is_whole = True
        while True:
            head, kind, body = await _message(self._from_server)
            if kind != b"MSG":
                if kind == b"OPN":
                    self._last = _number_of_opening(body)
                self._to_client.write(head + body)
                continue
            numbers = _NUMBERS.unpack_from(body)
            response = _parsed(kind, head, body)[0] if is_whole else None
            is_whole = head[3:4] == b"F"
            content = body[16:]
            if response is not None:
                before = struct_to_binary(response)
                for change in self._proxy.response_changes:
                    change(response)
                after = struct_to_binary(response)
                content = content if before == after else after
                content = self._proxy.spoil(type(response).__name__, content)
                if (delay_s := self._proxy.delay_s(response)) > 0:
                    await asyncio.sleep(delay_s)
            for _ in range(2 if response is not None and self._proxy.repeats(response) else 1):
                self._last += 1
                self._send((numbers[0], numbers[1], self._last, numbers[3]), content, head[3:4])

    def _send(self, numbers: tuple[int, ...], content: bytes, chunk: bytes = b"F") -> None:
        body = _NUMBERS.pack(*numbers) + content
        self._to_client.write(_HEADER.pack(b"MSG", chunk, 8 + len(body)) + body)


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes, bytes]:
    head = await reader.readexactly(8)
    kind, _, size = _HEADER.unpack(head)
    return head, kind, await reader.readexactly(size - 8)


def _number_of_opening(body: bytes) -> int:
    """Returns the number of the message that opens a channel. It follows the channel's id and three texts."""
    at = 4
    for _ in range(3):
        at += 4 + max(struct.unpack_from("<i", body, at)[0], 0)
    return int(struct.unpack_from("<I", body, at)[0])


def _parsed(kind: bytes, head: bytes, body: bytes) -> tuple[Any, tuple[int, ...]]:
    """Returns the request or response, if it is of a known type, and the numbers before it."""
    if kind != b"MSG" or head[3:4] != b"F":
        return None, ()
    node = nodeid_from_binary(Buffer(body, 16))
    number = node.Identifier
    message_class = _CLASSES.get(number) if node.NamespaceIndex == 0 and isinstance(number, int) else None
    return (
        struct_from_binary(message_class, Buffer(body, 16)) if message_class else None
    ), _NUMBERS.unpack_from(body)
