"""``setpoint token``: credentials for programs. Shown once, stored as a hash, never with more rights than the owner."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from setpoint.cli.accounts import (
    AccountAdmin,
    AsJson,
    Database,
    DataDir,
    checked_name,
    instant,
    print_json,
    with_accounts,
)
from setpoint.cli.user import Lines, Name
from setpoint.core.accounts import SignInLimits, Token, narrow, parse_grants, shown_grants
from setpoint.errors import ConfigError
from setpoint.server.identity.secrets import digest, new_id, new_secret, token_text

token = typer.Typer(no_args_is_help=True, help="Tokens of programs: create, list, revoke.")

_DAY_S = 24 * 3600


@token.command()
def create(
    account: Name,
    name: Annotated[
        str, typer.Argument(help="The program's name, as the audit will show it.", show_default=False)
    ],
    *,
    role: Annotated[str, typer.Option("--role", help="viewer, operator, engineer or admin.")] = "viewer",
    line: Lines = None,
    days: Annotated[
        int, typer.Option(help="How long the token works.", min=1, max=SignInLimits().max_token_days)
    ] = 90,
    data_dir: DataDir = None,
    database: Database = None,
    json_: AsJson = False,
) -> None:
    """Create a token for a program, in the name of an account, and print it. It cannot be shown again."""
    asked = parse_grants(role, line or ())

    async def work(admin: AccountAdmin) -> tuple[Token, str]:
        owner = await admin.existing(account)
        grants = narrow(owner.grants, asked)
        if not grants:
            raise ConfigError(
                f"{owner.name} has none of these rights; {owner.name} is {shown_grants(owner.grants)}"
            )
        secret, now = new_secret(), time.time()
        made = Token(
            new_id(), digest(secret), owner.name, checked_name(name), grants, now, now + days * _DAY_S
        )
        if not await admin.accounts.add_token(made):
            raise ConfigError(
                f"{owner.name} has a token named {made.name!r}; revoke it, or take another name"
            )
        await admin.note(
            "token-created", owner.name, token=made.id, program=made.name, rights=shown_grants(grants)
        )
        return made, token_text(made.id, secret)

    made, text = with_accounts(data_dir, database, work)
    if json_:
        print_json(
            {"id": made.id, "token": text, "rights": shown_grants(made.grants), "expires": made.expires_ts}
        )
        return
    print(f"{made.account}/{made.name} is {shown_grants(made.grants)} until {instant(made.expires_ts)}.")
    print(f"This is shown once:\n  {text}")


@token.command("list")
def list_(data_dir: DataDir = None, database: Database = None, json_: AsJson = False) -> None:
    """List the tokens that nobody has revoked. Their text is not stored anywhere."""
    found = with_accounts(data_dir, database, lambda admin: admin.accounts.tokens())
    if json_:
        print_json(
            [
                {
                    "id": each.id,
                    "name": f"{each.account}/{each.name}",
                    "rights": shown_grants(each.grants),
                    "expires": each.expires_ts,
                    "seen": each.seen_ts,
                }
                for each in found
            ]
        )
        return
    if not found:
        print("No tokens.")
    for each in found:
        until = f"until {instant(each.expires_ts)}, last seen {instant(each.seen_ts)}"
        print(f"{each.id}  {each.account}/{each.name:<20} {shown_grants(each.grants)}, {until}")


@token.command()
def revoke(
    id_: Annotated[
        str, typer.Argument(metavar="ID", help="As setpoint token list shows it.", show_default=False)
    ],
    data_dir: DataDir = None,
    database: Database = None,
) -> None:
    """Revoke a token. Its open connections end within five seconds."""

    async def work(admin: AccountAdmin) -> None:
        found = await admin.accounts.token(id_)
        if found is None or not await admin.accounts.revoke_token(id_, time.time()):
            raise ConfigError(f"there is no token {id_!r}, or it has ended; see: setpoint token list")
        await admin.note("token-revoked", found.account, token=id_, program=found.name)
        print(f"{found.account}/{found.name} is revoked.")

    with_accounts(data_dir, database, work)
