"""Decisions by a seed. A test can remove an oddity without changing any other decision, to shrink a failure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choice:
    """The decisions. ``taken`` has the chosen oddities. Oddities in ``without`` are never chosen."""

    def __init__(self, seed: int, without: frozenset[str] = frozenset()) -> None:
        self._random = random.Random(seed)
        self._seed = seed
        self._without = without
        self.taken: set[str] = set()

    def odd(self, name: str, chance: float = 0.1) -> bool:
        """Says whether the file has this oddity. Only the seed and the name decide, once for each file."""
        is_taken = random.Random(f"{self._seed} {name}").random() < chance and name not in self._without
        if is_taken:
            self.taken.add(name)
        return is_taken

    def some(self, chance: float) -> bool:
        return self._random.random() < chance

    def of(self, choices: Sequence[T]) -> T:
        return choices[self._random.randrange(len(choices))]

    def number(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def shuffled(self, items: Sequence[T]) -> list[T]:
        return self._random.sample(items, len(items))
