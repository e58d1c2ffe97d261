"""What a plant file says of an OPC UA source, read into records, with every mistake told at once.

One ``[sources.NAME]`` describes an endpoint and the nodes of machines that are alike; ``{id}``, ``{line}``,
``{name}`` and every key that a machine carries in ``machines = [{ id = 403, plc = "Kiln" }]`` stand for themselves
in a node::

    [sources.press]
    kind = "opcua"
    endpoint = "opc.tcp://192.168.7.20:4840"
    security = "Basic256Sha256"              # or Aes256_Sha256_RsaPss, or None: say it, it is never the default
    mode = "SignAndEncrypt"                  # or Sign
    certificate = "pki/setpoint.der"         # ours, from `setpoint opcua certificate`
    private_key = "pki/setpoint.pem"
    server_certificate = "pki/press.der"     # theirs, from `setpoint opcua trust`
    publishing_ms = 250
    sampling_ms = 250

    [sources.press.fields]
    speed = "ns=2;s=Press{id}.CurMachSpeed"  # short for { node = "…" }
    targetSpeed = { node = "ns=2;s=Press{id}.MachSpeed", scale = 0.1, offset = 0 }
    temp = { node = "ns=2;s=Press{id}.Temp", deadband = 0.5, sampling_ms = 1000, optional = true }
    mode = { node = "ns=2;s=Press{id}.UnitMode", map = { RUN = 1, MAINTENANCE = 2, IDLE = 3 } }

    [sources.press.status]
    node = "ns=2;s=Press{id}.StateCurrent"
    packml = true                            # or map = { 3 = "RUNNING" }, or neither for texts
    cause = "ns=2;s=Press{id}.StopReason"    # a text
    word = "ns=2;s=Press{id}.Alarms"         # a word whose bits are critical conditions
    bits = { EMERGENCY_STOP = { 0 = "button", 1 = "rope" }, FAULT = [4, 5] }
    flags = { SAFETY_INTERLOCK = "ns=2;s=Press{id}.DoorOpen" }    # or a node of its own, true while it holds

A machine that is not alike names its own nodes: ``{ id = 407, nodes = { speed = "ns=2;i=4711" } }``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeGuard

from setpoint.core.plant import CRITICAL_STATUSES, FieldType, Machine, Plant, SourceConfig
from setpoint.errors import Mistake, PlantError

SECURITY_POLICIES = ("None", "Basic256Sha256", "Aes256_Sha256_RsaPss")
SECURITY_MODES = ("Sign", "SignAndEncrypt")
MAX_BIT = 63

_NODE = re.compile(
    r"(?:ns=\d{1,5};|nsu=[^;]+;)?(?:i=\d{1,10}|s=.+|g=[0-9A-Fa-f-]{36}|b=[A-Za-z0-9+/=]+)", re.DOTALL
)
_PLACE = re.compile(r"\{([A-Za-z][A-Za-z0-9_]*)\}")
_ENDPOINT = re.compile(r"opc\.tcp://[^/\s@]+(?:/\S*)?")
_STATUS = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_SOURCE_KEYS = (
    "endpoint", "security", "mode", "certificate", "private_key", "server_certificate",
    "plain_password", "publishing_ms", "sampling_ms", "machines_per_subscription", "fields", "status",
)  # fmt: skip
_FIELD_KEYS = ("node", "scale", "offset", "map", "deadband", "sampling_ms", "optional")
_OWN_STATUS = ("status", "cause", "word", *CRITICAL_STATUSES)
"""What a machine that is not alike may name of its condition, in the words of ``[sources.NAME.status]``."""
_STATUS_KEYS = ("node", "packml", "map", "cause", "word", "bits", "flags")


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
class FieldNode:
    """One field of every machine: value = raw × ``scale`` + ``offset``, or the choice whose raw value it is.

    ``is_optional``: where the node is missing or bad, only its value is missing; the machine stays as good as it is.
    """

    name: str
    node: str
    scale: float = 1.0
    offset: float = 0.0
    choices: Mapping[str, int | str | bool] = field(default_factory=dict)
    deadband: float = 0.0
    sampling_ms: int | None = None
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Bit:
    """A bit of the alarm word (``number``), or a node of its own (``node``), that asserts a critical status."""

    status: str
    cause: str
    number: int = 0
    node: str = ""


@dataclass(frozen=True, slots=True)
class StatusNodes:
    """Where a machine's condition comes from; all parts are optional."""

    node: str = ""
    is_packml: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    cause: str = ""
    word: str = ""
    bits: tuple[Bit, ...] = ()
    flags: tuple[Bit, ...] = ()


@dataclass(frozen=True, slots=True)
class OpcUaSettings:
    endpoint: str
    security: Security = field(default_factory=Security)
    publishing_ms: int = 250
    sampling_ms: int = 250
    machines_per_subscription: int = 50
    fields: tuple[FieldNode, ...] = ()
    status: StatusNodes = field(default_factory=StatusNodes)


@dataclass(frozen=True, slots=True)
class MachineNodes:
    """The nodes of one machine, placeholders filled in."""

    machine: str
    fields: tuple[FieldNode, ...]
    status: StatusNodes


def read_settings(
    config: SourceConfig, machines: Sequence[Machine], plant: Plant, *, directory: Path = Path()
) -> tuple[OpcUaSettings, tuple[MachineNodes, ...]]:
    """The settings of one source and the nodes of its machines. Raises `PlantError` with every mistake."""
    reader = _Reader(f"sources.{config.name}", plant, directory)
    settings = reader.settings(config.settings)
    nodes = tuple(reader.machine(each, settings) for each in machines)
    if reader.mistakes:
        raise PlantError(tuple(reader.mistakes))
    return settings, nodes


class _Reader:
    """Walks the settings, collects mistakes, and goes on with what can be used."""

    def __init__(self, where: str, plant: Plant, directory: Path) -> None:
        self.mistakes: list[Mistake] = []
        self._where = where
        self._plant = plant
        self._directory = directory
        self._told: set[str] = set()

    def settings(self, raw: Mapping[str, object]) -> OpcUaSettings:
        self._known(raw, _SOURCE_KEYS, self._where)
        endpoint = raw.get("endpoint")
        if not isinstance(endpoint, str) or not _ENDPOINT.fullmatch(endpoint):
            remedy = 'Give the address of the server, such as "opc.tcp://192.168.7.20:4840", without user or password.'
            self._say("endpoint", f"is {endpoint!r}." if endpoint is not None else "is missing.", remedy)
        fields = raw.get("fields")
        if not _is_table(fields) or not fields:
            self._say(
                "fields", "is missing.", f"Map the plant's fields to nodes under [{self._where}.fields]."
            )
        return OpcUaSettings(
            endpoint=endpoint if isinstance(endpoint, str) else "",
            security=self._security(raw),
            publishing_ms=self._whole(raw, "publishing_ms", 250, lowest=50),
            sampling_ms=self._whole(raw, "sampling_ms", 250, lowest=0),
            machines_per_subscription=self._whole(raw, "machines_per_subscription", 50, lowest=1),
            fields=tuple(self._fields(fields if _is_table(fields) else {})),
            status=self._status(raw.get("status")),
        )

    def machine(self, machine: Machine, settings: OpcUaSettings) -> MachineNodes:
        """Fills in the placeholders, and puts the machine's own nodes over the pattern's."""
        words = {"id": machine.key.removeprefix("m_"), "line": machine.line, "name": machine.name}
        words |= {key: str(value) for key, value in machine.settings.items() if key != "nodes"}
        own = machine.settings.get("nodes", {})
        here = f"machine {machine.id}"
        if not _is_table(own):
            self._say("nodes", f"is {own!r}.", 'Write nodes = { speed = "ns=2;i=4711" }.', where=here)
            own = {}
        mapped = {each.name for each in settings.fields}
        for name in own:
            if name not in mapped and name not in _OWN_STATUS:
                remedy = f"Known are {', '.join([*sorted(mapped), *_OWN_STATUS])}."
                self._say(f"nodes.{name}", "names no field of this source.", remedy, where=here)

        def fill(node: str, key: str) -> str:
            name = key.rpartition(".")[2]
            node = str(own.get(name, node))
            if not node:
                return ""
            filled = _PLACE.sub(lambda found: words.get(found[1], ""), node)
            missing = [place for place in _PLACE.findall(node) if place not in words]
            if name not in own and key in self._told:
                return filled  # one machine is enough to show what is wrong with the pattern of 500
            if missing:
                self._told.add(key)
                self._say(
                    key, f"has {{{missing[0]}}} in its node, which {here} does not give.",
                    f"Give it: {{ id = {words['id']}, {missing[0]} = … }}. Always there are id, line and name.",
                )  # fmt: skip
            elif not _NODE.fullmatch(filled):
                self._told.add(key)
                remedy = 'Write a node id, such as "ns=2;s=Press{id}.Speed".'
                self._say(key, f"gives {here} the node {filled!r}.", remedy)
            return filled

        status = settings.status
        flags = (replace(each, node=fill(each.node, f"status.flags.{each.status}")) for each in status.flags)
        return MachineNodes(
            machine.key,
            tuple(replace(each, node=fill(each.node, f"fields.{each.name}")) for each in settings.fields),
            replace(
                status,
                node=fill(status.node, "status"),
                cause=fill(status.cause, "status.cause"),
                word=fill(status.word, "status.word"),
                flags=tuple(flags),
            ),
        )

    def _security(self, raw: Mapping[str, object]) -> Security:
        policy = raw.get("security")
        if policy not in SECURITY_POLICIES:
            remedy = (
                f"Give one of {', '.join(SECURITY_POLICIES)}; None only where nobody else is on the network."
            )
            self._say("security", "is missing." if policy is None else f"is {policy!r}.", remedy)
        if policy == "None" or policy not in SECURITY_POLICIES:
            plain = self._flag(raw, "plain_password")
            return Security(may_send_plain_password=plain, directory=self._directory)
        mode = raw.get("mode", "SignAndEncrypt")
        if mode not in SECURITY_MODES:
            self._say("mode", f"is {mode!r}.", f"Give one of {', '.join(SECURITY_MODES)}.")
        paths = {}
        for key, command in (
            ("certificate", "Make one: setpoint opcua certificate"),
            ("private_key", "Make one: setpoint opcua certificate"),
            ("server_certificate", "Fetch it and look at it: setpoint opcua trust ENDPOINT FILE"),
        ):
            text = self._text(raw, key)
            if not text:
                self._say(key, f"is missing, and security is {policy}.", f"{command}.")
            paths[key] = (self._directory / text).absolute()
        return Security(
            str(policy), str(mode), paths["certificate"], paths["private_key"], paths["server_certificate"],
            self._flag(raw, "plain_password"), self._directory,
        )  # fmt: skip

    def _fields(self, tables: Mapping[str, object]) -> Iterator[FieldNode]:
        for name, entry in tables.items():
            here = f"fields.{name}"
            declared = self._plant.fields_by_name.get(name)
            if declared is None:
                self._say(
                    here, "is no field of the plant.", f"Known are {', '.join(self._plant.fields_by_name)}."
                )
                continue
            table = {"node": entry} if isinstance(entry, str) else entry
            if not _is_table(table):
                self._say(here, f"is {entry!r}.", 'Give a node id in quotes, or { node = "…" }.')
                continue
            self._known(table, _FIELD_KEYS, f"{self._where}.{here}")
            if not self._text(table, "node", here):
                self._say(f"{here}.node", "is missing.", 'Give a node id, such as "ns=2;s=Press{id}.Speed".')
            scale = self._number(table, "scale", 1.0, here)
            if scale == 0:
                self._say(
                    f"{here}.scale", "is 0.", "Give what one step of the controller is worth, such as 0.1."
                )
            choices = table.get("map", {})
            if not _is_table(choices):
                self._say(f"{here}.map", f"is {choices!r}.", "Write map = { RUN = 1, IDLE = 2 }.")
                choices = {}
            if choices and declared.type is FieldType.CHOICE and set(choices) != set(declared.options):
                self._say(
                    f"{here}.map", f"names {', '.join(choices)}.", f"Name {', '.join(declared.options)}."
                )
            yield FieldNode(
                name,
                self._text(table, "node", here),
                scale=scale or 1.0,
                offset=self._number(table, "offset", 0.0, here),
                choices={key: each for key, each in choices.items() if isinstance(each, int | str)},
                deadband=self._number(table, "deadband", 0.0, here),
                sampling_ms=self._whole(table, "sampling_ms", 0, lowest=0, where=here)
                if "sampling_ms" in table
                else None,
                is_optional=self._flag(table, "optional", here),
            )

    def _status(self, raw: object) -> StatusNodes:
        if raw is None:
            return StatusNodes()
        table = {"node": raw} if isinstance(raw, str) else raw
        if not _is_table(table):
            self._say("status", f"is {raw!r}.", f"Write it as a table, [{self._where}.status].")
            return StatusNodes()
        self._known(table, _STATUS_KEYS, f"{self._where}.status")
        names = table.get("map", {})
        if not _is_table(names) or not all(
            isinstance(each, str) and _STATUS.fullmatch(each) for each in names.values()
        ):
            self._say("status.map", f"is {names!r}.", 'Write map = { 3 = "RUNNING", 9 = "FAULT" }.')
            names = {}
        if (bits := table.get("bits")) is not None and not self._text(table, "word", "status"):
            self._say(
                "status.word", "is missing, and there are bits.", "Name the node of the word that has them."
            )
        return StatusNodes(
            node=self._text(table, "node", "status"),
            is_packml=self._flag(table, "packml", "status"),
            names={str(key): str(each) for key, each in names.items()},
            cause=self._text(table, "cause", "status"),
            word=self._text(table, "word", "status"),
            bits=tuple(self._bits(bits)),
            flags=tuple(self._flags(table.get("flags"))),
        )

    def _bits(self, raw: object) -> Iterator[Bit]:
        for status, entry in self._critical(raw, "status.bits", "{ EMERGENCY_STOP = [0, 1] }"):
            here = f"status.bits.{status}"
            named = (
                entry
                if _is_table(entry)
                else dict.fromkeys(entry, "")
                if isinstance(entry, list)
                else {entry: ""}
            )
            for number, cause in named.items():
                if not str(number).isdigit() or int(str(number)) > MAX_BIT or isinstance(number, bool):
                    self._say(here, f"has the bit {number!r}.", f"Number the bits from 0 to {MAX_BIT}.")
                else:
                    yield Bit(status, str(cause), number=int(str(number)))

    def _flags(self, raw: object) -> Iterator[Bit]:
        for status, node in self._critical(raw, "status.flags", '{ FAULT = "ns=2;s={id}.Fault" }'):
            if isinstance(node, str):
                yield Bit(status, "", node=node)
            else:
                self._say(f"status.flags.{status}", f"is {node!r}.", "Give a node id in quotes.")

    def _critical(self, raw: object, where: str, example: str) -> Iterator[tuple[str, object]]:
        if raw is None:
            return
        if not _is_table(raw):
            self._say(where, f"is {raw!r}.", f"Write {where.rpartition('.')[2]} = {example}.")
            return
        for status, entry in raw.items():
            if status in CRITICAL_STATUSES:
                yield status, entry
            else:
                self._say(
                    f"{where}.{status}",
                    "is no critical status.",
                    f"Known are {', '.join(CRITICAL_STATUSES)}.",
                )

    def _say(self, key: str, what: str, remedy: str, *, where: str | None = None) -> None:
        self.mistakes.append(Mistake(f"{where or self._where}{', ' if where else '.'}{key}", what, remedy))

    def _known(self, table: Mapping[str, object], keys: Sequence[str], where: str) -> None:
        for key in table:
            if key not in keys:
                what = "is not a key that is known here."
                if key in ("user", "username", "password"):
                    what = "does not belong into a plant file."
                    remedy = "Put it into the secrets file or the environment."
                else:
                    remedy = f"Known are {', '.join(keys)}."
                self.mistakes.append(Mistake(f"{where}.{key}", what, remedy))

    def _text(self, table: Mapping[str, object], key: str, where: str = "") -> str:
        value = table.get(key, "")
        if isinstance(value, str):
            return value
        self._say(f"{where}.{key}" if where else key, f"is {value!r}.", "Give a text in quotes.")
        return ""

    def _flag(self, table: Mapping[str, object], key: str, where: str = "") -> bool:
        value = table.get(key, False)
        if isinstance(value, bool):
            return value
        self._say(f"{where}.{key}" if where else key, f"is {value!r}.", "Give true or false.")
        return False

    def _number(self, table: Mapping[str, object], key: str, default: float, where: str) -> float:
        value = table.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        self._say(f"{where}.{key}", f"is {value!r}.", "Give a number.")
        return default

    def _whole(
        self, table: Mapping[str, object], key: str, default: int, *, lowest: int, where: str = ""
    ) -> int:
        value = table.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and value >= lowest:
            return value
        key = f"{where}.{key}" if where else key
        self._say(key, f"is {value!r}.", f"Give a whole number of at least {lowest}.")
        return default


def _is_table(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)
