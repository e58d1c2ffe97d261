"""``setpoint deliveries``: what was sent to webhooks, e-mail and chat, and what came of it."""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from setpoint.cli.console import DEFAULT_URL, Json, Token, Url, out, print_json, run, when, zone_of
from setpoint.client import Api, identity_headers
from setpoint.contract.http.deliveries import DeliveryState, DeliveryView
from setpoint.contract.http.pages import Page


def deliveries(
    *,
    channel: Annotated[str | None, typer.Option(help="Only of this channel.", show_default=False)] = None,
    status: Annotated[
        DeliveryState | None, typer.Option(help="Only in this state.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 30,
    again: Annotated[
        int | None,
        typer.Option(help="Send this one again, by its number.", min=1, max=2**31 - 1, show_default=False),
    ] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    json_: Json = False,
) -> None:
    """List messages to other systems and people, newest first. For administrators of the whole plant."""
    filters = {"channel": channel, "status": status and status.value, "limit": limit}

    async def work() -> None:
        async with Api(url, identity_headers(token, None)) as api:
            if again is not None:
                await api.ask("POST", f"/api/deliveries/{again}/again")
                print(f"Delivery {again} is tried again.")
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
        out().print("No message matches.")
        return
    columns = ("No.", "Channel", "Message", "Of", "State", "Tried", "What it said", "Next")
    table = Table(*columns, box=None, pad_edge=False)
    for each in found:
        table.add_row(
            str(each.id),
            each.channel,
            each.type,
            when(each.at, zone),
            each.state.value,
            str(each.attempts),
            each.said,
            "" if each.next_at is None else when(each.next_at, zone),
        )
    out().print(table)
