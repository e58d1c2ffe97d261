"""A data directory that others can write to, and a database that is not the one in use before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from setpoint.cli.serve import own_plant_file
from setpoint.config import Settings, load_settings
from setpoint.core.accounts import Account
from setpoint.core.plant import Role
from setpoint.errors import ConfigError
from setpoint.persistence.accounts import MemoryAccounts
from setpoint.runtime.premises import check_permissions, check_same_database

pytestmark = pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX's")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "data", environment={})


def test_the_example_that_a_new_server_writes_causes_no_warning(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    before = os.umask(0o022)
    try:
        own_plant_file(settings)
    finally:
        os.umask(before)
    check_permissions(settings)
    captured = capsys.readouterr()
    assert settings.plant_file.stat().st_size > 0
    assert "others_can_read" not in captured.out + captured.err


def test_a_directory_or_database_that_everybody_can_write_is_refused_with_the_remedy(
    settings: Settings,
) -> None:
    check_permissions(settings)
    for path in (settings.data_dir, settings.data_dir / "setpoint.sqlite"):
        before = path.stat().st_mode
        path.chmod(0o777)
        with pytest.raises(ConfigError, match="chmod -R o-rwx"):
            check_permissions(settings)
        path.chmod(before)
    check_permissions(settings)


def test_files_that_others_can_read_cause_a_warning(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (settings.data_dir / "setpoint.sqlite").chmod(0o644)
    check_permissions(settings)
    captured = capsys.readouterr()
    assert "others_can_read" in captured.out + captured.err


@pytest.mark.parametrize("name", ["setpoint.sqlite", "history", "history/points"])
def test_what_root_has_copied_here_and_not_given_to_the_server_is_named_with_the_remedy(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (settings.data_dir / "history" / "points").mkdir(parents=True)
    (settings.data_dir / "setpoint.sqlite.copy").touch()
    check_permissions(settings)
    closed = settings.data_dir / name
    monkeypatch.setattr(
        "setpoint.runtime.premises.os.access",
        lambda path, _: path not in (closed, settings.data_dir / "setpoint.sqlite.copy"),
    )
    with pytest.raises(ConfigError, match=rf"cannot read and change .*{name}, .*: chown -R"):
        check_permissions(settings)


async def accounts_of(*names: str) -> MemoryAccounts:
    accounts = MemoryAccounts()
    for name in names:
        await accounts.add_account(Account(name, {"*": Role.ADMIN}, 1.0))
    return accounts


async def test_an_emptied_or_another_database_in_a_directory_that_was_in_use_is_refused(
    settings: Settings,
) -> None:
    await check_same_database(settings, await accounts_of())  # nobody has signed in yet
    first = await accounts_of("ada")
    await check_same_database(settings, first)
    await check_same_database(settings, first)
    with pytest.raises(ConfigError, match="setpoint restore"):
        await check_same_database(settings, await accounts_of())
    other = await accounts_of("ada")
    await other.key("database", "another")
    with pytest.raises(ConfigError, match="another database"):
        await check_same_database(settings, other)
