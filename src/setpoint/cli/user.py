"""``setpoint user``: accounts, and what each may see and change.

Nobody chooses a password for somebody else. A new account comes with a link that works once; its owner opens it and
chooses the password.
"""

from __future__ import annotations

import time
from typing import Annotated, TypeAlias

import msgspec
import typer

from setpoint.cli.accounts import (
    AccountAdmin,
    AsJson,
    Database,
    DataDir,
    Url,
    checked_name,
    instant,
    print_json,
    rights_words,
    with_accounts,
)
from setpoint.cli.language import t
from setpoint.core.accounts import (
    Account,
    Invite,
    SignInLimits,
    facts_of_account,
    parse_grants,
    shown_grants,
)
from setpoint.core.limits import PersonLimits
from setpoint.errors import ConfigError
from setpoint.server.identity.secrets import digest, link_of, new_secret

LimitNumber = Annotated[int | None, typer.Option(min=0, max=10_000_000, show_default=False)]
user = typer.Typer(no_args_is_help=True)

_STATE_CODES = {
    "disabled": "disabled",
    "OpenID": "openid",
    "password": "password",
    "no password yet": "no-password",
}

Name: TypeAlias = Annotated[str, typer.Argument(show_default=False)]
RoleWord: TypeAlias = Annotated[str, typer.Option("--role")]
Lines: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--line",
    ),
]


@user.command()
def add(
    name: Name,
    *,
    role: RoleWord = "operator",
    line: Lines = None,
    subject: Annotated[
        str | None,
        typer.Option(),
    ] = None,
    data_dir: DataDir = None,
    database: Database = None,
    url: Url = None,
    json_: AsJson = False,
) -> None:
    account = Account(checked_name(name), parse_grants(role, line or ()), time.time(), subject=subject)

    async def work(admin: AccountAdmin) -> str | None:
        async def add() -> None:
            if not await admin.accounts.add_account(account):
                raise ConfigError(t("user-taken", name=account.name))
            await admin.note("account-added", account.name, **facts_of_account(account))

        await admin.accounts.together(add)
        return None if subject else await _new_link(admin, account.name, url)

    # A user may be added before the server's first start.
    link = with_accounts(data_dir, database, work, is_there=False)
    if json_:
        print_json({"name": account.name, "rights": shown_grants(account.grants), "link": link})
        return
    print(t("user-is", name=account.name, rights=rights_words(account.grants)))
    if link:
        print(f"{t('user-link', until=instant(time.time() + SignInLimits().invite_s))}\n  {link}")


@user.command("list")
def list_(data_dir: DataDir = None, database: Database = None, json_: AsJson = False) -> None:
    found = with_accounts(data_dir, database, lambda admin: admin.accounts.accounts())
    if json_:
        print_json(
            [
                {"name": each.name, "rights": shown_grants(each.grants), "state": _state(each)}
                for each in found
            ]
        )
        return
    if not found:
        print(t("user-none"))
    for each in found:
        state = t(f"user-state-{_STATE_CODES[_state(each)]}")
        print(f"{each.name:<24} {state:<20} {rights_words(each.grants)}")


@user.command()
def grant(
    name: Name,
    role: RoleWord = "operator",
    line: Lines = None,
    data_dir: DataDir = None,
    database: Database = None,
) -> None:
    grants = parse_grants(role, line or ())

    async def work(admin: AccountAdmin) -> None:
        account = await admin.existing(name)
        before, after = shown_grants(account.grants), shown_grants(grants)

        async def change() -> None:
            await admin.accounts.set_grants(account.name, grants)
            await admin.note("rights-changed", account.name, before=before, after=after)

        await admin.accounts.together(change)
        words = rights_words(account.grants), rights_words(grants)
        print(t("user-was", name=account.name, before=words[0], after=words[1]))

    with_accounts(data_dir, database, work)


@user.command()
def disable(name: Name, data_dir: DataDir = None, database: Database = None) -> None:
    _set_disabled(name, data_dir, database, is_disabled=True)


@user.command()
def enable(name: Name, data_dir: DataDir = None, database: Database = None) -> None:
    _set_disabled(name, data_dir, database, is_disabled=False)


@user.command()
def link(name: Name, data_dir: DataDir = None, database: Database = None, url: Url = None) -> None:

    async def work(admin: AccountAdmin) -> str:
        account = await admin.existing(name)
        await admin.note("link-made", account.name)
        return await _new_link(admin, account.name, url)

    print(with_accounts(data_dir, database, work))


@user.command()
def limits(
    name: Name,
    *,
    targets_at_once: LimitNumber = None,
    targets_an_hour: LimitNumber = None,
    kept_megabytes: LimitNumber = None,
    kept_files: LimitNumber = None,
    data_dir: DataDir = None,
    database: Database = None,
    json_: AsJson = False,
) -> None:
    given = {
        "targets_at_once": targets_at_once,
        "targets_an_hour": targets_an_hour,
        "kept_bytes": None if kept_megabytes is None else kept_megabytes * 1024 * 1024,
        "kept_files": kept_files,
    }
    changes = {key: value for key, value in given.items() if value is not None}

    async def work(admin: AccountAdmin) -> PersonLimits:
        account = await admin.existing(name)
        found = await admin.accounts.limits(account.name)
        if not changes:
            return found
        changed = msgspec.structs.replace(found, **changes)

        async def change() -> None:
            await admin.accounts.set_limits(account.name, changed)
            values = {key: str(each) for key, each in msgspec.structs.asdict(changed).items()}
            await admin.note("limits-changed", account.name, **values)

        await admin.accounts.together(change)
        return changed

    found = with_accounts(data_dir, database, work)
    if json_:
        print_json(msgspec.to_builtins(found))
        return
    print(
        t(
            "user-limits",
            name=name,
            at_once=found.targets_at_once,
            an_hour=found.targets_an_hour,
            files=found.kept_files,
            megabytes=found.kept_bytes // 1024 // 1024,
        )
    )


async def _new_link(admin: AccountAdmin, name: str, url: str | None) -> str:
    secret = new_secret()
    await admin.accounts.put_invite(Invite(digest(secret), name, time.time() + SignInLimits().invite_s))
    return link_of(url or admin.served_at, secret)


def _set_disabled(name: str, data_dir: DataDir, database: Database, *, is_disabled: bool) -> None:
    async def work(admin: AccountAdmin) -> None:
        account = await admin.existing(name)

        async def change() -> None:
            await admin.accounts.set_disabled(account.name, is_disabled)
            if is_disabled:
                await admin.accounts.end_sessions_of(account.name, time.time())
            await admin.note("account-disabled" if is_disabled else "account-enabled", account.name)

        await admin.accounts.together(change)
        print(t("user-disabled" if is_disabled else "user-enabled", name=account.name))

    with_accounts(data_dir, database, work)


def _state(account: Account) -> str:
    """For ``--json``; people read the text ``user-state-…``."""
    if account.is_disabled:
        return "disabled"
    if account.subject:
        return "OpenID"
    return "password" if account.password_hash else "no password yet"
