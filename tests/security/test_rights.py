"""People cannot learn anything about lines that they must not see, or change what they must not change."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.security.sign_in_server import PLANT, Browser, SignInServer, serving, until

from setpoint.core.plant.demo import SHIFTS
from setpoint.testing.patience import patient

VIEWER, FIRST, SECOND = "vera", "otto", "ida"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SignInServer]:
    async with serving(tmp_path) as running:
        await running.add(VIEWER, "viewer")
        await running.add(FIRST, "operator", "01")
        await running.add(SECOND, "operator", "02")
        machines = running.runtime.machines
        await until(lambda: all(record["quality"] == "GOOD" for record in machines.values()))
        yield running


async def commit(
    browser: httpx.AsyncClient, updates: dict[str, dict[str, object]], **more: Any
) -> httpx.Response:
    body = {"txId": str(uuid.uuid4()), "updates": updates} | more
    return await browser.post("/api/batches", json=body)


def outcomes(answer: httpx.Response) -> dict[str, str]:
    return {each["machine"]: each["outcome"] for each in answer.json()["results"]}


async def test_without_signing_in_there_is_only_the_sign_in_and_the_page(server: SignInServer) -> None:
    stranger = await server.browser()
    tx_id = str(uuid.uuid4())
    for method, path in (
        ("GET", "/api/plant"),
        ("GET", "/api/batches"),
        ("GET", f"/api/batches/{tx_id}"),
        ("GET", f"/api/batches/{tx_id}/file"),
        ("GET", "/api/batches/export.csv"),
        ("GET", "/api/batches/export.xlsx"),
        ("GET", "/api/events"),
        ("GET", "/api/template.xlsx"),
        ("POST", "/api/batches"),
        ("POST", f"/api/batches/{tx_id}/undo"),
        ("POST", f"/api/batches/{tx_id}/retry"),
        ("POST", f"/api/batches/{tx_id}/cancel"),
        ("POST", "/api/simulator/events"),
        ("PUT", f"/api/files/{'0' * 64}?filename=a"),
        ("GET", "/api/sessions"),
        ("GET", "/api/tokens"),
        ("DELETE", "/api/session"),
        ("DELETE", "/api/sessions"),
    ):
        body = {"machine": "m_401", "fault": "freeze"} if method == "POST" else None
        answer = await stranger.request(method, path, json=body)
        assert answer.status_code == 401, (method, path, answer.text)


async def test_the_demos_words_for_a_person_mean_nothing_where_people_sign_in(server: SignInServer) -> None:
    stranger = await server.browser()
    answer = await stranger.get(
        "/api/plant?user=anna&role=admin", headers={"X-Demo-User": "anna", "X-Demo-Role": "admin"}
    )
    assert answer.status_code == 401


async def test_a_viewer_sees_everything_and_changes_nothing(server: SignInServer) -> None:
    viewer = await server.browser(VIEWER)
    assert len((await viewer.get("/api/plant")).json()["lines"]) == 3
    answer = await commit(viewer, {"m_401": {"targetSpeed": 150}})
    assert outcomes(answer) == {"m_401": "rejected"}
    assert (await viewer.put(f"/api/files/{'0' * 64}?filename=a", content=b"")).status_code == 403
    trouble = await viewer.post("/api/simulator/events", json={"machine": "m_401", "fault": "freeze"})
    assert trouble.status_code == 403


async def test_in_a_mixed_batch_an_operator_of_one_line_changes_that_line_only(server: SignInServer) -> None:
    otto = await server.browser(FIRST)
    answer = await commit(otto, {"m_401": {"targetSpeed": 150}, "m_411": {"targetSpeed": 150}})
    by_machine = outcomes(answer)
    assert by_machine["m_401"] in ("pending", "accepted", "applied")
    assert by_machine["m_411"] == "rejected"
    made_up = await commit(otto, {"m_999": {"targetSpeed": 150}})
    results = [*answer.json()["results"], *made_up.json()["results"]]
    messages = [
        each["message"].replace(each["machine"], "X") for each in results if each["outcome"] == "rejected"
    ]
    assert len(set(messages)) == 1, "another's machine and an unknown machine get the same answer"


async def test_another_line_cannot_be_read_by_any_request(server: SignInServer) -> None:
    """Another person's line looks like one that does not exist: in plant, topics, batches, audit, template, export and
    events.
    """
    ida, otto = await server.browser(SECOND), await server.browser(FIRST)
    hidden = await commit(ida, {"m_411": {"targetSpeed": 151}}, reason="a reason that only line 02 may read")
    tx_id = hidden.json()["txId"]
    assert (await ida.get(f"/api/batches/{tx_id}")).status_code == 200

    plant = (await otto.get("/api/plant")).json()
    assert [line["id"] for line in plant["lines"]] == ["01"]
    for path, made_up in (
        (f"/api/batches/{tx_id}", f"/api/batches/{uuid.uuid4()}"),
        (f"/api/batches/{tx_id}/file", f"/api/batches/{uuid.uuid4()}/file"),
        ("/api/template.xlsx?topic=line:02", "/api/template.xlsx?topic=line:77"),
        ("/api/template.xlsx?topic=m:411", "/api/template.xlsx?topic=m:777"),
    ):
        real, none = await otto.get(path), await otto.get(made_up)
        assert real.status_code == none.status_code == 404
        assert real.json()["type"] == none.json()["type"]
    for verb in ("undo", "retry"):
        assert (await otto.post(f"/api/batches/{tx_id}/{verb}", json={})).status_code == 404
    for path in (
        "/api/batches",
        "/api/batches?machine=m_411",
        f"/api/batches?person={SECOND}",
        "/api/batches/export.csv",
        "/api/events",
        "/api/events?machine=m_411",
    ):
        answer = await otto.get(path)
        assert answer.status_code == 200
        assert tx_id not in answer.text
        assert "only line 02" not in answer.text
        assert "m_412" not in answer.text


@pytest.mark.rule("PRE-5")
async def test_an_undo_and_a_retry_touch_only_machines_that_the_person_may_see(server: SignInServer) -> None:
    otto = await server.browser(FIRST)
    await server.add("una", "operator", "01", "02")
    una = await server.browser("una")
    for verb, speed in (("undo", 161), ("retry", 162)):
        updates: dict[str, dict[str, object]] = {key: {"targetSpeed": speed} for key in ("m_401", "m_411")}
        both = await commit(una, updates, base={"m_401": {"targetSpeed": 99}} if verb == "retry" else {})
        answer = await otto.post(f"/api/batches/{both.json()['txId']}/{verb}", json={})
        assert answer.status_code == 200, answer.text
        assert [each["machine"] for each in answer.json()["results"]] == ["m_401"]
        assert "m_411" not in answer.text


async def live_socket_of(server: SignInServer, browser: Browser) -> Any:
    client = await server.live_client(cookie=browser.cookie)
    await client.receive("hello")
    return client


async def test_another_line_cannot_be_subscribed_to_and_is_not_in_the_plants_topic(
    server: SignInServer,
) -> None:
    otto = await live_socket_of(server, await server.browser(FIRST))
    for topic in ("line:02", "m:411", "line:77", "m:777"):
        await otto.send(type="subscribe", id=1, topic=topic)
        error = await otto.receive("error")
        assert error["code"] == "unknown_topic"
        assert "02" not in error["message"].replace(topic, "")
    await otto.send(type="subscribe", id=2, topic="dashboard:global")
    snapshot = await otto.receive("snapshot")
    assert "line:02" not in snapshot["data"]["kpis"]
    server.runtime.simulate_status("m_411", "EMERGENCY_STOP")
    server.runtime.simulate_status("m_401", "EMERGENCY_STOP")
    async with asyncio.timeout(patient(10)):
        while "m_401" not in (delta := await otto.receive("delta")).get("machines", {}):
            assert "m_411" not in delta.get("machines", {})


async def test_somebody_elses_transaction_cannot_be_taken_over(server: SignInServer) -> None:
    """The server neither runs nor shows a batch that has the txId of another body or another person."""
    ida, otto = await server.browser(SECOND), await server.browser(FIRST)
    tx_id = str(uuid.uuid4())
    first = await ida.post("/api/batches", json={"txId": tx_id, "updates": {"m_411": {"targetSpeed": 151}}})
    assert first.status_code == 200
    await until(lambda: server.runtime.machines["m_411"]["targetSpeed"] == 151)
    again = await otto.post("/api/batches", json={"txId": tx_id, "updates": {"m_411": {"targetSpeed": 151}}})
    assert again.status_code == 422
    assert "m_411" not in again.text


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/assets/../../app.py",
        "/assets/..%2f..%2fapp.py",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/%00",
        "//etc/passwd",
        "/assets/....//....//app.py",
        "/..\\..\\app.py",
        "/schema/../../../etc/passwd",
    ],
)
async def test_no_path_leads_out_of_the_built_board(server: SignInServer, path: str) -> None:
    reader, _ = await server.raw(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    )
    answer = await reader.read()
    assert b"root:" not in answer
    assert b"create_app" not in answer
    assert b"[project]" not in answer
    assert int(answer.split()[1]) in (200, 400, 404)


async def test_text_of_people_never_starts_a_formula_in_an_export(server: SignInServer) -> None:
    otto = await server.browser(FIRST)
    for reason in ('=HYPERLINK("http://evil.example")', "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"):
        source = {"filename": reason.strip() + ".xlsx", "sha256": "0" * 64, "rows": 1}
        await commit(otto, {"m_401": {"targetSpeed": 150}}, reason=reason, source=source)
    text = (await otto.get("/api/batches/export.csv")).content.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n")]
    assert "HYPERLINK" in text


async def test_a_file_name_cannot_add_a_header_to_the_download(server: SignInServer) -> None:
    otto = await server.browser(FIRST)
    content = b"not really a workbook"
    sha = hashlib.sha256(content).hexdigest()
    names = {'a"\r\nset-cookie: x=y\r\n.xlsx': 400, 'a"; filename=evil.exe; b=ü<script>.xlsx': 204}
    for name, status in names.items():
        upload = await otto.put(f"/api/files/{sha}", params={"filename": name}, content=content)
        assert upload.status_code == status
    batch = await commit(
        otto,
        {"m_401": {"targetSpeed": 150}},
        source={"filename": 'a"; b=<x>\u202e.xlsx', "sha256": sha, "rows": 1},
    )
    answer = await otto.get(f"/api/batches/{batch.json()['txId']}/file")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''a%22%3B")
    assert answer.headers["content-type"] == "application/octet-stream"


async def test_a_workbook_comes_back_to_its_uploader_and_not_to_others_who_know_its_hash(
    server: SignInServer,
) -> None:
    ida, otto, vera = [await server.browser(name) for name in (SECOND, FIRST, VIEWER)]
    content = b"Machine ID;Target Speed\nm:411;151\n"
    sha = hashlib.sha256(content).hexdigest()
    assert (await ida.put(f"/api/files/{sha}?filename=ida.csv", content=content)).status_code == 204

    source = {"filename": "stolen.csv", "sha256": sha, "rows": 1}
    answer = await commit(otto, {"m_401": {"targetSpeed": 150}}, source=source)
    tx_id = answer.json()["txId"]
    for path in (f"/api/batches/{tx_id}/file", f"/api/batches/{tx_id}/result.xlsx"):
        assert (await otto.get(path)).status_code == 404

    own = await commit(ida, {"m_411": {"targetSpeed": 151}}, source=source | {"filename": "mine.csv"})
    path = f"/api/batches/{own.json()['txId']}/file"
    for reader in (ida, vera):
        back = await reader.get(path)
        assert back.content == content
        assert back.headers["content-disposition"].endswith("''mine.csv"), (
            "by the name that its batch gave it"
        )
    assert (await otto.put(f"/api/files/{sha}?filename=otto.csv", content=content)).status_code == 204
    assert (await otto.get(f"/api/batches/{tx_id}/file")).content == content


@pytest.mark.rule("PRE-5")
async def test_undo_and_retry_of_a_mixed_batch_reveal_nothing_of_lines_that_the_person_may_not_see(
    server: SignInServer,
) -> None:
    await server.add("eve", "engineer")
    eve, otto = await server.browser("eve"), await server.browser(FIRST)
    targets: dict[str, dict[str, object]] = {
        "m_401": {"targetSpeed": 150},
        "m_411": {"targetSpeed": 151},
        "m_999": {"targetSpeed": 1},
    }
    source = {"filename": "both lines.xlsx", "sha256": "0" * 64, "rows": 3}
    mixed = (await commit(eve, targets, source=source)).json()["txId"]
    machines = server.runtime.machines
    await until(lambda: [machines[key]["targetSpeed"] for key in ("m_401", "m_411")] == [150, 151])
    await until(lambda: is_settled(otto, mixed))

    undone = await otto.post(f"/api/batches/{mixed}/undo", json={"txId": str(uuid.uuid4())})
    assert undone.status_code == 200, undone.text
    tx_id = undone.json()["txId"]
    story = (await otto.get(f"/api/batches/{mixed}")).json()
    (listed,) = [each for each in (await otto.get("/api/batches")).json()["items"] if each["txId"] == mixed]
    assert sum(listed["counts"].values()) == 1
    for text in (undone.text, (await otto.get(f"/api/batches/{tx_id}")).text, str(story), str(listed)):
        assert "m_411" not in text
        assert "m_999" not in text
        assert "both lines" not in text
    assert (await otto.get("/api/batches?machine=m_411")).json()["items"] == []
    assert machines["m_411"]["targetSpeed"] == 151


async def is_settled(browser: httpx.AsyncClient, tx_id: str) -> bool:
    return bool((await browser.get(f"/api/batches/{tx_id}")).json()["status"] == "done")


def requests_about(
    machine: str, line: str, since: float, at: float
) -> list[tuple[str, str, dict[str, Any] | None]]:
    """Returns every request that reads or writes something about a machine and its line."""
    reads = [f"/api/changes?line={line}", f"/api/template.xlsx?topic=line:{line}"]
    reads += [f"/api/history?signals={each}.speed" for each in (machine, f"line:{line}")]
    reads += [f"/api/shifts/{since:.0f}?line={line}", f"/api/template.xlsx?topic={machine.replace('_', ':')}"]
    for path in ("events", "events/export.csv", "alarms", "batches", "batches/export.csv"):
        reads += [f"/api/{path}?machine={machine}", f"/api/{path}?line={line}"]
    reason: dict[str, Any] = {"since": at - 100, "until": at - 50, "reason": "x"}
    wait: dict[str, Any] = {"reason": "x", "until": at + 600}
    return [
        *(("GET", path, None) for path in reads),
        *(
            ("POST", f"/api/alarms/{machine}/hot/{act}", wait)
            for act in ("acknowledge", "shelve", "unshelve")
        ),
        (
            "POST",
            "/api/events/acknowledge",
            {"kind": "applied", "machine": machine, "at": at, "field": FIELD},
        ),
        ("POST", "/api/batches", {"txId": str(uuid.uuid4()), "updates": {machine: {FIELD: 10}}}),
        ("POST", "/api/shifts/reasons", {"line": line, "machine": machine} | reason),
        ("POST", "/api/shifts/reasons", {"line": "01", "machine": machine} | reason),
        ("POST", "/api/shifts/notes", {"line": line, "since": since, "text": "x"}),
    ]


FIELD = "targetSpeed"


@pytest.mark.rule("PRE-5")
async def test_another_line_is_answered_as_one_that_does_not_exist_by_every_route(tmp_path: Path) -> None:
    plant = replace(PLANT, timezone="UTC", shifts=SHIFTS)
    async with serving(tmp_path, plant=plant) as running:
        await running.add(SECOND, "operator", "02")
        await running.add(FIRST, "operator", "01")
        second, first = await running.browser(SECOND), await running.browser(FIRST)
        await commit(second, {"m_411": {FIELD: 900}})
        applied = {"kind": "applied", "machine": "m_411"}
        await until(lambda: has_events(second, applied))
        at = (await second.get("/api/events", params=applied)).json()["items"][0]["at"]
        since = (await second.get("/api/shifts")).json()["shifts"][-1]["since"]
        pairs = zip(
            requests_about("m_411", "02", since, at), requests_about("m_999", "77", since, at), strict=True
        )
        for (method, path, body), (_, other_path, other) in pairs:
            hidden = await first.request(method, path, json=body)
            missing = await first.request(method, other_path, json=other)
            assert hidden.status_code == missing.status_code, (path, hidden.text, missing.text)
            assert nameless(hidden.text) == nameless(missing.text), path


async def has_events(browser: httpx.AsyncClient, query: dict[str, str]) -> bool:
    return bool((await browser.get("/api/events", params=query)).json()["items"])


def nameless(text: str) -> str:
    """Removes the requested names and the batch's own txId from an answer."""
    return re.sub(r'm[_:](411|999)|\b(02|77)\b|"txId":"[^"]*"', "…", text)
