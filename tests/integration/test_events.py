"""Events and alarms of a real server: lists, acknowledgement, export, and a restart."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.forked import completed
from tests.integration.running_server import RunningServer

from setpoint.client import Api, Client, Event, EventKind, past
from setpoint.contract.http.pages import Page
from setpoint.core.plant.demo import DEMO_ALARMS
from setpoint.errors import RefusedError
from setpoint.testing.patience import patient


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    server = RunningServer(tmp_path_factory.mktemp("events"), "--calm")
    server.start()
    yield server
    server.kill()


STOP_LABEL = next(alarm.label for alarm in DEMO_ALARMS if alarm.name == "stop")


def http(server: RunningServer, role: str = "operator") -> httpx.Client:
    headers = {"X-Demo-User": "anna", "X-Demo-Role": role}
    return httpx.Client(base_url=server.url, headers=headers, timeout=patient(30))


def until(look: Callable[[], Any], within_s: float = 15.0) -> Any:
    give_up = time.monotonic() + patient(within_s)
    while not (value := look()):
        assert time.monotonic() < give_up, "the event did not come"
        time.sleep(0.1)
    return value


def events(anna: httpx.Client, **query: object) -> list[dict[str, Any]]:
    answer = anna.get("/api/events", params=query)  # type: ignore[arg-type]  # numbers and texts
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def alarms(anna: httpx.Client, machine: str) -> dict[str, dict[str, Any]]:
    items = anna.get("/api/alarms", params={"machine": machine}).json()["alarms"]
    return {each["name"]: each for each in items}


def stop(anna: httpx.Client, machine: str, status: str | None = "EMERGENCY_STOP") -> None:
    anna.post("/api/simulator/events", json={"machine": machine, "status": status}).raise_for_status()


def changes_of(anna: httpx.Client, machine: str, alarm: str) -> list[str]:
    """Returns the events of one alarm, newest first. A machine may have other alarms meanwhile."""
    items = events(anna, kind="alarm", machine=machine)
    return [each["change"] for each in items if each["alarm"] == alarm]


@pytest.mark.rule("EVT-1")
def test_a_target_has_an_event_when_it_is_asked_for_and_when_it_is_applied(server: RunningServer) -> None:
    with http(server) as anna:
        body = {"txId": str(uuid.uuid4()), "updates": {"m_401": {"targetSpeed": 1234}}, "reason": "trial"}
        anna.post("/api/batches", json=body).raise_for_status()
        applied = until(lambda: events(anna, kind="applied", machine="m_401"))[0]
        asked_for = events(anna, kind="asked", person="anna", line="01")[0]
        assert (asked_for["value"], asked_for["message"], asked_for["txId"]) == (1234, "trial", body["txId"])
        assert (applied["value"], applied["person"], applied["field"]) == (1234, "anna", "targetSpeed")
        assert events(anna, kind="asked", machine="m_402") == []
        assert events(anna, kind="asked", line="02") == []


@pytest.mark.rule("ALM-2", "ALM-4", "ALM-6", "ALM-8")
def test_an_alarm_is_raised_acknowledged_and_cleared_and_its_events_tell_it(server: RunningServer) -> None:
    with http(server) as anna:
        stop(anna, "m_411")
        until(lambda: alarms(anna, "m_411").get("stop", {}).get("state") == "unacknowledged")
        acknowledged = anna.post("/api/alarms/m:411/stop/acknowledge", json={"note": "on my way"})
        assert (acknowledged.status_code, acknowledged.json()["state"]) == (200, "acknowledged")
        again = anna.post("/api/alarms/m:411/stop/acknowledge")
        assert (again.status_code, again.json()["type"]) == (409, "/problems/alarm-state")
        assert alarms(anna, "m_411")["stop"]["isActive"]
        stop(anna, "m_411", None)
        until(lambda: "stop" not in alarms(anna, "m_411"))
        changes = until(lambda: len(found := changes_of(anna, "m_411", "stop")) >= 3 and found)
        assert changes == ["cleared", "acknowledged", "raised"]
        labels = {
            each["label"] for each in events(anna, kind="alarm", machine="m_411") if each["alarm"] == "stop"
        }
        assert labels == {STOP_LABEL}
        assert [each["kind"] for each in events(anna, kind="asserted,cleared", machine="m_411")] == [
            "cleared",
            "asserted",
        ]


@pytest.mark.rule("ALM-5", "ALM-6")
def test_a_shelved_alarm_is_listed_needs_a_reason_and_an_engineer_takes_it_out(server: RunningServer) -> None:
    with http(server) as anna, http(server, "engineer") as emil, http(server, "viewer") as vera:
        assert vera.post("/api/alarms/m_402/hot/acknowledge").status_code == 403
        assert anna.post("/api/alarms/m_402/none/acknowledge").json()["type"] == "/problems/unknown-alarm"
        assert anna.post("/api/alarms/m_402/hot/shelve", json={"forS": 60}).status_code == 422
        assert (
            anna.post("/api/alarms/m_402/hot/shelve", json={"forS": 90_000, "note": "x"}).status_code == 422
        )
        body = {"forS": 3600, "note": "sensor\u202e is being\u0000 changed"}
        assert anna.post("/api/alarms/m_402/hot/shelve", json=body).json()["state"] == "shelved"
        shelf = alarms(anna, "m_402")["hot"]["shelf"]
        assert (shelf["by"], shelf["note"]) == ("anna", "sensor is being changed")
        assert anna.post("/api/alarms/m_402/hot/take-out", json={"note": "x"}).status_code == 403
        out = emil.post("/api/alarms/m_402/hot/take-out", json={"note": "maintenance"})
        assert out.json()["state"] == "out_of_service"
        assert emil.post("/api/alarms/m_402/hot/put-back").json()["state"] == "normal"


@pytest.mark.rule("EVT-4")
def test_an_event_is_acknowledged_once_with_name_and_note(server: RunningServer) -> None:
    with http(server) as anna:
        stop(anna, "m_421")
        stop(anna, "m_421", None)
        raised = until(lambda: events(anna, kind="asserted", machine="m_421"))[0]
        body = {
            "kind": "asserted",
            "machine": "m_421",
            "at": raised["at"],
            "note": "door\u2066 was open\u0000",
        }
        assert anna.post("/api/events/acknowledge", json=body).status_code == 204
        assert anna.post("/api/events/acknowledge", json=body).status_code == 409
        assert anna.post("/api/events/acknowledge", json={**body, "at": 5.0}).status_code == 404
        assert anna.post("/api/events/acknowledge", json={**body, "machine": "\0"}).status_code == 422
        (note,) = [each["acknowledged"] for each in events(anna, kind="asserted", machine="m_421")]
        assert (note["person"], note["note"]) == ("anna", "door was open")


@pytest.mark.rule("EVT-3")
def test_events_are_exported_as_csv_and_xlsx(server: RunningServer) -> None:
    with http(server) as anna:
        stop(anna, "m_423")
        stop(anna, "m_423", None)
        until(lambda: events(anna, kind="cleared", machine="m_423"))
        text = anna.get("/api/events/export.csv", params={"machine": "m_423"}).content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert {"asserted", "cleared"} <= {row["Kind"] for row in rows}
        assert {row["Machine"] for row in rows} == {"m:423"}
        assert anna.get("/api/events/export.xlsx").content[:2] == b"PK"
        assert anna.get("/api/events", params={"kind": "earthquake"}).status_code == 422


@pytest.mark.rule("ALM-6")
def test_states_of_alarms_survive_a_kill(tmp_path: Path) -> None:
    server = RunningServer(tmp_path, "--calm")
    server.start()
    try:
        with http(server) as anna:
            body = {"forS": 3600, "note": "known"}
            anna.post("/api/alarms/m_402/hot/shelve", json=body).raise_for_status()
        server.kill()
        server.start()
        with http(server) as anna:
            assert alarms(anna, "m_402")["hot"]["shelf"]["note"] == "known"
            assert changes_of(anna, "m_402", "hot")[:1] == ["shelved"]
    finally:
        server.kill()


@pytest.mark.rule("EVT-3", "EVT-4", "ALM-4", "ALM-5")
async def test_a_program_reads_events_and_alarms_acknowledges_and_shelves(server: RunningServer) -> None:
    def alarm_raised(status: str | None) -> None:
        with http(server) as anna:
            stop(anna, "m_422", status)
            until(lambda: ("stop" in alarms(anna, "m_422")) is (status is not None))
            until(lambda: events(anna, kind="cleared" if status is None else "asserted", machine="m_422"))

    await asyncio.to_thread(alarm_raised, "EMERGENCY_STOP")
    async with Client(server.url, user="anna", role="operator") as client:
        listed = (await client.alarms("03")).alarms
        [alarm] = [each for each in listed if (each.machine, each.name) == ("m_422", "stop")]
        await client.acknowledge(alarm, "on my way")
        with pytest.raises(RefusedError, match="acknowledged"):
            await client.acknowledge(alarm)
        shelved = await client.shelve(alarm, lasting=timedelta(hours=1), reason="door is being mended")
        assert (shelved.state, shelved.shelf and shelved.shelf.note) == ("shelved", "door is being mended")
        hidden = (await client.api.open_alarms()).critical
        assert (await client.unshelve(alarm)).state == "unacknowledged"
        assert (await client.api.open_alarms()).critical == hidden + 1
        await client.acknowledge(alarm)
        assert (await client.api.open_alarms()).critical == hidden
        await asyncio.to_thread(alarm_raised, None)
        [cleared, asserted] = await client.events(
            machine="m:422", kinds=("asserted", "cleared"), since=timedelta(hours=1)
        )
        assert (cleared.kind, asserted.kind) == ("cleared", "asserted")
        await client.acknowledge(asserted, "door was open")
        [again] = await client.events(machine="m_422", kinds=("asserted",), limit=1)
        assert again.acknowledged is not None
        assert again.acknowledged.note == "door was open"
        assert await client.events(machine="m_422", until=datetime(2020, 1, 1, tzinfo=UTC)) == []


async def test_a_program_reads_more_events_than_a_page_has(monkeypatch: pytest.MonkeyPatch) -> None:
    queries: list[dict[str, str | float]] = []
    events_ = [Event(EventKind.SIGN_IN, "", float(at)) for at in range(7)]

    async def page(_: Api, filters: dict[str, str | float]) -> Page[Event]:
        queries.append(dict(filters))
        start = int(filters.get("cursor", 0))
        end = start + int(filters["limit"])
        return Page(events_[start:end], str(end) if end < len(events_) else None)

    monkeypatch.setattr(Api, "events", page)
    monkeypatch.setattr(past, "PAGE", 3)
    client = Client()
    assert await client.events(line="01", limit=5) == events_[:5]
    assert [each["limit"] for each in queries] == [3, 2]
    assert await client.events() == events_
    await client.api.aclose()


def test_the_command_line_lists_events_and_alarms(server: RunningServer) -> None:
    with http(server) as anna:
        stop(anna, "m_412")
        until(lambda: "stop" in alarms(anna, "m_412"))
        until(lambda: events(anna, kind="alarm", machine="m_412"))
    listed_events = output_of(server, "events", "--machine", "m:412")
    assert "stop raised" in listed_events
    assert "alarm raised" in listed_events
    listed_alarms = output_of(server, "alarms", "--line", "02")
    assert "critical" in listed_alarms
    assert "m:412" in listed_alarms
    with http(server) as anna:
        stop(anna, "m_412", None)


def output_of(server: RunningServer, *arguments: str) -> str:
    command = [sys.executable, "-m", "setpoint", *arguments, "--url", server.url]
    result = completed(command, timeout=patient(60), env=os.environ | {"COLUMNS": "200"})
    assert result.returncode == 0, result.stderr
    return result.stdout
