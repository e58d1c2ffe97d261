"""``setpoint check plant.toml``: every mistake of a plant file with its place and its remedy, before it matters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from setpoint.core.plant import Plant, parse_plant
from setpoint.errors import ConfigError, PlantError

MAX_PLANT_BYTES = 10_000_000


def check(
    plant_file: Annotated[Path, typer.Argument(help="The plant file.", show_default=False)],
    json_: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check a plant file: lines, machines, fields, sources. Exits with 2 where it cannot be used."""
    try:
        plant = read_plant(plant_file)
    except PlantError as error:
        if json_:
            found = [
                {"where": each.where, "line": each.line, "what": each.what, "remedy": each.remedy}
                for each in error.mistakes
            ]
            print(json.dumps({"ok": False, "mistakes": found}, ensure_ascii=False))
        else:
            count = len(error.mistakes)
            print(f"{plant_file}: {count} {'mistake' if count == 1 else 'mistakes'}")
            for mistake in error.mistakes:
                print(f"  {mistake}")
        raise typer.Exit(2) from error
    writable = [field.name for field in plant.writable]
    if json_:
        counts = {"lines": len(plant.lines), "machines": len(plant.machines), "writable": writable}
        print(json.dumps({"ok": True, "name": plant.name, **counts}, ensure_ascii=False))
    else:
        print(
            f"{plant_file}: {plant.name}, {len(plant.lines)} lines, {len(plant.machines)} machines, "
            f"targets for {', '.join(writable)}. No mistakes."
        )


def read_plant(path: Path) -> Plant:
    """The plant that a file describes. Raises `ConfigError` where it cannot be read, `PlantError` for its mistakes."""
    try:
        if path.stat().st_size > MAX_PLANT_BYTES:
            raise ConfigError(
                f"{path} has more than {MAX_PLANT_BYTES:,} bytes, a plant file was expected; check the name"
            )
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(
            f"the plant file {path} cannot be read ({error.strerror}); check the name and the rights"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"the plant file {path} is not UTF-8 (byte {error.start}); save it as UTF-8"
        ) from error
    return parse_plant(text)
