"""``/api/shifts`` with a real historian: lists, a report, reasons, notes, and who may do what."""

from __future__ import annotations

import io
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from openpyxl import load_workbook
from tests.integration.http_support import FakeServices, client, serving

from setpoint.client.api import Api, identity_headers
from setpoint.contract.http.machines import Event, EventKind
from setpoint.contract.http.shifts import AssignRequest, NoteRequest, ShiftReport, ShiftsAnswer
from setpoint.contract.live import Outcome
from setpoint.core.commands import BatchRecord, ItemRecord, RecordBatch
from setpoint.core.engine import Engine, Reported
from setpoint.core.events import EventChanges
from setpoint.core.plant import Plant, Report
from setpoint.core.plant.shifts import PatternShift, Reason, ShiftSettings, State
from setpoint.core.shifts import ShiftQuery
from setpoint.history.historian import Historian
from setpoint.testing.patience import patient

TX = "00000000-0000-4000-8000-00000000000b"
REASONS = (
    Reason("technical", "Technical"),
    Reason("motor", "Motor", "technical", ("motor overload",)),
    Reason("order", "No order", None, (), State.STANDBY),
)
LASTED_S = 200


class _Services(FakeServices):
    """Returns the demo's plant, with a shift that began some full minutes ago."""

    def __init__(self, began: float) -> None:
        super().__init__()
        start = datetime.fromtimestamp(began, UTC)
        minute = start.hour * 60 + start.minute
        pattern = PatternShift("Now", frozenset(range(7)), minute, (minute + 120) % 1440 or 1440)
        self.settings = ShiftSettings(
            (pattern,),
            reasons=REASONS,
            micro_stop_s=5,
            total="parts",
            ideal_cycle_s={"dashboard:global": 1.0},
        )

    @property
    def plant(self) -> Plant:
        return replace(super().plant, timezone="UTC", shifts=self.settings)


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[_Services]:
    """Records a shift of 200 s until now. 401 was down from 50 to 100 s because of its motor, 402 from 60 to 80 s. 421
    ran.
    """
    began = (time.time() - LASTED_S) // 60 * 60
    services = _Services(began)
    services.historian = historian = Historian(str(tmp_path / "history"), tmp_path / "tail", reserve=0)
    plant = services.plant
    engine: Engine[str] = Engine(plant, epoch="e", now_ms=0)
    await historian.start()
    historian.record(engine.record(), plant, began)
    down = {"m_401": range(50, 100), "m_402": range(60, 80)}
    for second in range(int(time.time() - began)):
        reports = []
        for key in ("m_401", "m_402", "m_421"):
            stopped = second in down.get(key, ())
            cause = "motor overload" if stopped and key == "m_401" else None
            values = {"status": "FAULT" if stopped else "RUNNING", "cause": cause, "parts": second}
            reports.append(Report(key, values, began + second))
        engine.handle(Reported(reports), second * 1_000, began + second)
        historian.sample(second * 1_000, began + second)
    item = ItemRecord(TX, "m_401", "targetSpeed", 1200, Outcome.APPLIED, began + 6, before=100, line="01")
    await services.store.store(
        [RecordBatch(BatchRecord(TX, "anna", began + 5, "d" * 64, (item,), reason="hot"))]
    )
    yield services
    await historian.stop()


@pytest.fixture
async def url(services: _Services) -> AsyncIterator[str]:
    async with serving(services) as served:
        yield served


async def _report(person: httpx.AsyncClient, **query: str) -> ShiftReport:
    listed = msgspec.json.decode((await person.get("/api/shifts")).content, type=ShiftsAnswer)
    path, give_up = f"/api/shifts/{listed.shifts[0].since:.0f}", time.monotonic() + patient(60)
    while (
        answer := await person.get(path, params=query)
    ).status_code == 503:  # the historian is still starting
        assert time.monotonic() < give_up, answer.text
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return msgspec.json.decode(answer.content, type=ShiftReport)


def _losses(report: ShiftReport) -> dict[str, float]:
    return {each.reason or each.kind: round(each.seconds) for each in report.losses}


@pytest.mark.rule("SHIFT-5", "SHIFT-6", "OEE-4")
async def test_a_shift_leader_reads_why_a_line_was_down_and_assigns_reasons(url: str) -> None:
    async with client(url) as anna:
        listed = (await anna.get("/api/shifts")).json()
        assert [each["name"] for each in listed["shifts"]][:1] == ["Now"]
        assert [(each["id"], each["isLeaf"]) for each in listed["reasons"]] == [
            ("technical", False),
            ("motor", True),
            ("order", True),
        ]
        report = await _report(anna)
        assert _losses(report) == {"motor": 50, "uncategorised": 20}
        [first, second] = report.stops
        assert (first.machine, first.reason, first.by, first.cause) == (
            "m_401",
            "motor",
            "the machine",
            "motor overload",
        )
        assert (second.machine, second.reason, second.by) == ("m_402", None, None)
        assert [(each.person, each.targets, each.outcomes, each.reasons) for each in report.changes] == [
            ("anna", 1, {"applied": 1}, ["hot"])
        ]
        assert report.plant.oee.value is None
        assert report.plant.oee.why is not None
        assert report.plant.oee.why.code == "good-missing"
        assert report.plant.performance.value is not None
        body = {"machine": "m:402", "since": second.since, "until": second.since + 8, "reason": "motor"}
        assert (await anna.post("/api/shifts/reasons", json=body)).status_code == 204
        body |= {"since": second.since + 8, "until": second.until, "reason": "order", "text": "waited"}
        assert (await anna.post("/api/shifts/reasons", json=body)).status_code == 204
        note = {"line": "01", "since": report.shift.since, "text": "=mind the guard"}
        assert (await anna.post("/api/shifts/notes", json=note)).status_code == 204
        after = await _report(anna)
        assert _losses(after) == {"motor": 58, "order": 12, "uncategorised": 0}
        assert [(each.reason, each.by, each.text) for each in after.stops][1:] == [
            ("motor", "anna", ""),
            ("order", "anna", "waited"),
        ]
        assert round(after.plant.seconds["standby"] - report.plant.seconds["standby"]) == 12
        assert [(each.line, each.text, each.person) for each in after.notes] == [
            ("01", "=mind the guard", "anna")
        ]
        one = await _report(anna, line="03")
        assert [each.machine for each in one.machines] == ["m_421", "m_422", "m_423"]
        assert (one.stops, one.notes) == ([], [])


async def test_a_report_is_a_workbook_too_without_formulas(url: str) -> None:
    async with client(url) as anna:
        report = await _report(anna)
        note = {"line": "01", "since": report.shift.since, "text": '=HYPERLINK("http://evil")'}
        await anna.post("/api/shifts/notes", json=note)
        answer = await anna.get(f"/api/shifts/{report.shift.since:.0f}", params={"format": "xlsx"})
    book: Any = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["OEE", "Losses", "Stops", "Alarms", "Events", "Changes", "Notes"]
    assert book["Stops"]["A2"].value == "m:401"
    assert book["Notes"]["B2"].data_type == "s"
    assert "setpoint-shift-" in answer.headers["content-disposition"]


@pytest.mark.rule("SHIFT-8")
async def test_rights_are_by_line_and_hidden_lines_do_not_exist(url: str) -> None:
    async with client(url, "vera") as vera, client(url, "carl") as carl:
        report = await _report(vera)
        assert {each.machine for each in report.machines} == {"m_401", "m_402", "m_403"}
        since = report.shift.since
        body = {"machine": "m:401", "since": since, "until": since + 1, "reason": "motor"}
        assert (await vera.post("/api/shifts/reasons", json=body)).status_code == 403
        note = {"line": "01", "since": since, "text": "x"}
        assert (await vera.post("/api/shifts/notes", json=note)).status_code == 403
        assert (await vera.post("/api/shifts/reasons", json=body | {"machine": "m:421"})).status_code == 404
        assert (await vera.get(f"/api/shifts/{since:.0f}", params={"line": "03"})).status_code == 404
        assert (await carl.post("/api/shifts/reasons", json=body)).status_code == 204
        assert (await carl.post("/api/shifts/reasons", json=body | {"machine": "m:411"})).status_code == 403


def _events_of_shift(began: float) -> tuple[Event, ...]:
    """Stores two alarms of line 01 and a lost machine in the shift, a stop before it, and a stop on line 02."""

    def alarm(at: int, name: str, change: str, priority: str) -> Event:
        return Event(EventKind.ALARM, "m_401", began + at, "01", alarm=name, change=change, priority=priority)

    return (
        Event(EventKind.ASSERTED, "m_401", began - 5, "01", status="FAULT"),
        alarm(10, "hot", "raised", "low"),
        alarm(11, "hot", "cleared", "low"),
        alarm(12, "hot", "raised", "low"),
        Event(EventKind.OFFLINE, "m_402", began + 13, "01"),
        alarm(14, "stop", "raised", "critical"),
        alarm(15, "stop", "acknowledged", "critical"),
        Event(EventKind.ASSERTED, "m_411", began + 16, "02", status="FAULT", cause="motor"),
        Event(EventKind.ASKED, "m_401", began + 17, "01", field="targetSpeed", value=5),
    )


@pytest.mark.rule("SHIFT-9", "EVT-3")
async def test_a_report_has_the_alarms_and_events_of_its_shift_that_a_person_may_see(
    url: str, services: _Services
) -> None:
    async with client(url) as anna, client(url, "vera") as vera:
        began = (await _report(anna)).shift.since
        await services.store.store_events(EventChanges(_events_of_shift(began)))
        report = await _report(anna)
        assert [
            (each.name, each.priority, each.raised, each.acknowledged, each.last_at - began)
            for each in report.alarms
        ] == [("stop", "critical", 1, 1, 15), ("hot", "low", 2, 0, 12)]
        assert [(each.kind.value, each.machine) for each in report.events] == [
            ("offline", "m_402"),
            ("asserted", "m_411"),
        ]
        assert not report.cut_alarms
        assert not report.cut_events
        assert [each.machine for each in (await _report(vera)).events] == ["m_402"]
        assert (await _report(anna, line="02")).alarms == []
        listed = (await anna.get("/api/events", params={"shift": began, "kind": "asserted"})).json()["items"]
        assert [each["machine"] for each in listed] == ["m_411"]
        later: dict[str, str | float] = {"shift": began, "since": began + 14, "kind": "alarm"}
        assert len((await anna.get("/api/events", params=later)).json()["items"]) == 2
        refused = await anna.get("/api/events", params={"shift": began + 1})
        assert (refused.status_code, refused.json()["type"]) == (404, "/problems/unknown-shift")
        book: Any = load_workbook(
            io.BytesIO((await anna.get(f"/api/shifts/{began:.0f}", params={"format": "xlsx"})).content)
        )
        assert [each.value for each in book["Alarms"]["B"]] == ["Alarm", "stop", "hot"]
        assert [each.value for each in book["Events"]["F"]] == ["Message", None, "motor"]


@pytest.mark.rule("SHIFT-9")
async def test_a_report_of_more_events_than_it_lists_says_so(url: str, services: _Services) -> None:
    async with client(url) as anna:
        began = (await _report(anna)).shift.since
        stops = [
            Event(EventKind.ASSERTED, "m_401", began + at / 10, "01", status="FAULT") for at in range(201)
        ]
        await services.store.store_events(EventChanges(tuple(stops)))
        report = await _report(anna)
        assert (len(report.events), report.cut_events, report.cut_alarms) == (200, True, False)
        assert report.events[0].at == stops[1].at


async def test_an_impossible_entry_is_refused_with_what_was_expected(url: str) -> None:
    wrongs: list[tuple[dict[str, object], int]] = [
        ({"reason": "technical"}, 422),
        ({"reason": "nonsense"}, 422),
        ({"machine": "m:999"}, 404),
        ({"until": 0}, 422),
        ({"since": 0}, 422),
        ({"until": 4e9}, 422),
        ({"since": "now"}, 422),
        ({"text": "x" * 2_001}, 422),
        ({"other": 1}, 422),
    ]
    async with client(url) as anna:
        since = (await _report(anna)).shift.since
        for wrong, status in wrongs:
            body = {"machine": "m:401", "since": since, "until": since + 1, "reason": "motor"} | wrong
            answer = await anna.post("/api/shifts/reasons", json=body)
            assert answer.status_code == status, (wrong, answer.text)
            assert answer.json()["detail"], wrong


async def test_a_plant_without_shifts_says_so_and_no_shift_is_made_up(url: str, services: _Services) -> None:
    async with client(url) as anna:
        for name in ("5", "nan", "x", "1e300", "4000000000"):
            assert (await anna.get(f"/api/shifts/{name}")).status_code == 404
        services.settings = ShiftSettings()
        answer = (await anna.get("/api/shifts")).json()
        assert answer["shifts"] == []
        assert answer["isDefined"] is False
        assert (await anna.get("/api/shifts/5")).json()["type"] == "/problems/unknown-shift"


@pytest.mark.parametrize("since", ["4e9", "253402300800", "1e12"])
async def test_there_are_no_shifts_after_now_whatever_the_year(url: str, since: str) -> None:
    async with client(url) as anna:
        answer = await anna.get("/api/shifts", params={"since": since})
        assert (answer.status_code, answer.json()["shifts"]) == (200, [])
        note = {"line": "01", "since": float(since), "text": "x"}
        assert (await anna.post("/api/shifts/notes", json=note)).status_code == 404


async def test_a_note_keeps_its_lines_and_loses_invisible_characters(url: str, services: _Services) -> None:
    async with client(url) as anna:
        since = (await anna.get("/api/shifts")).json()["shifts"][0]["since"]
        note = {"line": "01", "since": since, "text": " mind\u202e\u0000 the\nguard\u0007 "}
        assert (await anna.post("/api/shifts/notes", json=note)).status_code == 204
        entries = await services.shift_entries(ShiftQuery(("01",), since, since + 1))
        assert [each.text for each in entries] == ["mind the\nguard"]
        assert (await anna.post("/api/shifts/notes", json=note | {"text": "\u202e\u0000"})).status_code == 422


async def test_a_program_assigns_a_reason_and_leaves_a_note(url: str) -> None:
    async with client(url) as reader, Api(url, identity_headers(None, "anna")) as anna:
        report = await _report(reader)
        [_, second] = report.stops
        await anna.assign_reason(AssignRequest("m:402", second.since, second.until, "motor", "stuck"))
        await anna.write_note(NoteRequest("01", report.shift.since, "mind the guard"))
        after = await anna.shift(report.shift.since)
    assert [(each.reason, each.by, each.text) for each in after.stops][1:] == [("motor", "anna", "stuck")]
    assert [(each.line, each.text, each.person) for each in after.notes] == [("01", "mind the guard", "anna")]
