"""The HTTP calls of the contract, over a socket."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import AsyncIterator

import httpx
import openpyxl
import pytest
from tests.integration.http_support import SPEED, FakeServices, client, serving
from tests.unit.core.commands.shell import tx

from setpoint.core.ingest import parse_sheets
from setpoint.core.plant import demo_plant
from setpoint.errors import StorageError
from setpoint.workbook.read import read_sheets


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


@pytest.fixture
async def url(services: FakeServices) -> AsyncIterator[str]:
    async with serving(services) as url:
        yield url


@pytest.fixture
async def anna(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with client(url) as anna:
        yield anna


@pytest.fixture
async def carl(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """An operator of line 01 and viewer of line 02, without rights on line 03."""
    async with client(url, "carl") as carl:
        yield carl


def targets(number: int, *machines: str, speed: float = 150, **more: object) -> dict[str, object]:
    return {"txId": tx(number), "updates": {machine: {SPEED: speed} for machine in machines}, **more}


def kind_of(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert body["title"]
    assert body["detail"]
    return response.status_code, body["type"].removeprefix("/problems/")


# The plant


async def test_the_plant_is_described_with_its_fields_and_lines(anna: httpx.AsyncClient) -> None:
    plant = (await anna.get("/api/plant")).json()
    assert [line["id"] for line in plant["lines"]] == ["01", "02", "03"]
    assert plant["lines"][0]["machines"][1] == {"key": "m_402", "id": "m:402", "name": "", "tells": None}
    assert plant["isSimulated"]
    field = next(field for field in plant["fields"] if field["name"] == SPEED)
    assert field["isWritable"]
    assert (field["unit"], field["minimum"], field["maximum"], field["column"]) == (
        "rpm",
        0,
        3000,
        "Target Speed",
    )


async def test_a_line_that_a_person_may_not_see_is_not_in_their_plant(carl: httpx.AsyncClient) -> None:
    plant = (await carl.get("/api/plant")).json()
    assert [(line["id"], line["mayChange"]) for line in plant["lines"]] == [("01", True), ("02", False)]


# Batches


@pytest.mark.rule("CMD-3")
async def test_a_batch_is_answered_item_by_item(anna: httpx.AsyncClient) -> None:
    response = await anna.post("/api/batches", json=targets(1, "m_401", "m_999"))
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert (body["txId"], body["status"]) == (tx(1), "done")
    assert body["results"] == [
        {"machine": "m_401", "field": SPEED, "outcome": "applied", "value": 150, "rev": 1},
        {
            "machine": "m_999",
            "field": SPEED,
            "outcome": "rejected",
            "value": 150,
            "message": "there is no machine 'm_999' in this plant",
            "said": {"code": "words-no-such-machine", "args": {"machine": "'m_999'"}},
        },
    ]


@pytest.mark.rule("CMD-2")
async def test_the_same_batch_twice_gets_one_answer_and_another_body_422(anna: httpx.AsyncClient) -> None:
    first = await anna.post("/api/batches", json=targets(1, "m_401"))
    assert (await anna.post("/api/batches", json=targets(1, "m_401"))).json() == first.json()
    assert kind_of(await anna.post("/api/batches", json=targets(1, "m_402"))) == (422, "tx-id-reused")


@pytest.mark.rule("CMD-4")
async def test_all_or_nothing_is_409_with_what_stood_in_the_way(anna: httpx.AsyncClient) -> None:
    response = await anna.post("/api/batches", json=targets(1, "m_401", "m_999", atomic=True))
    assert kind_of(response) == (409, "atomic-refused")
    assert [result["outcome"] for result in response.json()["results"]] == ["cancelled", "rejected"]
    assert (await anna.get(f"/api/batches/{tx(1)}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "malformed-json")),
        (b"[1]", (422, "invalid-batch")),
        (b'{"updates":{"m_401":{"targetSpeed":1}}}', (422, "invalid-batch")),
        (
            b'{"txId":"' + tx(1).encode() + b'","updates":{"m_401":{"targetSpeed":NaN}}}',
            (400, "malformed-json"),
        ),
        (b" " * (17 * 1024 * 1024), (413, "body-too-large")),
    ],
)
async def test_a_body_that_is_not_a_batch_is_a_problem_and_nothing_is_sent(
    anna: httpx.AsyncClient, services: FakeServices, body: bytes, expected: tuple[int, str]
) -> None:
    response = await anna.post("/api/batches", content=body, headers={"Content-Type": "application/json"})
    assert kind_of(response) == expected
    assert services.shell.batches == {}


async def test_a_body_beyond_what_a_route_takes_names_the_bound(anna: httpx.AsyncClient) -> None:
    content = b" " * (17 * 1024 * 1024)
    response = await anna.post(
        "/api/batches", content=content, headers={"Content-Type": "application/json", "Accept-Language": "de"}
    )
    assert response.status_code == 413
    limit = response.json()["arguments"]["most"]
    assert 0 < limit < len(content)
    assert f"{limit:,}".replace(",", ".") in response.json()["detail"]


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
async def test_a_form_that_another_sites_page_could_send_is_refused(
    anna: httpx.AsyncClient, media_type: str
) -> None:
    content = json.dumps(targets(1, "m_401")).encode()
    for path in ("/api/batches", f"/api/batches/{tx(1)}/undo"):
        response = await anna.post(path, content=content, headers={"Content-Type": media_type})
        assert kind_of(response) == (415, "json-expected")


async def test_a_store_that_fails_is_503_and_says_what_to_do(
    anna: httpx.AsyncClient, services: FakeServices
) -> None:
    services.failure = StorageError("recording failed: disk is full; free some space")
    assert kind_of(await anna.post("/api/batches", json=targets(1, "m_401"))) == (503, "storage-unavailable")
    assert kind_of(await anna.get("/readyz")) == (503, "storage-unavailable")
    assert (await anna.get("/healthz")).json() == {"status": "alive"}


async def test_an_unforeseen_error_is_500_and_reveals_no_secrets(
    anna: httpx.AsyncClient, services: FakeServices
) -> None:
    services.failure = ZeroDivisionError("secret")
    response = await anna.post("/api/batches", json=targets(1, "m_401"))
    assert kind_of(response) == (500, "server-error")
    assert "secret" not in response.text


async def test_one_batch_is_shown_with_person_time_reason_and_file(anna: httpx.AsyncClient) -> None:
    source = {"filename": "früh.xlsx", "sha256": "a" * 64, "rows": 1}
    await anna.post("/api/batches", json=targets(1, "m_401", reason="shift change", source=source))
    story = (await anna.get(f"/api/batches/{tx(1)}")).json()
    assert (story["person"], story["reason"], story["source"]) == ("anna", "shift change", source)
    (result,) = story["results"]
    assert (result["outcome"], result["asked"], result["before"], result["value"]) == (
        "applied",
        150,
        100,
        150,
    )


async def test_batches_are_listed_newest_first_by_page_and_filter(
    anna: httpx.AsyncClient, services: FakeServices
) -> None:
    for number, machine in enumerate(("m_401", "m_402", "m_401"), 1):
        services.shell.now_ms += 1_000
        await anna.post("/api/batches", json=targets(number, machine, speed=100 + number))
    first = (await anna.get("/api/batches", params={"limit": 2})).json()
    assert [item["txId"] for item in first["items"]] == [tx(3), tx(2)]
    assert first["items"][0]["counts"] == {"applied": 1}
    rest = (await anna.get("/api/batches", params={"limit": 2, "cursor": first["nextCursor"]})).json()
    assert [item["txId"] for item in rest["items"]] == [tx(1)]
    assert rest["nextCursor"] is None
    for machine in ("m:402", "m_402"):
        items = (await anna.get("/api/batches", params={"machine": machine})).json()["items"]
        assert [item["txId"] for item in items] == [tx(2)]
    assert (await anna.get("/api/batches", params={"person": "bert"})).json()["items"] == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "since=yesterday", "cursor=zz", "person=%00", "machine=%0a"]
)
async def test_an_impossible_query_is_400(anna: httpx.AsyncClient, query: str) -> None:
    status, _ = kind_of(await anna.get(f"/api/batches?{query}"))
    assert status == 400


async def test_a_batch_on_lines_that_a_person_may_not_see_does_not_exist_for_them(
    anna: httpx.AsyncClient, carl: httpx.AsyncClient
) -> None:
    await anna.post("/api/batches", json=targets(1, "m_421"))
    await anna.post("/api/batches", json=targets(2, "m_401", "m_421"))
    hidden, missing = await carl.get(f"/api/batches/{tx(1)}"), await carl.get(f"/api/batches/{tx(9)}")
    assert kind_of(hidden) == kind_of(missing) == (404, "unknown-batch")
    assert hidden.text.replace(tx(1), tx(9)) == missing.text
    assert kind_of(await carl.post(f"/api/batches/{tx(1)}/undo", json={})) == (404, "unknown-batch")
    mixed = (await carl.get(f"/api/batches/{tx(2)}")).json()
    assert [result["machine"] for result in mixed["results"]] == ["m_401"]
    listed = (await carl.get("/api/batches")).json()["items"]
    assert [(item["txId"], item["counts"]) for item in listed] == [(tx(2), {"applied": 1})]


async def test_a_mixed_batch_passes_only_where_the_person_may_change(carl: httpx.AsyncClient) -> None:
    results = (await carl.post("/api/batches", json=targets(1, "m_401", "m_411", "m_421"))).json()["results"]
    assert [(result["outcome"], result.get("message")) for result in results] == [
        ("applied", None),
        ("rejected", "needs operator on line 02"),
        ("rejected", "there is no machine 'm_421' in this plant"),
    ]


# Undo, retry


async def test_an_undo_is_a_new_batch_that_gives_back_the_values_before(anna: httpx.AsyncClient) -> None:
    await anna.post("/api/batches", json=targets(1, "m_401", "m_402"))
    await anna.post("/api/batches", json=targets(2, "m_402", speed=170))
    undone = await anna.post(f"/api/batches/{tx(1)}/undo", json={"txId": tx(3)})
    results = undone.json()["results"]
    assert [(result["outcome"], result["value"]) for result in results] == [
        ("applied", 100),
        ("conflict", 170),
    ]
    assert results[1]["by"] == {"kind": "operator", "name": "anna"}
    story = (await anna.get(f"/api/batches/{tx(3)}")).json()
    assert (story["kind"], story["follows"]) == ("undo", tx(1))


@pytest.mark.rule("PRE-1")
async def test_an_undo_sends_only_the_shown_items_with_the_shown_revs(
    anna: httpx.AsyncClient,
) -> None:
    first = (await anna.post("/api/batches", json=targets(1, "m_401", "m_402"))).json()["results"]
    result = (await anna.post("/api/batches", json=targets(2, "m_402", speed=170))).json()["results"][0]
    body = {"items": {"m_402": ["targetSpeed"]}, "base": {"m_402": {"targetSpeed": result["rev"]}}}
    answer = await anna.post(f"/api/batches/{tx(1)}/undo", json={"txId": tx(3), **body})
    assert [(each["machine"], each["outcome"]) for each in answer.json()["results"]] == [("m_402", "applied")]
    old = {"items": {"m_402": ["targetSpeed"]}, "base": {"m_402": {"targetSpeed": first[1]["rev"]}}}
    late = await anna.post(f"/api/batches/{tx(1)}/undo", json={"txId": tx(4), **old})
    assert [each["outcome"] for each in late.json()["results"]] == ["conflict"]


@pytest.mark.rule("CMD-2")
async def test_an_undo_that_is_sent_twice_happens_once(anna: httpx.AsyncClient) -> None:
    await anna.post("/api/batches", json=targets(1, "m_401"))
    first = await anna.post(f"/api/batches/{tx(1)}/undo", json={"txId": tx(2)})
    again = await anna.post(f"/api/batches/{tx(1)}/undo", json={"txId": tx(2)})
    assert (again.status_code, again.json()) == (200, first.json())
    assert len((await anna.get("/api/batches")).json()["items"]) == 2


async def test_an_undo_without_a_body_gets_a_tx_id_from_the_server(anna: httpx.AsyncClient) -> None:
    await anna.post("/api/batches", json=targets(1, "m_401"))
    undone = (await anna.post(f"/api/batches/{tx(1)}/undo")).json()
    assert undone["txId"] != tx(1)
    assert undone["results"][0]["outcome"] == "applied"


async def test_a_retry_asks_again_for_what_did_not_pass(
    anna: httpx.AsyncClient, services: FakeServices
) -> None:
    services.shell.stop("m_401")
    await anna.post("/api/batches", json=targets(1, "m_401", "m_402"))
    assert kind_of(await anna.post(f"/api/batches/{tx(1)}/undo", json={"txId": "x"})) == (
        422,
        "invalid-batch",
    )
    services.shell.machines["m_401"]["status"] = "RUNNING"
    results = (await anna.post(f"/api/batches/{tx(1)}/retry", json={"txId": tx(2)})).json()["results"]
    assert [(result["machine"], result["outcome"]) for result in results] == [("m_401", "applied")]
    assert kind_of(await anna.post(f"/api/batches/{tx(2)}/retry", json={})) == (409, "nothing-to-retry")


# Events, files, template, export


async def test_people_who_may_see_the_line_get_its_stops(
    anna: httpx.AsyncClient, carl: httpx.AsyncClient, services: FakeServices
) -> None:
    services.shell.stop("m_401")
    services.shell.stop("m_421")
    assert len((await anna.get("/api/events")).json()["items"]) == 2
    (event,) = (await carl.get("/api/events")).json()["items"]
    assert (event["kind"], event["machine"], event["status"], event["cause"]) == (
        "asserted",
        "m_401",
        "EMERGENCY_STOP",
        "door 3",
    )


async def test_the_original_workbook_is_kept_and_handed_back_under_its_name(anna: httpx.AsyncClient) -> None:
    content = b"PK\x03\x04 a workbook"
    sha256 = hashlib.sha256(content).hexdigest()
    answer = await anna.put(f"/api/files/{sha256}", params={"filename": 'fr"üh.xlsx'}, content=content)
    assert answer.status_code == 204
    source = {"filename": "früh.xlsx", "sha256": sha256, "rows": 1}
    await anna.post("/api/batches", json=targets(1, "m_401", source=source))
    back = await anna.get(f"/api/batches/{tx(1)}/file")
    assert back.content == content
    assert back.headers["content-disposition"] == "attachment; filename*=UTF-8''fr%C3%BCh.xlsx"
    assert back.headers["content-type"] == "application/octet-stream"


async def test_a_workbook_is_kept_only_under_its_own_hash_and_for_people_who_may_change_something(
    anna: httpx.AsyncClient, url: str
) -> None:
    wrong = await anna.put(f"/api/files/{'0' * 64}", params={"filename": "a"}, content=b"x")
    assert kind_of(wrong) == (422, "wrong-hash")
    async with client(url, "vera") as vera:
        refused = await vera.put(f"/api/files/{'0' * 64}", params={"filename": "a"}, content=b"x")
    assert kind_of(refused) == (403, "forbidden")
    assert kind_of(await anna.get(f"/api/batches/{tx(1)}/file")) == (404, "unknown-batch")


async def test_texts_for_people_are_in_the_language_that_the_request_asks_for(
    anna: httpx.AsyncClient,
) -> None:
    german = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
    path = f"/api/batches/{tx(77)}"
    problem, refused = await anna.get(path), await anna.get(path, headers=german)
    assert problem.json()["detail"] != refused.json()["detail"] == f"Es gibt keinen Auftrag {tx(77)}."
    assert {**problem.json(), "detail": ""} == {**refused.json(), "detail": ""}
    book = openpyxl.load_workbook(io.BytesIO((await anna.get("/api/template.xlsx", headers=german)).content))
    assert book.sheetnames[:2] == ["Sollwerte", "Anleitung"]
    sheets = read_sheets((await anna.get("/api/template.xlsx", headers=german)).content)
    assert parse_sheets(sheets, demo_plant(), tx(78)).sheets == ["Sollwerte"]


async def test_the_template_holds_what_is_set_now_for_the_machines_that_the_person_may_see(
    anna: httpx.AsyncClient, carl: httpx.AsyncClient
) -> None:
    await anna.post("/api/batches", json=targets(1, "m_402"))
    response = await anna.get("/api/template.xlsx", params={"topic": "line:01"})
    assert response.headers["content-disposition"] == "attachment; filename*=UTF-8''setpoint-line-01.xlsx"
    sheet = openpyxl.load_workbook(io.BytesIO(response.content))["Targets"]
    assert [cell.value for cell in sheet["A"]][1:] == ["m:401", "m:402", "m:403"]
    assert [cell.value for cell in sheet["B"]][1:] == [100, 150, 100]
    whole = openpyxl.load_workbook(io.BytesIO((await carl.get("/api/template.xlsx")).content))["Targets"]
    assert [cell.value for cell in whole["A"]][1:] == ["m:401", "m:402", "m:403", "m:411", "m:412", "m:413"]
    for topic in ("line:03", "m:421", "line:99", "nonsense"):
        assert kind_of(await carl.get("/api/template.xlsx", params={"topic": topic})) == (
            404,
            "unknown-topic",
        )


async def test_the_history_can_be_taken_away_as_csv_and_xlsx_and_starts_no_formula(
    anna: httpx.AsyncClient,
) -> None:
    await anna.post("/api/batches", json=targets(1, "m_401", "=cmd|x", reason="=HYPERLINK(1)"))
    response = await anna.get("/api/batches/export.csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    text = response.content.decode("utf-8-sig")
    assert text.splitlines()[0].startswith(
        "Batch,Kind,At,Person,Reason,File,Machine,Field,Before,Target,Status"
    )
    assert "'=HYPERLINK(1)" in text
    assert "'=cmd|x" in text
    book = openpyxl.load_workbook(
        io.BytesIO((await anna.get("/api/batches/export.xlsx?machine=m:401")).content)
    )
    rows = list(book["Batches"].iter_rows(min_row=2))
    assert [row[10].value for row in rows] == ["applied", "rejected"]
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n"}


# The simulator


async def test_faults_can_be_simulated_at_machines(anna: httpx.AsyncClient, services: FakeServices) -> None:
    for event in ({"status": "EMERGENCY_STOP"}, {"status": None}, {"fault": "freeze"}):
        response = await anna.post("/api/simulator/events", json={"machine": "m:401", **event})
        assert response.status_code == 204
    assert services.simulated == [
        ("m_401", "status", "EMERGENCY_STOP"),
        ("m_401", "status", None),
        ("m_401", "fault", "freeze"),
    ]


async def test_an_impossible_or_forbidden_simulator_event_is_refused(
    anna: httpx.AsyncClient, carl: httpx.AsyncClient, services: FakeServices
) -> None:
    async def post_event(person: httpx.AsyncClient, **event: object) -> tuple[int, str]:
        return kind_of(await person.post("/api/simulator/events", json=event))

    assert await post_event(anna, machine="m_401", status="RUNNING") == (422, "unknown-status")
    assert await post_event(anna, machine="m_401") == (422, "invalid-event")
    assert await post_event(anna, machine="m_999", fault=None) == (404, "unknown-machine")
    assert await post_event(carl, machine="m_421", fault=None) == (404, "unknown-machine")
    assert await post_event(carl, machine="m_411", fault=None) == (403, "forbidden")
    assert await post_event(anna, machine=7) == (422, "invalid-event")
    services.is_simulated = False
    assert await post_event(anna, machine="m_401", fault=None) == (404, "not-simulated")
    assert services.simulated == []
