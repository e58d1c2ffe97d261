"""The accounts of a data directory, for the commands that change them: open, change and close in one call.

These commands work on the database, not through a server. A running server sees the change within a second.
"""

from __future__ import annotations

import asyncio
import getpass
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar

import typer

from setpoint.cli.language import printable_json, t
from setpoint.config import load_settings
from setpoint.contract.http.people import SecurityEvent
from setpoint.core.accounts import Account, account_name
from setpoint.core.plant import WHOLE_PLANT, Role
from setpoint.errors import ConfigError
from setpoint.server.identity.audit import RecordedAudit

if TYPE_CHECKING:
    from setpoint.persistence.accounts import SqlAccounts

T = TypeVar("T")

DataDir: TypeAlias = Annotated[Path | None, typer.Option("--data-dir", show_default=False)]
Database: TypeAlias = Annotated[str | None, typer.Option("--database", show_default=False)]
Url: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--url",
        show_default=False,
    ),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json")]


@dataclass(frozen=True, slots=True)
class AccountAdmin:
    """The accounts and their audit, open for one command."""

    accounts: SqlAccounts
    audit: RecordedAudit
    served_at: str

    async def note(self, event: SecurityEvent, name: str, **facts: str) -> None:
        """Records an event. It names the operating system's user, because no account of the plant signed in."""
        typed_by = {"by": f"{typist()} on the command line", "account": name}
        await self.audit.note(event, person="setpoint", address="", facts=typed_by | facts)

    async def existing(self, text: str) -> Account:
        found = await self.accounts.account(checked_name(text))
        if found is None:
            names = ", ".join(each.name for each in await self.accounts.accounts()) or t("user-nobody")
            raise ConfigError(t("user-unknown", name=text, names=names))
        return found


def with_accounts(
    data_dir: Path | None,
    database: str | None,
    work: Callable[[AccountAdmin], Awaitable[T]],
    *,
    is_there: bool = True,
) -> T:
    """Opens the accounts of a data directory, runs ``work``, and closes them.

    ``is_there``: the server has used the directory before. Raises `ConfigError` if it has not.
    """
    from setpoint.persistence.accounts import SqlAccounts
    from setpoint.persistence.sql import SqlPersistence

    settings = load_settings(data_dir=data_dir, database_url=database, is_there=is_there)

    async def run() -> T:
        persistence = SqlPersistence(settings.database_url)
        try:
            await persistence.start()
            accounts, audit = SqlAccounts(persistence.database), RecordedAudit(persistence.store)
            return await work(AccountAdmin(accounts, audit, settings.served_at))
        finally:
            await persistence.close()

    return asyncio.run(run())


def typist() -> str:
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # a container whose user has no name; Windows without USERNAME
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "unknown"


def checked_name(text: str) -> str:
    name = account_name(text)
    if name is None:
        raise ConfigError(t("user-bad-name", name=text))
    return name


def instant(ts: float | None) -> str:
    """An instant for people, in UTC."""
    return t("people-never") if ts is None else datetime.fromtimestamp(ts, UTC).strftime("%Y-%m-%d %H:%M UTC")


def rights_words(grants: Mapping[str, Role]) -> str:
    """``operator`` for the whole plant; ``operator on 01, viewer on 02`` for lines."""
    words = []
    for line, role in sorted(grants.items()):
        name = t(f"role-{role.word}")
        words.append(name if line == WHOLE_PLANT else t("user-role-on", role=name, line=line))
    return ", ".join(words) or t("user-no-rights")


def print_json(found: Mapping[str, object] | list[dict[str, object]]) -> None:
    print(printable_json(json.dumps(found, ensure_ascii=False)))
