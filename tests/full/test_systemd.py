"""Starts the unit of docs/howto under a systemd of its own: a user of its own, the watchdog, reload, and a way back.

systemd is the first process of new namespaces (processes, mounts, network, control groups). Writes to its file system
go to memory, so nothing outside changes. In there, /opt/setpoint holds this checkout and this Python, because the unit
hides /root, /home and /tmp from the server.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.documentation.blocks import ROOT

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]
UNIT = ROOT / "docs/howto/setpoint.service"
DATA = "/var/lib/setpoint"
SYSTEMD = Path("/lib/systemd/systemd")
DYNAMIC_USERS = range(61184, 65520)
"""The user ids that systemd gives to services with ``DynamicUser`` (systemd, UIDS-GIDS)."""
STARTS_WITHIN_S = 60.0
WATCHDOG_S = 30
BOOT = Path(__file__).with_name("boot_systemd.sh")


class Booted:
    """A running systemd, and commands in its namespaces."""

    def __init__(self, pid: int) -> None:
        self._enter = ("nsenter", "--target", str(pid), "--all")

    def run(self, *words: str, is_allowed_to_fail: bool = False) -> str:
        done = subprocess.run(
            [*self._enter, *words], capture_output=True, text=True, timeout=90, check=False, cwd="/"
        )
        if done.returncode and not is_allowed_to_fail:
            raise AssertionError(f"{' '.join(words)}: {done.stdout}{done.stderr}{self.log()}")
        return done.stdout

    def setpoint(self, *words: str) -> str:
        """Runs a command of Setpoint as root."""
        return self.run("/opt/setpoint/bin/setpoint", *words, "--data-dir", DATA)

    def show(self, name: str) -> str:
        """One property of the service, as in ``systemctl show``."""
        return self.run("systemctl", "show", "--value", "-p", name, "setpoint").strip()

    def systemctl(self, verb: str) -> None:
        self.run("systemctl", verb, "setpoint")

    def wait_until(self, name: str, value: str, within_s: float = STARTS_WITHIN_S) -> None:
        give_up = time.monotonic() + within_s
        while (found := self.show(name)) != value:
            assert time.monotonic() < give_up, f"{name} is {found}, not {value}: {self.log()}"
            time.sleep(0.5)

    def wait_for_log(self, event: str) -> None:
        give_up = time.monotonic() + STARTS_WITHIN_S
        while event not in self.log():
            assert time.monotonic() < give_up, f"the log does not say {event}: {self.log()}"
            time.sleep(0.5)

    def log(self) -> str:
        return self.run("tail", "-c", "4000", "/log", is_allowed_to_fail=True)


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Booted]:
    tools = ("unshare", "nsenter", "ip")
    if os.geteuid() != 0 or not SYSTEMD.exists() or not all(map(shutil.which, tools)):
        pytest.skip("booting systemd needs systemd, util-linux, iproute2 and the right to make namespaces")
    (memory := tmp_path / "memory").mkdir()
    group = _own_control_group()
    environment = {
        **os.environ,
        "MEMORY": str(memory),
        "PYTHON": sys.base_prefix,
        "PACKAGES": str(Path(pytest.__file__).parents[1]),
        "SOURCE": str(ROOT / "src"),
        "UNIT": str(UNIT),
        "SYSTEMD": str(SYSTEMD),
    }
    namespaces = ("--mount", "--pid", "--ipc", "--uts", "--net", "--cgroup", "--fork", "--kill-child")
    with (tmp_path / "boot").open("wb") as said:
        unshare = subprocess.Popen(
            [
                "sh",
                "-c",
                f'echo $$ > {group}/cgroup.procs; exec unshare "$@"',
                "sh",
                *namespaces,
                "sh",
                str(BOOT),
            ],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=environment,
        )
    try:
        yield Booted(_first_process(unshare, tmp_path / "boot"))
    finally:
        unshare.kill()
        unshare.wait()
        _remove(group)


def _own_control_group() -> Path:
    mounts = [line.split() for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    mounted = next((mount[1] for mount in mounts if mount[2] == "cgroup2"), None)
    if mounted is None:
        pytest.skip("booting systemd needs control groups of version 2")
    own = Path("/proc/self/cgroup").read_text("utf-8").rpartition("0::")[2].strip().strip("/")
    group = Path(mounted, own, f"setpoint-test-{os.getpid()}")
    group.mkdir()
    return group


def _remove(group: Path) -> None:
    """Removes a control group and those below it, once their processes have ended."""
    give_up = time.monotonic() + 10
    while (group / "cgroup.events").read_text("ascii").startswith("populated 1"):
        assert time.monotonic() < give_up, f"processes are left in {group}"
        time.sleep(0.1)
    for each in sorted(group.rglob("*/"), reverse=True):
        each.rmdir()
    group.rmdir()


def _first_process(unshare: subprocess.Popen[bytes], said: Path) -> int:
    """Waits for systemd's socket, and returns its process id outside."""
    give_up = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < give_up and unshare.poll() is None:
        children = Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children").read_text("ascii").split()
        if children and Path(f"/proc/{children[0]}/root/run/systemd/private").exists():
            return int(children[0])
        time.sleep(0.1)
    raise AssertionError(f"systemd does not start: {said.read_text('utf-8', 'replace')}")


def test_the_server_runs_as_a_user_of_its_own_with_rights_to_nothing_but_its_data(systemd: Booted) -> None:
    systemd.systemctl("start")
    status = dict(
        line.split(":", 1)
        for line in systemd.run("cat", f"/proc/{systemd.show('MainPID')}/status").splitlines()
    )
    user = int(status["Uid"].split()[0])
    assert user in DYNAMIC_USERS
    assert {int(status[each], 16) for each in ("CapEff", "CapBnd", "CapAmb")} == {0}
    assert (status["NoNewPrivs"].strip(), status["Seccomp"].strip()) == ("1", "2")
    owners = systemd.run("find", f"{DATA}/", "-printf", "%U %m %P\n").splitlines()
    assert owners[0] == f"{user} 700 "
    assert {each.split()[0] for each in owners} == {str(user)}
    assert "setpoint.sqlite" in {each.split()[-1] for each in owners}
    started = time.monotonic()
    systemd.systemctl("stop")
    assert systemd.show("Result") == "success"
    assert time.monotonic() - started < 30  # TimeoutStopSec: systemd did not have to kill it


def test_a_server_that_stands_still_is_killed_and_started_again(systemd: Booted) -> None:
    systemd.systemctl("start")
    systemd.run("kill", "-STOP", systemd.show("MainPID"))
    systemd.wait_until("NRestarts", "1", within_s=WATCHDOG_S + STARTS_WITHIN_S)
    systemd.wait_until("ActiveState", "active")


def test_what_root_did_with_the_commands_still_belongs_to_the_server(systemd: Booted) -> None:
    """A folder that root's first start has made, an account, and a backup that root restores."""
    systemd.run(
        "timeout", "--preserve-status", "8", "/opt/setpoint/bin/setpoint", "serve", "--data-dir", DATA
    )
    systemd.systemctl("start")
    systemd.setpoint("user", "add", "anna", "--role", "operator", "--line", "01")
    systemd.setpoint("backup", "/backup.tar")
    systemd.systemctl("stop")
    systemd.setpoint("user", "add", "bert", "--role", "viewer", "--line", "01")
    systemd.setpoint("restore", "/backup.tar", "--replace")
    systemd.systemctl("start")
    people = systemd.setpoint("user", "list")
    assert "anna" in people
    assert "bert" not in people
    assert "complete" in systemd.setpoint("audit", "verify")


def test_a_plant_file_is_read_again_and_a_wrong_one_does_not_start_the_server_over_and_over(
    systemd: Booted,
) -> None:
    systemd.systemctl("start")
    systemd.run("sed", "-i", '0,/^name = .*/s//name = "Press shop"/', f"{DATA}/plant.toml")
    systemd.systemctl("reload")
    systemd.wait_for_log("plant_changed")
    systemd.run("sh", "-c", f"echo nonsense = 1 >> {DATA}/plant.toml")
    systemd.run("systemctl", "restart", "setpoint", is_allowed_to_fail=True)
    systemd.wait_until("ActiveState", "failed")
    assert systemd.show("ExecMainStatus") == "2"
    assert systemd.show("NRestarts") == "0"
    assert "nonsense" in systemd.log()
