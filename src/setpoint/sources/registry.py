"""Makes the sources that a plant file names by their ``kind``.

``simulator``, ``opcua``, ``sparkplug``, ``mqtt`` and ``modbus`` are built in. Installed packages can add others by an
entry point in the group ``setpoint.sources``: its name is the kind, its object a `SourceFactory`. A source is imported
only if a plant uses its kind, so that nobody needs the libraries of sources that they do not use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol

from setpoint.core.plant import Machine, Plant, SourceConfig
from setpoint.errors import ConfigError, Mistake, PlantError
from setpoint.sources.base import Source
from setpoint.sources.wording import words

GROUP = "setpoint.sources"


class SourceFactory(Protocol):
    """Makes a source without connecting to a machine. Raises `PlantError` for settings that are not valid.

    ``machines`` are the machines of the plant that name this source. ``secrets`` are the texts that must not be in a
    plant file (`setpoint.sources.secrets`), by key. Relative paths in the settings start at ``directory``.
    """

    def __call__(
        self,
        config: SourceConfig,
        machines: Sequence[Machine],
        plant: Plant,
        secrets: Mapping[str, str],
        directory: Path,
        /,
    ) -> Source: ...


def make_source(
    config: SourceConfig,
    machines: Sequence[Machine],
    plant: Plant,
    *,
    secrets: Mapping[str, str] | None = None,
    directory: Path = Path(),
) -> Source:
    """The source that ``config`` describes, not started yet. ``directory`` is the plant file's folder.

    Raises `PlantError` for an unknown kind or invalid settings, `ConfigError` if the library that the kind needs is not
    installed.
    """
    return _factory(config)(config, machines, plant, secrets or {}, directory)


def make_sources(
    plant: Plant, *, secrets: Mapping[str, Mapping[str, str]] | None = None, directory: Path = Path()
) -> dict[str, Source]:
    """Every source of a plant by its name, each with its machines; sources without machines are left out."""
    machines: dict[str, list[Machine]] = {config.name: [] for config in plant.sources}
    for machine in plant.machines.values():
        machines[machine.source].append(machine)
    return {
        config.name: make_source(
            config,
            machines[config.name],
            plant,
            secrets=(secrets or {}).get(config.name),
            directory=directory,
        )
        for config in plant.sources
        if machines[config.name]
    }


def known_kinds() -> tuple[str, ...]:
    """Every kind that is available on this computer."""
    return (*_BUILT_IN, *sorted(_entry_points().keys() - _BUILT_IN.keys()))


def _simulator(
    config: SourceConfig,
    machines: Sequence[Machine],
    plant: Plant,
    _secrets: Mapping[str, str],
    _directory: Path,
    /,
) -> Source:
    from setpoint.sources.simulator import SimulatorSettings, SimulatorSource  # noqa: PLC0415  # only if asked for

    settings = SimulatorSettings.read(config.settings, where=f"sources.{config.name}")
    return SimulatorSource(machines, plant.fields, settings)


def _extra(library: str, extra: str, place: str) -> SourceFactory:
    """Makes the factory of a source with an optional library. It imports the module only when it is needed."""

    def make(
        config: SourceConfig,
        machines: Sequence[Machine],
        plant: Plant,
        secrets: Mapping[str, str],
        directory: Path,
        /,
    ) -> Source:
        try:
            import_module(library)
        except ImportError as error:
            raise ConfigError(
                words(
                    "words-sources-kind-which-needs-library-not",
                    name=config.name,
                    value=config.kind,
                    extra=extra,
                )
            ) from error
        module, _, name = place.partition(":")
        source: Source = getattr(import_module(module), name).make(
            config, machines, plant, secrets, directory
        )
        return source

    return make


_BUILT_IN: Mapping[str, SourceFactory] = {
    "simulator": _simulator,
    "opcua": _extra("asyncua", "opcua", "setpoint.sources.opcua:OpcUaSource"),
    "sparkplug": _extra("aiomqtt", "mqtt", "setpoint.sources.sparkplug:SparkplugSource"),
    "mqtt": _extra("aiomqtt", "mqtt", "setpoint.sources.sparkplug:PlainSource"),
    "modbus": _extra("pymodbus", "modbus", "setpoint.sources.modbus:ModbusSource"),
}


def _factory(config: SourceConfig) -> SourceFactory:
    built_in = _BUILT_IN.get(config.kind)
    if built_in is not None:
        return built_in
    found = _entry_points().get(config.kind)
    if found is None:
        raise PlantError(
            (
                Mistake(
                    f"sources.{config.name}.kind",
                    words("words-no-such-source-installed", value=repr(config.kind)),
                    words("words-give-one-install-package-provides", known=", ".join(known_kinds())),
                ),
            )
        )
    try:
        factory: SourceFactory = found.load()
    except ImportError as error:
        raise ConfigError(
            words(
                "words-source-provided-by-which-cannot-be",
                value=repr(config.kind),
                value2=found.value,
                why=error,
            )
        ) from error
    return factory


def _entry_points() -> dict[str, EntryPoint]:
    return {each.name: each for each in entry_points(group=GROUP)}
