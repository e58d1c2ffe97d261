"""Things that anybody can cause do not fill the log. Things that need attention are logged as errors."""

from __future__ import annotations

import logging
from typing import Never, cast
from unittest.mock import MagicMock, patch

from structlog.testing import capture_logs

from setpoint.core.engine import Engine
from setpoint.persistence.memory import MemoryPersistence
from setpoint.runtime.logs import LimitedWarnings
from setpoint.runtime.player import Player
from setpoint.server.live import LiveSession


def record(level: int) -> logging.LogRecord:
    return logging.LogRecord("uvicorn.error", level, __file__, 1, "Invalid HTTP request received.", (), None)


def test_a_flood_of_warnings_logs_a_few_of_them_and_every_error() -> None:
    limited = LimitedWarnings()
    assert (
        sum(limited.filter(record(logging.WARNING)) for _ in range(1_000)) <= 2 * 60
    )  # a minute may end meanwhile
    assert all(limited.filter(record(level)) for level in (logging.INFO, logging.ERROR) for _ in range(100))


class FailingEngine:
    """An engine whose storage fails with the first event, and works again with the second."""

    is_degraded = False
    voided = MagicMock()

    def handle(self, *_: object) -> list[Never]:
        self.is_degraded = not self.is_degraded
        return []


async def test_a_storage_that_fails_is_an_error_in_the_log_and_its_return_is_not() -> None:
    engine = cast("Engine[LiveSession]", FailingEngine())
    player = Player(
        engine,
        live=MagicMock(),
        persistence=MemoryPersistence(),
        sources=MagicMock(),
        settled=MagicMock(),
        plant_taken=MagicMock(),
    )
    with patch.object(player, "play"), capture_logs() as logs:
        player.feed(MagicMock())
        player.feed(MagicMock())
    events = [(line["event"], line["log_level"]) for line in logs]
    assert events == [("storage_failed", "error"), ("storage_recovered", "info")]
