"""``setpoint user``: accounts of a data directory, whether or not a server runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from setpoint.cli import app
from setpoint.config import load_settings


def test_the_link_leads_to_where_the_server_was_last_served(tmp_path: Path) -> None:
    load_settings(data_dir=tmp_path, environment={}).note_served_at("http://127.0.0.1:8124")

    result = CliRunner().invoke(app, ["user", "add", "anna", "--data-dir", str(tmp_path)])

    assert "\n  http://127.0.0.1:8124/sign-in#link=" in result.output, result.output


def test_a_link_can_be_given_another_address(tmp_path: Path) -> None:
    runner, options = CliRunner(), ["--data-dir", str(tmp_path)]
    runner.invoke(app, ["user", "add", "anna", *options])

    result = runner.invoke(app, ["user", "link", "anna", "--url", "https://board.plant.example", *options])

    assert "https://board.plant.example/sign-in#link=" in result.output, result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "list"),
        ("user", "limits", "anna"),
        ("user", "link", "anna"),
        ("token", "list"),
        ("token", "revoke", "t1"),
    ],
)
def test_a_misspelt_data_directory_is_not_a_plant_without_people(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    result = CliRunner().invoke(app, [*arguments, "--data-dir", str(tmp_path / "misspelt")])

    assert result.exit_code != 0
    assert "misspelt" in str(result.exception or result.output)
    assert not (tmp_path / "misspelt").exists()
