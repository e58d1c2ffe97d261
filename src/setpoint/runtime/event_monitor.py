"""Events and alarms of the running server: it watches the hub's records, and stores what happens once a second.

None of this delays a report or a commit. A report only marks its machine in a map; the tick examines alarms; and the
database gets one transaction a second for everything that happened, behind the commits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence

import structlog

from setpoint.contract.http.machines import Event, EventKind
from setpoint.contract.values import Record
from setpoint.core.alarms import AlarmBook, AlarmChange, AlarmEventKind, AlarmKey, AlarmState, Raise
from setpoint.core.alarms.figures import MAX_RAISES, STANDING_S
from setpoint.core.alarms.state import Act
from setpoint.core.audit.chain import Fact, fact
from setpoint.core.audit.changes import Change
from setpoint.core.audit.queries import EventMark, EventQuery
from setpoint.core.commands import BatchRecord
from setpoint.core.events import Contact, EventChanges, EventFactory, alarm_events
from setpoint.core.plant import Plant
from setpoint.errors import StorageError
from setpoint.persistence.base import Persistence

FLUSH_S = 1.0
MAX_WAITING = 200_000
"""The most events that wait while the database fails; beyond it the oldest are dropped, and the log says how many."""
MACHINES_AT_ONCE = 250
"""The number of machines whose alarms are examined at once, which takes two or three milliseconds."""
_MOST_AT_ONCE = 5_000
_RESTORED_PAGES = 20

log = structlog.get_logger("setpoint.happenings")


class EventMonitor:
    """`start` takes up what a former life left; `watch` begins with each plant; `stop` stores what waits."""

    def __init__(self, persistence: Persistence) -> None:
        self._persistence = persistence
        self._factory = EventFactory()
        self._waiting: deque[Event] = deque()
        self._changed: dict[AlarmKey, AlarmState] = {}
        self._states: dict[AlarmKey, AlarmState] = {}
        self._raises: deque[Raise] = deque(maxlen=MAX_RAISES)
        self._book: AlarmBook | None = None
        self._contact: Contact | None = None
        self._task: asyncio.Task[None] | None = None
        self._acting = asyncio.Lock()
        self.dropped = 0

    async def start(self, under_way: Iterable[BatchRecord], now: float) -> None:
        self._states = await self._persistence.alarms()
        for batch in under_way:
            self._factory.follow(batch)
        await self._restore_raises(now)
        self._task = asyncio.create_task(self._flush_for_ever(), name="events")

    async def _restore_raises(self, now: float) -> None:
        found: list[Event] = []
        query = EventQuery(since=now - STANDING_S, kinds=(EventKind.ALARM,), limit=500)
        for _ in range(_RESTORED_PAGES):
            page = await self._persistence.events(query)
            found += page.items
            if page.next_cursor is None:
                break
            query = EventQuery(since=query.since, kinds=query.kinds, cursor=page.next_cursor, limit=500)
        self._note_raises(reversed(found))

    def watch(self, plant: Plant, records: Mapping[str, Record]) -> None:
        """Another plant from now on. Alarms that are in both continue."""
        if self._book is not None:
            self._states = dict(self._book.states)
        offline = () if self._contact is None else self._contact.offline
        self._book = AlarmBook(plant, records, self._states)
        self._contact = Contact(plant, records, offline)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        try:
            await self._flush()
        except StorageError as error:
            log.error("events_not_stored", events=len(self._waiting), error=error.message)

    # From the machines: called for every report

    def changed(self, key: str, fields: Collection[str], ts: float) -> None:
        if self._book is not None:
            self._book.changed(key, fields)
        if "quality" in fields and self._contact is not None:
            event = self._contact.changed(key, ts)
            if event is not None:
                self._put((event,))

    # From the tick

    @property
    def parts(self) -> int:
        """How many calls of `sample` it takes to examine all machines that have changed so far."""
        return 1 if self._book is None else max(1, -(-self._book.moved // MACHINES_AT_ONCE))

    def sample(self, now_ms: int, ts: float) -> None:
        """Examines the alarms of the next `MACHINES_AT_ONCE` machines that changed."""
        if self._book is not None:
            for change in self._book.sample(now_ms, ts, most=MACHINES_AT_ONCE):
                self._took(change, alarm_events(change))

    # From storage

    def stored(self, changes: Sequence[Change], facts: Iterable[Fact] = ()) -> None:
        """Makes events from what was just stored."""
        self._put(self._factory.stored(changes, facts))

    # From people

    def alarms(self) -> list[AlarmChange]:
        return [] if self._book is None else list(self._book.listed())

    def raises(self) -> Sequence[Raise]:
        """The raises of the last day, oldest first."""
        return self._raises

    async def act(self, key: AlarmKey, what: Act, ts: float) -> AlarmChange:
        """Stores a person's act on an alarm, in the audit too, and then carries it out. Raises `RequestError`."""
        async with self._acting:
            return await self._act(key, what, ts)

    async def _act(self, key: AlarmKey, what: Act, ts: float) -> AlarmChange:
        assert self._book is not None
        change = self._book.act(key, what, ts)
        note = getattr(what, "note", "")
        payload = {
            "alarm": key.name,
            "machine": key.machine,
            "act": [each.value for each in change.events],
            "note": note,
            "until": getattr(what, "until", None),
        }
        events = tuple(alarm_events(change, what.by, note))
        changes = EventChanges(events, ((key, change.state),), facts=(fact(ts, "alarm", what.by, payload),))
        self._changed.pop(key, None)  # it must not be stored after the person's act
        try:
            await self._persistence.store_events(changes)
            self._note_raises(events)
            return self._book.take(key, what, ts)  # the alarm may have changed meanwhile
        finally:
            self._changed[key] = self._book.state_of(key)

    async def acknowledge(self, mark: EventMark) -> None:
        """Raises `RequestError`: 404 if there is no such event, 409 if somebody acknowledged it before."""
        payload = {
            "event": mark.kind.value,
            "machine": mark.machine,
            "field": mark.field,
            "at": mark.at,
            "note": mark.note.note,
        }
        await self._flush()
        about = fact(mark.note.at, "event-acknowledged", mark.note.person, payload)
        await self._persistence.store_events(EventChanges(marks=(mark,), facts=(about,)))

    # Storing

    def _took(self, change: AlarmChange, events: Iterable[Event]) -> None:
        self._changed[change.key] = change.state
        happened = tuple(events)
        self._note_raises(happened)
        self._put(happened)

    def _note_raises(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.change == AlarmEventKind.RAISED and event.alarm is not None:
                self._raises.append(Raise(AlarmKey(event.machine, event.alarm), event.line, event.at))
                while self._raises[0].at < event.at - STANDING_S:
                    self._raises.popleft()

    def _put(self, events: Iterable[Event]) -> None:
        self._waiting.extend(events)
        beyond = len(self._waiting) - MAX_WAITING
        for _ in range(beyond):
            self._waiting.popleft()
        if beyond > 0:
            self.dropped += beyond
            log.warning("events_dropped", events=beyond)

    async def _flush_for_ever(self) -> None:
        has_failed = False
        while True:
            await asyncio.sleep(FLUSH_S)
            try:
                await self._flush()
            except StorageError as error:
                if not has_failed:
                    log.warning("events_not_stored", waiting=len(self._waiting), error=error.message)
                has_failed = True
            except Exception:
                log.exception("events_failed")
            else:
                has_failed = False

    async def _flush(self) -> None:
        """Stores what waits. If that fails, it stays for the next attempt."""
        while self._waiting or self._changed:
            events = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_AT_ONCE))]
            alarms, self._changed = self._changed, {}
            try:
                await self._persistence.store_events(EventChanges(tuple(events), tuple(alarms.items())))
            except BaseException:
                self._waiting.extendleft(reversed(events))
                self._changed = alarms | self._changed
                raise
