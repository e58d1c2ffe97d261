"""A running server whose plant file changes. ``SIGHUP`` loads the file, and an unusable file changes nothing."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.integration.running_server import running_server

from setpoint.testing.patience import patient

HEAD = 'name = "Reloaded"\n[sources.simulator]\nkind = "simulator"\nstops = false\n'


def write(file: Path, machines: str) -> None:
    file.write_text(f'{HEAD}[[lines]]\nid = "01"\nmachines = {machines}\n', "utf-8")


def wait_for(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + patient(15)
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.02)


@pytest.mark.rule("PLANT-1")
@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no such signal here")
def test_sighup_reloads_the_file_and_the_log_names_an_unusable_one(tmp_path: Path) -> None:
    plant = tmp_path / "plant.toml"
    write(plant, "[401, 402]")
    with running_server(tmp_path / "data", "--plant", str(plant), command="serve") as server:
        write(plant, "[401, 403]")
        server.send_signal(signal.SIGHUP)
        wait_for(lambda: "plant_changed" in server.log.read_text("utf-8"))
        [entry] = [line for line in server.log.read_text("utf-8").splitlines() if "plant_changed" in line]
        assert '"added": ["m_403"]' in entry
        assert '"removed": ["m_402"]' in entry
        write(plant, '[401, "nonsense"]')
        server.send_signal(signal.SIGHUP)
        wait_for(lambda: "plant_not_changed" in server.log.read_text("utf-8"))
        assert "nonsense" in server.log.read_text("utf-8")
        write(plant, "[401]")
        server.send_signal(signal.SIGHUP)
        wait_for(lambda: '"removed": ["m_403"]' in server.log.read_text("utf-8"))
        assert server.stop() == 0
