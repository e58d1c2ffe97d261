"""Recorded requests of a client of 0.1.0, and what it needs in the answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.integration.running_server import RunningServer, running_server
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from setpoint.testing.patience import patient

RECORDED = json.loads((Path(__file__).parent / "v0_1_0.client.json").read_text("utf-8"))
FRAMES = {
    "hello": {"epoch", "session", "ts", "user"},
    "ack": {"id", "topic"},
    "snapshot": {"topic", "epoch", "seq", "ts", "data"},
    "delta": {"topic", "seq", "ts"},
    "ping": {"ts"},
    "error": {"code", "message"},
}
"""Every type of frame that it knows, and the keys that it needs. It leaves a server that sends another type."""
OUTCOMES = {
    "pending", "accepted", "applied", "diverged", "blocked", "conflict", "rejected", "failed", "cancelled",
    "superseded", "unknown",
}  # fmt: skip


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with running_server(tmp_path / "data", "--calm") as running:
        yield running


def test_requests_of_a_client_of_0_1_0_are_answered_as_it_reads_them(server: RunningServer) -> None:
    with httpx.Client(base_url=server.url, headers={"X-Demo-User": "anna"}, timeout=patient(20)) as http:
        for recorded in (each for each in RECORDED if "request" in each):
            method, path = recorded["request"]
            answer = (
                http.request(method, path, json=recorded["body"])
                if recorded["body"]
                else http.request(method, path)
            )
            assert answer.status_code == recorded["status"], answer.text
            check_answer(path, answer.json())


def check_answer(path: str, body: Any) -> None:
    if path == "/api/plant":
        assert body.keys() >= {"name", "lines", "fields"}
        assert all(machine.keys() >= {"key"} for line in body["lines"] for machine in line["machines"])
        assert {field["type"] for field in body["fields"]} <= {"number", "choice", "text"}
    elif path == "/api/batches" and "items" in body:
        assert all(each.keys() >= {"txId", "person", "at", "counts"} for each in body["items"])
    else:
        assert body.keys() >= {"txId", "results"}
        for result in body["results"]:
            assert result.keys() >= {"machine", "field", "outcome"}
            assert result["outcome"] in OUTCOMES


def test_frames_of_a_client_of_0_1_0_are_answered_with_frames_that_it_knows(server: RunningServer) -> None:
    frames = [each["frame"] for each in RECORDED if "frame" in each]
    topics = {frame["topic"] for frame in frames if frame["type"] == "subscribe"}
    url = f"ws://127.0.0.1:{server.port}/live?user=anna"
    received: set[str] = set()
    with connect(url, subprotocols=[Subprotocol("setpoint.v1")], proxy=None) as socket:
        for frame in frames:
            socket.send(json.dumps(frame))
        while not (topics <= received and {"delta", "ping"} <= received):
            answer = json.loads(socket.recv(timeout=patient(20)))
            assert answer.keys() >= FRAMES[answer["type"]], answer
            received |= {answer["type"], *([answer["topic"]] if answer["type"] == "snapshot" else [])}
