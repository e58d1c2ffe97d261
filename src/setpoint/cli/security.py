"""Prints ``setpoint audit --security``: sign-ins, refusals and changes of rights."""

from __future__ import annotations

from datetime import tzinfo

import msgspec

from setpoint.cli.console import out, print_json, table_of, when, zone_of
from setpoint.cli.language import t
from setpoint.client import Api, identity_headers


class Entry(msgspec.Struct, rename="camel"):
    seq: int
    at: float
    event: str
    person: str
    address: str
    facts: dict[str, object]


class Entries(msgspec.Struct, rename="camel"):
    items: list[Entry]


async def show_security(
    url: str,
    token: str | None,
    user: str | None,
    filters: dict[str, str | float],
    *,
    is_json: bool,
) -> None:
    async with Api(url, identity_headers(token, user)) as api:
        answer = await api.ask("GET", "/api/security", params=filters)
        zone = None if is_json else zone_of((await api.plant()).plant)
    found = msgspec.json.decode(answer, type=Entries).items
    if is_json:
        print_json(msgspec.to_builtins(found))
        return
    _print(found, zone)


def _print(entries: list[Entry], zone: tzinfo | None) -> None:
    table = table_of("when", "who", "from-where", "what", "details")
    for each in entries:
        details = ", ".join(f"{key} {value}" for key, value in each.facts.items())
        table.add_row(when(each.at, zone), each.person, each.address, t(f"security-{each.event}"), details)
    out().print(table if table.row_count else t("security-none"))
