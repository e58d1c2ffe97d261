"""`make dist` finds mistakes in a wheel."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from tests.release.contents import faults_of_wheel

WHOLE = (
    "setpoint/__init__.py",
    "setpoint/py.typed",
    "setpoint/cli/example_plant.toml",
    "setpoint/server/board/index.html",
    "setpoint/server/board/licences.txt",
    "setpoint/server/board/assets/index-a_b-1.js",
    "setpoint/server/board/assets/index-a_b-1.js.br",
    "setpoint/texts/en/board/frame.ftl",
    "setpoint/texts/de/board/frame.ftl",
    "setpoint/persistence/migrations/versions/v0001_batches.py",
    "setpoint-1.0.dist-info/licenses/LICENSE",
    "setpoint-1.0.dist-info/entry_points.txt",
)


def wheel_of(folder: Path, *names: str, filler: int = 0) -> Path:
    wheel = folder / "setpoint-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in names:
            archive.writestr(name, b"x" * filler)
    return wheel


def test_a_wheel_with_everything_has_no_faults(tmp_path: Path) -> None:
    assert faults_of_wheel(wheel_of(tmp_path, *WHOLE)) == []


@pytest.mark.parametrize("missing", WHOLE)
def test_a_wheel_without_one_of_its_parts_is_refused(tmp_path: Path, missing: str) -> None:
    assert len(faults_of_wheel(wheel_of(tmp_path, *(each for each in WHOLE if each != missing)))) == 1


@pytest.mark.parametrize(
    "stray",
    [
        "setpoint/a.pyc",
        "setpoint/node_modules/x.js",
        "setpoint/server/board/index.js.map",
        "tests/conftest.py",
    ],
)
def test_a_wheel_with_something_that_does_not_belong_there_is_refused(tmp_path: Path, stray: str) -> None:
    [fault] = faults_of_wheel(wheel_of(tmp_path, *WHOLE, stray))
    assert fault.startswith(stray)


def test_a_wheel_that_is_too_large_is_refused(tmp_path: Path) -> None:
    [fault] = faults_of_wheel(wheel_of(tmp_path, *WHOLE, filler=500_000))
    assert "of at most 5,000,000" in fault
