"""Runs the channels: each turns new events into messages, tries those that are due, and notes the result.

A channel that fails or hangs does not delay the others, and none of them delays a report or a commit. A result that
cannot be stored, on a full disk for example, is kept until it can be. Until then the channel sends nothing: otherwise
the same message would be sent again and again.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import structlog

from setpoint.contract.http.deliveries import DeliveryState
from setpoint.core.notify import Delivered, Outgoing, next_attempt
from setpoint.errors import StorageError
from setpoint.notify.base import Channel, Outbox

EVERY_S = 1.0
AT_ONCE = 4
_PRUNE_EVERY = 3_600
MAX_DETAIL = 500

log = structlog.get_logger("setpoint.notify")


class _Result(NamedTuple):
    state: DeliveryState
    detail: str
    tried_at: float
    next_at: float | None


class Notifier:
    """``unix_ts`` and ``jitter`` (from 0 to 1) are for tests."""

    def __init__(
        self,
        channels: Sequence[Channel],
        outbox: Outbox,
        *,
        every_s: float = EVERY_S,
        unix_ts: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._channels = channels
        self._outbox = outbox
        self._every_s = every_s
        self._unix_ts = unix_ts
        self._jitter = jitter
        self._unstored: dict[str, dict[int, _Result]] = {channel.name: {} for channel in channels}

    async def run(self) -> None:
        """Runs until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for channel in self._channels:
                tasks.create_task(self._run(channel), name=f"notify {channel.name}")

    async def _run(self, channel: Channel) -> None:
        has_failed, passes = False, 0
        while True:
            try:
                await self.step(channel)
                if passes % _PRUNE_EVERY == 0:
                    await self._outbox.prune(channel.name)
            except StorageError as error:
                if not has_failed:
                    log.warning("notifications_wait", channel=channel.name, error=error.message)
                has_failed = True
            else:
                has_failed = False
            passes += 1
            await asyncio.sleep(self._every_s)

    async def step(self, channel: Channel) -> None:
        """Turns new events into messages, and tries each due message once."""
        unstored = self._unstored[channel.name]
        for delivery, result in list(unstored.items()):
            await self._store(delivery, result)
            del unstored[delivery]
        await self._outbox.collect(channel.name, channel.subscription, self._unix_ts())
        while due := await self._outbox.due(channel.name, self._unix_ts(), AT_ONCE):
            ended = await asyncio.gather(*(self._try(channel, each) for each in due), return_exceptions=True)
            for error in ended:
                if error is not None:
                    raise error

    async def _try(self, channel: Channel, message: Outgoing) -> None:
        result = await channel.sender.send(message, self._unix_ts())
        now, next_at = self._unix_ts(), None
        if isinstance(result, Delivered):
            state = DeliveryState.DELIVERED
        else:
            if not result.is_final:
                next_at = next_attempt(
                    message.attempts + 1, now, jitter=self._jitter(), retry_after_s=result.retry_after_s
                )
            state = DeliveryState.FAILED if next_at is None else DeliveryState.WAITING
            log.warning(
                "not_delivered",
                channel=channel.name,
                message=message.message,
                said=result.detail,
                next_at=next_at,
            )
        unstored = self._unstored[channel.name]
        unstored[message.id] = _Result(state, result.detail[:MAX_DETAIL], now, next_at)
        await self._store(message.id, unstored[message.id])
        del unstored[message.id]

    async def _store(self, delivery: int, result: _Result) -> None:
        await self._outbox.note(
            delivery, result.state, result.detail, tried_at=result.tried_at, next_at=result.next_at
        )
