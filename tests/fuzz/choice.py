"""Decisions by a seed. An oddity can be left out without changing any other decision: so a failure is shrunk."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choice:
    """``taken`` are the oddities that were chosen; those in ``without`` never are."""

    def __init__(self, seed: int, without: frozenset[str] = frozenset()) -> None:
        self._random = random.Random(seed)
        self._seed = seed
        self._without = without
        self.taken: set[str] = set()

    def odd(self, name: str, chance: float = 0.1) -> bool:
        """Whether this oddity is in the file. It is decided once a file, by the seed and its name alone."""
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
