"""The file with the secrets of sources: who may read it, and what it may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from setpoint.errors import ConfigError
from setpoint.sources.secrets import read_secrets


def _file(folder: Path, text: str, *, mode: int = 0o600) -> Path:
    path = folder / "secrets.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_secrets_come_from_a_file_and_the_environment_goes_first(tmp_path: Path) -> None:
    path = _file(tmp_path, '[press-1]\nusername = "anna"\npassword = "old"\n')
    environment = {
        "SETPOINT_SECRET_PRESS_1_PASSWORD": "new",
        "SETPOINT_SECRET_OTHER_PASSWORD": "x",
        "PATH": "/",
    }
    found = read_secrets(path, ["press-1"], environment=environment)
    assert found == {"press-1": {"username": "anna", "password": "new"}}


def test_without_a_file_the_environment_is_enough() -> None:
    assert read_secrets(None, ["press"], environment={"SETPOINT_SECRET_PRESS_USERNAME": "a"}) == {
        "press": {"username": "a"}
    }


@pytest.mark.parametrize(
    ("text", "mode", "message"),
    [
        ("[press]\n", 0o644, "chmod 600"),
        ("[press", 0o600, "no.* valid TOML|not valid TOML"),
        ("[press]\npassword = 5\n", 0o600, "not a table of texts"),
        ('password = "x"\n', 0o600, "not a table of texts"),
    ],
)
def test_a_file_that_cannot_be_used_is_explained(tmp_path: Path, text: str, mode: int, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_secrets(_file(tmp_path, text, mode=mode), ["press"], environment={})


def test_a_file_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_secrets(tmp_path / "nothing.toml", [], environment={})
