"""The format of the log: lines for people on a terminal, one JSON object on each line everywhere else.

The libraries' logging goes the same way. INFO is a change of state; ERROR means that somebody must look.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

import structlog
from structlog.types import EventDict, Processor

from setpoint import clock
from setpoint.server.live.log_limiter import LogRateLimiter

_QUIET = ("asyncua", "alembic", "httpx", "uvicorn.access", "aiosqlite")
"""Libraries whose INFO messages are left out."""


def _without_colours(_: object, __: str, event: EventDict) -> EventDict:
    """Removes the coloured copy of its message that uvicorn adds."""
    event.pop("color_message", None)
    return event


class LimitedWarnings(logging.Filter):
    """Passes only some of a logger's warnings in a minute, and how many were left out."""

    def __init__(self) -> None:
        super().__init__()
        self._limiter = LogRateLimiter()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno != logging.WARNING:
            return True
        left_out = self._limiter.turn(clock.now_ms())
        if left_out:
            record.untold = left_out
        return left_out is not None


def configure_logs(*, level: int = logging.INFO) -> None:
    """Sets up structlog and the standard library's logging on standard error. Call it once in each process."""
    shared: Sequence[Processor] = (
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _without_colours,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    )
    is_terminal = sys.stderr.isatty()
    last: Sequence[Processor] = (
        (structlog.dev.ConsoleRenderer(),)
        if is_terminal
        else (structlog.processors.format_exc_info, structlog.processors.JSONRenderer())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(LimitedWarnings())  # anybody can send an invalid request
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
