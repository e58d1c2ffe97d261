"""``setpoint opcua`` and ``check --connect``. They explain each typing mistake and each refusal in a sentence."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer
from tests.integration.opcua_peer import start_peer
from typer.testing import CliRunner

from setpoint.cli.check import check
from setpoint.cli.opcua import opcua
from setpoint.core.plant import parse_plant
from setpoint.errors import ConfigError, SourceError
from setpoint.sources import registry
from setpoint.sources.base import Finding
from setpoint.testing import FakeMachine

_PLANT = """
[fields.weight]
[sources.scale]
kind = "scale"
[sources.calm]
kind = "simulator"
[[lines]]
id = "01"
machines = [{ id = 1, source = "scale" }, { id = 2, source = "calm" }]
"""


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        ("127.0.0.1:48452", "write it with its protocol: opc.tcp://127.0.0.1:48452"),
        ("http://127.0.0.1:48452", "is not an endpoint"),
        ("opc.tcp://anna:secret@127.0.0.1:1", "without user or password"),
        ("", "is not an endpoint"),
        ("opc.tcp://", "is not an endpoint"),
        ("opc.tcp://[::1", "is not an endpoint"),
        ("opc.tcp://127.0.0.1:48o40", "is not an endpoint"),
        ("opc.tcp://127.0.0.1:99999", "is not an endpoint"),
        ("OPC.TCP://PLC:4840", "write it with its protocol: opc.tcp://PLC:4840"),
        ("opc.tcp//plc", "write it with its protocol: opc.tcp://plc"),
    ],
)
@pytest.mark.parametrize("command", ["browse", "trust"])
def test_a_mistyped_endpoint_is_explained(endpoint: str, message: str, command: str, tmp_path: Path) -> None:
    arguments = [command, endpoint, *([str(tmp_path / "x.der")] if command == "trust" else [])]
    result = CliRunner().invoke(opcua, arguments)
    assert isinstance(result.exception, ConfigError), result.output
    assert message in result.exception.message


@pytest.mark.parametrize(
    "content", [b"hello", b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n", b"\x30\x82\xff"]
)
def test_a_file_that_is_not_a_certificate_is_explained_before_anything_is_sent(
    content: bytes, tmp_path: Path
) -> None:
    for name in ("a.der", "a.pem", "b.der"):
        (tmp_path / name).write_bytes(content)
    files = [
        "--certificate",
        tmp_path / "a.der",
        "--private-key",
        tmp_path / "a.pem",
        "--server-certificate",
        tmp_path / "b.der",
    ]
    result = CliRunner().invoke(
        opcua, ["browse", "opc.tcp://127.0.0.1:9", "--security", "Basic256Sha256", *map(str, files)]
    )
    assert isinstance(result.exception, ConfigError), result.output
    assert "is not a certificate" in result.exception.message


def test_a_server_that_is_not_there_is_explained() -> None:
    result = CliRunner().invoke(opcua, ["browse", "opc.tcp://127.0.0.1:9"])
    assert isinstance(result.exception, SourceError)
    assert "cannot be reached" in result.exception.message


def test_an_endpoint_without_a_port_means_the_port_of_the_protocol() -> None:
    result = CliRunner().invoke(opcua, ["browse", "opc.tcp://127.0.0.1"])
    assert isinstance(result.exception, SourceError)
    assert "('127.0.0.1', 4840)" in result.exception.message


def test_a_login_comes_from_a_plant_file_that_is_not_finished(tmp_path: Path) -> None:
    plant = tmp_path / "plant.toml"
    plant.write_text(
        '[sources.press]\nkind = "opcua"\nendpoint = "opc.tcp://127.0.0.1:9"\nsecurity = "None"\n'
    )
    result = CliRunner().invoke(opcua, ["browse", "opc.tcp://127.0.0.1:9", "--plant", str(plant)])
    assert isinstance(result.exception, SourceError), (
        "it was tried: the missing fields and lines do not matter"
    )


def test_where_nothing_is_recognised_the_command_fails_and_says_what_to_do_next(tmp_path: Path) -> None:
    with start_peer("asyncua", tmp_path, machines=()) as peer:
        result = CliRunner().invoke(opcua, ["browse", peer.endpoint, "--out", str(tmp_path / "plant.toml")])
    assert result.exit_code == 1, result.output
    assert "the same command again, with --pick" in result.output
    assert "# No machines were recognised" in result.output
    assert not (tmp_path / "plant.toml").exists(), "the same command may write it again"


def test_picked_nodes_become_a_plant_file_that_check_takes(tmp_path: Path) -> None:
    file = tmp_path / "plant.toml"
    with start_peer("asyncua", tmp_path) as peer:
        arguments = ["browse", peer.endpoint, "--pick", "--out", str(file)]
        output = CliRunner().invoke(opcua, arguments, input="nonsense\n1-999999\n").output
        numbers = [
            line.split()[0] for line in output.splitlines() if re.match(r" *\d+ +(Speed|Target) ", line)
        ]
        result = CliRunner().invoke(opcua, arguments, input=f"{', '.join(numbers[:2])}\ny\n")
    assert len(numbers) == 4, output
    assert result.exit_code == 0, result.output
    plant = parse_plant(file.read_text("utf-8"))
    assert len(plant.machines) == 2, "the other press has the same variables"
    assert len(plant.fields) == 2


def test_the_libraries_warnings_about_certificates_do_not_reach_the_terminal() -> None:
    program = (
        "import warnings, setpoint.sources.opcua.connection\n"
        "from cryptography.utils import CryptographyDeprecationWarning\n"
        "warnings.warn('an old key', CryptographyDeprecationWarning)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stderr == ""


class Scale(FakeMachine):
    findings: Sequence[Finding] = (Finding("m_1", "weight", "scale/weight", "number", 12.5),)
    error: Exception | None = None

    async def probe(self) -> Sequence[Finding]:
        if self.error is not None:
            raise self.error
        return self.findings


@pytest.fixture
def plant_file(tmp_path: Path) -> Path:
    (tmp_path / "plant.toml").write_text(_PLANT)
    assert parse_plant(_PLANT).writable == ()
    return tmp_path / "plant.toml"


def _check(plant_file: Path, made: FakeMachine) -> tuple[int, str]:
    """Returns what ``setpoint check --connect`` prints if the kind ``scale`` is this source."""
    app = typer.Typer()
    app.command()(check)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "_BUILT_IN", {**registry._BUILT_IN, "scale": lambda *_: made})
        result = CliRunner().invoke(app, ["--connect", str(plant_file)])
    return result.exit_code, result.output


def test_check_tries_a_third_partys_source_through_its_probe(plant_file: Path) -> None:
    code, output = _check(plant_file, Scale("m_1"))
    assert code == 0
    assert "✓ m:1 weight: scale/weight: number 12.5" in output
    assert "✓ m:2 weight: simulated" in output


def test_check_says_what_is_wrong_at_a_third_partys_machine(plant_file: Path) -> None:
    scale = Scale("m_1")
    scale.findings = (
        Finding("m_1", "weight", "scale/weight", problem="no such register"),
        Finding("m_1", "", "scale", problem="does not answer"),
    )
    code, output = _check(plant_file, scale)
    assert code == 1
    assert "✕ m:1 weight: scale/weight: no such register" in output
    assert "✕ m:1: scale: does not answer" in output
    assert "2 of 3 nodes are not as they should be." in output


@pytest.mark.parametrize("error", [SourceError("no answer"), ValueError("a bug")])
def test_a_source_that_cannot_be_tried_does_not_hide_the_others(plant_file: Path, error: Exception) -> None:
    scale = Scale("m_1")
    scale.error = error
    code, output = _check(plant_file, scale)
    assert code == 1
    assert "✕ sources.scale:" in output
    assert "✓ m:2 weight: simulated" in output
    assert "1 source could not be tried." in output


def test_a_source_without_a_probe_was_not_tried_and_check_says_so(plant_file: Path) -> None:
    code, output = _check(plant_file, FakeMachine("m_1"))
    assert code == 1
    assert "sources.scale: was not tried: sources of kind “scale” have no probe" in output
    assert "No mistakes" not in output
