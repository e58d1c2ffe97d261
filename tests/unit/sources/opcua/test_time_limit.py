"""A time limit of an OPC UA call raises `TimeoutError`, even if the answer comes at that instant."""

from __future__ import annotations

import asyncio

import pytest

from setpoint.sources.opcua.time_limit import within


class CancelledWithAnAnswer(asyncio.CancelledError):
    """Behaves like the library when its answer arrives together with the cancellation."""


async def answered_at_the_last_moment() -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError as cancelled:
        raise CancelledWithAnAnswer("the answer", False) from cancelled


async def test_an_answer_at_the_instant_of_the_limit_is_too_late() -> None:
    with pytest.raises(TimeoutError):
        async with within(0.01):
            await answered_at_the_last_moment()


async def test_a_limit_within_another_ends_only_its_own_block() -> None:
    async with within(60):
        with pytest.raises(TimeoutError):
            async with within(0.01):
                await answered_at_the_last_moment()
        await asyncio.sleep(0)


async def test_a_task_that_somebody_cancels_is_cancelled() -> None:
    async def call_with_limit() -> None:
        async with within(60):
            await answered_at_the_last_moment()

    task = asyncio.create_task(call_with_limit())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def test_a_block_that_ends_in_time_is_not_cancelled() -> None:
    task = asyncio.current_task()
    assert task is not None
    async with within(60):
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert task.cancelling() == 0
