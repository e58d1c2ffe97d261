"""Messages to systemd, and warnings about a disk that fills up."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from setpoint.core.hub import HubCounters
from setpoint.runtime.disk import LOW_BYTES, Disk
from setpoint.runtime.service import Service
from setpoint.server.http.metrics import Figures, Metrics

UNIT = Path(__file__).parents[3] / "docs" / "howto" / "setpoint.service"


@pytest.fixture
def manager() -> Iterator[tuple[str, socket.socket]]:
    """A service manager that listens."""
    with (
        tempfile.TemporaryDirectory() as directory,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver,
    ):
        receiver.bind(f"{directory}/notify")
        receiver.settimeout(10)
        yield f"{directory}/notify", receiver


async def test_systemd_learns_that_the_loop_is_alive_and_that_it_stops(
    manager: tuple[str, socket.socket],
) -> None:
    address, receiver = manager
    service = Service({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "20000000"})
    service.notify("READY=1")
    async with service.alive():
        assert receiver.recv(100) == b"READY=1"
        await asyncio.sleep(0)
        assert receiver.recv(100) == b"WATCHDOG=1"
    assert receiver.recv(100) == b"STOPPING=1"


def test_without_systemd_nothing_is_sent_and_a_missing_socket_makes_only_a_warning() -> None:
    with capture_logs() as logs:
        Service({}).notify("READY=1")
        assert logs == []
        Service({"NOTIFY_SOCKET": "/nowhere/notify", "WATCHDOG_USEC": "no number"}).notify("READY=1")
    assert [each["event"] for each in logs] == ["service_manager_not_told"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    unit = tmp_path / "setpoint.service"
    unit.write_text(UNIT.read_text("utf-8").replace("/opt/setpoint/bin/setpoint", "/bin/true"), "utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(unit)]
    process = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert "setpoint.service" not in process.stderr, process.stderr
    assert process.returncode == 0, process.stderr


def test_the_service_is_started_again_however_often_its_start_fails() -> None:
    """By default, systemd stops restarting a service after five failures within ten seconds."""
    unit = ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's keys have capitals
    unit.read(UNIT, "utf-8")
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert unit["Service"]["Restart"] == "on-failure"
    assert float(unit["Service"]["RestartSec"]) >= 1


def test_a_disk_that_fills_up_is_reported_before_it_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [100 * LOW_BYTES]
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _: SimpleNamespace(total=100 * LOW_BYTES, free=free[0], used=0)
    )
    disk = Disk(tmp_path)
    metrics = Metrics(lambda: Figures(5.0, 0, HubCounters(), {}))
    metrics.add_disk(disk)
    assert b"setpoint_disk_low 0.0" in metrics.text()
    free[0] = LOW_BYTES // 2
    disk.look()
    assert disk.is_low
    assert b"setpoint_disk_low 1.0" in metrics.text()
    free[0] = 100 * LOW_BYTES
    disk.look()
    assert not disk.is_low
