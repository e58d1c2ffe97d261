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
    rights_words,
    with_accounts,
)
from setpoint.cli.language import t
from setpoint.cli.user import Lines, Name
from setpoint.core.accounts import SignInLimits, Token, facts_of_token, narrow, parse_grants, shown_grants
from setpoint.errors import ConfigError
from setpoint.server.identity.secrets import digest, new_id, new_secret, token_text

token = typer.Typer(no_args_is_help=True)

_DAY_S = 24 * 3600


@token.command()
def create(
    account: Name,
    name: Annotated[str, typer.Argument(show_default=False)],
    *,
    role: Annotated[str, typer.Option("--role")] = "viewer",
    line: Lines = None,
    days: Annotated[int, typer.Option(min=1, max=SignInLimits().max_token_days)] = 90,
    data_dir: DataDir = None,
    database: Database = None,
    json_: AsJson = False,
) -> None:
    requested = parse_grants(role, line or ())

    async def work(admin: AccountAdmin) -> tuple[Token, str]:
        owner = await admin.existing(account)
        grants = narrow(owner.grants, requested)
        if not grants:
            raise ConfigError(t("token-no-rights", name=owner.name, rights=rights_words(owner.grants)))
        secret, now = new_secret(), time.time()
        made = Token(
            new_id(), digest(secret), owner.name, checked_name(name), grants, now, now + days * _DAY_S
        )

        async def add() -> None:
            if not await admin.accounts.add_token(made):
                raise ConfigError(t("token-taken", name=owner.name, token=made.name))
            await admin.note("token-created", owner.name, **facts_of_token(made))

        await admin.accounts.together(add)
        return made, token_text(made.id, secret)

    made, text = with_accounts(data_dir, database, work)
    if json_:
        print_json(
            {"id": made.id, "token": text, "rights": shown_grants(made.grants), "expires": made.expires_ts}
        )
        return
    name, until = f"{made.account}/{made.name}", instant(made.expires_ts)
    print(t("token-is", name=name, rights=rights_words(made.grants), until=until))
    print(f"{t('token-once')}\n  {text}")


@token.command("list")
def list_(data_dir: DataDir = None, database: Database = None, json_: AsJson = False) -> None:
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
        print(t("token-nothing"))
    for each in found:
        until = t("token-lasts", until=instant(each.expires_ts), seen=instant(each.seen_ts))
        print(f"{each.id}  {each.account}/{each.name:<20} {rights_words(each.grants)}, {until}")


@token.command()
def revoke(
    id_: Annotated[str, typer.Argument(metavar="ID", show_default=False)],
    data_dir: DataDir = None,
    database: Database = None,
) -> None:

    async def work(admin: AccountAdmin) -> None:
        found = await admin.accounts.token(id_)
        if found is None:
            raise ConfigError(t("token-unknown", id=id_))

        async def end() -> None:
            if not await admin.accounts.revoke_token(id_, time.time()):
                raise ConfigError(t("token-unknown", id=id_))
            await admin.note("token-revoked", found.account, token=id_, program=found.name)

        await admin.accounts.together(end)
        print(t("token-ended", name=f"{found.account}/{found.name}"))

    with_accounts(data_dir, database, work)
