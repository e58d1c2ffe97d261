"""As many sockets as the operating system lets this process have, and no promise beyond that.

A shell usually allows 1,024 files at once and, to who asks, some thousand times that. A server that does not ask is
full after a thousand pages; one that promises more than it has fails where it opens its database. So the server asks
for all it may have, keeps `KEPT_BACK` of them for itself, and divides the rest: connections that speak HTTP get a
quarter (they are short), live ones what remains.
"""

from __future__ import annotations

from dataclasses import replace

from setpoint.server.edge.listener import ListenerLimits
from setpoint.server.live import QuotaLimits

WANTED = 65_536
KEPT_BACK = 512
"""For the database, logs, machines, the workbook processes, and sockets that are on their way out."""


def ask_for_descriptors() -> int:
    """How many files this process may have open, after asking for up to `WANTED` (Windows has no such limit)."""
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
    except (OSError, ValueError):  # macOS has a further limit of its own
        return soft
    return wanted


def fitting(
    quota: QuotaLimits, listener: ListenerLimits, *, descriptors: int
) -> tuple[QuotaLimits, ListenerLimits]:
    """The same limits, with totals that so many descriptors can hold."""
    room = max(descriptors - KEPT_BACK, KEPT_BACK)
    speaking = min(listener.max_connections, room // 4)
    staying = min(quota.in_all, room - room // 4)
    return replace(quota, in_all=staying), replace(listener, max_connections=speaking)
