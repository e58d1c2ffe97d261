"""A plausible bug: one method or function replaced while a schedule is played."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias
from unittest.mock import patch

Patch: TypeAlias = tuple[object, str, Any]


@dataclass(frozen=True)
class Mutant:
    """``patches``: whose attribute becomes what. ``seed``: the first, from 0 on, that catches it."""

    name: str
    patches: Sequence[Patch]
    seed: int = 0

    @contextmanager
    def living(self) -> Iterator[None]:
        with ExitStack() as stack:
            for owner, name, replacement in self.patches:
                stack.enter_context(patch.object(owner, name, replacement))
            yield


def after(owner: type, name: str, act: Callable[..., Any]) -> Patch:
    """The method, whose result goes through ``act`` together with what it was called with."""
    original = getattr(owner, name)

    def mutated(self: Any, *given: Any, **named: Any) -> Any:
        return act(original(self, *given, **named), self, *given, **named)

    return owner, name, mutated


def before(owner: type, name: str, act: Callable[..., None]) -> Patch:
    """The method, with something done first."""
    original = getattr(owner, name)

    def mutated(self: Any, *given: Any, **named: Any) -> Any:
        act(self, *given, **named)
        return original(self, *given, **named)

    return owner, name, mutated


def nothing(*_: Any, **__: Any) -> None:
    """Forgets to do it."""
