"""``GET /api/history`` with a real historian: its formats, its bounds, and who may see what."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from math import isnan
from pathlib import Path

import httpx
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook
from tests.integration.http_support import FakeServices, client, serving

from setpoint.client import Api, identity_headers
from setpoint.client.history import history_of, query_of
from setpoint.contract.http.history import HistoryAnswer
from setpoint.contract.live import Outcome
from setpoint.core.commands import BatchRecord, ItemRecord, RecordBatch
from setpoint.core.engine import Engine, Reported
from setpoint.core.plant import Report
from setpoint.history.historian import Historian
from setpoint.testing.patience import patient

SPEED = "m_401.speed"
TX = "00000000-0000-4000-8000-00000000000a"


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    """Records the last ten seconds of machines in two lines, with speeds from 0 to 9."""
    services = FakeServices()
    services.historian = historian = Historian(str(tmp_path / "history"), tmp_path / "tail", reserve=0)
    began = time.time() - 10
    engine: Engine[str] = Engine(services.plant, epoch="e", now_ms=0)
    await historian.start()
    await historian.is_empty(within_s=patient(60))  # the historian has loaded its libraries
    historian.record(engine.record(), services.plant, began)
    for second in range(10):
        now_ms, ts = second * 1_000, began + second
        status = "RUNNING" if second < 5 else '=HYPERLINK("http://evil")'
        reports = [
            Report(key, {"speed": second, "status": status, "targetSpeed": 100}, ts)
            for key in ("m_401", "m_402", "m_421")
        ]
        engine.handle(Reported(reports), now_ms, ts)
        historian.sample(now_ms, ts)
    item = ItemRecord(TX, "m_401", "targetSpeed", 1200, Outcome.APPLIED, began + 6, before=100, line="01")
    await services.store.store([RecordBatch(BatchRecord(TX, "anna", began + 5, "d" * 64, (item,)))])
    async with serving(services) as served:
        yield served
    await historian.stop()


async def _get(person: httpx.AsyncClient, **query: str | int) -> httpx.Response:
    return await person.get("/api/history", params={"signals": SPEED, "from": "-1h", **query})


async def test_a_chart_gets_intervals_states_and_changes(url: str) -> None:
    async with client(url) as anna:
        answer = await _get(anna, signals=f"{SPEED},m_402.speed,m_401.status", width=60)
    assert answer.headers["cache-control"] == "no-store"
    history = answer.json()
    speed, other, status = history["signals"]
    assert (speed["signal"], speed["unit"], len(speed["at"])) == (SPEED, "rpm", 60)
    assert min(each for each in speed["min"] if each is not None) == 0
    assert max(each for each in speed["max"] if each is not None) == 9
    assert other["machine"] == "m_402"
    assert status["value"][0] == "RUNNING"
    assert [each["status"] for each in history["states"]][:1] == ["RUNNING"]
    assert {each["machine"] for each in history["states"]} == {"m_401", "m_402"}
    change = history["changes"][0]
    assert (change["by"], change["value"], change["machine"], change["txId"]) == ("anna", 1200, "m_401", TX)
    assert HistoryAnswer.__struct_fields__ == ("since", "until", "resolution", "signals", "states", "changes")
    assert [*history] == [*HistoryAnswer.__struct_fields__]


async def test_the_python_client_gets_arrays(url: str) -> None:
    async with Api(url, identity_headers(None, "anna")) as api:
        query = query_of("m_401", ["speed", "status"], timedelta(minutes=5), "now", None)
        history = history_of(await api.history(query))
        charted = history_of(await api.history(query_of("m_401", ["speed"], "-5min", time.time(), 10)))
    assert (
        history["speed"].number.tolist()
        == history["speed"].low.tolist()
        == [float(each) for each in range(10)]
    )
    assert history["status"].values[0] == "RUNNING"
    assert [change.by for change in history.changes] == ["anna"]
    assert max(each for each in charted["speed"].high if not isnan(each)) == 9.0


async def test_points_are_returned_one_by_one_without_a_width(url: str) -> None:
    async with client(url) as anna:
        signal = (await _get(anna)).json()["signals"][0]
    assert signal["value"] == list(range(10))
    assert signal["quality"] == ["GOOD"] * 10


async def test_grafanas_infinity_gets_rows_by_the_times_that_it_sends(url: str) -> None:
    """Grafana's Infinity plugin sends the dashboard's range in milliseconds, and a token if it has one."""
    headers = {"User-Agent": "Grafana", "Accept": "application/json", "Authorization": "Bearer setpoint_x"}
    now = int(time.time() * 1000)
    async with client(url) as anna:
        answer = await anna.get(
            "/api/history",
            params={"signals": SPEED, "from": now - 3_600_000, "to": now, "format": "rows"},
            headers=headers,
        )
    rows = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert [row["value"] for row in rows] == list(range(10))
    assert rows[0]["time"].endswith("Z")


async def test_excel_and_notebooks_get_files(url: str) -> None:
    """Excel's "from web" sends its own Accept header and signs in with Basic authentication."""
    excel = {"User-Agent": "Microsoft.Data.Mashup", "Accept": "*/*", "Authorization": "Basic YW5uYTp4"}
    signals = f"{SPEED},m_401.status"
    async with client(url) as anna:
        text = await _get(anna, signals=signals, format="csv")
        book = await anna.get("/api/history", params={"signals": signals, "format": "xlsx"}, headers=excel)
        table = await _get(anna, signals=signals, format="parquet")
    rows = list(csv.DictReader(io.StringIO(text.text)))
    assert [row["value"] for row in rows if row["field"] == "speed"] == [f"{each}.0" for each in range(10)]
    assert {row["text"] for row in rows if row["field"] == "status"} == {
        "RUNNING",
        '\'=HYPERLINK("http://evil")',
    }
    sheet = load_workbook(io.BytesIO(book.content))["History"]
    assert sheet["A1"].value == "time (UTC)"
    assert sheet.max_row == 1 + len(rows)
    assert {cell.data_type for cell in sheet["G"][1:]} <= {"s", "n"}
    assert "setpoint-history.xlsx" in book.headers["content-disposition"]
    parquet = pq.read_table(io.BytesIO(table.content))
    assert parquet.column_names == [
        "time",
        "machine",
        "field",
        "value",
        "min",
        "max",
        "text",
        "quality",
        "unit",
    ]
    assert parquet.num_rows == len(rows)


@pytest.mark.rule("PRE-5")
async def test_a_hidden_machine_is_refused_like_one_that_does_not_exist(url: str) -> None:
    async with client(url, "vera") as vera, client(url, "nobody") as nobody:
        hidden, absent = await _get(vera, signals="m_421.speed"), await _get(vera, signals="m_999.speed")
        assert hidden.status_code == absent.status_code == 404
        assert hidden.text == absent.text.replace("999", "421")
        hidden, absent = await _get(vera, signals="line:03.speed"), await _get(vera, signals="line:09.speed")
        assert hidden.text == absent.text.replace("line:09", "line:03")
        assert (await _get(nobody)).status_code == 401
        assert (await _get(vera, signals="line:01.speed", width=5)).status_code == 200


async def test_an_impossible_query_is_refused_with_a_reason(url: str) -> None:
    cases: list[tuple[dict[str, str | int], int, str]] = [
        ({"signals": ""}, 400, "at least one"),
        ({"signals": "m_401.nothing"}, 404, "no field that is recorded"),
        ({"from": "yesterday"}, 400, "from: expected Unix seconds"),
        ({"from": "nan"}, 400, "from: expected Unix seconds"),
        ({"from": "2026-13-01T00:00:00Z"}, 400, "from: expected Unix seconds"),
        ({"from": "-1h", "to": "-2h"}, 400, "before to"),
        ({"from": "0", "to": "now"}, 400, "at most ten years"),
        ({"width": 0}, 400, ""),
        ({"width": 100_000}, 400, ""),
        ({"format": "doc"}, 400, ""),
        (
            {
                "signals": ",".join(f"line:0{line}.{field}" for line in (1, 2, 3) for field in ("speed",))
                + ",m_401" * 300
            },
            200,
            "",
        ),
    ]
    async with client(url) as anna:
        for query, status, word in cases:
            answer = await _get(anna, **query)
            assert answer.status_code == status, answer.text
            assert word in answer.text


async def test_instants_are_taken_as_people_and_programs_write_them(url: str) -> None:
    now = time.time()
    iso = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now - 3_600))
    async with client(url) as anna:
        for since in (
            "now-1h",
            "-60min",
            "-3600s",
            str(now - 3_600),
            str(int(now - 3_600) * 1000),
            iso,
            iso + "Z",
        ):
            assert len((await _get(anna, **{"from": since})).json()["signals"][0]["at"]) == 10, since
