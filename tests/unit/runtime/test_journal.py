"""The journal: stored first, acted upon after, and nothing lost while storage fails."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from setpoint.core.commands import (
    BatchRecord,
    Change,
    Echo,
    Effect,
    FieldRev,
    ItemRecord,
    RecordBatch,
    RecordEvents,
    RecordOutcomes,
)
from setpoint.core.protocol import Outcome, TxOutcome
from setpoint.errors import StorageError
from setpoint.runtime import journal as journal_module
from setpoint.runtime.journal import Journal

REVS = RecordEvents((), (FieldRev("m_401", "targetSpeed", 1),))


class Shelf:
    """A storage that tells when it is written to, and fails as long as it is told to."""

    def __init__(self) -> None:
        self.stored: list[Sequence[Change]] = []
        self.fails = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.tried = asyncio.Event()
        self.checked = asyncio.Event()

    async def store(self, changes: Sequence[Change], /) -> None:
        self.tried.set()
        await self.gate.wait()
        if self.fails:
            raise StorageError("the disk is full; make room")
        self.stored.append(changes)

    async def check(self) -> None:
        self.checked.set()
        if self.fails:
            raise StorageError("the disk is full; make room")


class World:
    def __init__(self) -> None:
        self.shelf = Shelf()
        self.played: list[Effect] = []
        self.refused: list[str] = []
        self.was_refused = asyncio.Event()
        self.journal = Journal(
            self.shelf,
            play=self.played.append,
            refuse=self._given_back,
        )

    def _given_back(self, effect: RecordBatch, error: StorageError) -> Sequence[Effect]:
        assert "disk is full" in error.message
        self.refused.append(effect.batch.tx_id)
        self.was_refused.set()
        return [REVS]

    async def settle(self) -> None:
        left = await self.journal.stop(within_s=5)
        assert left == 0


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(journal_module, "RETRY_AFTER_S", 0)
    return World()


def batch(tx_id: str) -> RecordBatch:
    return RecordBatch(BatchRecord(tx_id, "anna", 1.0, "digest", ()))


def outcomes(tx_id: str) -> RecordOutcomes:
    return RecordOutcomes((ItemRecord(tx_id, "m_401", "targetSpeed", 150, Outcome.APPLIED, 1.0),))


def echo(tx_id: str) -> Echo:
    return Echo((TxOutcome(tx_id, "m_401", "targetSpeed", Outcome.APPLIED),))


@pytest.mark.rule("CMD-1")
async def test_nothing_is_played_before_it_is_stored(world: World) -> None:
    world.shelf.gate.clear()
    world.journal.start()
    world.journal.put([outcomes("a"), echo("a")])
    await world.shelf.tried.wait()
    assert world.played == []
    world.shelf.gate.set()
    await world.settle()
    assert world.played == [outcomes("a"), echo("a")]


async def test_what_waits_together_is_stored_in_one_transaction(world: World) -> None:
    world.journal.put([batch("a"), outcomes("a"), echo("a"), batch("b")])
    world.journal.start()
    await world.settle()
    assert world.shelf.stored == [[batch("a"), outcomes("a"), batch("b")]]
    assert world.played == [batch("a"), outcomes("a"), echo("a"), batch("b")]


@pytest.mark.rule("CMD-1")
async def test_a_batch_that_cannot_be_stored_is_given_back_and_what_takes_its_place_waits_with_the_outcomes(
    world: World,
) -> None:
    world.shelf.fails = True
    world.journal.put([outcomes("old"), batch("new"), echo("old")])
    world.journal.start()
    await world.was_refused.wait()
    assert world.refused == ["new"]
    assert world.journal.is_ailing
    assert world.played == []
    world.shelf.fails = False
    await world.settle()
    assert world.played == [outcomes("old"), REVS, echo("old")]
    assert not world.journal.is_ailing


@pytest.mark.rule("CMD-1")
async def test_it_takes_batches_again_when_the_storage_is_back_although_nothing_waits_to_be_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(World, "_given_back", lambda self, *_: self.was_refused.set() or ())
    world = World()
    world.shelf.fails = True
    world.journal.put([batch("a viewer's, which raises no rev")])
    world.journal.start()
    await world.was_refused.wait()
    await world.shelf.checked.wait()
    assert world.journal.is_ailing
    world.shelf.fails = False
    world.shelf.checked.clear()
    await world.shelf.checked.wait()
    assert not world.journal.is_ailing
    assert (world.shelf.stored, world.played) == ([], [])
    await world.settle()


async def test_stopping_tells_how_much_had_to_be_left(world: World) -> None:
    world.shelf.gate.clear()
    world.journal.start()
    world.journal.put([outcomes("a"), echo("a")])
    await world.shelf.tried.wait()
    assert await world.journal.stop(within_s=0.01) == 2
