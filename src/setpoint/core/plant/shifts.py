"""The section ``[shifts]`` of the plant file: when people work, what a status means, and the reasons of downtime.

::

    [shifts]
    micro_stop = "2 min"                   # a shorter stop needs no reason (SHIFT-5)
    total = "parts"                        # the counter of all parts that a machine makes
    scrap = "scrap"                        # the counter of those that are not good; or good = "goodParts"
    ideal_cycle_s = 1.25                   # for all; or { "line:01" = 1.25, "m:403" = 2.0 }

    [shifts.states]                        # beside those that are known (SHIFT-3)
    WARMUP = "setup"

    [[shifts.pattern]]
    name = "Early"
    days = ["mon", "tue", "wed", "thu", "fri"]
    from = "06:00"
    to = "14:00"
    breaks = ["10:00-10:15"]

    [[shifts.exceptions]]
    date = 2026-12-25
    shifts = []                            # the names of the shifts that are worked on that day

    [shifts.reasons.technical]
    name = "Technical"
    [shifts.reasons.motor]
    name = "Motor"
    in = "technical"
    causes = ["motor overload"]            # what machines say themselves
    state = "unplanned-down"               # a reason may say that the time was planned, set-up or standby
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite

from setpoint.core.plant.history import duration_ms
from setpoint.core.plant.values import Say
from setpoint.core.plant.wording import at, entry, known, words, wrong


class State(StrEnum):
    """The states of a machine's time, by ISO 22400-2."""

    PRODUCTION = "production"
    SETUP = "setup"
    UNPLANNED_DOWN = "unplanned-down"
    PLANNED_DOWN = "planned-down"
    STANDBY = "standby"
    UNKNOWN = "unknown"


STATES: Mapping[str, State] = {
    "RUNNING": State.PRODUCTION,
    "SETUP": State.SETUP,
    "IDLE": State.STANDBY,
    "HELD": State.UNPLANNED_DOWN,
    "STOPPED": State.UNPLANNED_DOWN,
    "FAULT": State.UNPLANNED_DOWN,
    "EMERGENCY_STOP": State.UNPLANNED_DOWN,
    "SAFETY_INTERLOCK": State.UNPLANNED_DOWN,
    "MAINTENANCE_LOCK": State.PLANNED_DOWN,
}
"""The default meaning of each status (SHIFT-3)."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_SHIFTS, MAX_EXCEPTIONS, MAX_REASONS, MAX_DEPTH = 50, 1_000, 500, 3
_MINUTES_A_DAY = 1_440
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_REASON = re.compile(r"[a-z][a-z0-9-]{0,39}")
_KEYS = (
    "micro_stop",
    "total",
    "good",
    "scrap",
    "ideal_cycle_s",
    "states",
    "pattern",
    "exceptions",
    "reasons",
)


@dataclass(frozen=True, slots=True)
class PatternShift:
    """A shift of the week, in minutes since midnight by the plant's clock.

    An ``until`` that is not later is the next day's.
    """

    name: str
    days: frozenset[int]
    since: int
    until: int
    breaks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a machine was down: a node of the tree. ``causes`` are words of machines that mean it."""

    id: str
    name: str
    within: str | None = None
    causes: tuple[str, ...] = ()
    state: State = State.UNPLANNED_DOWN


@dataclass(frozen=True, slots=True)
class ShiftSettings:
    """``exceptions``: the names of the shifts that are worked on a date (``2026-12-25``) instead of the pattern's.

    ``ideal_cycle_s``: seconds by topic (``m:403``, ``line:01``, ``dashboard:global`` for all).
    """

    pattern: tuple[PatternShift, ...] = ()
    exceptions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    states: Mapping[str, State] = field(default_factory=lambda: dict(STATES))
    reasons: tuple[Reason, ...] = ()
    micro_stop_s: float = 120.0
    total: str | None = None
    good: str | None = None
    scrap: str | None = None
    ideal_cycle_s: Mapping[str, float] = field(default_factory=dict)

    def ideal_cycle_of(self, machine: str, line: str) -> float | None:
        """The ideal cycle of a machine (``m_403``), in seconds: its own, its line's, or the plant's; None if none is
        given."""
        for topic in (machine.replace("_", ":", 1), f"line:{line}", _ALL):
            if (found := self.ideal_cycle_s.get(topic)) is not None:
                return found
        return None


_ALL = "dashboard:global"


def read_shifts(
    raw: object, numbers: Iterable[str], topics: frozenset[str], say: Say
) -> ShiftSettings | None:
    """The section, or None without one. ``numbers`` are the measured numbers, ``topics`` those of the plant."""
    if raw is None:
        return None
    if not isinstance(raw, Mapping):
        say("shifts", wrong(raw), words("words-write-table-shifts"))
        return None
    return _Reader(say, tuple(numbers), topics).settings(raw)


class _Reader:
    def __init__(self, say: Say, numbers: tuple[str, ...], topics: frozenset[str]) -> None:
        self._say = say
        self._numbers = numbers
        self._topics = topics

    def settings(self, raw: Mapping[str, object]) -> ShiftSettings:
        self._known(raw, _KEYS, "shifts")
        pattern = tuple(self._pattern(raw.get("pattern")))
        total, good, scrap = (self._counter(raw, name) for name in ("total", "good", "scrap"))
        if good is not None and scrap is not None:
            self._say(
                "shifts.scrap",
                words("words-given-beside-good"),
                words("words-name-one-them-other-follows-from"),
            )
        if total is None and (good is not None or scrap is not None):
            self._say(
                "shifts.total", words("words-missing"), words("words-name-counter-all-parts-machine-makes")
            )
        return ShiftSettings(
            pattern,
            dict(self._exceptions(raw.get("exceptions"), {each.name for each in pattern})),
            {**STATES, **dict(self._states(raw.get("states")))},
            tuple(self._reasons(raw.get("reasons"))),
            self._micro_stop(raw.get("micro_stop", "2 min")),
            total,
            good,
            scrap,
            dict(self._cycles(raw.get("ideal_cycle_s"))),
        )

    def _known(self, table: Mapping[str, object], keys: Sequence[str], where: str) -> None:
        for key in table:
            if key not in keys:
                self._say(at(where, key), words("words-not-key-known-here"), known(keys))

    def _micro_stop(self, raw: object) -> float:
        found_ms = duration_ms(raw) if isinstance(raw, str) else None
        if found_ms is None or found_ms > 3_600_000:
            self._say("shifts.micro_stop", wrong(raw), words("words-give-time-at-most-hour-such"))
            return 120.0
        return found_ms / 1000

    def _counter(self, raw: Mapping[str, object], key: str) -> str | None:
        name = raw.get(key)
        if name is None or (isinstance(name, str) and name in self._numbers):
            return name
        known = ", ".join(self._numbers) or words("words-there-is-none")
        self._say(
            f"shifts.{key}",
            words("words-which-no-measured-number-recorded", name=repr(name)),
            words("words-name-one-2", known=known),
        )
        return None

    def _cycles(self, raw: object) -> Iterable[tuple[str, float]]:
        if raw is None:
            return
        for topic, seconds in (raw if isinstance(raw, Mapping) else {_ALL: raw}).items():
            where = f"shifts.ideal_cycle_s.{topic}" if isinstance(raw, Mapping) else "shifts.ideal_cycle_s"
            if topic != _ALL and topic not in self._topics:
                self._say(where, words("words-names-nothing-plant"), words("words-name-line-machine-line-m"))
            elif (
                isinstance(seconds, bool)
                or not isinstance(seconds, int | float)
                or not isfinite(seconds)
                or seconds <= 0
            ):
                self._say(where, wrong(seconds), words("words-give-seconds-one-part-takes-at"))
            else:
                yield topic, float(seconds)

    def _states(self, raw: object) -> Iterable[tuple[str, State]]:
        if raw is not None and not isinstance(raw, Mapping):
            self._say("shifts.states", wrong(raw), words("words-write-table-running-production"))
            return
        for status, state in (raw or {}).items():
            if state in tuple(State):
                yield status, State(str(state))
            else:
                self._say(
                    f"shifts.states.{status}", wrong(state), words("words-use-one", known=", ".join(State))
                )

    # When people work

    def _tables(self, raw: object, name: str, most: int) -> Iterable[tuple[str, Mapping[str, object]]]:
        if raw is None:
            return
        if not isinstance(raw, list) or len(raw) > most:
            self._say(
                f"shifts.{name}",
                words("words-not-list-many-tables"),
                words("words-write-shifts-at-most", name=name, most=most),
            )
            return
        for position, each in enumerate(raw, 1):
            where = entry(f"shifts.{name}", position)
            if isinstance(each, Mapping):
                yield where, each
            else:
                self._say(where, wrong(each), words("words-write-table-shifts-2", name=name))

    def _pattern(self, raw: object) -> Iterable[PatternShift]:
        taken: list[tuple[int, int, str]] = []
        names: set[str] = set()
        for where, table in self._tables(raw, "pattern", MAX_SHIFTS):
            self._known(table, ("name", "days", "from", "to", "breaks"), where)
            name = table.get("name")
            if not isinstance(name, str) or not 0 < len(name) <= 60 or name in names:
                self._say(at(where, "name"), wrong(name), words("words-give-each-shift-name-its-own"))
                continue
            names.add(name)
            since, until = (
                self._minute(table.get("from"), at(where, "from")),
                self._minute(table.get("to"), at(where, "to")),
            )
            days = self._days(table.get("days", list(DAYS)), where)
            if since is None or until is None:
                continue
            shift = PatternShift(
                name, days, since % _MINUTES_A_DAY, until, self._breaks(table.get("breaks", []), where)
            )
            self._overlaps(shift, where, taken)
            yield shift

    def _overlaps(self, shift: PatternShift, where: str, taken: list[tuple[int, int, str]]) -> None:
        week = 7 * _MINUTES_A_DAY
        for day in sorted(shift.days):
            start = day * _MINUTES_A_DAY + shift.since
            end = start + length_of(shift)
            for other_start, other_end, name in taken:
                if any(start + move < other_end and other_start < end + move for move in (-week, 0, week)):
                    self._say(
                        where,
                        words("words-overlaps-on", name=name, value=DAYS[day]),
                        words("words-let-one-shift-end-before-next"),
                    )
                    return
            taken.append((start, end, shift.name))

    def _days(self, raw: object, where: str) -> frozenset[int]:
        given = raw if isinstance(raw, list) else [raw]
        for day in given:
            if day not in DAYS:
                self._say(
                    at(where, "days"),
                    words("words-has", value=repr(day)),
                    words("words-use-2", known=", ".join(DAYS)),
                )
        return frozenset(DAYS.index(day) for day in given if day in DAYS)

    def _minute(self, raw: object, where: str) -> int | None:
        found = _CLOCK.fullmatch(raw) if isinstance(raw, str) else None
        if found is None:
            self._say(where, wrong(raw), words("words-give-time-day-quotes-such"))
            return None
        return _MINUTES_A_DAY if found[1] is None else int(found[1]) * 60 + int(found[2])

    def _breaks(self, raw: object, where: str) -> tuple[tuple[int, int], ...]:
        found = []
        for text in raw if isinstance(raw, list) else [raw]:
            first, _, last = text.partition("-") if isinstance(text, str) else ("", "", "")
            since, until = self._minute(first, at(where, "breaks")), self._minute(last, at(where, "breaks"))
            if since is not None and until is not None:
                found.append((since, until))
        return tuple(found)

    def _exceptions(self, raw: object, names: set[str]) -> Iterable[tuple[str, tuple[str, ...]]]:
        for where, table in self._tables(raw, "exceptions", MAX_EXCEPTIONS):
            self._known(table, ("date", "shifts"), where)
            date, shifts = str(table.get("date")), table.get("shifts", [])
            if not is_date(date):
                self._say(at(where, "date"), wrong(table.get("date")), words("words-give-date-such"))
            elif not isinstance(shifts, list) or any(
                not isinstance(each, str) or each not in names for each in shifts
            ):
                known = ", ".join(sorted(names)) or words("words-there-is-none")
                self._say(at(where, "shifts"), wrong(shifts), words("words-list-names-pattern", known=known))
            else:
                yield date, tuple(str(each) for each in shifts)

    # Reasons

    def _reasons(self, raw: object) -> Iterable[Reason]:
        if raw is not None and (not isinstance(raw, Mapping) or len(raw) > MAX_REASONS):
            self._say(
                "shifts.reasons",
                words("words-no-table-reasons"),
                words("words-write-shifts-reasons-motor-at-most", most=MAX_REASONS),
            )
            return
        parents = {key: each.get("in") for key, each in (raw or {}).items() if isinstance(each, Mapping)}
        taken: dict[str, str] = {}
        for key, table in (raw or {}).items():
            where = f"shifts.reasons.{key}"
            if not isinstance(table, Mapping) or not _REASON.fullmatch(key):
                self._say(where, words("words-not-reason"), words("words-write-table-under-short-name-small"))
                continue
            self._known(table, ("name", "in", "causes", "state"), where)
            reason = self._reason(key, table, where, parents)
            for cause in reason.causes:
                if (other := taken.setdefault(cause, key)) != key:
                    self._say(
                        f"{where}.causes",
                        words("words-has-has", cause=repr(cause), other=other),
                        words("words-leave-one-reason"),
                    )
            yield reason

    def _reason(
        self, key: str, table: Mapping[str, object], where: str, parents: Mapping[str, object]
    ) -> Reason:
        name, within = table.get("name", key), table.get("in")
        if not isinstance(name, str) or not 0 < len(name) <= 60:
            self._say(f"{where}.name", wrong(name), words("words-give-text-at-most-characters-2"))
            name = key
        if within is not None and (not isinstance(within, str) or within not in parents):
            self._say(
                f"{where}.in",
                words("words-names-which-no-reason", within=repr(within)),
                words("words-name-reason-file"),
            )
            within = None
        if depth_of(key, parents) > MAX_DEPTH:
            self._say(
                f"{where}.in",
                words("words-makes-tree-too-deep-circle"),
                words("words-use-at-most-levels", most=MAX_DEPTH),
            )
            within = None
        causes, state = table.get("causes", []), table.get("state", State.UNPLANNED_DOWN)
        if not isinstance(causes, list) or any(not isinstance(each, str) for each in causes):
            self._say(f"{where}.causes", wrong(causes), words("words-list-what-machines-say-texts-quotes"))
            causes = []
        if state not in tuple(State) or state in (State.PRODUCTION, State.UNKNOWN):
            may = ", ".join(each for each in State if each not in (State.PRODUCTION, State.UNKNOWN))
            self._say(f"{where}.state", wrong(state), words("words-use-one", known=may))
            state = State.UNPLANNED_DOWN
        return Reason(key, name, within, tuple(causes), State(str(state)))


def length_of(shift: PatternShift) -> int:
    """Minutes of local time."""
    return (shift.until - shift.since - 1) % _MINUTES_A_DAY + 1


def depth_of(key: str, parents: Mapping[str, object]) -> int:
    """1 for a reason at the top; more than `MAX_DEPTH` for a circle."""
    depth = 1
    while isinstance(within := parents.get(key), str) and depth <= MAX_DEPTH:
        key, depth = within, depth + 1
    return depth


def is_date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    year, month, day = (int(each) for each in found.groups())
    if not 1 <= month <= 12:
        return False
    february = 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28
    days = february if month == 2 else 30 if month in (4, 6, 9, 11) else 31
    return year > 1900 and 1 <= day <= days
