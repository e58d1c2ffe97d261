"""Hidden lines do not exist: two plants that differ only in hidden lines give a person the same bytes.

The same people use both plants in the same way. One plant has an additional line, with its machines, their batches,
stops, alarms, downtimes and workbooks. A person without that line gets the same answers from both, on every route.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from tests.integration.http_support import BOARD, FakeServices, People
from tests.unit.core.commands.shell import Shell, tx

from setpoint.contract.http.machines import Event, EventKind
from setpoint.contract.live import By, ByKind, OpenTarget, Outcome, TxOutcome
from setpoint.contract.values import Value
from setpoint.core.alarms import AlarmBook, AlarmChange, AlarmKey, Raise
from setpoint.core.alarms.state import Act
from setpoint.core.events import EventChanges, alarm_events
from setpoint.core.history import HistoryQuery
from setpoint.core.hub import Hub, Send
from setpoint.core.plant import Machine, Person, Plant, Report, Role, demo_plant
from setpoint.core.plant.shifts import PatternShift, Reason, ShiftSettings
from setpoint.core.shifts import RecordShiftEntry, ShiftEntry, ShiftQuestion
from setpoint.server.http.app import create_app
from setpoint.server.http.services import Services

SHIFT, NOW = 1_699_920_000.0, 1_699_999_200.0
WHOLE = replace(
    demo_plant(),
    timezone="UTC",
    shifts=ShiftSettings(
        (PatternShift("Day", frozenset(range(7)), 0, 1_440),),
        reasons=(Reason("motor", "Motor"),),
        total="parts",
        ideal_cycle_s={"dashboard:global": 1.0},
    ),
)
WITHOUT = replace(WHOLE, lines=tuple(line for line in WHOLE.lines if line.id != "02"))
READER = Person("carl", {"01": Role.OPERATOR, "03": Role.VIEWER})
SHOWN, HIDDEN = ("m_401", "m_402", "m_421"), ("m_411", "m_412")
MADE_UP = "m_999"
FIELD = "targetSpeed"
FILE = b"Machine ID;Target Speed\nm:401;150\nm:411;150\n"
SHA = hashlib.sha256(FILE).hexdigest()


@dataclass(frozen=True)
class Batch:
    """A batch. With ``has_file`` it comes from an uploaded workbook."""

    person: str
    machines: Sequence[str]
    has_file: bool
    verb: str


BATCHES = st.builds(
    Batch,
    st.sampled_from(["ada", "carl"]),
    st.lists(st.sampled_from([*SHOWN, *HIDDEN, MADE_UP]), min_size=1, max_size=4, unique=True),
    st.booleans(),
    st.sampled_from(["", "", "undo", "retry", "cancel"]),
)


@dataclass(frozen=True)
class PlantEvent:
    """An event of a machine, or of the whole plant, that people read later."""

    machine: str
    kind: str


EVENTS = st.lists(
    st.builds(
        PlantEvent,
        st.sampled_from([*SHOWN, *HIDDEN]),
        st.sampled_from(["alarm", "offline", "downtime", "note", "sign-in", "reader acts"]),
    ),
    max_size=6,
)


class FixedHistory(FakeServices):
    """A history with a fixed clock. Its historian answers with the query itself."""

    def __init__(self, plant: Plant) -> None:
        super().__init__()
        self.shell = Shell(plant).ready()
        self.hub = Hub(plant, epoch="e", now_ms=0)
        self.book = AlarmBook(plant, self.shell.machines, {})

    @property
    def ts(self) -> float:
        return NOW

    async def history(
        self, query: HistoryQuery, form: str, units: dict[str, str], changes: bytes
    ) -> tuple[bytes, str]:
        return msgspec.json.encode([query, form, units, changes]), "application/json"

    async def shift_report(self, question: ShiftQuestion, form: str) -> tuple[bytes, str]:
        return msgspec.json.encode([question, form]), "application/json"

    async def act_on_alarm(self, key: AlarmKey, what: Act) -> AlarmChange:
        return self.book.take(key, what, NOW)

    async def happen(self, number: int, kind: str, machine: Machine) -> None:
        at, line = SHIFT + number, machine.line
        match kind:
            case "alarm":
                self.shell.report(machine.key, status="FAULT")
                self.book.changed(machine.key, ("status",))
                for change in self.book.sample(number, at):
                    await self.store.store_events(EventChanges(tuple(alarm_events(change))))
                    self.raises.append(Raise(change.key, line, at))
            case "offline":
                await self.store.store_events(
                    EventChanges((Event(EventKind.OFFLINE, machine.key, at, line),))
                )
            case "sign-in":
                await self.store.store_events(EventChanges((Event(EventKind.SIGN_IN, "", at, person="ada"),)))
            case "downtime":
                entry = ShiftEntry(line, at, at + 60, "ada", at, machine.key, "motor", "sand")
                await self.store.store([RecordShiftEntry(entry)])
            case "note":
                entry = ShiftEntry(line, SHIFT, NOW, "ada", at, text=f"note {number}")
                await self.store.store([RecordShiftEntry(entry)])


class Readers(People):
    def __init__(self) -> None:
        super().__init__()
        self._KNOWN = {READER.name: READER, "ada": Person("ada", {"*": Role.ADMIN})}


class World:
    """A plant that people use."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.services = FixedHistory(plant)
        self.app: Litestar = create_app(
            cast("Services", self.services), auth=Readers(), metrics=self.services.metrics, board=BOARD
        )

    def client_of(self, person: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(cast("Any", self.app))
        return httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", headers={"X-Demo-User": person}
        )

    async def send_batches(self, batches: Sequence[Batch]) -> list[tuple[int, bytes]]:
        """Sends the batches. Returns the responses that the reader gets."""
        responses: list[tuple[int, bytes]] = []
        for number, batch in enumerate(batches):
            is_reader = batch.person == READER.name
            known = [each for each in batch.machines if is_reader or self._exists(each)]
            if not known:
                continue
            async with self.client_of(batch.person) as http:
                answers = [each async for each in self._submit(http, number, batch, known)]
                responses += [(each.status_code, each.content) for each in answers if is_reader]
        return responses

    async def play(self, events: Sequence[PlantEvent]) -> list[tuple[int, bytes]]:
        """Plays the events. Returns the responses to what the reader does about them."""
        responses: list[tuple[int, bytes]] = []
        for number, each in enumerate(events):
            if each.kind == "reader acts":
                async with self.client_of(READER.name) as http:
                    answers = [await http.post(path, json=body) for path, body in _acts(each.machine)]
                responses += [(answer.status_code, answer.content) for answer in answers]
            elif (machine := self.plant.machines.get(each.machine)) is not None:
                await self.services.happen(number, each.kind, machine)
        return responses

    def _exists(self, machine: str) -> bool:
        return machine == MADE_UP or machine in self.plant.machines

    async def _submit(
        self, http: httpx.AsyncClient, number: int, batch: Batch, machines: Sequence[str]
    ) -> AsyncIterator[httpx.Response]:
        body: dict[str, object] = {
            "txId": tx(number),
            "updates": {machine: {FIELD: 150 + number} for machine in machines},
            "reason": f"batch {number}",
        }
        if batch.has_file:
            await http.put(f"/api/files/{SHA}", params={"filename": f"{batch.person}.csv"}, content=FILE)
            body["source"] = {"filename": f"{batch.person}.csv", "sha256": SHA, "rows": 2}
        yield await http.post("/api/batches", json=body)
        if batch.verb:
            yield await http.post(f"/api/batches/{tx(number)}/{batch.verb}", json={"txId": tx(1000 + number)})

    async def read_everything(self, count: int) -> dict[str, tuple[int, bytes]]:
        """Calls every route that reads, with every existing and possible name."""
        found: dict[str, tuple[int, bytes]] = {}
        async with self.client_of(READER.name) as http:
            for path in _paths(self.app, count):
                answer = await http.get(path)
                assert answer.status_code < 500, path
                found[path] = answer.status_code, _without_clock(answer.content)
        return found


def _paths(app: Litestar, count: int) -> Iterator[str]:
    names = [*SHOWN, *HIDDEN, MADE_UP]
    pools = {
        "tx_id": [tx(number) for number in (*range(count), *range(1000, 1000 + count), 9999)],
        "machine": names,
        "since": ["1", f"{SHIFT:.0f}"],
    }
    queries = {
        "/api/batches": [f"machine={name}" for name in names] + ["limit=1", "person=ada", "person=carl"],
        "/api/events": [f"machine={name}" for name in names]
        + ["limit=1", "line=01", "line=02", "kind=asserted"],
        "/api/events/export.csv": [f"machine={name}" for name in names] + ["line=02"],
        "/api/alarms": [f"machine={name}" for name in names] + ["line=01", "line=02"],
        "/api/changes": ["line=01", "line=02", "line=77"],
        "/api/template.xlsx": ["topic=line:02", "topic=m:411", "topic=line:01", "topic=m:777"],
        "/api/batches/export.csv": [f"machine={name}" for name in names],
        "/api/history": [
            f"from=-8h&signals={signal}"
            for signal in (
                *(f"{name}.speed" for name in names),
                "m_401",
                "m_411",
                "line:01.speed",
                "line:02.speed",
            )
        ],
        f"/api/shifts/{SHIFT:.0f}": ["line=01", "line=02", "line=77", "format=xlsx"],
    }
    for route in app.routes:
        if "GET" not in getattr(route, "methods", ()) or not route.path.startswith("/api"):
            continue
        parameters = re.findall(r"\{(\w+)[^}]*\}", route.path)
        assert set(parameters) <= set(pools), f"add names for the parameters of {route.path}"
        for value in pools[parameters[0]] if parameters else [""]:
            path = re.sub(r"\{\w+[^}]*\}", value, route.path)
            yield path
            for query in queries.get(path, []):
                yield f"{path}?{query}"


def _acts(machine: str) -> Iterator[tuple[str, dict[str, object]]]:
    line = next(each.id for each in WHOLE.lines if machine in [member.key for member in each.machines])
    yield f"/api/alarms/{machine}/stop/acknowledge", {"note": "seen"}
    yield f"/api/alarms/{machine}/nonsense/acknowledge", {}
    yield "/api/events/acknowledge", {"machine": machine, "kind": "offline", "at": SHIFT, "field": ""}
    yield "/api/shifts/reasons", {"machine": machine, "since": SHIFT, "until": SHIFT + 9, "reason": "motor"}
    yield "/api/shifts/notes", {"line": line, "since": SHIFT, "text": "sand"}


def _without_clock(content: bytes) -> bytes:
    """Returns the contents of a workbook's sheets, because its package has a time stamp."""
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        sheets = [name for name in sorted(package.namelist()) if not name.startswith("docProps")]
        whole = b"\n".join(package.read(name) for name in sheets)
    return re.sub(rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d", b"then", whole)


@pytest.mark.rule("PRE-5")
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.lists(BATCHES, min_size=1, max_size=3), EVENTS)
@example(
    [Batch("ada", ["m_411", "m_401"], has_file=False, verb="")],
    [
        *(
            PlantEvent("m_411", what)
            for what in ("offline", "alarm", "downtime", "note", "sign-in", "reader acts")
        ),
        *(PlantEvent("m_401", what) for what in ("alarm", "downtime", "reader acts")),
    ],
)
async def test_a_person_cannot_distinguish_plants_that_differ_only_in_hidden_lines(
    batches: list[Batch], events: list[PlantEvent]
) -> None:
    whole, without = World(WHOLE), World(WITHOUT)
    assert await whole.send_batches(batches) == await without.send_batches(batches)
    assert await whole.play(events) == await without.play(events)
    assert await whole.read_everything(len(batches)) == await without.read_everything(len(batches))


REPORTS = st.lists(
    st.tuples(st.sampled_from([*SHOWN, *HIDDEN]), st.integers(0, 9), st.sampled_from(["RUNNING", "FAULT"])),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(REPORTS)
def test_the_stream_of_two_such_plants_is_the_same_too(
    reports: list[tuple[str, int, str]],
) -> None:
    assert list(_frames(WHOLE, reports)) == list(_frames(WITHOUT, reports))


def _frames(plant: Plant, reports: Sequence[tuple[str, int, str]]) -> Iterator[bytes]:
    hub: Hub[str] = Hub(plant, epoch="e", now_ms=0)
    yield from _frames_for_reader(hub.open("reader", READER, name="a", now_ms=0, ts=5.0))
    for number, topic in enumerate(("dashboard:global", "line:01", "line:02", "m:411", "m:401")):
        text = f'{{"type":"subscribe","id":{number},"topic":"{topic}"}}'
        yield from _frames_for_reader(hub.received("reader", text, 0, 5.0))
    for number, (machine, speed, status) in enumerate(reports):
        now_ms, ts = 100 * number, 5.0 + number / 10
        if machine in plant.machines:
            values: dict[str, Value] = {"speed": speed, FIELD: speed, "status": status}
            yield from _frames_for_reader(hub.reported([Report(machine, values, ts)], now_ms, ts).effects)
            target = OpenTarget(tx(number), speed, By(ByKind.OPERATOR, "ada"), ts)
            hub.opened(machine, FIELD, target)
            outcome = TxOutcome(tx(number), machine, FIELD, Outcome.APPLIED, number, None, speed)
            yield from _frames_for_reader(hub.settled([outcome], now_ms, ts))
            hub.revised({machine: {FIELD: number}})
        yield from _frames_for_reader(hub.tick(now_ms, ts))
    for later in range(40):
        yield from _frames_for_reader(hub.tick(2_000 + 250 * later, 15.0 + later / 4))


def _frames_for_reader(effects: Sequence[object]) -> Iterator[bytes]:
    """Takes the frames for the reader at once, because the hub may change the other recipients."""
    for effect in effects:
        if isinstance(effect, Send) and "reader" in effect.sessions:
            yield effect.data
