"""Notifications of the running server: the channels of ``notify.toml``, their outbox, and the task that serves them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

import structlog

from setpoint.notify.base import Channel
from setpoint.persistence.database import Database
from setpoint.persistence.deliveries import SqlDeliveries

log = structlog.get_logger("setpoint.notify")


class Notifications:
    """Without a file there are no channels. Raises `ConfigError` for a file that cannot be used."""

    def __init__(self, file: Path | None, database: Database) -> None:
        self.deliveries = SqlDeliveries(database, lambda: f"msg_{secrets.token_hex(12)}")
        self._channels = _channels_of(file)

    @property
    def targets(self) -> Mapping[str, str]:
        """Where each channel leads to, without secrets."""
        return {each.name: each.sender.target for each in self._channels}

    async def run(self) -> None:
        """Runs until cancelled. Without channels, it returns at once."""
        if not self._channels:
            return
        from setpoint.notify.notifier import Notifier  # noqa: PLC0415  # few servers have channels

        for name, target in self.targets.items():
            log.info("channel_started", channel=name, target=target)
        await Notifier(self._channels, self.deliveries).run()


def _channels_of(file: Path | None) -> list[Channel]:
    if file is None or not file.exists():
        return []
    from setpoint.notify.settings import read_channels  # noqa: PLC0415  # loads an HTTP client

    return read_channels(file)
