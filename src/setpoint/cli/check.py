"""``setpoint check plant.toml``: lists every mistake of a plant file with its place and how to correct it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from setpoint.cli.language import printable, printable_json, refused, spoken, t
from setpoint.contract.topics import machine_id
from setpoint.core.plant import Plant
from setpoint.errors import ConfigError, Mistake, PlantError, SourceError
from setpoint.runtime.plant_text import read_plant

if TYPE_CHECKING:
    from setpoint.sources.base import Finding, Source


def check(
    plant_file: Annotated[Path, typer.Argument(show_default=False)],
    *,
    connect: Annotated[bool, typer.Option("--connect")] = False,
    secrets_file: Annotated[Path | None, typer.Option("--secrets", show_default=False)] = None,
    json_: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    from setpoint.sources.registry import make_sources
    from setpoint.sources.secrets import read_secrets

    try:
        plant = read_plant(plant_file, may_be_pipe=True)
        secrets = read_secrets(secrets_file, [source.name for source in plant.sources])
        sources = make_sources(plant, secrets=secrets, directory=plant_file.parent)
    except PlantError as error:
        _print_mistakes(plant_file, error.mistakes, is_json=json_)
        raise typer.Exit(2) from error
    found, failed = asyncio.run(_probe(plant, sources)) if connect else ([], {})
    problems = sum(bool(each.problem) for each in found)
    if json_:
        _print_json(plant, found, failed)
    else:
        for each in found:
            print(printable(f"{'✕' if each.problem else '✓'} {_words(each)}"))
        for name, reason in failed.items():
            print(printable(f"✕ sources.{name}: {reason}"))
        print(f"{plant_file}: {_summary(plant)} {_verdict(problems, len(found), len(failed))}")
    if problems or failed:
        raise typer.Exit(1)


def _words(found: Finding) -> str:
    place = f"{f'{machine_id(found.machine)} {found.field}'.rstrip()}: {found.node}"
    if not found.type:
        return f"{place}: {spoken(found.problem)}"
    access = t("check-writable" if found.is_writable else "check-read-only")
    words = f"{place}: {spoken(found.type)} {found.value!r}, {found.quality}, {access}"
    return f"{words}: {spoken(found.problem)}" if found.problem else words


def _summary(plant: Plant) -> str:
    writable = [field.name for field in plant.writable]
    lines, machines = len(plant.lines), len(plant.machines)
    if not writable:
        return t("check-plant-read-only", name=plant.name, lines=lines, machines=machines)
    return t("check-plant", name=plant.name, lines=lines, machines=machines, fields=list(writable))


def _verdict(problems: int, tried: int, failed: int) -> str:
    sentences = []
    if problems:
        sentences.append(t("check-wrong-nodes", count=problems, total=tried))
    if failed:
        sentences.append(t("check-not-tried", count=failed))
    return " ".join(sentences) or t("check-no-mistakes")


def _print_json(plant: Plant, found: Sequence[Finding], failed: Mapping[str, str]) -> None:
    print(
        json.dumps(
            {
                "ok": not failed and not any(each.problem for each in found),
                "name": plant.name,
                "lines": len(plant.lines),
                "machines": len(plant.machines),
                "writable": [field.name for field in plant.writable],
                "nodes": [asdict(each) for each in found],
                "notTried": failed,
            }
        )
    )


def _print_mistakes(plant_file: Path, mistakes: Sequence[Mistake], *, is_json: bool) -> None:
    if is_json:
        document = {"ok": False, "mistakes": [asdict(each) for each in mistakes]}
        print(printable_json(json.dumps(document, ensure_ascii=False)))
        return
    print(t("check-mistakes", file=str(plant_file), count=len(mistakes)))
    for mistake in mistakes:
        print(f"  {spoken(mistake.description)}")


async def _probe(plant: Plant, sources: Mapping[str, Source]) -> tuple[list[Finding], dict[str, str]]:
    """The findings at every node of every source, and the reason for each source that could not be tried.

    If one source cannot be reached, the others are still tried.
    """
    from setpoint.sources.base import Probing

    found: list[Finding] = []
    failed: dict[str, str] = {}
    kinds = {each.name: each.kind for each in plant.sources}
    for name, source in sources.items():
        if not isinstance(source, Probing):
            failed[name] = t("check-no-probe", kind=kinds[name])
            continue
        try:
            found += await source.probe()
        except (SourceError, ConfigError) as error:
            failed[name] = refused(error)
        except Exception as error:
            # A third party's source may raise anything; the other sources are still tried.
            failed[name] = t("check-failed", why=f"{type(error).__name__}: {error}")
    return found, failed
