"""``setpoint conform``: our server keeps every rule, and the command finds each fault of a faulty server."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.integration.conform_fake import FakeServer
from tests.integration.running_server import SETPOINT, RunningServer
from tests.integration.test_embed import serving

from setpoint.client.conform import Verdict, conform
from setpoint.errors import LinkError, RefusedError
from setpoint.testing.patience import patient
from setpoint.texts import text

FAULTS = {
    "no sub-protocol": {"LINK-1"},
    "no hello": {"LINK-1", "SEQ-5"},
    "no ack": {"SEQ-6"},
    "two epochs": {"SEQ-5"},
    "machines of another line": {"TOPIC-1"},
    "skips numbers": {"SEQ-1"},
    "takes any epoch": {"SEQ-4"},
    "no pings": {"HB-1"},
    "waits for ever": {"HB-1"},
    "no errors": {"CODE-1"},
    "takes anything": {"CODE-1"},
    "takes big frames": {"FLOW-2"},
    "no results": {"CMD-3"},
    "no outcome": {"TX-4"},
    "takes another body": {"CMD-2"},
    "knows every batch": {"CMD-3"},
    "takes late batches": {"CMD-8"},
    "no txId needed": {"TX-2"},
    "no problem": {"TX-2"},
}


async def broken(fault: str) -> set[str]:
    async with serving(FakeServer(fault).app) as url:
        findings = await conform(url)
    assert not [each for each in findings if each.verdict is Verdict.UNSEEN]
    assert all(each.why for each in findings if each.verdict is Verdict.BROKEN)
    return {each.rule for each in findings if each.verdict is Verdict.BROKEN}


@pytest.mark.alone
async def test_each_fault_of_a_server_is_found_and_a_server_without_any_has_none() -> None:
    broken_rules = await asyncio.gather(*(broken(fault) for fault in ("", *FAULTS)))
    assert dict(zip(("", *FAULTS), broken_rules, strict=True)) == {"": set()} | FAULTS


HOWTO = (Path(__file__).parents[2] / "docs" / "howto" / "check-a-server.md").read_text("utf-8")


def commands_of_the_how_to(url: str) -> list[str]:
    """Returns the how-to's command, for this server and this interpreter."""
    typed = re.findall(r"^\$ (.+)$", HOWTO, re.MULTILINE)
    assert typed[:2] == ["pip install setpoint-*.whl", "setpoint demo &"]
    python = shlex.join(SETPOINT)
    return [re.sub(r"^setpoint\b", python, each).replace("http://127.0.0.1:8000", url) for each in typed[2:]]


def test_the_how_to_leads_to_our_server_that_holds_every_rule(tmp_path: Path) -> None:
    server = RunningServer(tmp_path, "--calm").start()
    try:
        printed, stored = (
            subprocess.run(each, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
            for each in commands_of_the_how_to(server.url)
        )
    finally:
        server.stop()
    assert printed.returncode == stored.returncode == 0, printed.stderr + stored.stderr
    findings = json.loads((tmp_path / "conform.json").read_text("utf-8"))
    assert [each for each in findings if each["verdict"] != "holds"] == []
    assert len(findings) > 15
    assert all(set(each) == {"rule", "what", "verdict", "why"} for each in findings)
    assert all(each["rule"] in printed.stdout for each in findings)


def test_the_how_to_names_each_verdict_as_the_command_shows_it() -> None:
    verdicts = [text(f"conform-{each.name.lower()}") for each in Verdict]
    assert re.findall(r"^\| `([^`/]+)` \|", HOWTO, re.MULTILINE) == verdicts


async def test_a_fault_ends_the_command_with_1() -> None:
    async with serving(FakeServer("no ack").app) as url:
        command = await asyncio.create_subprocess_exec(
            *SETPOINT, "conform", url, stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(patient(60)):
            output, _ = await command.communicate()
    assert command.returncode == 1
    assert "does not hold" in output.decode()


async def test_conform_needs_a_server_that_answers() -> None:
    with pytest.raises(LinkError, match="plant"):
        await conform("http://127.0.0.1:9")


async def test_a_server_that_asks_for_a_sign_in_is_quoted_and_not_called_broken() -> None:
    async def sign_in_first(scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b'{"detail": "sign in first, then try again"}'})

    async with serving(sign_in_first) as url:
        with pytest.raises(RefusedError, match="sign in first"):
            await conform(url)
