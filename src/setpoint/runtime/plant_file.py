"""The plant file of a server: read when it starts, and again on request (PLANT-1).

There are two ways to request it: ``SIGHUP``, and ``POST /api/plant/reload`` by an administrator. A file that cannot be
used changes nothing; the log and the answer say why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from setpoint.contract.http.problems import ProblemCode
from setpoint.core.plant import Machine, Plant, PlantChange, SourceConfig
from setpoint.errors import ConfigError, PlantError, RequestError
from setpoint.runtime.runtime import Runtime
from setpoint.sources.base import Source
from setpoint.sources.registry import make_source, make_sources
from setpoint.sources.secrets import Secrets, read_secrets

log = structlog.get_logger("setpoint.serving")


class PlantFile:
    """``read`` reads the file again. Relative paths in it start at ``directory``; ``secrets_file`` is read with it."""

    def __init__(self, read: Callable[[], Plant], directory: Path, secrets_file: Path | None) -> None:
        self.read = read
        self._directory = directory
        self._secrets_file = secrets_file

    def read_or(self, known: Plant) -> Plant:
        """The plant that the file describes now; ``known`` if the file cannot be used."""
        try:
            return self.read()
        except (PlantError, ConfigError) as error:
            log.error("plant_not_changed", by="takeover", reason=error.message)
            return known

    def make(self, config: SourceConfig, machines: Sequence[Machine], plant: Plant) -> Source:
        """A source of this plant, with the present secrets. Raises `PlantError` or `ConfigError`."""
        secrets = self._secrets(plant).get(config.name)
        return make_source(config, machines, plant, secrets=secrets, directory=self._directory)

    def sources(self, plant: Plant) -> dict[str, Source]:
        """Every source that has machines, by its name."""
        return make_sources(plant, secrets=self._secrets(plant), directory=self._directory)

    def _secrets(self, plant: Plant) -> Secrets:
        return read_secrets(self._secrets_file, [source.name for source in plant.sources])


async def reload_plant(runtime: Runtime, file: PlantFile, by: str, address: str = "") -> PlantChange:
    """Takes over the plant file as it is now, and returns the differences.

    Raises `RequestError`: 422 if the file cannot be used, 503 while nothing can be stored. Then nothing has changed.
    """
    try:
        plant = await asyncio.to_thread(file.read)
        return await runtime.change_plant(plant, by, address)
    except (PlantError, ConfigError) as error:
        log.error("plant_not_changed", by=by, reason=error.message)
        message = f"nothing was changed, the plant file cannot be used: {error.message}"
        raise RequestError(
            message, code=ProblemCode.INVALID_PLANT, arguments={"why": error.args[0]}
        ) from error
