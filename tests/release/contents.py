"""Checks what a wheel and an sdist must and must not contain."""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

MAX_WHEEL_BYTES = 5_000_000
MAX_SDIST_BYTES = 60_000_000
IN_WHEEL = (
    r"setpoint/__init__\.py",
    r"setpoint/py\.typed",
    r"setpoint/cli/example_plant\.toml",
    r"setpoint/server/board/index\.html",
    r"setpoint/server/board/licences\.txt",
    r"setpoint/server/board/assets/index-[\w-]+\.js",
    r"setpoint/server/board/assets/index-[\w-]+\.js\.br",
    r"setpoint/texts/en/.+\.ftl",
    r"setpoint/texts/de/.+\.ftl",
    r"setpoint/persistence/migrations/versions/v0001_batches\.py",
    r"setpoint-[^/]+\.dist-info/licenses/LICENSE",
    r"setpoint-[^/]+\.dist-info/entry_points\.txt",
)
IN_SDIST = (
    r"[^/]+/pyproject\.toml",
    r"[^/]+/hatch_build\.py",
    r"[^/]+/LICENSE",
    r"[^/]+/src/setpoint/server/board/index\.html",
    r"[^/]+/frontend/package-lock\.json",
    r"[^/]+/conformance/SPEC\.md",
)
NOWHERE = re.compile(
    r"(^|/)(node_modules|__pycache__|\.venv|\.git|\.mypy_cache|\.ruff_cache|\.hypothesis)(/|$)|\.(pyc|sqlite|map|coverage|pem|key)$|(^|/)\.env$"
)
ONLY_PACKAGE = re.compile(r"setpoint/|setpoint-[^/]+\.dist-info/")


def faults_of_wheel(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    found = _faults(names, IN_WHEEL, wheel.stat().st_size, MAX_WHEEL_BYTES)
    return found + [f"{name} is outside of the package" for name in names if not ONLY_PACKAGE.match(name)]


def faults_of_sdist(sdist: Path) -> list[str]:
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
    return _faults(names, IN_SDIST, sdist.stat().st_size, MAX_SDIST_BYTES)


def _faults(names: Iterable[str], patterns: Iterable[str], size: int, limit: int) -> list[str]:
    names = list(names)
    found = [
        f"nothing is called {each}"
        for each in patterns
        if not any(re.fullmatch(each, name) for name in names)
    ]
    found += [f"{name} does not belong there" for name in names if NOWHERE.search(name)]
    if size > limit:
        found.append(f"it has {size:,} bytes, of at most {limit:,}")
    return found
