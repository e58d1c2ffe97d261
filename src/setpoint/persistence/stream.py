"""The stream of events in SQL: stored in parts, read one page at a time.

A page must come at once from millions of events. So there is one query for each line and kind in question, each along
an index and bounded by the page; the newest of all results are the page, and only these are read completely. Most
indexes know only the first row of each run (`tables.events`), and the run's length.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice, product
from typing import NamedTuple

import msgspec
from sqlalchemy import delete, insert, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from setpoint.contract.http.machines import AUDITED_KINDS, Event, EventKind, EventNote
from setpoint.contract.http.pages import Page
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.alarms import AlarmKey, AlarmState
from setpoint.core.audit.queries import EventMark, EventQuery
from setpoint.errors import RequestError
from setpoint.persistence.base import Cursor, events_page, page_size, read_cursor
from setpoint.persistence.rows import AnyRow, event_of
from setpoint.persistence.tables import alarms, event_marks, events

MAX_BRANCHES = 128
"""The most queries of one page; for more lines and kinds, events are scanned by kind, or by time."""
_decode_note = msgspec.json.Decoder(EventNote)
_decode_state = msgspec.json.Decoder(AlarmState)


class WantedEvents(NamedTuple):
    """The SQL of a query for ids of events or of runs, and the values of its parameters."""

    sql: str
    values: dict[str, object]


class _Branch(NamedTuple):
    """One query: all its conditions except machine, person and time. ``by_run``: it finds the first rows of runs."""

    where: list[str]
    by_run: bool


async def read_events(connection: AsyncConnection, query: EventQuery) -> Page[Event]:
    start, size = read_cursor(query.cursor, int), page_size(query.limit)
    offset = 0 if start is None else int(start.key)
    ids = await _newest_ids(connection, wanted_events(query, start, size + 1 + offset), offset, size + 1)
    newest_first = events.c.at.desc(), events.c.id.desc()
    bodies = select(events.c.body).where(events.c.id.in_(ids)).order_by(*newest_first)
    rows = (await connection.execute(bodies)).all() if ids else []
    page = events_page([event_of(row) for row in rows], size, start)
    return Page(await _with_notes(connection, page.items), page.next_cursor)


async def _newest_ids(
    connection: AsyncConnection, found: WantedEvents, offset: int, size: int
) -> Sequence[int]:
    """The ids of ``size`` events behind the first ``offset``, the newest first. Runs are counted by their length."""
    wanted = text(
        "SELECT id, run, reached FROM "
        f"(SELECT id, at, run, sum(run) OVER (ORDER BY at DESC, id DESC) AS reached FROM ({found.sql}) AS found)"
        " AS counted WHERE reached > :offset ORDER BY at DESC, id DESC LIMIT :size"
    )
    values = found.values | {"offset": offset, "size": size}
    ids: list[int] = []
    for first, run, reached in (await connection.execute(wanted, values)).all():
        left = min(run, reached - offset)  # an earlier page may end inside a run
        ids.extend(islice(range(first + left - 1, first - 1, -1), size - len(ids)))
    return ids


def wanted_events(query: EventQuery, start: Cursor | None, bound: int) -> WantedEvents:
    """At most ``bound`` events or runs from each branch, the newest first.

    The SQL is put together as text. SQLAlchemy takes 90 ms to make and compile expressions for 128 branches, and all
    that time nothing else runs in the server.
    """
    values: dict[str, object] = {"bound": bound}
    rest = _of_every_branch(query, start, values)
    parts = (_newest(branch, rest) for branch in _branches(query, values))
    return WantedEvents(" UNION ALL ".join(f"SELECT * FROM ({part}) AS part" for part in parts), values)


def _branches(query: EventQuery, values: dict[str, object]) -> list[_Branch]:
    lines, kinds = query.wanted_lines, query.wanted_kinds
    if query.machine is not None and kinds != ():
        wanted = tuple(EventKind) if kinds is None else kinds
        hidden = _among(lines, None, values)
        return [_Branch(_exact(None, kind, values) + hidden, by_run=False) for kind in wanted]
    is_by_kind = bool(query.kinds) or query.person is not None
    found: list[_Branch] = []
    if lines is not None or is_by_kind:
        found = _by_run(query, values, is_by_kind=is_by_kind)
    return found or [_Branch(_among(lines, kinds, values), by_run=False)]


def _by_run(query: EventQuery, values: dict[str, object], *, is_by_kind: bool) -> list[_Branch]:
    """A branch for each line and kind; for each kind, if those are too many; none, if nothing can match."""
    lines, kinds = query.wanted_lines, query.wanted_kinds
    wanted: Sequence[EventKind | None] = (None,)
    if is_by_kind:
        wanted = tuple(EventKind) if kinds is None else kinds
    pairs = list(product((None,) if lines is None else lines, wanted))
    if len(pairs) <= MAX_BRANCHES:
        hidden = [] if is_by_kind else _among(None, kinds, values)
        return [_Branch(_exact(line, kind, values) + hidden, by_run=True) for line, kind in pairs]
    if is_by_kind:
        hidden = _among(lines, None, values)
        return [_Branch(_exact(None, kind, values) + hidden, by_run=True) for kind in wanted if kind]
    return []


def _exact(line: str | None, kind: EventKind | None, values: dict[str, object]) -> list[str]:
    """Conditions for which there is an index."""
    of_line = [] if line is None else [f"line = {_parameter('line', line, values)}"]
    return of_line + ([] if kind is None else [f"kind = {_parameter('kind', kind.value, values)}"])


def _among(
    lines: Sequence[str] | None, kinds: Sequence[EventKind] | None, values: dict[str, object]
) -> list[str]:
    """Conditions without an index: events are scanned from the newest on."""
    found: list[str] = []
    if lines is not None:
        found.append(_one_of("line", lines, values))
    if kinds is not None:
        found.append(_one_of("kind", [kind.value for kind in kinds], values))
    return found


def _one_of(column: str, wanted: Sequence[str], values: dict[str, object]) -> str:
    if not wanted:
        return "1 = 0"
    names = ", ".join(_parameter(column, each, values) for each in wanted)
    return f"coalesce({column}, '') IN ({names})"


def _parameter(column: str, value: str, values: dict[str, object]) -> str:
    name = f"{column}_{len(values)}"
    values[name] = value
    return f":{name}"


def _of_every_branch(query: EventQuery, start: Cursor | None, values: dict[str, object]) -> list[str]:
    """The conditions on machine, person and time."""
    person = "person = :person"
    # A machine has fewer events than a person may have, so the machine's index is the better one.
    if query.machine is not None:
        person = "coalesce(person, '') = :person"
    given = {
        "machine": ("machine = :machine", query.machine),
        "person": (person, query.person),
        "since": ("at >= :since", query.since),
        "until": ("at < :until", query.until),
        "start": ("at <= :start", None if start is None else start.at),
    }
    values.update({name: value for name, (_, value) in given.items() if value is not None})
    return [condition for condition, value in given.values() if value is not None]


def _newest(branch: _Branch, rest: list[str]) -> str:
    # The same condition as that of the index.
    run, of_runs = ("run", ["run > 0"]) if branch.by_run else ("1 AS run", [])
    where = " AND ".join([*branch.where, *of_runs, *rest]) or "1 = 1"
    return f"SELECT id, at, {run} FROM events WHERE {where} ORDER BY at DESC, id DESC LIMIT :bound"


async def _with_notes(connection: AsyncConnection, page: Sequence[Event]) -> list[Event]:
    if not page:
        return []
    wanted = select(event_marks).where(event_marks.c.at >= page[-1].at, event_marks.c.at <= page[0].at)
    notes = {
        (row.kind, row.machine, row.field, row.at): _decode_note.decode(row.body)
        for row in (await connection.execute(wanted)).all()
    }
    if not notes:
        return list(page)
    return [msgspec.structs.replace(each, acknowledged=notes.get(_place(each))) for each in page]


def _place(event: Event) -> tuple[str, str, str, float]:
    return event.kind.value, event.machine, name_of(event), event.at


def name_of(event: Event) -> str:
    """Distinguishes an event from others of its kind and instant at its machine."""
    return event.alarm or event.field or ""


async def write_alarms(connection: AsyncConnection, changed: Iterable[tuple[AlarmKey, AlarmState]]) -> None:
    states = dict(changed)
    if not states:
        return
    for key in states:
        await connection.execute(
            delete(alarms).where(alarms.c.machine == key.machine, alarms.c.name == key.name)
        )
    rows = [
        {"machine": key.machine, "name": key.name, "body": msgspec.json.encode(state).decode()}
        for key, state in states.items()
        if state != AlarmState()
    ]
    if rows:
        await connection.execute(insert(alarms), rows)


async def write_mark(connection: AsyncConnection, mark: EventMark) -> None:
    """Raises `RequestError`: 404 without such an event, 409 if somebody has acknowledged it already."""
    place = (mark.at, mark.machine, mark.kind.value)
    listed = select(events.c.body).where(
        tuple_(events.c.at, events.c.machine, events.c.kind) == tuple_(*place)
    )
    found = [event_of(row) for row in (await connection.execute(listed)).all()]
    if not any(name_of(event) == mark.field for event in found):
        raise no_event()
    key = (event_marks.c.at, event_marks.c.machine, event_marks.c.kind, event_marks.c.field)
    held = select(event_marks.c.body).where(tuple_(*key) == tuple_(*place, mark.field))
    if (body := await connection.scalar(held)) is not None:
        raise acknowledged_already(_decode_note.decode(body))
    values = {"at": mark.at, "machine": mark.machine, "kind": mark.kind.value, "field": mark.field}
    body = msgspec.json.encode(mark.note).decode()
    await connection.execute(insert(event_marks), values | {"body": body})


def no_event() -> RequestError:
    return RequestError("there is no such event, or it is kept no longer", code=ProblemCode.UNKNOWN_EVENT)


def acknowledged_already(note: EventNote) -> RequestError:
    return RequestError(
        f"{note.person} has acknowledged this event already",
        code=ProblemCode.ALARM_STATE,
        arguments={"name": note.person},
    )


async def read_alarms(connection: AsyncConnection) -> dict[AlarmKey, AlarmState]:
    return dict(map(alarm_of, (await connection.execute(select(alarms))).all()))


def alarm_of(row: AnyRow) -> tuple[AlarmKey, AlarmState]:
    return AlarmKey(row.machine, row.name), _decode_state.decode(row.body)


async def remove_events(connection: AsyncConnection, before: float, limit: int) -> int:
    """Removes the oldest events that are not in the audit, at most ``limit``, and returns how many. The first row of a
    run is removed before the others, so that no run counts rows that are gone.
    """
    audited = [kind.value for kind in AUDITED_KINDS]
    is_old = select(events.c.id).where(events.c.at < before, events.c.kind.not_in(audited))
    oldest = is_old.order_by(events.c.at, events.c.id)
    done = await connection.execute(
        delete(events).where(events.c.id.in_(oldest.limit(limit).scalar_subquery()))
    )
    return done.rowcount


async def bound_of_events(connection: AsyncConnection, keep: int) -> float | None:
    """The instant before which there are more events than ``keep``; None if there are not that many."""
    newest = select(events.c.at).order_by(events.c.at.desc(), events.c.id.desc()).offset(keep).limit(1)
    return await connection.scalar(newest)
