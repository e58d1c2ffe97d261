"""Generates the reference from the code, as one Markdown page for each part."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from tests.docs_site.names import python, typescript
from tests.docs_site.rows import head, row
from tests.documents import documents
from tests.release.licences import needed_packages

from setpoint.cli.commands import COMMANDS, loaded
from setpoint.cli.help import option_text
from setpoint.cli.plant_schema import plant_schema
from setpoint.contract.http.machines import EventKind
from setpoint.contract.http.problems import ProblemCode
from setpoint.core.alarms import AlarmEventKind
from setpoint.core.hub import HubCounters
from setpoint.core.plant import Priority
from setpoint.server.http.metrics import Figures, Metrics
from setpoint.server.http.status import STATUS
from setpoint.texts import has_text, text
from setpoint.texts.catalogue import sources

SETTINGS = Path(__file__).parents[2] / "src/setpoint"


def pages() -> dict[str, str]:
    both_documents = documents()
    parts: dict[str, Callable[[], Iterator[str]]] = {
        "command-line": command_line,
        "settings": settings,
        "plant-file-keys": plant_file,
        "problems": problems,
        "http": lambda: http(both_documents["openapi"]),
        "live": lambda: live(both_documents["asyncapi"]),
        "python": python,
        "typescript": typescript,
        "metrics": metrics,
        "events": events,
        "alarms": alarms,
        "licences": licences,
    }
    return {name: "\n".join(part()) + "\n" for name, part in parts.items()}


def command_line() -> Iterator[str]:
    yield "# Command line\n\nExit codes: 0 done, 1 some rows failed or were refused, 2 wrong usage, 3 no connection."
    for listed in COMMANDS:
        command = loaded(listed)
        yield from _command([listed.name], command)
        for name, each in getattr(command, "commands", {}).items():
            yield from _command([listed.name, name], each)


def _command(path: list[str], command: Any) -> Iterator[str]:
    yield f"\n## setpoint {' '.join(path)}\n\n{text('command-' + '-'.join(path))}"
    parameters = [each for each in command.params if each.name != "help"]
    if parameters:
        yield head("option", "what", "default, environment")
    for each in parameters:
        is_option = each.opts[0].startswith("-")
        names = ", ".join(f"`{option}`" for option in each.opts) if is_option else f"`{each.name.upper()}`"
        default = "" if each.default in (None, False) or callable(each.default) else f"`{each.default}`"
        variable = f"`{each.envvar}`" if getattr(each, "envvar", None) else ""
        yield row(names, text(option_text(path, each.name)), " ".join(filter(None, (default, variable))))


def settings() -> Iterator[str]:
    """Returns every environment variable that the code names."""
    yield "# Settings\n\nOptions of the command line come first, then these variables of the environment."
    yield head("variable", "what", "read by")
    for name, modules in sorted(_variables().items()):
        option = _OPTIONS.get(name)
        description = text(f"option-{option}") if option else _SECRETS.get(name, "")
        yield row(f"`{name}`", description, ", ".join(sorted(modules)))


_OPTIONS = {
    "SETPOINT_DATA_DIR": "data-dir",
    "SETPOINT_DATABASE_TIMEOUT": "database-timeout",
    "SETPOINT_DATABASE_URL": "database",
    "SETPOINT_HISTORY": "serve-history",
    "SETPOINT_HOST": "host",
    "SETPOINT_LANG": "lang",
    "SETPOINT_PORT": "port",
    "SETPOINT_TOKEN": "token",
    "SETPOINT_URL": "url",
}
"""Variables that replace an option have the option's description."""
_SECRETS = {
    "SETPOINT_OIDC_CLIENT_SECRET": "The secret of `--oidc-client-id` at the OpenID provider.",
    "SETPOINT_OPCUA_PASSWORD": "The password of `setpoint opcua browse --user`.",
    "SETPOINT_SECRET_PRESS_PASSWORD": "`password` of the source `press`; so for every key of the secrets file.",
}


def _variables() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for file in sorted(SETTINGS.rglob("*.py")):
        module = file.relative_to(SETTINGS.parent).with_suffix("").as_posix().replace("/", ".")
        for name in re.findall(r"[\"'`](SETPOINT_[A-Z_]+[A-Z])[\"'`]", file.read_text("utf-8")):
            found.setdefault(name, set()).add(f"`{module}`")
    return found


def problems() -> Iterator[str]:
    yield (
        "# Problems\n\nA refusal over HTTP is a problem by RFC 9457. Its `type` is `/problems/` and one of these codes;"
        " in Python, `RequestError.code` is the code. `arguments` are what the sentence names."
    )
    yield head("code", "status", "what", "arguments")
    for code in ProblemCode:
        named = f"problem-{code.value}-of"
        description = text(f"problem-{code.value}") if has_text(f"problem-{code.value}") else ""
        arguments = re.findall(r"\$(\w+)", sources("en").get(named, ""))
        yield row(
            f"`{code.value}`",
            STATUS[code],
            description,
            ", ".join(f"`{each}`" for each in dict.fromkeys(arguments)),
        )


def plant_file() -> Iterator[str]:
    schema = plant_schema()
    yield "# Keys of the plant file\n\nFrom `setpoint plant schema`. [The plant file](../plant-file.md) explains them."
    yield from _table("At the top", schema)
    for name, each in schema["definitions"].items():
        if each.get("properties"):
            yield from _table(name, each)


def _table(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"\n## {name}\n{head('key', 'type', 'what')}"
    for key, each in schema["properties"].items():
        yield row(f"`{key}`", _type(each), each.get("description", "") if isinstance(each, dict) else "")


def _type(schema: Any) -> str:
    if not isinstance(schema, dict):
        return ""
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "$ref" in schema:
        return f"[{schema['$ref'].rsplit('/', 1)[-1]}]"
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(filter(None, map(_type, schema[key]))))
    kind = schema.get("type", "")
    name = " or ".join(kind) if isinstance(kind, list) else kind
    return f"{name} of {_type(schema['items'])}" if "items" in schema else str(name)


def http(document: dict[str, Any]) -> Iterator[str]:
    yield f"# HTTP\n\nFrom `/schema/openapi.json`, version {document['info']['version']}. Problems are RFC 9457."
    for path, operations in sorted(document["paths"].items()):
        for method, operation in operations.items():
            yield f"\n## {method.upper()} {path}\n\n{operation.get('summary', '')}."
            if operation.get("parameters"):
                yield head("parameter", "in", "type", "what")
            for each in operation.get("parameters", ()):
                yield row(
                    f"`{each['name']}`",
                    each["in"],
                    _type(each.get("schema", {})),
                    each.get("description") or "",
                )
            for content in operation.get("requestBody", {}).get("content", {}).values():
                yield from _body(content["schema"])
            yield head("status", "what")
            for status, each in operation["responses"].items():
                yield row(status, _answer(each))
    yield "\n# Types of HTTP"
    for name, schema in sorted(document["components"]["schemas"].items()):
        if schema.get("properties"):
            about = " ".join(schema.get("description", "").split())
            yield f"\n## {name.rsplit('.', 1)[-1].strip('_')}\n\n{about}\n{head('field', 'type', 'what')}"
            for key, each in schema["properties"].items():
                yield row(f"`{key}`", _type(each), each.get("description", ""))


def _body(schema: dict[str, Any]) -> Iterator[str]:
    if schema.get("properties"):
        yield head("field of the body", "type", "what")
    for key, each in schema.get("properties", {}).items():
        yield row(f"`{key}`", _type(each), each.get("description", ""))


def _answer(response: dict[str, Any]) -> str:
    shapes = [_type(each.get("schema", {})) for each in response.get("content", {}).values()]
    description = response.get("description", "")
    return " ".join(filter(None, (description, *shapes)))


def live(document: dict[str, Any]) -> Iterator[str]:
    yield "# Live\n\nFrames of `/live`. [The contract](../../../conformance/SPEC.md) says what they mean."
    for name, schema in sorted(document["components"]["schemas"].items()):
        about = " ".join(schema.get("description", "").split())
        yield f"\n## {name}\n\n{about}"
        if schema.get("properties"):
            yield head("field", "type", "what")
        for key, each in schema.get("properties", {}).items():
            yield row(f"`{key}`", _type(each), each.get("description", ""))


def metrics() -> Iterator[str]:
    collected = Metrics(lambda: Figures(0.0, 1, HubCounters(), {}, {}))
    collected.add_disk(MagicMock(free_bytes=1, is_low=False))
    collected.add_history(MagicMock(figures=MagicMock(points=1, dropped=0, files=1), reason="", dropped=0))
    lines = collected.text().decode().splitlines()
    kinds = dict(line.split(" ")[2:4] for line in lines if line.startswith("# TYPE "))
    yield "# Metrics\n\nAt `/metrics`, for Prometheus. `deploy/grafana/server.json` is a dashboard of them."
    yield head("metric", "type", "what")
    for line in lines:
        if line.startswith("# HELP "):
            name, _, about = line.removeprefix("# HELP ").partition(" ")
            if not name.endswith("_created"):
                yield row(f"`{name}`", kinds.get(name, ""), about)


def events() -> Iterator[str]:
    yield "# Events\n\nKinds, as in `GET /api/events` and in [notifications](../../howto/notify.md)."
    yield head("kind", "what")
    for kind in EventKind:
        yield row(
            f"`{kind.value}`",
            "an alarm changed" if kind is EventKind.ALARM else text(f"events-kind-{kind.value}"),
        )


def alarms() -> Iterator[str]:
    yield "# Alarms\n\nAlarms are defined in [the plant file](../plant-file.md), by ISA-18.2 and IEC 62682."
    yield f"\n## Priorities\n{head('priority', 'what')}"
    for priority in Priority:
        yield row(f"`{priority.value}`", text(f"alarms-priority-{priority.value}"))
    yield f"\n## Changes\n\n`change` of an event of the kind `alarm`.\n{head('change', 'what')}"
    for change in AlarmEventKind:
        yield row(f"`{change.value}`", text(f"events-alarm-{change.value}"))


def licences() -> Iterator[str]:
    yield "# Licences"
    yield (
        "\nSetpoint is under Apache-2.0. Its wheel contains the board with packages whose licences a server shows as"
        " `/licences.txt`. pip installs these Python packages beside it; a test holds that their licences go with ours."
    )
    yield head("package", "version", "licence", "needed by")
    for each in needed_packages():
        yield row(
            f"`{each.name}`",
            each.version,
            each.licence,
            f"extra `{each.extra}`" if each.extra else "Setpoint",
        )
