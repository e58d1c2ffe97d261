"""Sources by kind: built in, from a package, or an explained error."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from setpoint.core.plant import demo_plant, parse_plant
from setpoint.errors import ConfigError, PlantError
from setpoint.sources import registry
from setpoint.sources.simulator import SimulatorSource
from setpoint.testing import FakeMachine

_PLANT = '[sources.x]\nkind = "KIND"\nseed = 3\n[[lines]]\nid = "01"\nmachines = [401, 402]\n'


def test_the_simulator_is_built_in() -> None:
    [source] = registry.make_sources(demo_plant()).values()
    assert isinstance(source, SimulatorSource)


def test_mistakes_in_the_settings_name_the_source() -> None:
    plant = parse_plant(_PLANT.replace("KIND", "simulator").replace("seed = 3", 'seed = "x"'))
    with pytest.raises(PlantError, match=r"sources\.x\.seed"):
        registry.make_sources(plant)


def test_an_unknown_kind_is_reported_with_the_known_ones() -> None:
    with pytest.raises(PlantError, match=r"sources\.x\.kind: is 'profinet'.*simulator, opcua"):
        registry.make_sources(parse_plant(_PLANT.replace("KIND", "profinet")))


def test_a_package_brings_a_kind_by_an_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("fake", f"{__name__}:_factory", registry.GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda _self: _factory)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point] if group == registry.GROUP else [])
    [source] = registry.make_sources(parse_plant(_PLANT.replace("KIND", "fake"))).values()
    assert isinstance(source, FakeMachine)
    assert source.machines == ("m_401", "m_402")
    assert registry.known_kinds() == ("simulator", "opcua", "sparkplug", "mqtt", "modbus", "fake")


def test_a_package_that_cannot_be_imported_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("fake", "no_such_package:factory", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point] if group == registry.GROUP else [])
    with pytest.raises(ConfigError, match="no_such_package"):
        registry.make_sources(parse_plant(_PLANT.replace("KIND", "fake")))


def test_opcua_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(registry, "import_module", missing)
    with pytest.raises(ConfigError, match=r'pip install "setpoint\[opcua\]"'):
        registry.make_sources(parse_plant(_PLANT.replace("KIND", "opcua")))


def _factory(_config: object, machines: tuple[object, ...], *_: object) -> FakeMachine:
    return FakeMachine(*(machine.key for machine in machines))  # type: ignore[attr-defined]  # machines, by the protocol
