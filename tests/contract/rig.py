"""The common part of all rigs over a real protocol: two machines behind a network that a test can cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from setpoint.contract.values import Value


class Network(Protocol):
    """The network between a source and its machines: `FaultProxy`, or for OPC UA `OpcUaProxy`."""

    is_refusing: bool

    @property
    def connections(self) -> int: ...

    def cut(self) -> object: ...


class RigOverNetwork:
    """The part of a `SourceRig` that does not depend on the protocol."""

    machines: Sequence[str] = ("m_401", "m_402")
    field = "targetSpeed"
    good: Value = 1200
    other: Value = 800
    can = frozenset(("freeze", "stop", "leave", "garble"))

    def __init__(self, network: Network) -> None:
        self._network = network

    @property
    def attempts(self) -> int:
        return self._network.connections

    async def leave(self) -> None:
        self._network.is_refusing = True
        self._network.cut()

    async def come_back(self) -> None:
        self._network.is_refusing = False
