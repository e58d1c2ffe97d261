"""Helpers for tests of all sources: a source that reports to a recorder, and broken peers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self, TypeVar

import pytest
from tests.noise import damaged

from setpoint.contract.values import Quality
from setpoint.core.plant import Plant
from setpoint.sources.base import Source
from setpoint.sources.registry import make_sources
from setpoint.testing import Recorder
from setpoint.testing.source_contract import stopped

MACHINES = {"m_401", "m_402"}
"""The machines of most plants in these tests."""

S = TypeVar("S", bound=Source)


def only_source(
    kind: type[S], plant: Plant, *, secrets: Mapping[str, str] | None = None, directory: Path = Path()
) -> S:
    """Makes the plant's only source, which is called ``press``."""
    [source] = make_sources(plant, secrets={"press": secrets or {}}, directory=directory).values()
    assert isinstance(source, kind)
    return source


@asynccontextmanager
async def running(source: S) -> AsyncIterator[tuple[S, Recorder]]:
    recorder = Recorder()
    await source.start(recorder)
    try:
        yield source, recorder
    finally:
        await stopped(source)


def all_are(recorder: Recorder, quality: Quality) -> bool:
    return {recorder.quality.get(machine) for machine in MACHINES} == {quality}


def all_good(recorder: Recorder) -> bool:
    return recorder.quality.keys() == MACHINES and all_are(recorder, Quality.GOOD)


class Noise:
    """Damages this share of the answers on their way to us, until ``is_calm`` is set."""

    def __init__(self, seed: int, share: float) -> None:
        self._rng = random.Random(seed)
        self._share = share
        self.is_calm = False
        self.damaged = 0

    def __call__(self, piece: bytes, is_up: bool) -> bytes:
        if is_up or self.is_calm or self._rng.random() > self._share:
            return piece
        self.damaged += 1
        return damaged(piece, self._rng)


class RefusingPeer:
    """A peer that closes every connection, and counts them. Used as ``async with``."""

    def __init__(self) -> None:
        self.attempts = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._refuse, "127.0.0.1")
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def _refuse(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.attempts += 1
        writer.transport.abort()


def start_again_quickly(patch: pytest.MonkeyPatch, after_s: float = 0.05) -> None:
    """Removes the wait of two seconds between a source's attempts, for a test that needs many attempts."""
    patch.setattr("setpoint.sources.supervision.BETWEEN_STARTS_S", after_s)
    patch.setattr("setpoint.sources.supervision.FIRST_AGAIN_AFTER_S", 0.0)
