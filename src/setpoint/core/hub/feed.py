"""A numbered stream with subscribers, as sessions know it: a topic of the hub (`topic`), or a gateway's copy of one
(`mirror`)."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import Generic

from setpoint.contract.topics import TopicKind
from setpoint.core.hub.effects import S


class Feed(Generic[S]):
    """``seq`` is the number of the last delta. The history has the deltas up to it, as far back as its bounds allow."""

    kind: TopicKind
    is_known = True
    """Whether there is a state that can be sent."""

    def __init__(self, name: str, *, history_deltas: int, history_bytes: int) -> None:
        self.name = name
        self.subscribers: dict[S, None] = {}
        self.seq = 0
        self.is_active = False
        self._history: deque[bytes] = deque()
        self._history_size = 0
        self._max_deltas = history_deltas
        self._max_bytes = history_bytes

    @property
    def is_proven(self) -> bool:
        """Whether ``seq`` is known to be the head, so that a ping may name it (SEQ-3)."""
        return True

    def has_reached(self, seq: int, since_ms: int) -> bool:  # noqa: ARG002  # a gateway may lack something
        """Whether everything up to ``seq`` is known here. A number that is proven false since then counts too."""
        return True

    def missed(self, seq: int) -> list[bytes] | None:
        """The deltas after ``seq``, or None if the history does not reach back so far (SEQ-4)."""
        count = self.seq - seq
        if not 0 <= count <= len(self._history):
            return None
        return list(islice(self._history, len(self._history) - count, None))

    def history(self) -> list[bytes]:
        """The deltas that are kept; the last of them is number ``seq``."""
        return list(self._history)

    def _keep(self, data: bytes) -> None:
        self._history.append(data)
        self._history_size += len(data)
        while len(self._history) > self._max_deltas or self._history_size > self._max_bytes:
            self._history_size -= len(self._history.popleft())

    def _forget_history(self) -> None:
        self._history.clear()
        self._history_size = 0
