"""`setpoint --help` shows the table of commands without importing what the commands import."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

import setpoint
from setpoint.cli import app
from setpoint.cli.commands import COMMANDS, Listed, loaded

SLOW = {
    "fluent.runtime",
    "babel",
    "httpx",
    "litestar",
    "sqlalchemy",
    "openpyxl",
    "numpy",
    "websockets",
    "setpoint.client",
    "setpoint.core",
}


def test_help_imports_none_of_the_libraries_that_commands_use() -> None:
    script = (
        "import sys\nfrom setpoint.cli import main\nsys.argv = ['setpoint', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\nprint('MODULES', *sys.modules)"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    help_text, _, modules = output.partition("MODULES")
    assert "Run your plant, with sign-in." in help_text
    assert SLOW & set(modules.split()) == set()


@pytest.mark.parametrize("listed", COMMANDS, ids=lambda listed: listed.name)
def test_a_command_of_the_table_has_its_name(listed: Listed) -> None:
    assert loaded(listed).name == listed.name


@pytest.mark.parametrize("listed", COMMANDS, ids=lambda listed: listed.name)
def test_every_command_is_reached_by_its_name(listed: Listed) -> None:
    result = CliRunner().invoke(app, [listed.name, "--help"])
    assert result.exit_code == 0
    assert f"setpoint {listed.name}" in result.output


def test_an_unknown_command_is_refused_with_a_similar_one() -> None:
    result = CliRunner().invoke(app, ["uplod"])
    assert result.exit_code == 2
    assert "'upload'" in result.output


def test_the_version_is_that_of_the_package() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"{setpoint.__version__}\n")
