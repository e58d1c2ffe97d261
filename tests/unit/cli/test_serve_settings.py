"""What ``setpoint serve`` and ``setpoint demo`` take from the environment where no option is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from setpoint.cli import app
from setpoint.runtime import serving


@pytest.mark.parametrize(
    ("options", "expected"),
    [([], ("127.0.0.2", 8123)), (["--host", "127.0.0.3", "--port", "8124"], ("127.0.0.3", 8124))],
)
def test_host_and_port_of_the_environment_count_where_no_option_is_given(
    options: list[str], expected: tuple[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Any] = []
    monkeypatch.setattr(serving, "run_serve", lambda settings, *_, **__: served.append(settings))
    environment = {"SETPOINT_HOST": "127.0.0.2", "SETPOINT_PORT": "8123"}
    done = CliRunner().invoke(app, ["serve", "--data-dir", str(tmp_path / "data"), *options], env=environment)
    assert done.exit_code == 0, done.output
    assert [(each.host, each.port) for each in served] == [expected]


def test_the_port_of_the_environment_counts_for_the_demo_and_its_host_stays_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Any] = []
    monkeypatch.setattr(serving, "run_demo", lambda settings, *_, **__: served.append(settings))
    environment = {"SETPOINT_HOST": "0.0.0.0", "SETPOINT_PORT": "8123"}
    done = CliRunner().invoke(app, ["demo", "--data-dir", str(tmp_path / "data")], env=environment)
    assert done.exit_code == 0, done.output
    assert [(each.host, each.port) for each in served] == [("127.0.0.1", 8123)]
