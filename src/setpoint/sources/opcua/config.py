"""Reads an OPC UA source from a plant file into records (`settings`), and reports all mistakes at once.

One ``[sources.NAME]`` describes an endpoint and the nodes of similar machines. A node may contain the placeholders
``{id}``, ``{line}``, ``{name}``, and every further key of a machine in ``machines = [{ id = 403, plc = "Kiln" }]``::

    [sources.press]
    kind = "opcua"
    endpoint = "opc.tcp://192.168.7.20:4840"
    security = "Basic256Sha256"              # or Aes256_Sha256_RsaPss, …, or None: say it, it is never the default
    mode = "SignAndEncrypt"                  # or Sign
    certificate = "pki/setpoint.der"         # ours, from `setpoint opcua certificate`
    private_key = "pki/setpoint.pem"
    server_certificate = "pki/press.der"     # theirs, from `setpoint opcua trust`
    publishing_ms = 250
    sampling_ms = 250
    connect_timeout_ms = 10_000
    request_timeout_ms = 3_000

    [sources.press.fields]
    speed = "ns=2;s=Press{id}.CurMachSpeed"  # short for { node = "…" }
    targetSpeed = { node = "ns=2;s=Press{id}.MachSpeed", scale = 0.1, offset = 0 }
    temp = { node = "ns=2;s=Press{id}.Temp", deadband = 0.5, sampling_ms = 1000, optional = true }
    mode = { node = "ns=2;s=Press{id}.UnitMode", map = { RUN = 1, MAINTENANCE = 2, IDLE = 3 } }
    torque = { node = "ns=2;s=Torques", index = "{slot}" }            # an element of an array, counted from 0
    drive = { node = "ns=2;s=Press{id}.Drive", member = "Speed" }     # a field of a structure
    feed = { node = "ns=2;s=Press{id}.Feed", method = "ns=2;s=Press{id}.SetFeed" }    # set by a method call

    [sources.press.status]
    node = "ns=2;s=Press{id}.StateCurrent"
    packml = true                            # or map = { 3 = "RUNNING" }, or neither for texts
    cause = "ns=2;s=Press{id}.StopReason"    # a text
    word = "ns=2;s=Press{id}.Alarms"         # a word whose bits are critical conditions
    bits = { EMERGENCY_STOP = { 0 = "button", 1 = "rope" }, FAULT = [4, 5] }
    flags = { SAFETY_INTERLOCK = "ns=2;s=Press{id}.DoorOpen" }    # or a node of its own, true while it holds

A machine that differs names its own nodes: ``{ id = 407, nodes = { speed = "ns=2;i=4711" } }``. If a node id itself
contains a word in braces, double the braces: ``{{Word}}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from setpoint.core.plant import FieldType, Machine, Plant, SourceConfig
from setpoint.sources.opcua.filling import NODE_KEYS, Filling, fill
from setpoint.sources.opcua.parts import Part
from setpoint.sources.opcua.settings import (
    Bit,
    FieldNode,
    MachineNodes,
    Method,
    OpcUaSettings,
    Security,
    StatusNodes,
)
from setpoint.sources.settings import SettingsReader, is_table
from setpoint.sources.wording import known, words, wrong

__all__ = [
    "Bit", "FieldNode", "MachineNodes", "Method", "OpcUaSettings", "Security", "StatusNodes", "fill",
    "is_endpoint", "read_settings",
]  # fmt: skip

SECURITY_POLICIES = (
    "None", "Basic256Sha256", "Aes256_Sha256_RsaPss", "Aes128_Sha256_RsaOaep", "Basic256", "Basic128Rsa15",
)  # fmt: skip
"""The standard deprecates the last two, but some old controllers have no others."""
SECURITY_MODES = ("Sign", "SignAndEncrypt")
MAX_BIT, MAX_ARRAY_BIT = 63, 4_095

_ENDPOINT = re.compile(r"opc\.tcp://[^/\s@]+(?:/\S*)?")
_STATUS = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_SOURCE_KEYS = (
    "endpoint", "security", "mode", "certificate", "private_key", "server_certificate",
    "plain_password", "publishing_ms", "sampling_ms", "machines_per_subscription",
    "connect_timeout_ms", "request_timeout_ms", "fields", "status",
)  # fmt: skip
_FIELD_KEYS = (
    *NODE_KEYS,
    "method",
    "object",
    "scale",
    "offset",
    "map",
    "deadband",
    "sampling_ms",
    "optional",
)
_STATUS_KEYS = ("node", "index", "member", "packml", "map", "cause", "word", "bits", "flags")


def is_endpoint(text: object) -> bool:
    if not isinstance(text, str) or _ENDPOINT.fullmatch(text) is None:
        return False
    try:
        found = urlsplit(text)
        return bool(found.hostname) and found.port != 0
    except ValueError:  # a port that is no number or too large, an IPv6 address without its end
        return False


def read_settings(
    config: SourceConfig, machines: Sequence[Machine], plant: Plant, *, directory: Path = Path()
) -> tuple[OpcUaSettings, tuple[MachineNodes, ...]]:
    """The settings of one source and the nodes of its machines. Raises `PlantError` with every mistake."""
    reader = _Reader(f"sources.{config.name}", plant, directory)
    settings = reader.settings(config.settings)
    nodes = tuple(reader.machine(each, settings) for each in machines)
    reader.check()
    return settings, nodes


class _Reader(SettingsReader):
    """Reads the settings, collects mistakes, and continues with what can be used."""

    def __init__(self, where: str, plant: Plant, directory: Path) -> None:
        super().__init__(where)
        self._plant = plant
        self._directory = directory
        self._reported: set[str] = set()
        self._parts: dict[str, tuple[object, str]] = {}
        """Index and member of each node as written in the file, by the node's place in it."""

    def settings(self, raw: Mapping[str, object]) -> OpcUaSettings:
        self.known(raw, _SOURCE_KEYS)
        endpoint = raw.get("endpoint")
        if not is_endpoint(endpoint):
            remedy = words("words-give-address-server-such-opc-tcp")
            self.say(
                "endpoint",
                wrong(endpoint) if endpoint is not None else words("words-missing"),
                remedy,
            )
        fields = raw.get("fields")
        if (fields is not None and not is_table(fields)) or not (fields or raw.get("status")):
            self.say(
                "fields",
                words("words-missing"),
                words("words-map-plant-s-fields-nodes-under", where=self.where),
            )
        return OpcUaSettings(
            endpoint=endpoint if isinstance(endpoint, str) else "",
            security=self._security(raw),
            publishing_ms=self.whole(raw, "publishing_ms", 250, lowest=50),
            sampling_ms=self.whole(raw, "sampling_ms", 250, lowest=0),
            machines_per_subscription=self.whole(raw, "machines_per_subscription", 50, lowest=1),
            connect_timeout_ms=self.whole(raw, "connect_timeout_ms", 10_000, lowest=500, highest=120_000),
            request_timeout_ms=self.whole(raw, "request_timeout_ms", 3_000, lowest=500, highest=60_000),
            fields=tuple(self._fields(fields if is_table(fields) else {})),
            status=self._status(raw.get("status")),
        )

    def machine(self, machine: Machine, settings: OpcUaSettings) -> MachineNodes:
        """Fills in the placeholders, and puts the machine's own nodes over the pattern's."""
        filling = Filling(self, machine, {each.name for each in settings.fields})
        status = settings.status
        parts: dict[str, Part] = {}
        nodes: dict[str, str] = {}
        for name, node in (("status", status.node), ("cause", status.cause), ("word", status.word)):
            nodes[name], parts[name] = filling.node(node, "status" if name == "status" else f"status.{name}")
        flags = []
        for each in status.flags:
            node, part = filling.node(each.node, f"status.flags.{each.status}")
            flags.append(replace(each, node=node, part=part))
        return MachineNodes(
            machine.key,
            tuple(filling.field(each) for each in settings.fields),
            replace(
                status, node=nodes["status"], cause=nodes["cause"], word=nodes["word"], flags=tuple(flags),
                parts={name: part for name, part in parts.items() if part != Part()}, inner=filling.inner(status.inner)
            )
        )  # fmt: skip

    def _security(self, raw: Mapping[str, object]) -> Security:
        policy = raw.get("security")
        if policy not in SECURITY_POLICIES:
            remedy = words("words-give-one-none-only-if-nobody", known=", ".join(SECURITY_POLICIES))
            self.say(
                "security",
                words("words-missing") if policy is None else wrong(policy),
                remedy,
            )
        theirs = self.text(raw, "server_certificate")
        server = (self._directory / theirs).absolute() if theirs else None
        if policy == "None" or policy not in SECURITY_POLICIES:
            return Security(
                server_certificate=server,
                may_send_plain_password=self.flag(raw, "plain_password"),
                directory=self._directory,
            )
        mode = self.one_of(raw, "mode", SECURITY_MODES, "SignAndEncrypt")
        paths = {}
        for key, command in (
            ("certificate", "Make one: setpoint opcua certificate"),
            ("private_key", "Make one: setpoint opcua certificate"),
            ("server_certificate", "Fetch it and compare it: setpoint opcua trust ENDPOINT FILE"),
        ):
            text = self.text(raw, key)
            if not text:
                self.say(
                    key,
                    words("words-missing-security", policy=policy),
                    f"{command}.",
                )
            paths[key] = (self._directory / text).absolute()
        return Security(
            str(policy), mode, paths["certificate"], paths["private_key"], paths["server_certificate"],
            self.flag(raw, "plain_password"), self._directory,
        )  # fmt: skip

    def _fields(self, tables: Mapping[str, object]) -> Iterator[FieldNode]:
        for name, entry in tables.items():
            here = f"fields.{name}"
            declared = self._plant.fields_by_name.get(name)
            if declared is None:
                self.say(here, words("words-not-field-plant"), known(self._plant.fields_by_name))
                continue
            table = {"node": entry} if isinstance(entry, str) else entry
            if not is_table(table):
                self.say(here, wrong(entry), words("words-give-node-id-quotes"))
                continue
            self.known(table, _FIELD_KEYS, here)
            node = self._node(table, here)
            scale = self.number(table, "scale", 1.0, here)
            if scale == 0:
                self.say(
                    f"{here}.scale", words("words-is-2"), words("words-give-value-one-step-controller-such")
                )
            choices = self.table(table, "map", here, remedy=words("words-write-map"))
            if choices and declared.type is FieldType.CHOICE and set(choices) != set(declared.options):
                self.say(
                    f"{here}.map",
                    words("words-names", known=", ".join(choices)),
                    words("words-name", known=", ".join(declared.options)),
                )
            if not all(isinstance(each, int | str) for each in choices.values()):
                self.say(
                    f"{here}.map", wrong(dict(choices)), words("words-give-whole-number-text-each-choice")
                )
            method = self.text(table, "method", here)
            if (method or "object" in table) and not declared.is_writable:
                self.say(
                    f"{here}.method", words("words-sets-field-plant-does-not-let"),
                    words("words-write-writable-true-under-fields-leave", name=name)
                )  # fmt: skip
            yield FieldNode(
                name,
                node,
                scale=scale or 1.0,
                offset=self.number(table, "offset", 0.0, here),
                choices={key: each for key, each in choices.items() if isinstance(each, int | str)},
                deadband=self.number(table, "deadband", 0.0, here),
                sampling_ms=self.whole(table, "sampling_ms", 0, here, lowest=0)
                if "sampling_ms" in table
                else None,
                is_optional=self.flag(table, "optional", here),
                method=Method(method, self.text(table, "object", here)) if method else None,
            )

    def _node(self, table: Mapping[str, object], here: str) -> str:
        """The node of a table. Its index and member are kept until the machine is known."""
        if not self.text(table, "node", here):
            self.say(f"{here}.node", words("words-missing"), words("words-give-node-id-such-ns-s"))
        index, member = table.get("index"), self.text(table, "member", here)
        if index is not None or member:
            self._parts[here] = (index, member)
        node = table.get("node", "")
        return node if isinstance(node, str) else ""

    def _place(self, table: Mapping[str, object], key: str, keys: Sequence[str] = NODE_KEYS) -> str:
        """The node of ``status.cause`` and similar keys: a text, or a table with a node."""
        entry, here = table.get(key, ""), f"status.{key}"
        if is_table(entry):
            self.known(entry, keys, here)
            return self._node(entry, here)
        return self.text(table, key, "status")

    def _status(self, raw: object) -> StatusNodes:
        if raw is None:
            return StatusNodes()
        inner: tuple[str, ...] = ()
        table = {"node": raw} if isinstance(raw, str) else raw
        if is_table(table) and isinstance(states := table.get("node"), list):
            table = {**table, "node": states[0] if states else ""}
            inner = tuple(each for each in states[1:] if isinstance(each, str))
            if len(inner) + 1 != len(states):
                self.say("status.node", wrong(states), words("words-list-node-ids-from-outer-state"))
        if not is_table(table):
            self.say("status", wrong(raw), words("words-write-table-status", where=self.where))
            return StatusNodes()
        self.known(table, _STATUS_KEYS, "status")
        if "index" in table or "member" in table:
            self._node(table, "status")
        names = table.get("map", {})
        if not is_table(names) or not all(
            isinstance(each, str) and _STATUS.fullmatch(each) for each in names.values()
        ):
            self.say("status.map", wrong(names), words("words-write-map-2"))
            names = {}
        word = self._place(table, "word", (*NODE_KEYS, "array"))
        if (bits := table.get("bits")) is not None and not word:
            self.say(
                "status.word", words("words-missing-there-are-bits"), words("words-name-node-word-has-them")
            )
        entry = table.get("word")
        is_array = is_table(entry) and self.flag(entry, "array", "status.word")
        return StatusNodes(
            node=self.text(table, "node", "status"),
            is_packml=self.flag(table, "packml", "status"),
            names={str(key): str(each) for key, each in names.items()},
            cause=self._place(table, "cause"),
            word=word,
            bits=tuple(self._bits(bits, MAX_ARRAY_BIT if is_array else MAX_BIT)),
            flags=tuple(self._flags(table.get("flags"))),
            inner=inner,
        )

    def _bits(self, raw: object, highest: int) -> Iterator[Bit]:
        for status, entry in self.by_critical_status(raw, "status.bits", "{ EMERGENCY_STOP = [0, 1] }"):
            here = f"status.bits.{status}"
            named = (
                entry
                if is_table(entry)
                else dict.fromkeys(map(str, entry), "")
                if isinstance(entry, list)
                else {str(entry): ""}
            )
            for number, cause in named.items():
                if not re.fullmatch(r"[0-9]{1,5}", str(number)) or int(str(number)) > highest:
                    remedy = words("words-number-bits-from-2", highest=highest)
                    if highest == MAX_BIT:
                        remedy = words("words-and-more", one=remedy, more=words("words-if-word-is-array"))
                    self.say(here, words("words-has-bit", number=repr(number)), remedy)
                else:
                    yield Bit(status, str(cause), number=int(str(number)))

    def _flags(self, raw: object) -> Iterator[Bit]:
        for status, entry in self.by_critical_status(raw, "status.flags", '{ FAULT = "ns=2;s={id}.Fault" }'):
            here = f"status.flags.{status}"
            if is_table(entry):
                self.known(entry, (*NODE_KEYS, "cause"), here)
                yield Bit(status, self.text(entry, "cause", here), node=self._node(entry, here))
            elif isinstance(entry, str):
                yield Bit(status, "", node=entry)
            else:
                self.say(here, wrong(entry), words("words-give-node-id-quotes-2"))

    def say_once(self, key: str, what: str, remedy: str) -> None:
        """Adds a mistake once, even if the pattern has it for every machine."""
        if key not in self._reported:
            self._reported.add(key)
            self.say(key, what, remedy)

    def part_in_file(self, key: str) -> tuple[object, str]:
        return self._parts.get(key, (None, ""))
