"""``setpoint deliveries``: messages to webhooks, e-mail and chat, and whether they arrived."""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated

import msgspec
import typer

from setpoint.cli.console import DEFAULT_URL, Json, Token, Url, out, print_json, run, table_of, when, zone_of
from setpoint.cli.language import t
from setpoint.client import Api, identity_headers
from setpoint.contract.http.deliveries import DeliveryState, DeliveryView
from setpoint.contract.http.pages import Page


def deliveries(
    *,
    channel: Annotated[str | None, typer.Option(show_default=False)] = None,
    status: Annotated[DeliveryState | None, typer.Option(show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 30,
    again: Annotated[
        int | None,
        typer.Option(min=1, max=2**31 - 1, show_default=False),
    ] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    json_: Json = False,
) -> None:
    filters = {"channel": channel, "status": status and status.value, "limit": limit}

    async def work() -> None:
        async with Api(url, identity_headers(token, None)) as api:
            if again is not None:
                await api.ask("POST", f"/api/deliveries/{again}/again")
                print(t("deliveries-again", number=str(again)))
                return
            params = {name: value for name, value in filters.items() if value}
            body = await api.ask("GET", "/api/deliveries", params=params)
            found = msgspec.json.decode(body, type=Page[DeliveryView]).items
            if json_:
                print_json(msgspec.to_builtins(found))
                return
            plant, _ = await api.plant()
            _print(found, zone_of(plant))

    run(work())


def _print(found: list[DeliveryView], zone: tzinfo | None) -> None:
    if not found:
        out().print(t("deliveries-none"))
        return
    table = table_of("number", "channel", "message", "of", "state", "tried", "answer", "next")
    for each in found:
        table.add_row(
            str(each.id),
            each.channel,
            each.type,
            when(each.at, zone),
            t(f"deliveries-{each.state.value}"),
            str(each.attempts),
            each.said,
            "" if each.next_at is None else when(each.next_at, zone),
        )
    out().print(table)
