"""When to ask a node for a new birth certificate: at once, then less and less often, and never all nodes at the same
time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from setpoint.sources.sparkplug.node import EdgeNode

FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 60.0
AT_ONCE = 12
"""The most requests in one check, of which there are four a second: a plant of 500 nodes is asked in about ten seconds.
"""


class Rebirths:
    """Remembers which node was asked when. A node that needs another birth certificate at once must wait as well."""

    def __init__(self) -> None:
        self._requests: dict[EdgeNode, tuple[float, float]] = {}
        """When it was asked last, and how long it must wait from then on; monotonic seconds."""

    def due(self, nodes: Iterable[EdgeNode], now: float) -> Iterator[EdgeNode]:
        """The nodes to ask now; each counts as asked."""
        left = AT_ONCE
        for node in nodes:
            if node.is_born and not node.wants_rebirth:
                continue
            requested_at, pause = self._requests.get(node, (-LONGEST_PAUSE_S * 2, 0.0))
            since = now - requested_at
            if since < pause:
                continue
            is_calm = since > 2 * LONGEST_PAUSE_S
            self._requests[node] = (
                now,
                FIRST_PAUSE_S if is_calm else min(max(pause * 2, FIRST_PAUSE_S), LONGEST_PAUSE_S),
            )
            yield node
            left -= 1
            if not left:
                return

    def reset(self) -> None:
        """A new connection: all nodes may be asked at once again."""
        self._requests.clear()
