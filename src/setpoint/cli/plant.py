"""``setpoint plant``: lets the server read its plant file again, and prints the file's JSON Schema."""

from __future__ import annotations

import msgspec
import typer

from setpoint.cli.console import DEFAULT_URL, Json, Token, Url, print_json, run
from setpoint.client import Api, identity_headers
from setpoint.contract.http.plant import PlantChangeView
from setpoint.contract.topics import machine_ids

plant = typer.Typer(help="The plant of a server that runs, and the plant file.", no_args_is_help=True)


@plant.command("reload")
def reload(*, url: Url = DEFAULT_URL, token: Token = None, json_: Json = False) -> None:
    """Let the server read its plant file again. For administrators of the whole plant.

    Connections stay, and so do machines that stay, with what is under way. A file that cannot be used changes nothing.
    """
    run(_reload(url, token, is_json=json_))


@plant.command("schema")
def schema() -> None:
    """Print the JSON Schema of the plant file, for editors. A plant file names it in its first line:
    #:schema ./plant.schema.json
    """
    from setpoint.cli.plant_schema import plant_schema

    print_json(plant_schema())


async def _reload(url: str, token: str | None, *, is_json: bool) -> None:
    async with Api(url, identity_headers(token, None)) as api:
        answer = await api.ask("POST", "/api/plant/reload")
    change = msgspec.json.decode(answer, type=PlantChangeView)
    if is_json:
        print_json(msgspec.to_builtins(change))
        return
    told = {
        "added": machine_ids(change.added),
        "removed": machine_ids(change.removed),
        "read from another place": machine_ids(change.moved),
        "fields": change.fields,
        "lines": change.lines,
    }
    said = [f"{what}: {', '.join(names)}" for what, names in told.items() if names]
    print("\n".join(said) or "The plant file says nothing new.")
