"""The part of the server's data that one person may see. Routes have no other access to it.

If a person may not see a line, its machines do not exist for them. So routes do not get `Services` but a `Sight`: a
plant without those lines, and batches, lists, files and answers narrowed by `setpoint.core.commands.narrow`. A new
route cannot forget to narrow, because it has no other access.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import cached_property
from math import inf, nextafter

import msgspec

from setpoint import clock
from setpoint.contract.http.batches import (
    AgainRequest,
    BatchAnswer,
    BatchKind,
    BatchRequest,
    BatchStory,
    BatchSummary,
)
from setpoint.contract.http.machines import Event, EventAcknowledgement, EventKind, EventNote, FieldRev
from setpoint.contract.http.pages import Page
from setpoint.contract.http.plant import CapabilityName
from setpoint.contract.http.problems import ProblemCode
from setpoint.contract.values import Record
from setpoint.core.alarms import AlarmChange, AlarmKey, PutBack, Raise, TakeOut
from setpoint.core.alarms.state import Act
from setpoint.core.approval.approvals import PendingApproval
from setpoint.core.audit.queries import BatchQuery, EventMark, EventQuery, KeptFile, PastTarget, TargetQuery
from setpoint.core.commands import Arrival, BatchRecord, story_of
from setpoint.core.commands.narrow import narrowed, narrowed_answer, narrowed_summary
from setpoint.core.commands.request import is_tx_id, unknown_batch
from setpoint.core.commands.withdrawal import account_of
from setpoint.core.history import HistoryQuery
from setpoint.core.plant import WHOLE_PLANT, Machine, Person, Plant, Role
from setpoint.core.shifts import Calendar, ShiftEntry, ShiftQuery, ShiftQuestion
from setpoint.errors import RequestError
from setpoint.server.http.deps import Provided
from setpoint.server.http.limits import Limits
from setpoint.server.http.request import HttpRequest
from setpoint.server.http.services import Services
from setpoint.server.http.shift_calendar import calendar_of
from setpoint.server.identity.authenticator import Authenticator, person_of

_MAX_PLANTS = 64
_RENEWED_AFTER_MS = 1_000
"""The time that a body may take before its person is looked up again."""


class Sights:
    """Identifies the person behind a request, and gives their `Sight`."""

    def __init__(self, services: Services, auth: Authenticator, limits: Limits | None = None) -> None:
        self._services = services
        self._auth = auth
        self._limits = limits or Limits()
        self._plants: OrderedDict[frozenset[str], tuple[Plant, Plant]] = OrderedDict()
        self._calendar: tuple[Plant, Calendar] | None = None

    async def of(self, request: HttpRequest) -> Sight:
        """Raises `RequestError` 401 if nobody is signed in."""
        return self.for_person(await person_of(request, self._auth))

    def for_person(self, person: Person) -> Sight:
        return Sight(self._services, self._limits, self, person, self._plant(person))

    def calendar(self) -> Calendar:
        """The shifts of the present plant. Raises `RequestError` 404 if its file describes none."""
        plant = self._services.plant
        if self._calendar is None or self._calendar[0] is not plant:
            self._calendar = plant, calendar_of(plant)
        return self._calendar[1]

    async def still(self, person: Person) -> Person | None:
        """Somebody who was admitted before, with their present rights; None if they would not be admitted again."""
        return await self._auth.still(person)

    def _plant(self, person: Person) -> Plant:
        """The present plant without the lines that the person may not see; the same object for the same rights."""
        whole = self._services.plant
        if person.sees_whole_plant:
            return whole
        seen = frozenset(line.id for line in whole.lines if person.may_see(line.id))
        made_of, plant = self._plants.get(seen, (None, whole))
        if made_of is not whole:
            plant = replace(whole, lines=tuple(line for line in whole.lines if line.id in seen))
            self._plants[seen] = whole, plant
        self._plants.move_to_end(seen)
        if len(self._plants) > _MAX_PLANTS:
            self._plants.popitem(last=False)
        return plant


async def sight_of(request: HttpRequest, sights: Provided[Sights]) -> Sight:
    """Provides the `Sight` of the person behind a request."""
    return await sights.of(request)


class Sight:
    """One person's view of the server. ``plant`` has only the machines that they may see."""

    def __init__(
        self, services: Services, limits: Limits, sights: Sights, person: Person, plant: Plant
    ) -> None:
        self._services = services
        self._limits = limits
        self._sights = sights
        self._account = account_of(person.name)
        self.person = person
        self.plant = plant

    @property
    def ts(self) -> float:
        """The plant's calendar time in Unix seconds."""
        return self._services.ts

    @property
    def calendar(self) -> Calendar:
        """The shifts of the plant. Raises `RequestError` 404 if its file describes none."""
        return self._sights.calendar()

    async def after(self, began_ms: int) -> Sight:
        """The same person's sight with their present rights, if the request took long: they may have changed meanwhile.

        Raises `RequestError` 401 if they would not be admitted again.
        """
        if clock.now_ms() - began_ms < _RENEWED_AFTER_MS:
            return self
        person = await self._sights.still(self.person)
        if person is None:
            raise RequestError(
                "your session or token ended while the request was on its way; sign in again",
                code=ProblemCode.NOT_SIGNED_IN,
            )
        return self._sights.for_person(person)

    # The plant

    @property
    def is_simulated(self) -> bool:
        return self._services.is_simulated

    def capabilities(self, machine: str) -> list[CapabilityName] | None:
        """The capabilities of a machine of the plant: what it can report about itself. None if that is not known."""
        return self._services.capabilities(machine)

    def machine(self, key: str, name: str) -> Machine:
        """Raises `RequestError` 404, which names the machine by the ``name`` in the request."""
        found = self.plant.machines.get(key)
        if found is None:
            raise RequestError(
                f"there is no machine {name[:200]!r} in this plant",
                code=ProblemCode.UNKNOWN_MACHINE,
                arguments={"name": name[:200]},
            )
        return found

    def records(self) -> Mapping[str, Record]:
        """The machines' live records."""
        every = self._services.machines
        return {key: every[key] for key in self.plant.machines if key in every}

    def record(self, machine: str) -> Record:
        """The live record of a machine that the person may see, read only."""
        return self._services.machines.get(machine, {}) if machine in self.plant.machines else {}

    async def changes(self, line: str | None) -> list[FieldRev]:
        """The last change of each set-point of a line that the person may see, or of all of them."""
        machines = [each.key for each in self.plant.machines.values() if line in (None, each.line)]
        return await self._services.changes(machines)

    def simulate(
        self,
        machine: Machine,
        *,
        status: str | msgspec.UnsetType | None,
        fault: str | msgspec.UnsetType | None,
    ) -> None:
        if status is not msgspec.UNSET:
            self._services.simulate_status(machine.key, status)
        if fault is not msgspec.UNSET:
            self._services.simulate_fault(machine.key, fault)

    # The past

    async def batch(self, tx_id: str) -> BatchRecord:
        """Raises `RequestError` 404 for a batch that the person may not see, as for one that does not exist."""
        found = await self._batch(tx_id) if is_tx_id(tx_id) else None
        if found is None:
            raise unknown_batch(tx_id)
        return found

    async def story(self, tx_id: str) -> BatchStory:
        return story_of(await self.batch(tx_id))

    async def batches(self, query: BatchQuery) -> Page[BatchSummary]:
        lines = self._lines()
        mine = None if lines is None else self.person.name
        wanted = msgspec.structs.replace(query, lines=lines, or_person=mine)
        async with self._limits.reading(self._account):
            found = await self._services.batches(wanted)
        return Page([narrowed_summary(each, self.person) for each in found.items], found.next_cursor)

    async def stories(self, query: BatchQuery, *, max_batches: int, max_items: int) -> list[BatchStory]:
        """Batches with all their items, the newest first, up to these bounds."""
        stories: list[BatchStory] = []
        items, cursor = 0, None
        while len(stories) < max_batches and items < max_items:
            page = await self.batches(msgspec.structs.replace(query, cursor=cursor, limit=100))
            for summary in page.items:
                if (record := await self._batch(summary.tx_id)) is not None:
                    stories.append(story_of(record))
                    items += len(record.items)
            if (cursor := page.next_cursor) is None:
                break
        return stories

    async def events(self, query: EventQuery) -> Page[Event]:
        """Events of lines that the person may see. Only administrators see who signed in."""
        async with self._limits.reading(self._account):
            found = await self._services.events(self._narrowed_query(query))
        return msgspec.structs.replace(found, items=[self._labelled(each) for each in found.items])

    def _labelled(self, event: Event) -> Event:
        """An alarm's event with what the plant file calls the alarm."""
        label = event.alarm and self._alarm_labels.get(event.alarm)
        return msgspec.structs.replace(event, label=label) if label else event

    @cached_property
    def _alarm_labels(self) -> dict[str, str]:
        return {alarm.name: alarm.label for alarm in self.plant.alarms}

    def _narrowed_query(self, query: EventQuery) -> EventQuery:
        is_admin = self.person.role_on(WHOLE_PLANT) is Role.ADMIN
        hidden = () if is_admin else (EventKind.SIGN_IN,)
        return msgspec.structs.replace(query, lines=self._lines(), without=hidden)

    async def all_events(self, query: EventQuery, *, at_most: int) -> list[Event]:
        """Events for an export, the newest first, up to this bound."""
        found: list[Event] = []
        cursor: str | None = None
        while len(found) < at_most:
            page = await self.events(msgspec.structs.replace(query, cursor=cursor, limit=500))
            found += page.items
            if (cursor := page.next_cursor) is None:
                break
        return found[:at_most]

    @asynccontextmanager
    async def exporting(self) -> AsyncIterator[None]:
        """The turn of an export. Raises `RequestError`: 429, and 401 or 403 for `unchanged`."""
        async with self.unchanged(), self._limits.exporting(self._account):
            yield

    @asynccontextmanager
    async def unchanged(self) -> AsyncIterator[None]:
        """What is read in the block, which may take long, is not given to somebody whose rights have changed meanwhile.

        Raises `RequestError`: 401 if they would not be admitted again, 403 if they have other rights now.
        """
        began_ms = clock.now_ms()
        yield
        if (await self.after(began_ms)).person.grants != self.person.grants:
            raise RequestError(
                "your rights changed while this was on its way; ask for it again",
                code=ProblemCode.RIGHTS_CHANGED,
            )

    async def acknowledge(self, request: EventAcknowledgement, at: float) -> None:
        """Raises `RequestError`: 403, 404 (also for what the person may not see), 409, 429."""
        found = await self.events(
            EventQuery(
                request.machine or None,
                request.at,
                limit=500,
                until=nextafter(request.at, inf),
                kinds=(request.kind,),
            )
        )
        named = [event for event in found.items if (event.alarm or event.field or "") == request.field]
        if not named:
            raise RequestError(
                "there is no such event, or it is kept no longer", code=ProblemCode.UNKNOWN_EVENT
            )
        self._check_operator(named[0].line)
        self._limits.take_act(self._account, request.note)
        note = EventNote(self.person.name, at, request.note)
        mark = EventMark(request.kind, request.machine, request.at, request.field, note)
        async with self._limits.acting(self._account):
            await self._services.acknowledge(mark)

    # Alarms

    async def alarms(self) -> list[AlarmChange]:
        """Every alarm of the person's lines that is not normal."""
        return [each for each in await self._services.alarms() if each.line in self.plant.lines_by_id]

    @property
    def defined_alarms(self) -> int:
        """How many definitions are for machines that the person may see."""
        machines = self.plant.machines.values()
        return sum(any(alarm.is_for(each.key, each.line) for each in machines) for alarm in self.plant.alarms)

    async def alarm_raises(self) -> list[Raise]:
        raises = await self._services.alarm_raises()
        return [each for each in raises if each.line in self.plant.lines_by_id]

    async def act_on_alarm(self, machine: Machine, name: str, what: Act) -> AlarmChange:
        """Raises `RequestError`: 403, 404, 409, 429."""
        self._check_operator(machine.line)
        is_service = isinstance(what, TakeOut | PutBack)
        if is_service and (self.person.role_on(machine.line) or Role.VIEWER) < Role.ENGINEER:
            raise RequestError(
                f"taking an alarm out of service needs engineer on line {machine.line}",
                code=ProblemCode.FORBIDDEN,
                arguments={"role": "engineer", "line": machine.line},
            )
        self._limits.take_act(self._account, getattr(what, "note", ""))
        async with self._limits.acting(self._account):
            return await self._services.act_on_alarm(AlarmKey(machine.key, name), what)

    def _check_operator(self, line: str) -> None:
        if not self.person.may_change(line or WHOLE_PLANT):
            raise RequestError(
                f"needs operator on {f'line {line}' if line else 'the whole plant'}",
                code=ProblemCode.FORBIDDEN,
                arguments={"role": "operator", "line": line} if line else None,
            )

    async def history(self, query: HistoryQuery, form: str, changes: bytes = b"[]") -> tuple[bytes, str]:
        """The recorded values of machines that the person may see, in some format, and its media type."""
        units = {field.name: field.unit for field in self.plant.fields}
        async with self.unchanged():
            return await self._services.history(query, form, units, changes)

    # Shifts

    async def shift_report(self, question: ShiftQuestion, form: str) -> tuple[bytes, str]:
        """``question`` is of machines of this sight's plant."""
        async with self.unchanged():
            return await self._services.shift_report(question, form)

    async def shift_entries(self, query: ShiftQuery) -> list[ShiftEntry]:
        """The entries about lines that the person may see."""
        lines = tuple(line for line in query.lines if line in self.plant.lines_by_id)
        async with self._limits.reading(self._account):
            return await self._services.shift_entries(msgspec.structs.replace(query, lines=lines))

    async def record_shift_entry(self, entry: ShiftEntry) -> None:
        """Raises `RequestError` 403 without operator on its line, 429 for more than the account may give."""
        if not self.person.may_change(entry.line):
            raise RequestError(
                f"needs operator on line {entry.line}",
                code=ProblemCode.FORBIDDEN,
                arguments={"role": "operator", "line": entry.line},
            )
        await self._limits.take_targets(self._account, 1, len(entry.text.encode()))
        async with self._limits.acting(self._account):
            await self._services.record_shift_entry(entry)

    async def targets(self, query: TargetQuery) -> list[PastTarget]:
        """Targets of machines that the person may see, newest first."""
        known = tuple(machine for machine in query.machines if machine in self.plant.machines)
        async with self._limits.reading(self._account):
            return await self._services.targets(msgspec.structs.replace(query, machines=known))

    async def workbook(self, tx_id: str) -> tuple[KeptFile, BatchStory]:
        """The workbook of a batch, under the name that its person gave it. Raises `RequestError` 404.

        It belongs to the account that uploaded it: a hash of a file that they did not upload finds
        nothing. A workbook can have rows of any line, so other people get it only if they see the whole plant.
        """
        record = await self.batch(tx_id)
        uploader = account_of(record.person)
        is_theirs = uploader == self._account or self.person.sees_whole_plant
        source = record.source if is_theirs else None
        async with self._limits.reading(self._account):
            kept = None if source is None else await self._services.file(source.sha256, uploader)
        if kept is None or source is None:
            raise RequestError(
                f"no workbook was kept for batch {tx_id}",
                code=ProblemCode.UNKNOWN_FILE,
                arguments={"batch": tx_id},
            )
        return msgspec.structs.replace(kept, filename=source.filename), story_of(record)

    def check_may_keep(self) -> None:
        """Raises `RequestError` 403 for people who may not change any line: they have no workbooks to store."""
        if not any(self.person.may_change(line.id) for line in self.plant.lines):
            raise RequestError("keeping workbooks needs operator", code=ProblemCode.FORBIDDEN)

    def receiving(self) -> AbstractAsyncContextManager[None]:
        """The place of a workbook that arrives."""
        return self._limits.receiving(self._account)

    async def keep_file(self, file: KeptFile) -> None:
        self.check_may_keep()
        limits = await self._limits.of(self._account)
        async with self._limits.keeping(self._account, len(file.content)):
            await self._services.keep_file(file, self._account, limits)

    async def _batch(self, tx_id: str) -> BatchRecord | None:
        async with self._limits.reading(self._account):
            found = await self._services.batch(tx_id)
        return None if found is None else narrowed(found, self.person)

    def _lines(self) -> frozenset[str] | None:
        return None if self.person.sees_whole_plant else frozenset(self.plant.lines_by_id)

    # Targets

    def take_batch(self) -> None:
        """Counts a batch of the person. Raises `RequestError` 429 if they send too many in a short time."""
        self._limits.take_batch(self._account, self.person.name)

    def take_body(self, size: int) -> None:
        """Counts a part of the body of a batch. Raises `RequestError` 429 if too many bytes come in a short time."""
        self._limits.take_body(self._account, self.person.name, size)

    async def submit(self, request: BatchRequest, *, arrival: Arrival | None = None) -> BatchAnswer:
        await self._limits.take_targets(
            self._account, sum(map(len, request.updates.values())), size_of(request)
        )
        answer = await self._services.submit(request, self.person, arrival=arrival)
        return self._narrowed(answer, request.updates)

    async def again(
        self,
        followed: str,
        kind: BatchKind,
        tx_id: str,
        body: AgainRequest,
        *,
        arrival: Arrival | None = None,
    ) -> BatchAnswer:
        """Undoes an earlier batch, or retries what failed in it. Raises `RequestError`."""
        earlier = await self.batch(followed)
        await self._limits.take_targets(self._account, len(earlier.items), size_of(body))
        answer = await self._services.again(followed, kind, tx_id, body, self.person, arrival=arrival)
        return await self._as_recorded(answer)

    async def cancel(self, tx_id: str) -> BatchAnswer:
        return await self._as_recorded(await self._services.cancel(tx_id, self.person))

    async def _as_recorded(self, answer: BatchAnswer) -> BatchAnswer:
        """The answer of a batch, narrowed by the targets in its record."""
        if self.person.sees_whole_plant or not answer.results:
            return answer
        record = await self._services.batch(answer.tx_id)
        targets: dict[str, dict[str, object]] = {}
        for item in record.items if record else ():
            targets.setdefault(item.machine, {})[item.field] = item.asked
        return self._narrowed(answer, targets)

    async def held(self) -> list[PendingApproval]:
        return await self._services.held(self.person)

    async def confirm(self, tx_id: str, *, arrival: Arrival | None = None) -> BatchAnswer:
        """Begins a held batch, with the present rights of the person who asked for it. Raises `RequestError` 409."""
        found = next((each for each in await self.held() if each.request.tx_id == tx_id), None)
        asked_by = None if found is None else await self._sights.still(found.person)
        if found is not None and asked_by is None:
            raise RequestError(
                f"{found.person.name} has signed out or may not change this any more; let them ask again",
                code=ProblemCode.ASKER_GONE,
                arguments={"name": found.person.name},
            )
        answer = await self._services.confirm(tx_id, self.person, asked_by or self.person, arrival=arrival)
        return self._narrowed(answer, found.request.updates if found else {})

    async def withdraw(self, tx_id: str) -> None:
        await self._services.withdraw(tx_id, self.person)

    def _narrowed(self, answer: BatchAnswer, targets: Mapping[str, Mapping[str, object]]) -> BatchAnswer:
        return narrowed_answer(answer, targets, self.person, self._services.plant)


def size_of(request: BatchRequest | AgainRequest) -> int:
    return len(msgspec.json.encode(request))
