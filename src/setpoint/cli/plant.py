"""``setpoint plant``: lets the server read its plant file again, and prints the file's JSON Schema."""

from __future__ import annotations

import msgspec
import typer

from setpoint.cli.console import DEFAULT_URL, Json, Token, Url, print_json, run
from setpoint.cli.language import printable, t
from setpoint.client import Api, identity_headers
from setpoint.contract.http.plant import PlantChangeView
from setpoint.contract.topics import machine_ids

plant = typer.Typer(no_args_is_help=True)


@plant.command("reload")
def reload(*, url: Url = DEFAULT_URL, token: Token = None, json_: Json = False) -> None:
    run(_reload(url, token, is_json=json_))


@plant.command("schema")
def schema() -> None:
    from setpoint.cli.plant_schema import plant_schema

    print_json(plant_schema())


async def _reload(url: str, token: str | None, *, is_json: bool) -> None:
    async with Api(url, identity_headers(token, None)) as api:
        answer = await api.ask("POST", "/api/plant/reload")
    change = msgspec.json.decode(answer, type=PlantChangeView)
    if is_json:
        print_json(msgspec.to_builtins(change))
        return
    changed = {
        "file-added": machine_ids(change.added),
        "file-removed": machine_ids(change.removed),
        "file-moved": machine_ids(change.moved),
        "file-fields": change.fields,
        "file-lines": change.lines,
    }
    lines = [f"{t(what)}: {', '.join(names)}" for what, names in changed.items() if names]
    print(printable("\n".join(lines)) or t("file-same"))
