"""``setpoint check plant.toml``: every mistake of a plant file with its place and its remedy, before it matters."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from setpoint.core.plant import Plant, parse_plant
from setpoint.errors import ConfigError, Mistake, PlantError

if TYPE_CHECKING:
    from setpoint.sources.opcua.probe import Finding

MAX_PLANT_BYTES = 10_000_000


def check(
    plant_file: Annotated[Path, typer.Argument(help="The plant file.", show_default=False)],
    *,
    connect: Annotated[bool, typer.Option("--connect", help="Try every node at its server, too.")] = False,
    secrets_file: Annotated[
        Path | None, typer.Option("--secrets", help="Secrets of sources.", show_default=False)
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check a plant file: lines, machines, fields, sources. Exits with 2 where it cannot be used.

    With --connect it also asks the machines' servers, reading only, and says line by line what is there: type, value,
    quality, writable or not. Exits with 1 where a node is not as the plant file has it.
    """
    from setpoint.sources.registry import make_sources

    try:
        plant = read_plant(plant_file)
        make_sources(plant, directory=plant_file.parent)
    except PlantError as error:
        _print_mistakes(plant_file, error.mistakes, is_json=json_)
        raise typer.Exit(2) from error
    found = asyncio.run(_probe(plant, plant_file.parent, secrets_file)) if connect else []
    problems = sum(bool(each.problem) for each in found)
    writable = [field.name for field in plant.writable]
    if json_:
        counts = {"lines": len(plant.lines), "machines": len(plant.machines), "writable": writable}
        print(
            json.dumps(
                {"ok": not problems, "name": plant.name, **counts, "nodes": [asdict(each) for each in found]}
            )
        )
    else:
        for each in found:
            print(f"{'✕' if each.problem else '✓'} {each}")
        print(
            f"{plant_file}: {plant.name}, {len(plant.lines)} lines, {len(plant.machines)} machines, "
            f"targets for {', '.join(writable)}. {f'{problems} of {len(found)} nodes' if problems else 'No'} "
            f"{'are not as they should be' if problems else 'mistakes'}."
        )
    if problems:
        raise typer.Exit(1)


def _print_mistakes(plant_file: Path, mistakes: Sequence[Mistake], *, is_json: bool) -> None:
    if is_json:
        print(json.dumps({"ok": False, "mistakes": [asdict(each) for each in mistakes]}, ensure_ascii=False))
        return
    print(f"{plant_file}: {len(mistakes)} {'mistake' if len(mistakes) == 1 else 'mistakes'}")
    for mistake in mistakes:
        print(f"  {mistake}")


async def _probe(plant: Plant, directory: Path, secrets_file: Path | None) -> list[Finding]:
    """What is found at every node of every OPC UA source."""
    from setpoint.sources.opcua.probe import probe
    from setpoint.sources.secrets import read_secrets

    secrets = read_secrets(secrets_file, [source.name for source in plant.sources])
    found: list[Finding] = []
    for source in plant.sources:
        if source.kind == "opcua":
            machines = [machine for machine in plant.machines.values() if machine.source == source.name]
            found += await probe(
                source, machines, plant, secrets=secrets.get(source.name), directory=directory
            )
    return found


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
