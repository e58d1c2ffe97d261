"""``setpoint opcua``: a certificate for Setpoint, that of a server, and a plant file for the nodes of a server."""

from __future__ import annotations

import asyncio
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from setpoint.errors import ConfigError

opcua = typer.Typer(help="Connect machines over OPC UA.", no_args_is_help=True)

Endpoint = Annotated[
    str, typer.Argument(help="The server, as opc.tcp://192.168.7.20:4840.", show_default=False)
]


@opcua.command()
def certificate(
    folder: Annotated[Path, typer.Argument(help="Where to write setpoint.der and setpoint.pem.")] = Path(
        "pki"
    ),
    *,
    days: Annotated[int, typer.Option("--days", help="How long it is valid.", min=1)] = 3 * 365,
) -> None:
    """Make Setpoint's own certificate and key. Trust setpoint.der on every server that it shall connect to."""
    _needs_library()
    from setpoint.sources.opcua.certificate import make_certificate, read_certificate  # an extra

    certificate_file, key_file = make_certificate(folder, days=days)
    made = read_certificate(certificate_file)
    print(f"wrote {certificate_file} and {key_file}, valid until {made.not_after:%Y-%m-%d}")
    print(f"fingerprint {made.fingerprint}")
    print(f'in the plant file: certificate = "{certificate_file}", private_key = "{key_file}"')


@opcua.command()
def trust(
    endpoint: Endpoint,
    out_file: Annotated[
        Path, typer.Argument(help="Where to write it, as pki/press.der.", show_default=False)
    ],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Fetch a server's certificate, show it to be compared with the server's own screen, and keep it as trusted."""
    _needs_library()
    from setpoint.sources.opcua.connection import server_certificates  # an extra

    offers = asyncio.run(server_certificates(endpoint))
    found = next((each for _, _, each in offers if each is not None), None)
    print("the server offers", ", ".join(sorted({f"{policy} ({mode})" for policy, mode, _ in offers})))
    if found is None:
        raise ConfigError(f"{endpoint} has no certificate; switch on a security policy on the server")
    print(f"{found.subject}, valid until {found.not_after:%Y-%m-%d}")
    print(f"fingerprint {found.fingerprint}")
    if not yes and not typer.confirm("Is it the one that the server's own screen shows?"):
        raise typer.Exit(1)
    try:
        out_file.parent.mkdir(parents=True, exist_ok=True)
        out_file.write_bytes(found.der)
    except OSError as error:
        raise ConfigError(f"{out_file} cannot be written ({error.strerror}); give another place") from error
    print(f'wrote {out_file}; in the plant file: server_certificate = "{out_file}"')


@opcua.command()
def browse(
    endpoint: Endpoint,
    *,
    plant_file: Annotated[
        Path | None,
        typer.Option("--plant", help="A plant file whose source of this endpoint tells how to sign in."),
    ] = None,
    secrets_file: Annotated[Path | None, typer.Option("--secrets", help="The secrets file.")] = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write it here instead of printing it.")
    ] = None,
) -> None:
    """Walk a server and propose a plant file for the machines that it seems to have."""
    _needs_library()
    text = asyncio.run(_browse(endpoint, plant_file, secrets_file))
    if out_file is None:
        print(text, end="")
        return
    if out_file.exists():
        raise ConfigError(f"{out_file} is there already; give another name")
    out_file.write_text(text, "utf-8")
    print(f"wrote {out_file}; look at it, then: setpoint check --connect {out_file}")


async def _browse(endpoint: str, plant_file: Path | None, secrets_file: Path | None) -> str:
    from setpoint.sources.opcua.browse import propose, walk  # an extra
    from setpoint.sources.opcua.config import OpcUaSettings, read_settings  # an extra
    from setpoint.sources.opcua.connection import connect  # an extra

    settings, secrets = OpcUaSettings(endpoint), {}
    if plant_file is not None:
        from setpoint.cli.check import read_plant  # only if asked for
        from setpoint.sources.secrets import read_secrets  # only if asked for

        plant = read_plant(plant_file)
        config = next((each for each in plant.sources if each.settings.get("endpoint") == endpoint), None)
        if config is None:
            raise ConfigError(f"{plant_file} has no source with the endpoint {endpoint}; check both")
        settings, _ = read_settings(config, (), plant, directory=plant_file.parent)
        secrets = dict(read_secrets(secrets_file, [config.name]).get(config.name, {}))
    async with connect(settings, secrets) as session:
        return propose(await walk(session), endpoint, session.namespaces)


def _needs_library() -> None:
    try:
        import_module("asyncua")
    except ImportError as error:
        raise ConfigError(
            'OPC UA needs a library that is not installed: pip install "setpoint[opcua]"'
        ) from error
