"""Runs ``setpoint demo`` with a test's plant file instead of the simulated plant. The options follow the file."""

from __future__ import annotations

import sys
from pathlib import Path

from setpoint.config import load_settings
from setpoint.core.plant import parse_plant
from setpoint.runtime.serving import run_demo


def main() -> None:
    file, _, *arguments = sys.argv[1:]
    options = dict(zip(arguments[::2], arguments[1::2], strict=False))
    settings = load_settings(
        data_dir=Path(options["--data-dir"]),
        database_url=None,
        host="127.0.0.1",
        port=int(options["--port"]),
        database_timeout_s=None,
        subfolder="demo",
    )
    run_demo(settings, parse_plant(Path(file).read_text("utf-8")), on_ready=lambda _: None)


if __name__ == "__main__":
    main()
