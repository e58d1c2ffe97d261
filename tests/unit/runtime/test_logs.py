"""What anybody can cause does not fill the log."""

from __future__ import annotations

import logging

from setpoint.runtime.logs import LimitedWarnings


def record(level: int) -> logging.LogRecord:
    return logging.LogRecord("uvicorn.error", level, __file__, 1, "Invalid HTTP request received.", (), None)


def test_of_a_flood_of_warnings_few_are_logged_and_errors_always() -> None:
    limited = LimitedWarnings()
    assert (
        sum(limited.filter(record(logging.WARNING)) for _ in range(1_000)) <= 2 * 60
    )  # a minute may end meanwhile
    assert all(limited.filter(record(level)) for level in (logging.INFO, logging.ERROR) for _ in range(100))
