"""A plausible bug: a replaced method or function while a schedule plays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias
from unittest.mock import patch

Patch: TypeAlias = tuple[object, str, Any]


@dataclass(frozen=True)
class Mutant:
    """One bug. Each patch names an owner, an attribute and its replacement. ``seed`` is the lowest that catches it."""

    name: str
    patches: Sequence[Patch]
    seed: int = 0

    @contextmanager
    def applied(self) -> Iterator[None]:
        with ExitStack() as stack:
            for owner, name, replacement in self.patches:
                stack.enter_context(patch.object(owner, name, replacement))
            yield


def after(owner: type, name: str, act: Callable[..., Any]) -> Patch:
    """Patches a method so that ``act`` transforms its result. ``act`` also gets the method's arguments."""
    original = getattr(owner, name)

    def patched(self: Any, *args: Any, **kwargs: Any) -> Any:
        return act(original(self, *args, **kwargs), self, *args, **kwargs)

    return owner, name, patched


def before(owner: type, name: str, act: Callable[..., None]) -> Patch:
    """Patches a method so that ``act`` runs first."""
    original = getattr(owner, name)

    def patched(self: Any, *args: Any, **kwargs: Any) -> Any:
        act(self, *args, **kwargs)
        return original(self, *args, **kwargs)

    return owner, name, patched


def nothing(*_: Any, **__: Any) -> None:
    """Does nothing."""
