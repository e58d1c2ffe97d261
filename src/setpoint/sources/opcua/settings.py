"""What a plant file says of an OPC UA source, as records (`config` reads them)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from setpoint.sources.opcua.parts import WHOLE, Part


@dataclass(frozen=True, slots=True)
class Security:
    """``policy`` None is an open channel: only because the plant file says so.

    Paths are absolute; those in the secrets start at ``directory``, the plant file's.
    """

    policy: str | None = None
    mode: str = "SignAndEncrypt"
    certificate: Path | None = None
    private_key: Path | None = None
    server_certificate: Path | None = None
    may_send_plain_password: bool = False
    directory: Path = Path()


@dataclass(frozen=True, slots=True)
class Method:
    """A method that sets a field by its one argument; ``object`` may be empty: the object that has the method."""

    node: str
    object: str = ""


@dataclass(frozen=True, slots=True)
class FieldNode:
    """One field of every machine: value = raw × ``scale`` + ``offset``, or the choice whose raw value it is.

    ``is_optional``: where the node is missing or bad, only its value is missing; the machine stays as good as it is.
    ``index`` is the index of ``part`` as the plant file has it, with placeholders that each machine fills in.
    """

    name: str
    node: str
    scale: float = 1.0
    offset: float = 0.0
    choices: Mapping[str, int | str | bool] = field(default_factory=dict)
    deadband: float = 0.0
    sampling_ms: int | None = None
    is_optional: bool = False
    part: Part = WHOLE
    method: Method | None = None


@dataclass(frozen=True, slots=True)
class Bit:
    """A bit of the alarm word (``number``), or a node of its own (``node``), that asserts a critical status."""

    status: str
    cause: str
    number: int = 0
    node: str = ""
    part: Part = WHOLE


@dataclass(frozen=True, slots=True)
class StatusNodes:
    """Where a machine's condition comes from; all parts are optional. ``parts`` by ``status``, ``cause``, ``word``.

    ``inner`` are states inside of that of ``node``, from the outer to the inner: the innermost that is active counts.
    """

    node: str = ""
    is_packml: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    cause: str = ""
    word: str = ""
    bits: tuple[Bit, ...] = ()
    flags: tuple[Bit, ...] = ()
    parts: Mapping[str, Part] = field(default_factory=dict)
    inner: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpcUaSettings:
    endpoint: str
    security: Security = field(default_factory=Security)
    publishing_ms: int = 250
    sampling_ms: int = 250
    machines_per_subscription: int = 50
    fields: tuple[FieldNode, ...] = ()
    status: StatusNodes = field(default_factory=StatusNodes)
    connect_timeout_ms: int = 10_000
    request_timeout_ms: int = 3_000


@dataclass(frozen=True, slots=True)
class MachineNodes:
    """The nodes of one machine, placeholders filled in."""

    machine: str
    fields: tuple[FieldNode, ...]
    status: StatusNodes
