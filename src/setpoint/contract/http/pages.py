"""Lists come a page at a time, newest first."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

MAX_PAGE = 500

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True, rename="camel"):
    """One page of a list. ``next_cursor`` is opaque text for the next page; None on the last one."""

    items: list[T]
    next_cursor: str | None = None
