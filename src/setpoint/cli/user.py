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
    with_accounts,
)
from setpoint.core.accounts import Account, Invite, SignInLimits, parse_grants, shown_grants
from setpoint.core.limits import PersonLimits
from setpoint.errors import ConfigError
from setpoint.server.identity.secrets import digest, link_of, new_secret

LimitNumber = Annotated[int | None, typer.Option(min=0, max=10_000_000, show_default=False)]
user = typer.Typer(no_args_is_help=True, help="Accounts: add, list, grant, disable, enable, link.")

Name: TypeAlias = Annotated[str, typer.Argument(help="The account's name.", show_default=False)]
RoleWord: TypeAlias = Annotated[str, typer.Option("--role", help="viewer, operator, engineer or admin.")]
Lines: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--line",
        help="A line for the role (01), or a line with its own role (02=viewer). None: the whole plant.",
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
        typer.Option(
            help="The person at the OpenID provider, as ISSUER|SUBJECT. The account then has no password."
        ),
    ] = None,
    data_dir: DataDir = None,
    database: Database = None,
    url: Url = None,
    json_: AsJson = False,
) -> None:
    """Add an account, and print the link with which its owner chooses a password."""
    account = Account(checked_name(name), parse_grants(role, line or ()), time.time(), subject=subject)

    async def work(admin: AccountAdmin) -> str | None:
        if not await admin.accounts.add_account(account):
            raise ConfigError(
                f"there is an account {account.name!r} or one for that subject; see: setpoint user list"
            )
        await admin.note("account-added", account.name, rights=shown_grants(account.grants))
        return None if subject else await _new_link(admin, account.name, url)

    link = with_accounts(data_dir, database, work)
    if json_:
        print_json({"name": account.name, "rights": shown_grants(account.grants), "link": link})
        return
    print(f"{account.name} is {shown_grants(account.grants)}.")
    if link:
        print(
            f"Give them this link; it works once, until {instant(time.time() + SignInLimits().invite_s)}:\n  {link}"
        )


@user.command("list")
def list_(data_dir: DataDir = None, database: Database = None, json_: AsJson = False) -> None:
    """List the accounts with their rights."""
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
        print("Nobody yet. setpoint serve prints a link for the first administrator.")
    for each in found:
        print(f"{each.name:<24} {_state(each):<20} {shown_grants(each.grants)}")


@user.command()
def grant(
    name: Name,
    role: RoleWord = "operator",
    line: Lines = None,
    data_dir: DataDir = None,
    database: Database = None,
) -> None:
    """Replace the rights of an account. Its open pages end within five seconds."""
    grants = parse_grants(role, line or ())

    async def work(admin: AccountAdmin) -> None:
        account = await admin.existing(name)
        await admin.accounts.set_grants(account.name, grants)
        before, after = shown_grants(account.grants), shown_grants(grants)
        await admin.note("rights-changed", account.name, before=before, after=after)
        print(f"{account.name} was {before}, and is {after}.")

    with_accounts(data_dir, database, work)


@user.command()
def disable(name: Name, data_dir: DataDir = None, database: Database = None) -> None:
    """Disable an account. Its pages and programs end within five seconds; its history stays."""
    _set_disabled(name, data_dir, database, is_disabled=True)


@user.command()
def enable(name: Name, data_dir: DataDir = None, database: Database = None) -> None:
    """Enable a disabled account again."""
    _set_disabled(name, data_dir, database, is_disabled=False)


@user.command()
def link(name: Name, data_dir: DataDir = None, database: Database = None, url: Url = None) -> None:
    """Print a new link with which the owner of an account chooses a password. Using it ends their sessions."""

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
    """Show the limits of an account, and change those that you give. A change takes effect within seconds."""
    asked = {
        "targets_at_once": targets_at_once,
        "targets_an_hour": targets_an_hour,
        "kept_bytes": None if kept_megabytes is None else kept_megabytes * 1024 * 1024,
        "kept_files": kept_files,
    }
    changes = {key: value for key, value in asked.items() if value is not None}

    async def work(admin: AccountAdmin) -> PersonLimits:
        account = await admin.existing(name)
        found = await admin.accounts.limits(account.name)
        if changes:
            found = msgspec.structs.replace(found, **changes)
            await admin.accounts.set_limits(account.name, found)
            await admin.note(
                "limits-changed", account.name, **{key: str(each) for key, each in changes.items()}
            )
        return found

    found = with_accounts(data_dir, database, work)
    if json_:
        print_json(msgspec.to_builtins(found))
        return
    print(
        f"{name} may give {found.targets_at_once} targets at once and {found.targets_an_hour} more an hour, and store "
        f"{found.kept_files} workbooks with {found.kept_bytes // 1024 // 1024} MB in total."
    )


async def _new_link(admin: AccountAdmin, name: str, url: str | None) -> str:
    secret = new_secret()
    await admin.accounts.put_invite(Invite(digest(secret), name, time.time() + SignInLimits().invite_s))
    return link_of(url or admin.served_at, secret)


def _set_disabled(name: str, data_dir: DataDir, database: Database, *, is_disabled: bool) -> None:
    async def work(admin: AccountAdmin) -> None:
        account = await admin.existing(name)
        await admin.accounts.set_disabled(account.name, is_disabled)
        if is_disabled:
            await admin.accounts.end_sessions_of(account.name, time.time())
        await admin.note("account-disabled" if is_disabled else "account-enabled", account.name)
        print(f"{account.name} is {'disabled' if is_disabled else 'enabled'}.")

    with_accounts(data_dir, database, work)


def _state(account: Account) -> str:
    if account.is_disabled:
        return "disabled"
    if account.subject:
        return "OpenID"
    return "password" if account.password_hash else "no password yet"
