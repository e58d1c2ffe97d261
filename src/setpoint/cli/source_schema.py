"""The sources' part of the plant file's JSON Schema: ``[sources.NAME]`` by its ``kind``.

A source from another package may have any keys. The keys of each protocol are repeated here, because a source's own
module needs a library that may not be installed. tests/unit/cli/test_plant_schema.py checks that both agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from setpoint.cli.schema_parts import Schema, either, flag, named, number, one_of, ref, table, text, whole
from setpoint.contract.values import CRITICAL_OVERRIDES

SECURITY_POLICIES = (
    "None", "Basic256Sha256", "Aes256_Sha256_RsaPss", "Aes128_Sha256_RsaOaep", "Basic256", "Basic128Rsa15",
)  # fmt: skip
SECURITY_MODES = ("Sign", "SignAndEncrypt")
REGISTER_TABLES = ("holding", "input", "coil", "discrete")
REGISTER_TYPES = ("int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "string")
REGISTER_ORDERS = ("ABCD", "CDAB", "BADC", "DCBA")
MAX_TEXT_REGISTERS = 60

_ONLY_CRITICAL = {"enum": list(CRITICAL_OVERRIDES)}
_BIT = {"pattern": "^[0-9]{1,5}$"}
_BITS = named(
    either(whole("", 0), text(**_BIT), {"type": "array"}, {"type": "object", "propertyNames": _BIT}),
    "Which bits of the word are critical: a number, a list, or a table with the cause of each.",
    propertyNames=_ONLY_CRITICAL,
)
_STATUSES = named(text(pattern="^[A-Z][A-Z0-9_]{0,39}$"), "The status that each value means.")
_CONVERSION = {
    "scale": number("The value of one step of the controller.") | {"not": {"const": 0}},
    "offset": number("What is added after scaling."),
    "map": named(
        {"type": ["integer", "string", "boolean"]}, "What the controller says for each option of a choice."
    ),
    "optional": flag("Whether a machine may lack it. Default: false."),
}
_SILENT = whole("Seconds of silence after which a machine is doubted; 0 for never. Default: 60.", 0, 86_400)


def source_schemas() -> Schema:
    """The definitions ``source`` and, for each kind, ``source-opcua`` and so on."""
    kinds = {
        "simulator": _simulator(),
        "opcua": _opcua(),
        "sparkplug": _sparkplug(),
        "mqtt": _mqtt(),
        "modbus": _modbus(),
    }
    by_kind = [
        {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": ref(f"source-{kind}")}
        for kind in kinds
    ]
    source = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": text(f"{', '.join(kinds)}, or the name of an installed source.", minLength=1)},
        "allOf": by_kind,
    }
    return {"source": source} | {f"source-{kind}": schema for kind, schema in kinds.items()}


def _of_kind(kind: str, properties: Schema, *, needed: Sequence[str] = (), **rules: Any) -> Schema:
    return table({"kind": {"const": kind}} | properties, needed=["kind", *needed], **rules)


def _simulator() -> Schema:
    return _of_kind(
        "simulator",
        {
            "seed": whole("Default: 1.", 0),
            "interval_ms": whole("Default: 250.", 20),
            "stops": flag("Whether machines stop by themselves. Default: true."),
            "fault_every_s": whole("Mean time between faults of the whole plant. Default: 300.", 1),
            "hold_every_s": whole("Mean time between holds of one machine. Default: 900.", 1),
        },
    )


def _opcua() -> Schema:
    setting = {
        "method": text("The method that sets it."),
        "object": text("The object of the method."),
        "deadband": number("How far a value must move before the server reports it."),
        "sampling_ms": whole("Of this node.", 0),
    }
    status = {
        "node": either(
            text(), {"type": "array", "items": text()}, about="A node, or from the outer to the inner state."
        ),
        "index": _node({})["anyOf"][1]["properties"]["index"],
        "member": text("The field of a structure."),
        "packml": flag("Whether the state counts as in PackML. Default: false."),
        "map": _STATUSES,
        "cause": _node({}),
        "word": _node({"array": flag("Whether it is an array of bits. Default: false.")}),
        "bits": _BITS,
        "flags": named(
            _node({"cause": text()}), "Nodes of their own, true while it holds.", propertyNames=_ONLY_CRITICAL
        ),
    }
    return _of_kind(
        "opcua",
        {
            "endpoint": text("Without user and password.", pattern="^opc\\.tcp://[^/\\s@]+(/\\S*)?$"),
            "security": one_of(
                SECURITY_POLICIES, 'The policy; "None" only if nobody else is on the network.'
            ),
            "mode": one_of(SECURITY_MODES, "Default: SignAndEncrypt."),
            "certificate": text("Ours, from `setpoint opcua certificate`."),
            "private_key": text("Ours, from `setpoint opcua certificate`."),
            "server_certificate": text("Theirs, from `setpoint opcua trust`."),
            "plain_password": flag("Whether a password may be sent without encryption. Default: false."),
            "publishing_ms": whole("Default: 250.", 50),
            "sampling_ms": whole("Default: 250.", 0),
            "machines_per_subscription": whole("Default: 50.", 1),
            "connect_timeout_ms": whole("Default: 10000.", 500, 120_000),
            "request_timeout_ms": whole("Default: 3000.", 500, 60_000),
            "fields": named(_node(setting | _CONVERSION), "The node of each field."),
            "status": either(
                text(), table(status, dependencies={"bits": ["word"]}), about="A machine's condition."
            ),
        },
        needed=["endpoint", "security"],
        anyOf=[{"required": ["fields"]}, {"required": ["status"]}],
    )


def _node(more: Schema) -> Schema:
    node = {
        "node": text('The node\'s id: "ns=2;s=Press{id}.Speed".', minLength=1),
        "index": {"type": ["integer", "string", "array"], "description": "The element of an array, from 0."},
        "member": text("The field of a structure."),
    }
    return either(text(), table(node | more, needed=["node"]))


def _sparkplug() -> Schema:
    level = {"pattern": "^[^/+#]*$"}
    metric = {
        "metric": text("The metric's name.", minLength=1),
        "command": text("The metric that sets it, if it is another one."),
    }
    return _of_kind(
        "sparkplug",
        {
            **_broker(),
            "host_id": text("Our name as the primary host application.", **level),
            "group": text("The group in the topics.", **level),
            "node": text("The edge node in the topics.", **level),
            "device": text("The device in the topics, if the metrics are not the edge node's own.", **level),
            "silent_after_s": _SILENT,
            **_places(metric, "metric", text(minLength=1)),
        },
        needed=["broker"],
    )


def _mqtt() -> Schema:
    topic = text("One topic, without + and #.", pattern="^[^+#]{1,1000}$")
    path = text("A path in the payload: drive.speed, values[0].v.")
    answer = table({"topic": topic, "path": path, "id": path, "message": path}, needed=["topic"])
    place = {
        "topic": topic,
        "path": path,
        "time": path,
        "quality": path,
        "set": topic,
        "payload": {"description": 'What is published as a target. Default: "{value}", the value alone.'},
        "ack": either(topic, answer, about="Where a target is acknowledged."),
    }
    alive = either(
        topic, table({"topic": topic, "path": path}, needed=["topic"]), about="Whether a machine is there."
    )
    return _of_kind(
        "mqtt",
        {
            **_broker(),
            "time": path,
            "quality": path,
            "silent_after_s": _SILENT,
            "alive": alive,
            **_places(place, "topic", topic),
        },
        needed=["broker"],
    )


def _modbus() -> Schema:
    place = {each: whole("An address, from 0 as on the wire.", 0, 65_535) for each in REGISTER_TABLES}
    place |= {
        "type": one_of(REGISTER_TYPES, "Default: uint16."),
        "order": one_of(REGISTER_ORDERS, "The order of the bytes."),
        "bit": whole("A bit of an integer.", 0, 63),
        "length": whole("The registers of a text.", 1, MAX_TEXT_REGISTERS),
    }
    short = text('"holding 100"', pattern=f"^({'|'.join(REGISTER_TABLES)}) [0-9]{{1,5}}$")
    return _of_kind(
        "modbus",
        {
            "host": text('The gateway\'s address, or a word of each machine: "{plc}".'),
            "port": either(whole("", 0, 65_535), text(), about="Default: 502."),
            "unit": either(whole("", 0, 255), text(), about="The device behind the gateway. Default: 1."),
            "poll_ms": whole("Default: 250.", 20, 3_600_000),
            "timeout_ms": whole("Default: 1000.", 50, 2_500),
            "max_registers": whole("What the device takes in one request. Default: 125.", 1, 125),
            "max_bits": whole("What the device takes in one request. Default: 2000.", 1, 2_000),
            "max_gap": whole("Registers that are read along to save a request. Default: 8.", 0, 124),
            "write": one_of(("multiple", "single"), "Default: multiple."),
            "order": one_of(REGISTER_ORDERS, "The order of the bytes. Default: ABCD."),
            **_places(place, "", short),
        },
    )


def _broker() -> Schema:
    return {
        "broker": text("mqtts://HOST:PORT, or mqtt:// without encryption.", pattern="^mqtts?://[^/\\s@]+/?$"),
        "ca": text("The certificate of the authority that signed the broker's, if it is not a public one."),
        "certificate": text("Ours, if the broker wants one."),
        "private_key": text("The key of our certificate."),
        "client_id": text("Our name at the broker. Default: a random one for each connection."),
        "keepalive_s": whole("Seconds between signs of life. Default: 10.", 5, 65_535),
        "plain_password": flag("Whether a password may be sent without encryption. Default: false."),
    }


def _places(properties: Schema, key: str, short: Schema) -> Schema:
    """``fields`` and ``status`` of a source whose places have these properties, ``key`` among them."""
    needed = [key] if key else []

    def place(more: Schema) -> Schema:
        return either(short, table(properties | more, needed=needed, minProperties=1))

    status = {
        "state": place({}),
        "packml": flag("Whether the state counts as in PackML. Default: false."),
        "map": _STATUSES,
        "cause": place({}),
        "word": place({}),
        "bits": _BITS,
        "flags": named(
            place({"cause": text()}),
            "Places of their own, true while it holds.",
            propertyNames=_ONLY_CRITICAL,
        ),
    }
    return {
        "fields": named(place(_CONVERSION), "Where each field of a machine is."),
        "status": table(status, "A machine's condition.", dependencies={"bits": ["word"]}),
    }
