"""How much is in use at once, by name: connections of an address or a person, reads of an account."""

from __future__ import annotations

from collections import Counter


class Quota:
    """Counts by name. It refuses nothing by itself: ask `is_full` before `take`."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.total = 0
        self._by_name: Counter[str] = Counter()

    def is_full(self, name: str) -> bool:
        """Whether the name has as many as the limit allows."""
        return self._by_name[name] >= self.limit

    def take(self, name: str) -> None:
        """Counts one more of the name. Ask `is_full` first."""
        self.total += 1
        self._by_name[name] += 1

    def give_back(self, name: str) -> None:
        """Forgets the name with its last one."""
        self.total -= 1
        self._by_name[name] -= 1
        if self._by_name[name] <= 0:
            del self._by_name[name]

    def greediest(self) -> str:
        """The name that has the most in use, where room can be made for others. Empty if nothing is in use."""
        return max(self._by_name, key=self._by_name.__getitem__, default="")

    def __contains__(self, name: str) -> bool:
        return name in self._by_name
