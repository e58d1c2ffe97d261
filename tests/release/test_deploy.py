"""The files in deploy/. Dashboards query existing metrics, and containers start existing commands with few rights."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
import yaml  # type: ignore[import-untyped]  # only read here

from setpoint import config
from setpoint.cli.commands import COMMANDS, loaded
from setpoint.config import DEFAULT_PORT
from setpoint.core.history import MAX_WIDTH
from setpoint.core.hub import HubCounters
from setpoint.core.plant import demo_plant
from setpoint.history.formats import COLUMNS
from setpoint.server.http.history_query import read_query
from setpoint.server.http.metrics import Figures, Metrics

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVER = json.loads((DEPLOY / "grafana/server.json").read_text("utf-8"))
MACHINE = json.loads((DEPLOY / "grafana/machine.json").read_text("utf-8"))
CONTAINER = (DEPLOY / "Containerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
POSTGRES = yaml.safe_load((DEPLOY / "compose.postgres.yaml").read_text("utf-8"))
CONFIG = Path(config.__file__).read_text("utf-8")
SERVE = loaded(next(each for each in COMMANDS if each.name == "serve"))


def metrics() -> set[str]:
    """Returns the names of every metric that a server can have."""
    collected = Metrics(lambda: Figures(0.0, 1, HubCounters(), {}, {4001: 1}))
    collected.add_disk(MagicMock(free_bytes=1, is_low=False))
    figures = MagicMock(points=1, dropped=0, files=1)
    collected.add_history(MagicMock(figures=figures, reason="", dropped=0))
    return {
        line.split("{")[0].split(" ")[0] for line in collected.text().decode().splitlines() if line[0] != "#"
    }


def expressions() -> list[str]:
    return [target["expr"] for panel in SERVER["panels"] for target in panel["targets"]]


def test_every_metric_of_the_dashboard_is_one_of_the_server() -> None:
    used = {name for expression in expressions() for name in re.findall(r"setpoint_\w+", expression)}
    assert len(used) > 12
    assert used - metrics() == set()


def test_every_metric_of_the_server_is_on_the_dashboard_or_left_out_on_purpose() -> None:
    used = " ".join(expressions())
    left_out = {
        "setpoint_role",
        "setpoint_disk_low",
        "setpoint_history_files",
        "setpoint_refused_frames_total",
        "setpoint_unknown_reports_total",
    }
    families = {name for name in metrics() if not name.endswith(("_created", "_sum", "_count"))}
    # Grafana has its own dashboards for process metrics.
    of_setpoint = {name for name in families if not name.startswith("process_")}
    assert {name for name in of_setpoint if name not in used} == left_out


@pytest.mark.parametrize("panel", MACHINE["panels"], ids=lambda panel: panel["title"])
def test_every_question_of_the_dashboard_to_the_history_is_answered(panel: dict[str, Any]) -> None:
    [target] = panel["targets"]
    path, _, query = target["url"].partition("?")
    params = dict(each.split("=") for each in query.split("&"))
    assert path == "${board}/api/history"
    assert (params["from"], params["to"], params["format"]) == ("${__from}", "${__to}", "rows")
    width = int(params["width"])
    assert width <= MAX_WIDTH
    signals = params["signals"].replace("${machine}", "m_401")
    found = read_query(demo_plant(), signals, "1795900000000", "1795910000000", width=width, now=1795910000.0)
    assert [each.field for each in found.signals] == [signals.partition(".")[2]]
    assert {column["selector"] for column in target["columns"]} <= set(COLUMNS)


def test_the_container_runs_without_root_and_checks_its_health() -> None:
    last = CONTAINER.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert last.index("USER ") < last.index("ENTRYPOINT ")
    assert "/healthz" in last
    assert "ADD " not in CONTAINER
    [entry, command] = [
        json.loads(found) for found in re.findall(r"^(?:ENTRYPOINT|CMD) (\[.*\])$", last, re.MULTILINE)
    ]
    assert entry == ["setpoint"]
    assert_serves(command)


def test_the_container_serves_on_the_port_and_from_the_folder_that_compose_and_the_health_check_name() -> (
    None
):
    last = CONTAINER.rpartition("\nFROM ")[2]
    assert f"EXPOSE {DEFAULT_PORT}\n" in last
    assert f"http://127.0.0.1:{DEFAULT_PORT}/healthz" in last
    [published] = COMPOSE["services"]["setpoint"]["ports"]
    assert published.endswith(f":{DEFAULT_PORT}:{DEFAULT_PORT}")
    folder = re.search(r"SETPOINT_DATA_DIR=(\S+)", last)
    assert folder is not None
    assert f"VOLUME {folder[1]}\n" in last
    assert COMPOSE["services"]["setpoint"]["volumes"] == [f"data:{folder[1]}"]
    variables = set(POSTGRES["services"]["setpoint"]["environment"]) | {"SETPOINT_DATA_DIR"}
    assert all(load in CONFIG for load in variables)


def test_every_file_of_the_folder_is_in_its_readme() -> None:
    readme = (DEPLOY / "README.md").read_text("utf-8")
    files = {each.relative_to(DEPLOY).as_posix() for each in DEPLOY.rglob("*") if each.is_file()} - {
        "README.md"
    }
    assert {each for each in files if f"`{each}`" not in readme} == set()


def test_the_extras_of_the_container_are_extras_of_the_package() -> None:
    extras = re.search(r"\.whl\)\[([\w,]+)\]", CONTAINER)
    assert extras is not None
    project = (DEPLOY.parent / "pyproject.toml").read_text("utf-8")
    for extra in extras[1].split(","):
        assert re.search(rf"^{extra} = \[", project, re.MULTILINE), extra


def test_compose_gives_the_server_a_read_only_root_and_no_capability() -> None:
    service = COMPOSE["services"]["setpoint"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["volumes"] == ["data:/var/lib/setpoint"]
    assert_serves(service["command"])
    assert "/var/lib/setpoint" in shlex.split(re.search(r"^VOLUME (.*)$", CONTAINER, re.MULTILINE)[1])  # type: ignore[index]  # another test checks that it exists


def test_compose_waits_for_postgres_and_keeps_its_password_out_of_the_file() -> None:
    server, database = POSTGRES["services"]["setpoint"], POSTGRES["services"]["database"]
    assert server["depends_on"]["database"]["condition"] == "service_healthy"
    assert "pg_isready" in database["healthcheck"]["test"]
    for text in (
        server["environment"]["SETPOINT_DATABASE_URL"],
        database["environment"]["POSTGRES_PASSWORD"],
    ):
        assert "${SETPOINT_DATABASE_PASSWORD:?}" in text
    assert "ports" not in database


def assert_serves(command: list[str]) -> None:
    """Checks that the present command line accepts every argument of it."""
    assert command[0] == "serve"
    arguments = [re.sub(r"\$\{[^}]*\}", "https://board.plant.example", word) for word in command[1:]]
    params = SERVE.make_context("serve", arguments).params
    assert params["host"] == "0.0.0.0"
