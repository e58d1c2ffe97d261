"""If a request gives up its turn, the next request gets it."""

from __future__ import annotations

import asyncio

import pytest

from setpoint.server.http.turns import FairTurns
from setpoint.testing.patience import patient


async def test_a_turn_that_comes_while_its_request_is_given_up_goes_to_the_next() -> None:
    turns = FairTurns(1)
    await turns.begin("anna", 1)
    given_up = asyncio.create_task(turns.begin("bela", 1))
    await asyncio.sleep(0)
    given_up.cancel()
    turns.end("anna", 1)
    with pytest.raises(asyncio.CancelledError):
        await given_up
    async with asyncio.timeout(patient(20)):
        await turns.begin("carla", 1)


async def test_a_request_that_gives_up_in_the_queue_delays_nobody() -> None:
    turns = FairTurns(2)
    await turns.begin("anna", 1)
    given_up = asyncio.create_task(turns.begin("bela", 2))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    async with asyncio.timeout(patient(20)):
        await turns.begin("carla", 1)
