"""Builds the board into the package, so that what is installed needs no Node.

A wheel or an sdist built from a checkout runs npm in ``frontend/``. A wheel built from an sdist takes the board that
the sdist carries. An editable install builds nothing: `make board` does, when there is something to look at.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BOARD = "src/setpoint/server/board"
FRONTEND = "frontend"


class BoardHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "board"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        is_built = (root / BOARD / "index.html").is_file()
        is_from_sdist = (root / "PKG-INFO").is_file()
        if not (is_from_sdist and is_built):
            build_board(root / FRONTEND, is_built=is_built, warn=self.app.display_warning)
        # The board is ignored by git, and is wanted all the same.
        build_data["artifacts"].append(f"/{BOARD}/")


def build_board(frontend: Path, *, is_built: bool, warn: Any) -> None:
    """Runs npm. Without it the board that was built last is taken, with a warning; without either it is an error."""
    npm = shutil.which("npm")
    if npm is None:
        if is_built:
            warn("npm is not here: the board is packed as it was built last.")
            return
        raise RuntimeError(
            "Building Setpoint from a checkout needs Node 20.19 or later with npm, to build the board in frontend/. "
            "Install it, or install Setpoint from a wheel, which carries the board."
        )
    environment = {**os.environ, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}
    if not (frontend / "node_modules" / ".package-lock.json").is_file():
        subprocess.run([npm, "ci"], cwd=frontend, env=environment, check=True)
    subprocess.run([npm, "run", "build"], cwd=frontend, env=environment, check=True)
