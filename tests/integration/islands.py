"""A network namespace for a server, with cables that tests can pull one by one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest


class Island:
    """A network namespace. Each cable carries one port.

    Programs on both sides forward connections, so that every address is a port of 127.0.0.1 on either side. A pulled
    cable silently loses what is on it.
    """

    def __init__(self, number: int) -> None:
        self.name = f"setpoint{number}"
        self.program = ("ip", "netns", "exec", self.name, sys.executable, "-m", "setpoint")
        self._number = number
        self._cables: dict[str, str] = {}
        self._forwarders: list[subprocess.Popen[bytes]] = []

    def create(self) -> None:
        _ip("netns", "add", self.name)
        _ip("-n", self.name, "link", "set", "lo", "up")

    def forward_in(self, cable: str, port: int) -> None:
        """Forwards a port of the island to this side."""
        _, far_address = self._lay(cable)
        self._forward(self.program[:4], f"{far_address}:{port}", f"127.0.0.1:{port}")
        self._forward((), f"127.0.0.1:{port}", f"{far_address}:{port}")

    def forward_out(self, cable: str, port: int) -> None:
        """Forwards a port of this side to the island."""
        own_address, _ = self._lay(cable)
        self._forward((), f"{own_address}:{port}", f"127.0.0.1:{port}")
        self._forward(self.program[:4], f"127.0.0.1:{port}", f"{own_address}:{port}")

    def _lay(self, cable: str) -> tuple[str, str]:
        number = len(self._cables)
        own_end, far_end = f"sp{self._number}n{number}a", f"sp{self._number}n{number}b"
        own_address, far_address = (f"10.214.{self._number}.{4 * number + end}" for end in (1, 2))
        _ip("link", "add", own_end, "type", "veth", "peer", "name", far_end, "netns", self.name)
        _ip("address", "add", f"{own_address}/30", "dev", own_end)
        _ip("-n", self.name, "address", "add", f"{far_address}/30", "dev", far_end)
        _ip("link", "set", own_end, "up")
        self._cables[cable] = far_end
        self.plug(cable)
        return own_address, far_address

    def _forward(self, prefix: Sequence[str], listen: str, target: str) -> None:
        command = [*prefix, sys.executable, "-m", "tests.integration.fault_proxy", listen, target]
        forwarder = subprocess.Popen(command, stdout=subprocess.PIPE)
        self._forwarders.append(forwarder)
        assert forwarder.stdout is not None
        assert forwarder.stdout.readline() == b"ready\n"

    def pull(self, cable: str) -> None:
        """Pulls the cable at its far end. So this side still routes into the cable, and not to the default route."""
        _ip("-n", self.name, "link", "set", self._cables[cable], "down")

    def plug(self, cable: str) -> None:
        _ip("-n", self.name, "link", "set", self._cables[cable], "up")

    def lose(self, cable: str, chain: str) -> None:
        """Loses only what leaves the island by this cable (``OUTPUT``), or only what comes to it (``INPUT``)."""
        end = "-o" if chain == "OUTPUT" else "-i"
        rule = ("iptables", "-A", chain, end, self._cables[cable], "-j", "DROP")
        subprocess.run([*self.program[:4], *rule], check=True, capture_output=True)

    def lose_nothing(self) -> None:
        subprocess.run([*self.program[:4], "iptables", "-F"], check=True, capture_output=True)

    def slow_down(self, cable: str, bits_per_s: int) -> None:
        """Slows down the traffic on this cable, in both directions."""
        far_end = self._cables[cable]
        shape = ("root", "tbf", "rate", f"{bits_per_s}bit", "burst", "5kb", "latency", "2s")
        for prefix, end in ((self.program[:4], far_end), ((), f"{far_end[:-1]}a")):
            command = [*prefix, "tc", "qdisc", "replace", "dev", end, *shape]
            subprocess.run(command, check=True, capture_output=True)

    def speed_up(self, cable: str) -> None:
        far_end = self._cables[cable]
        for prefix, end in ((self.program[:4], far_end), ((), f"{far_end[:-1]}a")):
            subprocess.run(
                [*prefix, "tc", "qdisc", "del", "dev", end, "root"], check=True, capture_output=True
            )

    def remove(self) -> None:
        for forwarder in self._forwarders:
            forwarder.kill()
            forwarder.communicate()
        subprocess.run(["ip", "netns", "delete", self.name], capture_output=True, check=False)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@contextmanager
def island() -> Iterator[Island]:
    """Makes an island. Skips the test if the system does not allow a namespace."""
    new_island = Island(os.getpid() % 250)
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("a network namespace needs the right to make one, and iproute2")
    try:
        try:
            new_island.create()
        except subprocess.CalledProcessError as error:
            pytest.skip(f"a network namespace cannot be made here: {error.stderr.decode().strip()}")
        yield new_island
    finally:
        new_island.remove()
