"""The package has exactly these public names, and importing it loads none of them."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.metadata import version

import pytest

import setpoint

PUBLIC = {
    "setpoint": set(setpoint.__all__),
    "setpoint.client": {
        "CRITICAL_OVERRIDES",
        "DEFAULT_URL",
        "AlarmList",
        "AlarmView",
        "Answer",
        "Api",
        "Batch",
        "BatchKind",
        "BatchSource",
        "BatchStory",
        "Client",
        "Event",
        "EventKind",
        "Follows",
        "History",
        "Lock",
        "MachineState",
        "MachineView",
        "Phase",
        "SignalArrays",
        "Target",
        "identity_headers",
        "is_critical",
    },
    "setpoint.testing": {"FakeMachine", "ManualClock", "Recorder", "SourceContract", "SourceRig"},
}
ROOT = {
    "Batch",
    "BatchSource",
    "BatchStory",
    "Client",
    "MachineView",
    "MisuseError",
    "PeerError",
    "Person",
    "Phase",
    "Role",
    "SetpointError",
    "Target",
    "WorldError",
    "__version__",
    "core",
    "embed",
}


def test_the_package_exports_exactly_these_names() -> None:
    assert set(setpoint.__all__) == ROOT
    assert set(dir(setpoint)) == ROOT


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_can_be_imported(module: str) -> None:
    namespace = import_module(module)
    assert set(namespace.__all__) == PUBLIC[module]
    for name in PUBLIC[module]:
        assert getattr(namespace, name) is not None


@pytest.mark.parametrize(
    "module",
    [
        "contract.live",
        *(
            f"core.{package}"
            for package in ("accounts", "commands", "hub", "ingest", "link", "plant", "store")
        ),
    ],
)
def test_a_package_exports_what_it_lists(module: str) -> None:
    namespace = import_module(f"setpoint.{module}")
    missing = [name for name in namespace.__all__ if not hasattr(namespace, name)]
    assert missing == []


def test_the_version_is_the_installed_one() -> None:
    assert setpoint.__version__ == version("setpoint")


def test_a_name_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(AttributeError, match=r"'Clint'; it has .*Client"):
        _ = setpoint.Clint


def test_importing_the_package_loads_neither_the_client_nor_the_server() -> None:
    script = (
        "import setpoint, sys; print(sorted(name for name in sys.modules if name.startswith('setpoint')))"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "['setpoint']"


def test_the_core_is_a_library_that_needs_nothing_of_the_server() -> None:
    script = (
        "import setpoint.core.link, setpoint.core.store, setpoint.core.hub, setpoint.core.commands, sys;"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'litestar', 'uvicorn', 'sqlalchemy', 'httpx'}))"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"
