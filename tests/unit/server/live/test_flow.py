"""Frames reach the kernel in order on either path, and never go to another connection's descriptor."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from typing import Any, cast

import pytest

from setpoint.server.live.base import Live
from setpoint.server.live.connection import LiveConnection


class Transport:
    """A transport that keeps written data until `drain`, like one that the loop has not served yet."""

    def __init__(self, connected: socket.socket) -> None:
        self.connected = connected
        self.waiting = b""

    def get_extra_info(self, name: str) -> Any:
        return self.connected if name == "socket" else None

    def set_write_buffer_limits(self, high: int) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return len(self.waiting)

    def is_closing(self) -> bool:
        return self.connected.fileno() == -1

    def write(self, data: bytes) -> None:
        self.waiting += data

    def drain(self) -> None:
        self.connected.sendall(self.waiting)
        self.waiting = b""


class NoLiveServer:
    """The live server of a connection without a session."""

    class limits:  # noqa: N801  # an attribute of the interface
        compresses = False

    def lost(self, connection: LiveConnection) -> None:
        pass


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    found = asyncio.new_event_loop()
    yield found
    found.close()


def test_a_frame_waits_behind_what_the_transport_still_has(loop: asyncio.AbstractEventLoop) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        transport, connection = Transport(ours), LiveConnection(cast(Live, NoLiveServer()), set(), loop)
        connection.connection_made(cast(asyncio.Transport, transport))
        connection.write(b"1")
        assert theirs.recv(16) == b"1"
        connection._write_by_transport(b"2")
        connection.write(b"3")
        transport.drain()
        connection.write(b"4")
        assert not transport.waiting
        assert theirs.recv(16) == b"234"


def test_a_frame_that_the_kernel_takes_in_part_is_finished_before_the_next_one(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        transport, connection = Transport(ours), LiveConnection(cast(Live, NoLiveServer()), set(), loop)
        connection.connection_made(cast(asyncio.Transport, transport))
        connection.write(b"1")
        kernel = os.write
        monkeypatch.setattr(os, "write", lambda descriptor, data: kernel(descriptor, data[:1]))
        connection.write(b"23")
        monkeypatch.undo()
        connection.write(b"4")
        transport.drain()
        assert theirs.recv(16) == b"1234"


def test_after_the_end_of_a_connection_nothing_is_written_to_its_descriptor(
    loop: asyncio.AbstractEventLoop,
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        transport, connection = Transport(ours), LiveConnection(cast(Live, NoLiveServer()), set(), loop)
        connection.connection_made(cast(asyncio.Transport, transport))
        connection.write(b"1")
        connection.connection_lost(None)
        connection.write(b"2")
        assert theirs.recv(16) == b"1"
        assert transport.waiting == b"2"
