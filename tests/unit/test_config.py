"""The settings of a server, and its data directory."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from setpoint.config import load_settings
from setpoint.errors import ConfigError


def test_folders_and_files_made_to_keep_data_are_for_their_user_alone(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "data", environment={})

    paths = [settings.data_dir, settings.data_dir / "setpoint.sqlite"]
    assert [stat.S_IMODE(each.stat().st_mode) for each in paths] == [0o700, 0o600]


def test_a_command_about_kept_data_does_not_touch_the_database(tmp_path: Path) -> None:
    """Its folder may be on a read-only disk, such as a mounted backup."""
    file = tmp_path / "setpoint.sqlite"
    file.write_bytes(b"SQLite format 3\0")
    os.utime(file, (1, 1))
    load_settings(data_dir=tmp_path, is_there=True, environment={})
    assert file.stat().st_mtime == 1


def test_a_database_named_by_url_leaves_no_file_behind(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, database_url="postgresql://anna@db/plant", environment={})

    assert settings.database_url == "postgresql://anna@db/plant"
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_wins_over_the_environment_and_the_environment_over_the_default(
    tmp_path: Path,
) -> None:
    environment = {"SETPOINT_DATA_DIR": str(tmp_path), "SETPOINT_PORT": "8100", "SETPOINT_HOST": "10.0.0.5"}

    settings = load_settings(port=8200, environment=environment)

    assert (settings.data_dir, settings.port, settings.host) == (tmp_path, 8200, "10.0.0.5")


def test_the_address_last_served_is_known_to_later_commands(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, environment={})
    assert settings.served_at == "http://127.0.0.1:8000"

    settings.note_served_at("https://board.plant.example")

    assert load_settings(data_dir=tmp_path, environment={}).served_at == "https://board.plant.example"


def test_a_directory_that_cannot_be_written_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(ConfigError, match=r"taken/data cannot be written \(Not a directory\); give another"):
        load_settings(data_dir=tmp_path / "taken" / "data", environment={})


@pytest.mark.parametrize("text", ["eighty", "-1", "65536", "8_000"])
def test_an_invalid_port_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="a port from 0 to 65535"):
        load_settings(data_dir=tmp_path, environment={"SETPOINT_PORT": text})
