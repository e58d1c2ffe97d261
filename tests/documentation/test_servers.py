"""Runs pages that start servers: README.md, docs/howto/run-a-server.md and docs/howto/many-servers.md."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from tests.contract.nats import running_nats
from tests.contract.postgres import Cluster
from tests.documentation.blocks import ROOT, Command, blocks, commands, inline_commands
from tests.documentation.walk import PageServer, Walk, use_link

RUN_A_SERVER = "docs/howto/run-a-server.md"
PARTS = ("setpoint upload --token …", "setpoint user", "setpoint token revoke")
"""Parts of a command within a sentence."""
PLANT = 'name = "Press shop"\n[[lines]]\nid = "01"\nmachines = [401]\n'


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    return Walk(tmp_path / "walk", {}, SETPOINT_HISTORY="off")


def test_the_demo_of_the_readme_comes_up_by_make(walk: Walk) -> None:
    """The tests assume that the first steps of ``make demo``, install and build, are done."""
    [make] = commands(blocks("README.md", "console")[0])
    options = ("-o .venv/.runtime", "-o src/setpoint/server/board/index.html")
    walk.change("make demo", f"make -C {ROOT} {' '.join(options)} demo PORT=$PORT")
    walk.environment |= {"HOME": str(walk.folder), "BROWSER": "true"}
    walk.environment.pop("XDG_DATA_HOME", None)
    with walk.serving(make) as server:
        lines = httpx.get(f"{server.url}/api/plant", trust_env=False).raise_for_status().json()["lines"]
    assert [line["id"] for line in lines] == ["01", "02", "03"]
    walk.end()


def test_the_readme_and_the_page_lead_from_an_empty_directory_to_a_server_with_people_and_a_backup(
    walk: Walk,
) -> None:
    """Runs every command in the sentences of the page, in order."""
    [serve] = commands(blocks("README.md", "console")[2])
    command_lines = [each for each in inline_commands(RUN_A_SERVER) if each not in PARTS]
    assert command_lines.pop(0) == serve.words
    walk.environment["SETPOINT_DATA_DIR"] = str(walk.folder / "data")
    walk.change("/var/lib/setpoint", "data")
    walk.change(" plant.toml", " data/plant.toml")
    walk.change("FILE", "backup.tar")
    with walk.serving(serve) as server:
        use_link(server, "berta")
        walk.environment["SETPOINT_URL"] = server.url
        walk.change("--token …", f"--token {token(walk, 'berta', 'admin')}")
        for command_line in command_lines:
            is_restore = command_line.startswith("setpoint restore ")
            output = walk.run(
                Command(command_line.replace("/var/lib/setpoint", "restored") if is_restore else command_line)
            )
            if command_line.startswith("setpoint user add anna") and (
                link := re.search(r"#link=(\S+)", output)
            ):
                use_link(server, "anna", link[1])
    assert (walk.folder / "backup.tar").stat().st_size > 0
    assert (walk.folder / "restored/setpoint.sqlite").stat().st_size > 0
    walk.end()


def token(walk: Walk, name: str, role: str) -> str:
    found = re.search(
        r"once:\n  (\S+)", walk.run(Command(f"setpoint token create {name} walk --role {role}"))
    )
    assert found is not None
    return found[1]


@pytest.mark.full
@pytest.mark.alone
def test_a_server_and_its_standby_are_started_as_the_page_says(cluster: Cluster, walk: Walk) -> None:
    [standby] = commands(blocks(RUN_A_SERVER, "console")[0])
    walk.change("postgresql://setpoint@db.plant.example/setpoint", cluster.url)
    with ExitStack() as running:
        for folder in ("one", "two"):
            walk.change("/var/lib/setpoint", folder)
            started = "/readyz" if folder == "one" else "/healthz"
            server = running.enter_context(walk.serving(standby, started=started))
        assert httpx.get(f"{server.url}/readyz", trust_env=False).status_code == 503
    walk.end()


@pytest.mark.full
@pytest.mark.alone
def test_a_plant_server_its_standby_and_a_gateway_are_started_as_the_page_says(
    cluster: Cluster, walk: Walk
) -> None:
    (walk.folder / "plant.toml").write_text(PLANT)
    [[owner, standby], [gateway]] = map(commands, blocks("docs/howto/many-servers.md", "console"))
    walk.change("postgresql://setpoint@db/setpoint", cluster.url)
    walk.change("--host 0.0.0.0 --port 8000 --public-url https://board.plant.example", "--port $PORT")
    with running_nats() as nats, ExitStack() as running:
        walk.change("nats://nats:4222", nats.url)
        for name, command, started in (
            ("owner", owner, "/readyz"),
            ("standby", standby, "/healthz"),
            ("gateway", gateway, "/readyz"),
        ):
            walk.environment["SETPOINT_DATA_DIR"] = str(walk.folder / name)
            server: PageServer = running.enter_context(walk.serving(command, started=started))
        role = httpx.get(f"{server.url}/readyz", trust_env=False).raise_for_status().json()["role"]
    assert role == "gateway"
    walk.end()
