"""An assistant that uses a demo, through the command and the SDK. It reads, and its proposals wait for a person."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.integration.running_server import RunningServer

from setpoint.cli.mcp import mcp_server
from setpoint.client import Client
from setpoint.client.assistant import Assistant as Tools
from setpoint.errors import MisuseError
from setpoint.testing.patience import patient

if TYPE_CHECKING:  # its import takes seconds, and every worker collects this file
    from mcp.client import Client as Assistant

READS = (
    "describe_plant",
    "read_machines",
    "list_events",
    "list_alarms",
    "read_history",
    "shift_report",
    "read_batch",
)
OFFERED = {**dict.fromkeys(READS, True), "propose_targets": False}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    server = RunningServer(tmp_path_factory.mktemp("demo"), "--calm", "--seed", "1").start()
    yield server
    server.kill()


@asynccontextmanager
async def assisting(server: RunningServer) -> AsyncIterator[Assistant]:
    from mcp.client import Client as Assistant  # noqa: PLC0415  # takes seconds

    async with Client(server.url, user="robot") as client, Assistant(mcp_server(client)) as assistant:
        yield assistant


async def call(assistant: Assistant, tool: str, arguments: dict[str, Any]) -> tuple[bool | None, str]:
    result: Any = await assistant.call_tool(tool, arguments)
    return result.is_error, result.content[0].text


async def tools_of(assistant: Assistant) -> dict[str, bool]:
    """Returns each tool, and whether it only reads."""
    tools: list[Any] = (await assistant.list_tools()).tools
    return {each.name: each.annotations.read_only_hint for each in tools}


async def answer_of(assistant: Assistant, tool: str, **arguments: Any) -> Any:
    is_error, text = await call(assistant, tool, arguments)
    assert not is_error, text
    return json.loads(text)


async def test_an_assistant_reads_the_plant_and_can_only_propose(server: RunningServer) -> None:
    async with assisting(server) as assistant:
        assert await tools_of(assistant) == OFFERED
        plant = await answer_of(assistant, "describe_plant")
        assert [line["id"] for line in plant["lines"]] == ["01", "02", "03"]
        before = (await answer_of(assistant, "read_machines", topic="m:401"))["m:401"]["targetSpeed"]
        updates = {"m:401": {"targetSpeed": before + 7}}
        proposal = await answer_of(assistant, "propose_targets", updates=updates, reason="less scrap")
        assert proposal["confirmAt"] == f"{server.url}/held"
        await confirm_what_waits(server, proposal["txId"])
        while True:
            batch = await answer_of(assistant, "read_batch", tx_id=proposal["txId"])
            if batch["status"] == "done":
                break
            await asyncio.sleep(0.1)
    assert (batch["person"], batch["results"][0]["outcome"]) == ("robot", "applied")


@pytest.mark.full
async def test_the_command_serves_an_assistant_over_its_standard_input_and_output(
    server: RunningServer,
) -> None:
    from mcp.client import Client as Assistant  # noqa: PLC0415  # takes seconds
    from mcp.client.stdio import StdioServerParameters, stdio_client  # noqa: PLC0415  # the same

    command = ["-m", "setpoint", "mcp", "--url", server.url, "--as", "robot"]
    started = StdioServerParameters(command=sys.executable, args=command)
    async with asyncio.timeout(patient(120)), Assistant(stdio_client(started)) as assistant:
        assert await tools_of(assistant) == OFFERED


async def confirm_what_waits(server: RunningServer, tx_id: str) -> None:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=patient(20)) as http:
        [held] = (await http.get("/api/held", headers={"X-Demo-User": "ben"})).json()
        assert (held["txId"], held["person"], held["reason"]) == (tx_id, "robot", "less scrap")
        assert (await http.get(f"/api/batches/{tx_id}")).status_code == 404
        own = await http.post(f"/api/held/{tx_id}", headers={"X-Demo-User": "robot"})
        assert own.status_code == 403
        assert (await http.post(f"/api/held/{tx_id}", headers={"X-Demo-User": "ben"})).status_code == 200


async def test_an_assistant_learns_why_something_is_refused(server: RunningServer) -> None:
    async with assisting(server) as assistant:
        nowhere = {"updates": {"m:999": {"targetSpeed": 1}}, "reason": "trial"}
        is_error, text = await call(assistant, "propose_targets", nowhere)
        assert (is_error, "takes only machines that you may change" in text) == (True, True), text
        no_reason = {"updates": {"m:401": {"targetSpeed": 1}}, "reason": " "}
        is_error, text = await call(assistant, "propose_targets", no_reason)
        assert (is_error, "needs a reason" in text) == (True, True), text


HOSTILE: tuple[tuple[str, dict[str, Any]], ...] = (
    *(
        ("read_batch", {"tx_id": text})
        for text in ("", ".", "../people", "x?y=1#z", "a\r\nHost: b", "\x00", "\ud800")
    ),
    *(("read_batch", {"tx_id": text}) for text in ("x" * 100_000, "\u202e", "%2e%2e%2fsession")),
    *(
        ("read_machines", {"topic": text})
        for text in ("", "line:99", "m:1-m:99999999", "*", "../x", "\ud800", "dashboard")
    ),
    *(("list_events", {"kinds": [text]}) for text in ("nonsense", "", "\ud800")),
    ("list_events", {"limit": "many"}),
    ("list_events", {"machine": "m:1&line=02", "line": "\x00"}),
    ("list_alarms", {"line": "99' OR 1=1"}),
    ("read_history", {"machine": "m:401", "field": "speed,m_402.speed"}),
    ("read_history", {"machine": "line:01", "field": "../x", "since": "-999999999d", "until": "nan"}),
    ("shift_report", {"line": "99"}),
    ("propose_targets", {"updates": {}, "reason": "x"}),
    ("propose_targets", {"updates": {"m:401": {"targetSpeed": float("nan")}}, "reason": "x"}),
    ("propose_targets", {"updates": {"m:401": {"targetSpeed": None}}, "reason": "x"}),
    ("propose_targets", {"updates": {"m:401": {"\ud800": 1}}, "reason": "x"}),
    ("propose_targets", {"updates": {"m:401": {"mode": "IDLE"}}, "reason": "x" * 100_000}),
    ("propose_targets", {"updates": {"m:401": ["x"]}, "reason": "x"}),
    ("no_such_tool", {}),
)


async def test_a_hostile_call_is_refused_with_a_sentence_and_changes_nothing(server: RunningServer) -> None:
    from mcp import MCPError  # noqa: PLC0415  # takes seconds

    async with assisting(server) as assistant:
        before = await answer_of(assistant, "read_machines", topic="m:401")
        for tool, arguments in HOSTILE:
            try:
                is_error, text = await call(assistant, tool, arguments)
            except (MCPError, ValueError) as refused:  # refused before the tool is called
                is_error, text = True, str(refused)
            assert is_error or (tool.startswith("list_") and json.loads(text)), (
                f"{tool} {arguments}: {text[:300]}"
            )
            assert "Traceback" not in text, text
            assert text, f"{tool} {arguments}"
        after = await answer_of(assistant, "read_machines", topic="m:401")
        assert after["m:401"]["targetSpeed"] == before["m:401"]["targetSpeed"]
        assert after["m:401"]["mode"] == before["m:401"]["mode"]
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=patient(20)) as http:
        assert not (await http.get("/api/held", headers={"X-Demo-User": "ben"})).json()


class OldServer:
    """Answers like a server without proposals."""

    url = "http://old"

    def __init__(self) -> None:
        self.api = self
        self.requests: list[str] = []

    async def ask(self, method: str, path: str) -> bytes:
        self.requests.append(f"{method} {path}")
        schema: dict[str, Any] = {"schema": {"properties": {"updates": {}}}}
        batches = {"post": {"requestBody": {"content": {"application/json": schema}}}}
        return json.dumps({"paths": {"/api/batches": batches}}).encode()


async def test_an_older_server_which_would_take_a_proposal_as_a_batch_gets_none() -> None:
    old = OldServer()
    with pytest.raises(MisuseError, match="does not take proposals"):
        await Tools(old).propose_targets({"m:401": {"mode": "IDLE"}}, "trial")  # type: ignore[arg-type]  # an older client
    assert old.requests == ["GET /schema/openapi.json"]
