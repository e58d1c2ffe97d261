"""One server's view of the lease: it waits for it, holds it, or has lost it for good.

All servers of a plant share one entry in their database. They change it by compare-and-set only:

    Look             reads the entry
    Take(seen)       if the entry is still ``seen``: the next token, counter 0, this server's name
    Renew(token)     if the token is still this one: the counter rises by one

The shell asks the database what `ask` says, when `next_ms` says so, and passes the answer to `step`. No two clocks are
compared. The owner counts from before its request (LEASE-2); those who wait count from after they have read an entry
that was new to them (LEASE-3). So the owner's time is over before anybody else's wait is. All instants are monotonic
milliseconds of a clock that continues while the computer sleeps.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

LASTS_MS = 2_000
"""How long a lease lasts after a renewal."""
RENEW_EVERY_MS = 500
LOOK_EVERY_MS = 250
STOPS_BEFORE_MS = 500
"""The owner stops this long before its lease ends. It is the time between the last check and the machine."""


class Entry(msgspec.Struct, frozen=True, rename="camel"):
    """``lasts_ms``: how long the owner's renewals last; 0 if nobody owns the plant. ``holder`` is for people."""

    token: int
    beat: int
    lasts_ms: int
    holder: str = ""


# States


class Waiting(msgspec.Struct, frozen=True, tag="waiting", rename="camel"):
    """``since_ms``: when ``seen`` was read first. ``renewals``: how often the entry has changed since this began."""

    seen: Entry | None = None
    since_ms: int = 0
    renewals: int = 0
    next_ms: int = 0


class Holding(msgspec.Struct, frozen=True, tag="holding", rename="camel"):
    """``until_ms``: this server does nothing as the owner from then on, unless a renewal succeeds."""

    token: int
    until_ms: int
    next_ms: int


class Lost(msgspec.Struct, frozen=True, tag="lost", rename="camel"):
    """For good. ``token`` is the highest one that this server has known; ``found`` is in its place."""

    token: int
    found: Entry

    @property
    def went_back(self) -> bool:
        """The database is an older copy: tokens that were given out would be given out again (LEASE-7)."""
        return self.found.token < self.token


State: TypeAlias = Waiting | Holding | Lost
"""A server and the lease: it waits for it, holds it, or has lost it for good."""


# What the shell asks the database


class Look(msgspec.Struct, frozen=True, tag="look"):
    """Read the entry."""


class Take(msgspec.Struct, frozen=True, tag="take"):
    """Take the lease if its entry is still the one that was seen (LEASE-3)."""

    seen: Entry


class Renew(msgspec.Struct, frozen=True, tag="renew"):
    """Raise the counter of the lease with this token (LEASE-2)."""

    token: int


Ask: TypeAlias = Look | Take | Renew
"""One question to the database at a time."""


# What comes back


class Answered(msgspec.Struct, frozen=True, tag="answered", rename="camel"):
    """``entry`` as it is now. ``asked_ms``: the instant before the request. ``done``: the entry has changed as
    requested."""

    entry: Entry
    asked_ms: int
    done: bool = False


class NotAnswered(msgspec.Struct, frozen=True, tag="notAnswered"):
    """The database did not answer. The change may have been made nevertheless."""


Event: TypeAlias = Answered | NotAnswered
"""The result of a question."""


def holds(state: State, now_ms: int) -> bool:
    """Whether this server may act as the owner at this instant (LEASE-2)."""
    return isinstance(state, Holding) and now_ms < state.until_ms


def next_ms(state: State) -> int | None:
    """When to ask again; None if never."""
    return None if isinstance(state, Lost) else state.next_ms


def ask(state: State, now_ms: int) -> Ask | None:
    """The question for the database now; None if there is nothing more to ask."""
    match state:
        case Waiting(seen=seen, since_ms=since_ms):
            if seen is None or now_ms - since_ms < seen.lasts_ms:
                return Look()
            return Take(seen)
        case Holding(token=token):
            return Renew(token)
        case Lost():
            return None


def step(state: State, event: Event, now_ms: int) -> State:
    """The state after an answer at ``now_ms``."""
    match state, event:
        case Waiting(), Answered():
            return _waited(state, event, now_ms)
        case Holding(), Answered(entry=entry, asked_ms=asked_ms, done=True):
            return _holding(entry, asked_ms)
        case Holding(token=token), Answered(entry=entry):
            return Lost(token, entry)
        case Waiting() | Holding(), NotAnswered():
            return msgspec.structs.replace(state, next_ms=now_ms + LOOK_EVERY_MS)
        case _:
            return state


def _holding(entry: Entry, asked_ms: int) -> Holding:
    return Holding(entry.token, asked_ms + entry.lasts_ms - STOPS_BEFORE_MS, asked_ms + RENEW_EVERY_MS)


def _waited(state: Waiting, answer: Answered, now_ms: int) -> State:
    entry, seen = answer.entry, state.seen
    if answer.done:
        return _holding(entry, answer.asked_ms)
    if seen is not None and entry.token < seen.token:
        return Lost(seen.token, entry)
    is_new = entry != seen
    since_ms = now_ms if is_new else state.since_ms
    ends_ms = since_ms + entry.lasts_ms
    return Waiting(
        seen=entry,
        since_ms=since_ms,
        renewals=state.renewals + (is_new and seen is not None),
        next_ms=max(now_ms, min(now_ms + LOOK_EVERY_MS, ends_ms)),
    )
