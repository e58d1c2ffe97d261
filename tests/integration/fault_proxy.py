"""A proxy on loopback that simulates a bad network. Settings apply at once, in both directions.

    async with FaultProxy(server.port) as proxy:
        proxy.latency_ms, proxy.jitter_ms = 200, 100
        proxy.cut()

latency, jitter   each chunk arrives that much later, in order
bytes_per_s       the rate of each connection and direction
is_frozen         half-open: the proxy drops everything and closes nothing
is_deaf_down      the proxy does not read from the server, whose buffers fill up
is_refusing       the proxy resets new connections
cut()             resets every connection now
cut_after_bytes   resets, once, the next connection that has sent this many bytes to the server
passing           gets each chunk and whether it goes to the server, and returns what to pass on instead

It is also a program: ``python -m tests.integration.fault_proxy LISTEN:PORT TARGET:PORT``.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from setpoint.testing.patience import patient

PIECE_BYTES = 4_096
MAX_WAITING = 64
"""The number of chunks that one direction holds. More wait in the sender, as in a network with its own buffers."""
_RESET = struct.pack("ii", 1, 0)


class FaultProxy:
    """The proxy. It listens at ``address``. Its ``port`` is known inside the ``async with`` block."""

    def __init__(
        self,
        target_port: int,
        *,
        target: str = "127.0.0.1",
        address: str = "127.0.0.1",
        port: int = 0,
        seed: int = 1,
    ) -> None:
        self.target, self.target_port = target, target_port
        self.address, self.port = address, port
        self.latency_ms = 0.0
        self.jitter_ms = 0.0
        self.bytes_per_s: float | None = None
        self.is_frozen = False
        self.is_deaf_down = False
        self.is_refusing = False
        self.cut_after_bytes: int | None = None
        self.passing: Callable[[bytes, bool], bytes] = lambda piece, _: piece
        self.connections = 0
        self.cuts = 0
        self._random = random.Random(seed)
        self._pairs: dict[asyncio.Task[None], tuple[asyncio.StreamWriter, ...]] = {}
        self._listening: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> FaultProxy:
        self._listening = await asyncio.start_server(self._accept, self.address, self.port, limit=PIECE_BYTES)
        self.port = self._listening.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._listening is not None
        self._listening.close()
        tasks = list(self._pairs)
        self.cut()
        if tasks:
            await asyncio.wait(tasks, timeout=patient(5))

    def cut(self, share: float = 1.0) -> int:
        """Resets each connection with the probability ``share``. Returns how many."""
        chosen = [task for task in self._pairs if share >= 1 or self._random.random() < share]
        for task in chosen:
            self._reset(*self._pairs[task])
            task.cancel()
        self.cuts += len(chosen)
        return len(chosen)

    def mend(self) -> None:
        """Restores a good network, for open and for new connections."""
        self.latency_ms = self.jitter_ms = 0.0
        self.bytes_per_s = self.cut_after_bytes = None
        self.is_frozen = self.is_deaf_down = self.is_refusing = False

    def _reset(self, *writers: asyncio.StreamWriter) -> None:
        for writer in writers:
            opened = writer.get_extra_info("socket")
            with suppress(OSError):
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if self.is_refusing:
            self._reset(writer)
            return
        self.connections += 1
        self._pairs[task] = (writer,)
        try:
            up_reader, up_writer = await asyncio.open_connection(
                self.target, self.target_port, limit=PIECE_BYTES
            )
            self._pairs[task] = (writer, up_writer)
            async with asyncio.TaskGroup() as directions:
                directions.create_task(self._carry(reader, up_writer, is_up=True))
                directions.create_task(self._carry(up_reader, writer, is_up=False))
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass  # connections end all the time here
        finally:
            self._reset(*self._pairs.pop(task))

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_up: bool
    ) -> None:
        """Forwards one direction to its end. Then the other direction ends too."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(MAX_WAITING)
        delivering = asyncio.create_task(self._deliver(waiting, writer))
        carried, due = 0, 0.0
        try:
            while piece := await reader.read(PIECE_BYTES):
                while self.is_deaf_down and not is_up:  # noqa: ASYNC110  # a test's flag has no event
                    await asyncio.sleep(0.02)
                if self.is_frozen:
                    continue
                carried += len(piece)
                if is_up and self.cut_after_bytes is not None and carried >= self.cut_after_bytes:
                    spare = carried - self.cut_after_bytes
                    self.cut_after_bytes = None
                    self.cuts += 1
                    writer.write(piece[: len(piece) - spare])
                    await writer.drain()
                    raise ConnectionResetError
                piece = self.passing(piece, is_up)
                due = max(due, loop.time() + self._delay_s())
                await waiting.put((due, piece))
            await waiting.join()
            raise ConnectionResetError  # ends the other direction
        finally:
            delivering.cancel()

    def _delay_s(self) -> float:
        return max(0.0, self.latency_ms + self._random.uniform(-self.jitter_ms, self.jitter_ms)) / 1000

    async def _deliver(
        self, waiting: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, piece = await waiting.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            with suppress(OSError):
                await self._write(piece, writer)
            waiting.task_done()

    async def _write(self, piece: bytes, writer: asyncio.StreamWriter) -> None:
        while self.bytes_per_s and piece:
            part, piece = piece[:256], piece[256:]
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(len(part) / self.bytes_per_s)
        writer.write(piece)
        await writer.drain()


async def _forward(listen: str, target: str) -> None:
    address, _, port = listen.rpartition(":")
    host, _, target_port = target.rpartition(":")
    async with FaultProxy(int(target_port), target=host, address=address, port=int(port)):
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_forward(*sys.argv[1:3]))
