"""``setpoint opcua``: make a certificate, trust a server's certificate, and propose a plant file for a server."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from setpoint.cli.console import confirm
from setpoint.cli.language import t
from setpoint.errors import ConfigError

if TYPE_CHECKING:
    from setpoint.sources.opcua.machines import Candidate
    from setpoint.sources.opcua.settings import OpcUaSettings
    from setpoint.sources.opcua.tree import Variable

opcua = typer.Typer(no_args_is_help=True)

PASSWORD_VARIABLE = "SETPOINT_OPCUA_PASSWORD"
_PATHS = ("certificate", "private_key", "server_certificate")

Endpoint = Annotated[str, typer.Argument(show_default=False)]


@opcua.command()
def certificate(
    folder: Annotated[Path, typer.Argument()] = Path("pki"),
    *,
    days: Annotated[int, typer.Option("--days", min=1)] = 3 * 365,
) -> None:
    _needs_library()
    from setpoint.sources.opcua.certificate import make_certificate, read_certificate  # an extra

    certificate_file, key_file = make_certificate(folder, days=days)
    made = read_certificate(certificate_file)
    names = {"certificate": str(certificate_file), "key": str(key_file)}
    print(t("opcua-made", **names, until=f"{made.not_after:%Y-%m-%d}"))
    print(t("opcua-fingerprint", fingerprint=made.fingerprint))
    print(t("opcua-in-plant-file", lines=f'certificate = "{certificate_file}", private_key = "{key_file}"'))


@opcua.command()
def trust(
    endpoint: Endpoint,
    out_file: Annotated[Path, typer.Argument(show_default=False)],
    *,
    yes: Annotated[bool, typer.Option("--yes")] = False,
) -> None:
    _needs_library()
    from setpoint.sources.opcua.config import SECURITY_POLICIES  # an extra
    from setpoint.sources.opcua.offers import server_certificates  # an extra

    endpoint = _endpoint(endpoint)
    offers = asyncio.run(server_certificates(endpoint))
    # A server may have one for each kind of key; the one that counts belongs to a policy that we can use.
    shown = [(policy, each) for policy, _, each in offers if each is not None]
    shown.sort(key=lambda each: (each[0] not in SECURITY_POLICIES, each[0] == "None"))
    found = shown[0][1] if shown else None
    print(t("opcua-offers", offers=", ".join(sorted({f"{policy} ({mode})" for policy, mode, _ in offers}))))
    if found is None:
        raise ConfigError(t("opcua-no-certificate", endpoint=endpoint))
    print(t("opcua-valid", subject=found.subject, until=f"{found.not_after:%Y-%m-%d}"))
    print(t("opcua-fingerprint", fingerprint=found.fingerprint))
    if not yes and not confirm(t("opcua-same")):
        raise typer.Exit(1)
    try:
        out_file.parent.mkdir(parents=True, exist_ok=True)
        out_file.write_bytes(found.der)
    except OSError as error:
        raise ConfigError(t("cli-file-not-written", file=str(out_file), why=error.strerror or "")) from error
    print(t("opcua-trusted", file=str(out_file)))


@opcua.command()
def browse(
    endpoint: Endpoint,
    *,
    pick: Annotated[bool, typer.Option("--pick")] = False,
    user: Annotated[
        str | None,
        typer.Option("--user"),
    ] = None,
    security: Annotated[str, typer.Option("--security")] = "None",
    mode: Annotated[str, typer.Option("--mode")] = "SignAndEncrypt",
    certificate_file: Annotated[Path, typer.Option("--certificate")] = Path("pki/setpoint.der"),
    key_file: Annotated[Path, typer.Option("--private-key")] = Path("pki/setpoint.pem"),
    server_file: Annotated[Path | None, typer.Option("--server-certificate")] = None,
    plain_password: Annotated[bool, typer.Option("--plain-password")] = False,
    plant_file: Annotated[
        Path | None,
        typer.Option("--plant"),
    ] = None,
    secrets_file: Annotated[Path | None, typer.Option("--secrets")] = None,
    out_file: Annotated[Path | None, typer.Option("--out")] = None,
) -> None:
    _needs_library()
    endpoint = _endpoint(endpoint)
    if out_file is not None and out_file.exists():
        raise ConfigError(t("opcua-file-exists", file=str(out_file)))
    connection: dict[str, object]
    if plant_file is not None:
        connection, secrets = _from_plant(endpoint, plant_file, secrets_file)
        folder = plant_file.parent
    else:
        connection, folder = {"security": security}, Path()
        if security != "None":
            connection |= {"mode": mode, "certificate": str(certificate_file), "private_key": str(key_file)}
        if server_file is not None:
            connection["server_certificate"] = str(server_file)
        if plain_password:
            connection["plain_password"] = True
        secrets = {} if user is None else {"username": user, "password": _password(user)}
    settings = _settings({**connection, "endpoint": endpoint}, folder)
    variables, namespaces = asyncio.run(_walk(settings, secrets))
    shown = _for_file(connection, folder, out_file.parent if out_file is not None else Path())
    text, is_found = _proposal(variables, endpoint, namespaces, shown, pick=pick)
    if out_file is None or not is_found:  # an existing file is never replaced, so none is written here
        print(text, end="")
    else:
        _write(out_file, text)
        print(t("opcua-proposed", file=str(out_file)))
        if user is not None:
            print(t("opcua-login"))
    if not is_found:
        print(t("opcua-nothing"), file=sys.stderr)
        raise typer.Exit(1)


def _for_file(connection: Mapping[str, object], folder: Path, out_folder: Path) -> dict[str, str | int]:
    """The settings of the connection as a plant file in another folder has them: its paths start there."""
    found: dict[str, str | int] = {}
    for key, value in connection.items():
        if key in _PATHS and not Path(str(value)).is_absolute():
            found[key] = Path(os.path.relpath(folder / str(value), out_folder)).as_posix()
        elif isinstance(value, str | int):
            found[key] = value
    return found


def _proposal(
    variables: Sequence[Variable],
    endpoint: str,
    namespaces: Mapping[str, int],
    connection: Mapping[str, str | int],
    *,
    pick: bool,
) -> tuple[str, bool]:
    from setpoint.sources.opcua.browse import find_machines, propose, propose_machines  # an extra

    if pick:
        return propose_machines([_picked(variables)], endpoint, namespaces, connection), True
    return propose(variables, endpoint, namespaces, connection), bool(find_machines(variables))


def _picked(variables: Sequence[Variable]) -> Sequence[Candidate]:
    """Asks the person for the nodes of one machine, and whether to take similar machines too."""
    from setpoint.sources.opcua.pick import chosen, listing, machines_of, pickable  # an extra

    offered = pickable(variables)
    if not offered:
        raise ConfigError(t("opcua-no-variable"))
    for line in listing(offered):
        print(line, file=sys.stderr)
    while True:
        text = typer.prompt(t("opcua-which"), err=True)
        try:
            numbers = chosen(text, len(offered))
        except ConfigError as error:
            print(error.message, file=sys.stderr)
            continue
        if numbers:
            break
    machines, others = machines_of([offered[number] for number in numbers], offered)
    if others:
        names = ", ".join(each.name for each in others[:8]) + (" …" if len(others) > 8 else "")
        if confirm(t("opcua-take-others", count=len(others), names=names), is_default=True, err=True):
            machines += others
    return machines


def _endpoint(text: str) -> str:
    from setpoint.sources.opcua.config import is_endpoint  # an extra

    text = text.strip()
    if is_endpoint(text):
        return text
    corrected = "opc.tcp://" + re.sub(r"(?i)^opc\.tcp[:/]*", "", text)
    if is_endpoint(corrected):
        raise ConfigError(t("opcua-no-protocol", text=text, meant=corrected))
    raise ConfigError(t("opcua-no-endpoint", text=text))


def _password(user: str) -> str:
    found = os.environ.get(PASSWORD_VARIABLE)
    return (
        found
        if found is not None
        else str(typer.prompt(t("opcua-password", name=user), hide_input=True, err=True))
    )


def _settings(source: Mapping[str, object], directory: Path) -> OpcUaSettings:
    """The settings of the connection, read like a source in a plant file."""
    from setpoint.core.plant import Plant, SourceConfig
    from setpoint.sources.opcua.config import read_settings  # an extra

    fields = {"speed": "i=1"}  # a source must map at least one field; browsing does not use it
    config = SourceConfig("opcua", "opcua", {**source, "fields": fields})
    return read_settings(config, (), Plant("", ()), directory=directory)[0]


def _from_plant(
    endpoint: str, plant_file: Path, secrets_file: Path | None
) -> tuple[dict[str, object], Mapping[str, str]]:
    """Reads only the settings of the connection, so the plant file may be incomplete."""
    from setpoint.runtime.plant_text import read_sources  # only if asked for
    from setpoint.sources.secrets import read_secrets  # only if asked for

    found = [(name, table) for name, table in read_sources(plant_file) if table.get("endpoint") == endpoint]
    if not found:
        raise ConfigError(t("opcua-no-source", file=str(plant_file), endpoint=endpoint))
    name, table = found[0]
    others = ("kind", "endpoint", "fields", "status")
    connection = {key: value for key, value in table.items() if key not in others}
    return connection, read_secrets(secrets_file, [name]).get(name, {})


async def _walk(
    settings: OpcUaSettings, secrets: Mapping[str, str]
) -> tuple[Sequence[Variable], Mapping[str, int]]:
    from setpoint.sources.opcua.browse import walk  # an extra
    from setpoint.sources.opcua.connection import connect  # an extra

    async with connect(settings, secrets) as session:
        return await walk(session), session.namespaces


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise ConfigError(t("cli-file-not-written", file=str(path), why=error.strerror or "")) from error


def _needs_library() -> None:
    try:
        import_module("asyncua")
    except ImportError as error:
        raise ConfigError(t("opcua-no-library")) from error
