"""What ``setpoint serve`` and ``setpoint demo`` read from the environment if an option is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from setpoint.cli import app
from setpoint.config import Settings
from setpoint.runtime import serving


@pytest.mark.parametrize(
    ("options", "expected"),
    [([], ("127.0.0.2", 8123)), (["--host", "127.0.0.3", "--port", "8124"], ("127.0.0.3", 8124))],
)
def test_without_an_option_host_and_port_come_from_the_environment(
    options: list[str], expected: tuple[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_settings: list[Any] = []
    monkeypatch.setattr(serving, "run_serve", lambda settings, *_, **__: all_settings.append(settings))
    environment = {"SETPOINT_HOST": "127.0.0.2", "SETPOINT_PORT": "8123"}
    result = CliRunner().invoke(
        app, ["serve", "--data-dir", str(tmp_path / "data"), *options], env=environment
    )
    assert result.exit_code == 0, result.output
    assert [(each.host, each.port) for each in all_settings] == [expected]


def test_the_demo_takes_its_port_from_the_environment_but_not_its_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_settings: list[Any] = []
    monkeypatch.setattr(serving, "run_demo", lambda settings, *_, **__: all_settings.append(settings))
    environment = {"SETPOINT_HOST": "0.0.0.0", "SETPOINT_PORT": "8123"}
    result = CliRunner().invoke(app, ["demo", "--data-dir", str(tmp_path / "data")], env=environment)
    assert result.exit_code == 0, result.output
    assert [(each.host, each.port) for each in all_settings] == [("127.0.0.1", 8123)]


def _demo_directory(
    monkeypatch: pytest.MonkeyPatch, *options: str, environment: dict[str, str] | None = None
) -> Path:
    """Returns the folder in which a demo with these options would keep its data."""
    all_settings: list[Any] = []

    def run_demo(settings: Settings, *_: object, **__: object) -> None:
        assert settings.data_dir.is_dir()
        all_settings.append(settings)

    monkeypatch.setattr(serving, "run_demo", run_demo)
    result = CliRunner().invoke(app, ["demo", *options], env=environment)
    assert result.exit_code == 0, result.output
    return Path(all_settings[0].data_dir)


def test_a_demo_with_a_past_begins_anew_at_each_start(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (_demo_directory(monkeypatch, "--history", "7d") for _ in range(2))
    assert first != second
    assert not first.exists()


def test_a_demo_with_a_past_keeps_it_where_the_caller_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "named"
    assert _demo_directory(monkeypatch, "--history", "7d", "--data-dir", str(named)) == named
    environment = {"SETPOINT_DATA_DIR": str(named)}
    assert _demo_directory(monkeypatch, "--history", "7d", environment=environment) == named
    assert named.is_dir()


def test_demos_of_different_plants_do_not_share_their_past(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {"XDG_DATA_HOME": str(tmp_path)}
    usual, large = (
        _demo_directory(monkeypatch, *options, environment=variables)
        for options in ([], ["--machines", "1000"])
    )
    assert (usual.name, large.name) == ("demo", "demo-1000")
    assert usual.is_dir()
