"""A server loads only what it needs to start. It loads optional parts when it uses them."""

from __future__ import annotations

import subprocess
import sys

LATER = {
    "aiomqtt",
    "aiosmtplib",
    "alembic",
    "apprise",
    "asyncua",
    "authlib",
    "fluent",
    "httpx",
    "joserfc",
    "mcp",
    "nats",
    "numpy",
    "openpyxl",
    "pyarrow",
    "pymodbus",
    "python_calamine",
}


def test_a_server_does_not_load_what_only_some_servers_use() -> None:
    script = "import setpoint.cli.serve, setpoint.runtime.serving, sys;print(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    modules = set(output.split())
    loaded = {name.split(".")[0] for name in modules}
    assert "sqlalchemy" in loaded
    assert loaded & LATER == set()
    assert "typer.rich_utils" not in modules, "only help and usage errors need a layout"
