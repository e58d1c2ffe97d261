"""The sending half of a live connection: frames go straight to the kernel, or wait in a backlog while it is full."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from typing import cast

from setpoint.server.live.base import Live

SEND_BUFFER_BYTES = 16 * 1024
"""The size of the kernel's buffer; the kernel doubles it.

With the usual megabytes, a client that stopped reading would go unnoticed.
"""

MAX_WRITE_BYTES = 32 * 1024
"""The most bytes that are written in one system call."""


class FlowControl(asyncio.Protocol):
    """Base of `LiveConnection`, which implements `is_open` and `_flow_changed`.

    ``_descriptor`` is the socket's, if bytes may be written to it directly: not under TLS, nor on Windows. ``_direct``
    is the same while the transport has nothing to write, otherwise None, so that a write of the hot path asks the
    transport nothing.

    ``backlog`` is None while the kernel takes everything. Otherwise frames wait in it, as references to bytes that all
    waiting clients share. In the transport, each would be a separate object, and a client that does not read would cost
    twice its limit.
    """

    __slots__ = ("_backlog_bytes", "_descriptor", "_direct", "_live", "backlog", "is_over", "transport")

    transport: asyncio.Transport

    def __init__(self, live: Live) -> None:
        self._live = live
        self._backlog_bytes = 0
        self._descriptor: int | None = None
        self._direct: int | None = None
        self.backlog: list[bytes] | None = None
        self.is_over = False

    @property
    def is_open(self) -> bool:
        raise NotImplementedError

    def _flow_changed(self) -> None:
        """The amount that the client has not taken passed a limit, upwards or downwards."""
        raise NotImplementedError

    @property
    def is_waiting(self) -> bool:
        return self.backlog is not None

    @property
    def buffered_bytes(self) -> int:
        """The bytes that the client has not taken yet, beyond the kernel's buffers (FLOW-1)."""
        return self._backlog_bytes + self.transport.get_write_buffer_size()

    # Called by the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit from it
        connected: socket.socket | None = self.transport.get_extra_info("socket")
        if connected is not None:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            if self.transport.get_extra_info("sslcontext") is None and sys.platform != "win32":
                self._descriptor = connected.fileno()
        self.transport.set_write_buffer_limits(high=0)

    def pause_writing(self) -> None:
        self._direct = None
        if self.backlog is None:
            self.backlog = []

    def resume_writing(self) -> None:
        waiting, self.backlog, self._backlog_bytes = self.backlog or [], None, 0
        if not self.is_open:
            return
        at = 0
        while at < len(waiting) and self.backlog is None:
            start, size = at, 0
            while at < len(waiting) and size < MAX_WRITE_BYTES:
                size += len(waiting[at])
                at += 1
            self._write_by_transport(b"".join(waiting[start:at]))
        for frame in waiting[at:]:
            self._wait(frame)
        if self.is_over and self.buffered_bytes <= self._live.hub_limits.drained_bytes:
            self.is_over = False
            self._flow_changed()
        if self.backlog is None:
            self._live.drained()

    # Called by the live server

    def write(self, data: bytes) -> None:
        """Writes one frame or several now, or when the client has read what is before them.

        Now means directly to the kernel, past the transport, which would first make a record of every write: a tenth of
        the cost of delivering a frame. The transport handles what the kernel does not take, and every error.
        """
        if self._direct is None:
            self._write_or_wait(data)
            return
        try:
            taken = os.write(self._direct, data)
        except OSError:
            taken = 0
        if taken < len(data):
            self._write_by_transport(data[taken:])

    def _write_or_wait(self, data: bytes) -> None:
        transport = self.transport
        if self.backlog is not None:
            self._wait(data)
        elif self._descriptor is None or transport.get_write_buffer_size() or transport.is_closing():
            transport.write(data)
        else:
            self._direct = self._descriptor
            self.write(data)

    def _write_by_transport(self, data: bytes) -> None:
        """Keeps the order: later frames wait until the transport has written it."""
        self._direct = None
        self.transport.write(data)

    def _stop_writing_directly(self) -> None:
        """The connection ends, and its descriptor will soon belong to another one."""
        self._descriptor = self._direct = None

    def write_all(self, frames: list[bytes]) -> None:
        """Writes all frames of one tick, in one system call if they are few."""
        together = frames[0] if len(frames) == 1 else b"".join(frames)
        if self.backlog is None and len(together) <= MAX_WRITE_BYTES:
            self.write(together)
        else:
            for frame in frames:
                self.write(frame)

    def _wait(self, frame: bytes) -> None:
        assert self.backlog is not None
        self.backlog.append(frame)
        self._backlog_bytes += len(frame)
        if not self.is_over and self.buffered_bytes > self._live.hub_limits.max_buffer_bytes:
            self.is_over = True
            self._flow_changed()

    def _write_rest(self) -> None:
        """Writes the backlog before the end. A long one is dropped: a client that has not read it so far will not do so
        now.
        """
        if self.backlog and self._backlog_bytes <= MAX_WRITE_BYTES:
            self._write_by_transport(b"".join(self.backlog))
