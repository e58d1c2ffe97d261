"""A controller on asyncua in its own process, which tests control with lines of JSON.

`opcua_node/peer.mjs` is its twin on node-opcua: the same nodes, the same commands, an independent stack. It is a child
process, so that tests can freeze it (SIGSTOP), kill it and start it again on its port. Each command is one line and
gets one line as its answer:

    {"do": "set", "values": {"Press401.Speed": [142, "Good"]}}     the machine measures
    {"do": "rule", "node": "…", "rule": {"refuse": "BadOutOfRange"}}  or {"resetTo": 5, "afterMs": 300}, or {}
       or {"takes": 5}                                              any write stores 5 and not what was written
       or {"first": {"Press401.Alarms": 1}, "holds": true}          a write to it sets these, then waits for its release
    {"do": "release", "node": "…", "lands": true, "answer": "Good"} what becomes of the write that waits
    {"do": "written"}                                               every write that arrived, in order
    {"do": "reset"}                                                 values as at the start, no rules, nothing written
    {"do": "count", "fields": ["Speed"], "intervalMs": 250, "steps": 240}   1, 2, 3 … on every machine
    {"do": "stop"}
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import fcntl
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from setpoint.testing.patience import patient

NODES: Mapping[str, Mapping[str, Any]] = {
    "Speed": {"type": "Double", "value": 120.5},
    "Temp": {"type": "Float", "value": 71.3},
    "Parts": {"type": "UInt32", "value": 7},
    "Target": {"type": "Double", "value": 1000.0, "writable": True, "range": [0, 3000]},
    "Feed": {"type": "Int16", "value": 125, "writable": True, "range": [0, 2000]},
    "Mode": {"type": "Int32", "value": 1, "writable": True},
    "Locked": {"type": "Double", "value": 5.0},
    "State": {"type": "Int32", "value": 6},
    "Alarms": {"type": "UInt16", "value": 0},
    "Door": {"type": "Boolean", "value": False},
    "Reason": {"type": "String", "value": ""},
}
_NODE_FOLDER = Path(__file__).parent / "opcua_node"
_READY_WITHIN_S = 30


class Peer:
    """A running controller, made by `start_peer` and used as ``with``. It signals only the child that it started."""

    def __init__(self, process: subprocess.Popen[bytes], hello: Mapping[str, Any]) -> None:
        self.endpoint: str = hello["endpoint"]
        self.certificate = bytes.fromhex(hello.get("certificate") or "")
        self._process = process

    def send_command(self, command: str, **parameters: Any) -> dict[str, Any]:
        """Sends one command and returns its answer. It blocks, so never call it while the peer is frozen."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": command, **parameters}).encode() + b"\n")
        self._process.stdin.flush()
        while not (line := self._process.stdout.readline()).startswith(b"{"):
            assert line, "the peer has ended"  # other lines are the library's own output
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer

    def set(self, **values: Any) -> None:
        """``set(Press401__Speed=142)``, or with a status: ``set(Press401__Speed=(None, "BadSensorFailure"))``."""
        self.send_command(
            "set",
            values={
                name.replace("__", "."): each if isinstance(each, tuple) else (each, "Good")
                for name, each in values.items()
            },
        )

    def reset(self) -> None:
        """Gives every node its first value, and removes all rules."""
        self.send_command("reset")

    def written(self) -> list[list[Any]]:
        """Returns every write that arrived since the start or the last `reset`."""
        writes = self.send_command("written")["written"]
        assert isinstance(writes, list)
        return writes

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kills it, as a power cut would."""
        self._process.kill()
        self._process.wait(patient(10))
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def start_peer(kind: str, folder: Path, *, machines: Sequence[int] = (401, 402), **options: Any) -> Peer:
    """Starts a controller. ``kind`` is ``asyncua`` or ``node-opcua``. Its PKI is in ``folder``. With ``port`` it comes
    back on that port.

    ``security`` names one policy, or several with commas between them.
    """
    from tests.ports import free_port  # noqa: PLC0415  # the child, which runs this file, cannot import it

    options = {
        "port": free_port(),
        "security": "None",
        "machines": list(machines),
        "nodes": NODES,
        "pki": str(folder / "pki"),
        **options,
    }
    program = [sys.executable, __file__] if kind == "asyncua" else node_program("peer.mjs")
    if kind == "node-opcua":
        _take_keys(folder)
    with (folder / "peer.log").open("ab") as log:
        process = subprocess.Popen(
            [*program, json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=folder,
        )
    assert process.stdout is not None
    # The child says that it is ready, or dies. The timer ends a child that does neither.
    timer = threading.Timer(patient(_READY_WITHIN_S), process.kill)
    timer.start()
    try:
        while line := process.stdout.readline():
            with contextlib.suppress(json.JSONDecodeError):
                hello = json.loads(line)
                if isinstance(hello, dict) and hello.get("ready"):
                    if kind == "node-opcua":
                        _keep_keys(folder)
                    return Peer(process, hello)
    finally:
        timer.cancel()
    Peer(process, {"endpoint": ""}).kill()
    raise AssertionError(f"the {kind} peer did not start:\n{(folder / 'peer.log').read_text()[-2000:]}")


@functools.cache
def _keys() -> Path:
    """The folder of the keys that the first node-opcua peer made. Making them takes half of the time of a start."""
    folder = Path(tempfile.mkdtemp(prefix="setpoint-opcua-keys-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


_KEYS = ("pki/own", "pki-users/own")
_LOCKS = shutil.ignore_patterns("*.mutex")


def _take_keys(folder: Path) -> None:
    """Gives a new peer the keys of the first one, if they exist. A peer that comes back has its own."""
    for name in _KEYS:
        if (stored := _keys() / name).exists() and not (folder / name).exists():
            shutil.copytree(stored, folder / name, ignore=_LOCKS)


def _keep_keys(folder: Path) -> None:
    for name in _KEYS:
        if not (stored := _keys() / name).exists():
            shutil.copytree(folder / name, stored, ignore=_LOCKS)


def node_program(name: str) -> list[str]:
    """The command that runs a program of the folder beside this file."""
    return [_node(), str(_NODE_FOLDER / name)]


def _node() -> str:
    """Returns the command for Node. Installs the peer's packages from the lock file if they are missing."""
    npm = shutil.which("npm")
    assert npm is not None, "these tests need Node.js with npm"
    # Several test processes may come here at once. One installs, and the others wait for it.
    with (Path(tempfile.gettempdir()) / "setpoint-opcua-node.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (_NODE_FOLDER / "node_modules" / "node-opcua-server").is_dir():
            command = [npm, "ci", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=_NODE_FOLDER, check=True, capture_output=True)
    node = shutil.which("node")
    assert node is not None, "these tests need Node.js"
    return node


async def _serve(options: Mapping[str, Any]) -> None:  # noqa: PLR0912  # one small controller, read as a whole
    # Imported here: a test that only controls a peer needs no server.
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415  # only the process that serves

    from asyncua import Server, ua  # noqa: PLC0415  # only the process that serves
    from asyncua.server.address_space import AttributeService  # noqa: PLC0415  # only the process that serves
    from asyncua.server.internal_server import InternalServer  # noqa: PLC0415  # only the process that serves
    from asyncua.server.user_managers import UserManager  # noqa: PLC0415  # only the process that serves

    written: list[list[Any]] = []
    rules: dict[str, Mapping[str, Any]] = {}
    held: dict[str, asyncio.Future[Mapping[str, Any]]] = {}
    nodes: dict[str, tuple[Any, Any, Mapping[str, Any]]] = {}

    def stamp() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=options.get("clockOffsetS", 0))

    async def put(name: str, value: object, status: str = "Good") -> None:
        variable, kind, _ = nodes[name]
        good = status == "Good"
        data = ua.DataValue(
            ua.Variant(value, kind) if value is not None else None,
            StatusCode=ua.StatusCode(getattr(ua.StatusCodes, status)),
            SourceTimestamp=stamp(),
        )
        assert good or value is None or status.startswith("Uncertain")
        await server.iserver.aspace.write_attribute_value(variable.nodeid, ua.AttributeIds.Value, data)

    class Controller(AttributeService):
        async def write(self, params: Any, user: Any = None) -> Any:
            if not is_built or params.NodesToWrite[0].NodeId.NamespaceIndex == 0:
                return await super().write(params)  # the server builds its own address space
            return [ua.StatusCode(await self._one(each)) for each in params.NodesToWrite]

        async def _one(self, each: Any) -> int:
            name = each.NodeId.Identifier
            if name not in nodes:
                return ua.StatusCodes.BadNodeIdUnknown
            _, kind, shape = nodes[name]
            if not shape.get("writable"):
                return ua.StatusCodes.BadNotWritable
            if each.Value.Value.VariantType is not kind:
                return ua.StatusCodes.BadTypeMismatch
            value, rule = each.Value.Value.Value, rules.get(name, {})
            written.append([name, value])
            for other, its_value in rule.get("first", {}).items():
                await put(other, its_value)
            if rule.get("holds"):
                held[name] = asyncio.get_running_loop().create_future()
                release = await held[name]
                if release["lands"]:
                    await put(name, value)
                return int(getattr(ua.StatusCodes, release["answer"]))
            if "refuse" in rule:
                return int(getattr(ua.StatusCodes, rule["refuse"]))
            if "range" in shape and not shape["range"][0] <= value <= shape["range"][1]:
                return ua.StatusCodes.BadOutOfRange
            if "takes" in rule:
                await put(name, rule["takes"])
                return 0
            await put(name, value)
            if "resetTo" in rule:
                asyncio.get_running_loop().call_later(
                    rule["afterMs"] / 1000, lambda: asyncio.ensure_future(put(name, rule["resetTo"]))
                )
            return 0

    class Users(UserManager):
        def get_user(
            self, iserver: Any, username: Any = None, password: Any = None, certificate: Any = None
        ) -> Any:
            from asyncua.crypto.permission_rules import User, UserRole  # noqa: PLC0415  # only the process that serves

            password_of, allowed_certificate = options.get("password"), options.get("userCertificate")
            if username is not None:
                may_enter = (username, password) == (options.get("username"), password_of)
            else:  # without a user's certificate, the channel's certificate comes here
                is_open = password_of is None and allowed_certificate is None
                may_enter = is_open or (certificate is not None and certificate.hex() == allowed_certificate)
            return User(role=UserRole.User) if may_enter else None

    is_built = False
    internal = InternalServer(user_manager=Users())
    internal.attribute_service = Controller(internal.aspace)
    server = Server(iserver=internal)
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{options['port']}")
    certificate = b""
    if options["security"] == "None":
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    else:
        certificate = Path(options["certificate"]).read_bytes()  # noqa: ASYNC240  # before anything is served
        await server.load_certificate(options["certificate"])
        await server.load_private_key(options["privateKey"])
        names = options["security"].replace("_", "").split(",")
        server.set_security_policy(
            [getattr(ua.SecurityPolicyType, f"{name}_SignAndEncrypt") for name in names]
        )
        if not options.get("trustAll", True):
            from asyncua.crypto.truststore import TrustStore  # noqa: PLC0415  # only the process that serves
            from asyncua.crypto.validator import CertificateValidator, CertificateValidatorOptions  # noqa: PLC0415  # only the process that serves

            trusted = Path(options["pki"]) / "trusted"
            trusted.mkdir(parents=True, exist_ok=True)
            (trusted / "itself.der").write_bytes(certificate)
            if "trust" in options:
                (trusted / "client.der").write_bytes(bytes.fromhex(options["trust"]))
            store = TrustStore([trusted], [])
            await store.load()
            choice = CertificateValidatorOptions.TIME_RANGE | CertificateValidatorOptions.TRUSTED
            server.set_certificate_validator(CertificateValidator(choice, store))
    space = await server.register_namespace("urn:setpoint:test")
    plant = await server.nodes.objects.add_object(space, "Plant")
    for machine in options["machines"]:
        folder = await plant.add_object(ua.NodeId(f"Press{machine}", space), f"Press{machine}")
        for field, shape in options["nodes"].items():
            kind = ua.VariantType[shape["type"]]
            node_id = ua.NodeId(f"Press{machine}.{field}", space)
            variable = await folder.add_variable(node_id, field, shape["value"], varianttype=kind)
            if shape.get("writable"):
                await variable.set_writable()
            nodes[f"Press{machine}.{field}"] = (variable, kind, shape)
            await put(f"Press{machine}.{field}", shape["value"])

    is_built = True

    async def count(fields: Sequence[str], interval_ms: int, steps: int) -> None:
        names = [name for name in nodes if name.split(".")[1] in fields]
        loop = asyncio.get_running_loop()
        began = loop.time()
        for step in range(1, steps + 1):
            await asyncio.sleep(began + step * interval_ms / 1000 - loop.time())
            for name in names:
                await put(name, float(step))

    running: set[asyncio.Task[None]] = set()
    async with server:
        assert server.bserver is not None
        port = server.bserver.port
        print(
            json.dumps(
                {"ready": True, "endpoint": f"opc.tcp://127.0.0.1:{port}", "certificate": certificate.hex()}
            ),
            flush=True,
        )
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
        )
        while line := await lines.readline():
            command = json.loads(line)
            answer: dict[str, Any] = {}
            match command["do"]:
                case "set":
                    for name, (value, status) in command["values"].items():
                        await put(name, value, status)
                case "rule":
                    rules[command["node"]] = command["rule"]
                case "release":
                    held.pop(command["node"]).set_result(command)
                case "written":
                    answer = {"written": written}
                case "reset":
                    rules.clear()
                    written.clear()
                    for name, (_, _, shape) in nodes.items():
                        await put(name, shape["value"])
                case "count":
                    running.add(
                        asyncio.create_task(count(command["fields"], command["intervalMs"], command["steps"]))
                    )
                case "stop":
                    print("{}", flush=True)
                    break
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    asyncio.run(_serve(json.loads(sys.argv[1])))
