"""``python -m tests.prepare``: installs the programs that tests need.

Without its program a test would have to be skipped, and a skipped test tests nothing. So this installs missing programs
from Debian's packages, if the user may do that. For the browser it tries Playwright's own. If nothing works, it fails
and says what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.contract.nats import nats_server

_POSTGRES = Path("/usr/lib/postgresql")
_FRONTEND = Path(__file__).parents[1] / "frontend"
_NODE_PEERS = [Path(__file__).parent / "integration" / name for name in ("opcua_node", "machines_node")]


@dataclass(frozen=True, slots=True)
class Program:
    """A program. ``package`` is its Debian package. ``purpose`` tells a person why a test needs it."""

    package: str
    purpose: str
    is_there: Callable[[], bool]
    is_only_full: bool = False
    """Only `make test-full` needs it."""
    is_optional: bool = False
    """Without it the tests do the same and take longer."""


def _command(*names: str) -> Callable[[], bool]:
    return lambda: any(map(shutil.which, names))


def _mosquitto() -> bool:
    """Debian installs it in a folder that is only on the root user's path."""
    return (
        shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin") is not None
    )


def _nats() -> bool:
    return nats_server() is not None


def _postgres() -> bool:
    return shutil.which("initdb") is not None or any(_POSTGRES.glob("*/bin/initdb"))


def _headless_shell() -> bool:
    """Debian's or Playwright's."""
    return _command("chromium-headless-shell")() or any(
        (Path.home() / ".cache/ms-playwright").glob("chromium_headless_shell-*/INSTALLATION_COMPLETE")
    )


def _browser() -> bool:
    return _headless_shell() or _command("chromium", "chromium-browser", "google-chrome")()


PROGRAMS = (
    Program("chromium", "the board is tested in a real browser", _browser),
    Program(
        "chromium-headless-shell",
        "a page opens in an eighth of the processor time: no window of Chromium is drawn around it",
        _headless_shell,
        is_optional=True,
    ),
    Program(
        "libreoffice-calc-nogui", "workbooks are written and read by another program", _command("soffice")
    ),
    Program("postgresql", "persistence is tested on PostgreSQL as well", _postgres),
    Program("iproute2", "a network is taken away from a server", _command("ip")),
    Program("nginx-light", "a server is reached through nginx", _command("nginx")),
    Program("mosquitto", "machines speak to Setpoint over a real MQTT broker", _mosquitto),
    Program("nats-server", "several servers of one plant speak over NATS", _nats),
    Program("caddy", "a server is reached through Caddy", _command("caddy")),
    Program("firefox-esr", "the main job is done in Firefox", _command("firefox-esr"), is_only_full=True),
    Program(
        "webkit2gtk-driver", "the main job is done in WebKit", _command("WebKitWebDriver"), is_only_full=True
    ),
    Program("xvfb", "WebKit needs a display", _command("Xvfb"), is_only_full=True),
    Program("systemd", "the unit of docs/howto is started", _command("systemctl"), is_only_full=True),
)


def _missing() -> list[Program]:
    is_full = os.environ.get("SETPOINT_TESTS") == "full"
    return [each for each in PROGRAMS if (is_full or not each.is_only_full) and not each.is_there()]


def _install(packages: list[str]) -> None:
    """Installs Debian's packages, if apt-get exists and the user may use it."""
    if not packages or shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    print(f"installing {', '.join(packages)}", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages],
    ):
        subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False, timeout=900)


def main() -> int:
    missing = _missing()
    for is_optional in (False, True):  # one package that Debian does not have would keep all others away
        _install([program.package for program in missing if program.is_optional is is_optional])
    if not _browser() and shutil.which("npx"):
        subprocess.run(["npx", "playwright", "install", "chromium"], cwd=_FRONTEND, check=False, timeout=600)
    for folder in _NODE_PEERS:
        subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True, timeout=300
        )
    missing = [program for program in _missing() if not program.is_optional]
    for program in missing:
        print(f"missing: {program.package}; {program.purpose}. Install it and run again.", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
