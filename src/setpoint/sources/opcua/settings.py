"""The settings of an OPC UA source, as records (`config` reads them)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from setpoint.sources.opcua.parts import WHOLE, Part


@dataclass(frozen=True, slots=True)
class Security:
    """``policy`` None is an unencrypted channel; it must be written in the plant file.

    Paths are absolute. Paths in the secrets start at ``directory``, the folder of the plant file.
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
    """A method that sets a field by its one argument. If ``object`` is empty, it is the object that has the method."""

    node: str
    object: str = ""


@dataclass(frozen=True, slots=True)
class FieldNode:
    """One field of every machine: value = raw × ``scale`` + ``offset``, or the choice with that raw value.

    ``is_optional``: if the node is missing or bad, only its value is missing; the machine's quality does not change.
    ``index`` is the index of ``part`` as in the plant file, with placeholders for each machine.
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
    """A bit of the alarm word (``number``), or a separate node (``node``), that asserts a critical status."""

    status: str
    cause: str
    number: int = 0
    node: str = ""
    part: Part = WHOLE


@dataclass(frozen=True, slots=True)
class StatusNodes:
    """The nodes of a machine's condition; all are optional. ``parts`` by ``status``, ``cause``, ``word``.

    ``inner`` are the states nested in that of ``node``, from the outermost inwards; the innermost active one counts.
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
    """The nodes of one machine, with placeholders filled."""

    machine: str
    fields: tuple[FieldNode, ...]
    status: StatusNodes
