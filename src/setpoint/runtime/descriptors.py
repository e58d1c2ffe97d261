"""Limits the number of connections to the file descriptors that the operating system allows.

A shell usually allows 1,024 open files, and far more if the process asks. A server that does not ask is full after a
thousand pages; one that accepts more connections than it has descriptors fails when it opens its database. So the
server asks for as many as it may have, keeps `KEPT_BACK` for itself, and divides the rest: a quarter for HTTP
connections, which are short, and the others for live ones.
"""

from __future__ import annotations

from dataclasses import replace

from setpoint.server.edge.listener import ListenerLimits
from setpoint.server.live import QuotaLimits

WANTED = 65_536
KEPT_BACK = 512
"""Descriptors for the database, logs, machines, workbook processes, and sockets that are being closed."""


def ask_for_descriptors() -> int:
    """Asks for up to `WANTED` open files and returns how many this process may have (Windows has no such limit)."""
    try:
        import resource  # noqa: PLC0415  # not on Windows
    except ImportError:
        return WANTED
    soft, hard = (
        WANTED if limit == resource.RLIM_INFINITY else limit
        for limit in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    wanted = min(WANTED, hard)
    if soft >= wanted:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    except (OSError, ValueError):  # macOS has another limit
        return soft
    return wanted


def fitting(
    quota: QuotaLimits, listener: ListenerLimits, *, descriptors: int
) -> tuple[QuotaLimits, ListenerLimits]:
    """The same limits, with totals reduced to what ``descriptors`` allow."""
    room = max(descriptors - KEPT_BACK, KEPT_BACK)
    speaking = min(listener.max_connections, room // 4)
    staying = min(quota.in_all, room - room // 4)
    return replace(quota, in_all=staying), replace(listener, max_connections=speaking)
