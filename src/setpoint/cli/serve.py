"""``setpoint demo`` and ``setpoint serve``: one process with everything in it, a standby of it, or a gateway."""

from __future__ import annotations

import gc
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from enum import StrEnum
from functools import partial
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from setpoint.cli.language import t
from setpoint.config import (
    DEFAULT_PORT,
    LOOPBACK,
    MAX_DATABASE_TIMEOUT_S,
    ClusterSettings,
    Settings,
    load_settings,
)
from setpoint.core.plant import SourceConfig, demo_plant
from setpoint.core.plant.demo import DEFAULT_MACHINES, SCRAP, SHIFTS
from setpoint.core.plant.history import duration_ms
from setpoint.errors import ConfigError
from setpoint.ownership import write_whole
from setpoint.runtime.plant_text import read_plant

if TYPE_CHECKING:
    from setpoint.server.identity.oidc import OidcSettings

MAX_DEMO_MACHINES = 20_000
MIN_PAST_S, MAX_PAST_S = 3_600.0, 400 * 86_400.0

DataDir = Annotated[Path | None, typer.Option("--data-dir", show_default=False)]
Port = Annotated[int | None, typer.Option("--port", min=0, max=65_535, show_default=str(DEFAULT_PORT))]
Database = Annotated[str | None, typer.Option("--database", show_default=False)]
DatabaseTimeout = Annotated[
    float | None,
    typer.Option(
        "--database-timeout",
        min=0.1,
        max=MAX_DATABASE_TIMEOUT_S,
        show_default=False,
    ),
]
HistoryPlace = Annotated[
    str | None,
    typer.Option(
        "--history",
        show_default=False,
    ),
]


class Role(StrEnum):
    PLANT = "plant"
    STANDBY = "standby"
    GATEWAY = "gateway"


def demo(
    *,
    port: Port = None,
    no_browser: Annotated[bool, typer.Option("--no-browser")] = False,
    machines: Annotated[int, typer.Option("--machines", min=1, max=MAX_DEMO_MACHINES)] = DEFAULT_MACHINES,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 1,
    calm: Annotated[bool, typer.Option("--calm")] = False,
    opcua: Annotated[bool, typer.Option("--opcua")] = False,
    sparkplug: Annotated[bool, typer.Option("--sparkplug")] = False,
    modbus: Annotated[bool, typer.Option("--modbus")] = False,
    mixed: Annotated[bool, typer.Option("--mixed")] = False,
    host: Annotated[str, typer.Option("--host")] = "127.0.0.1",
    data_dir: DataDir = None,
    database: Database = None,
    database_timeout: DatabaseTimeout = None,
    history: Annotated[
        str | None,
        typer.Option(
            "--history",
            show_default=False,
        ),
    ] = None,
) -> None:
    with _without_collection():
        from setpoint.runtime.serving import run_demo

    if host not in LOOPBACK:
        raise ConfigError(t("serve-demo-host", hosts=", ".join(LOOPBACK), host=host))
    protocols = _protocols(opcua=opcua, sparkplug=sparkplug, modbus=modbus, mixed=mixed)
    past_s = None if history is None else _past_s(history)
    plant = replace(demo_plant(machines=machines), shifts=SHIFTS)
    if past_s is not None:
        plant = replace(plant, fields=(*plant.fields, SCRAP), shifts=replace(SHIFTS, scrap="scrap"))
    source = SourceConfig("simulator", "simulator", {"seed": seed, "stops": not calm})
    with ExitStack() as stack:
        if history is not None:
            if data_dir is None and database is None and "SETPOINT_DATA_DIR" not in os.environ:
                data_dir = Path(stack.enter_context(TemporaryDirectory(prefix="setpoint-demo-")))
            print(t("serve-demo-past", span=history), flush=True)
        settings = load_settings(
            data_dir=data_dir,
            database_url=database,
            host=host,
            port=port,
            database_timeout_s=database_timeout,
            subfolder="demo" if machines == DEFAULT_MACHINES else f"demo-{machines}",
        )
        run_demo(
            settings,
            replace(plant, sources=(source,)),
            protocols=protocols,
            past_s=past_s,
            on_ready=_shown_demo(is_browser_wanted=not no_browser),
        )


def _protocols(*, mixed: bool, **wanted: bool) -> tuple[str, ...]:
    """The protocol behind which the demo puts its machines. Raises `ConfigError`."""
    named = tuple(name for name, is_wanted in wanted.items() if is_wanted)
    if mixed and not named:
        return tuple(wanted)
    if mixed or len(named) > 1:
        raise ConfigError(t("serve-one-protocol"))
    return named


def _past_s(text: str) -> float:
    """Seconds of ``8h``, ``7d``. Raises `ConfigError`."""
    found_ms = duration_ms(text)
    if found_ms is None or not MIN_PAST_S <= found_ms / 1000 <= MAX_PAST_S:
        raise ConfigError(t("serve-past", text=text))
    return found_ms / 1000


def serve(
    *,
    plant: Annotated[
        Path | None,
        typer.Option("--plant", show_default=False),
    ] = None,
    host: Annotated[str | None, typer.Option("--host", show_default="127.0.0.1")] = None,
    port: Port = None,
    data_dir: DataDir = None,
    database: Database = None,
    database_timeout: DatabaseTimeout = None,
    history: HistoryPlace = None,
    role: Annotated[
        Role,
        typer.Option(
            "--role",
        ),
    ] = Role.PLANT,
    nats: Annotated[str | None, typer.Option("--nats", show_default=False)] = None,
    nats_credentials: Annotated[Path | None, typer.Option("--nats-credentials", show_default=False)] = None,
    nats_ca: Annotated[Path | None, typer.Option("--nats-ca", show_default=False)] = None,
    cluster: Annotated[str, typer.Option("--cluster")] = "plant",
    public_url: Annotated[
        str | None,
        typer.Option("--public-url", show_default=False),
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option("--allowed-host", show_default=False),
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option("--trusted-proxy", show_default=False),
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option("--tls-cert", show_default=False)] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", show_default=False)] = None,
    oidc_issuer: Annotated[
        str | None,
        typer.Option("--oidc-issuer", show_default=False),
    ] = None,
    oidc_client_id: Annotated[
        str | None,
        typer.Option(
            "--oidc-client-id",
            show_default=False,
        ),
    ] = None,
    secrets_file: Annotated[
        Path | None,
        typer.Option(
            "--secrets",
            show_default=False,
        ),
    ] = None,
) -> None:
    with _without_collection():
        from setpoint.runtime.serving import run_gateway, run_serve
        from setpoint.server.edge.edge import EdgeSettings

    settings = load_settings(
        data_dir=data_dir,
        database_url=database,
        host=host,
        port=port,
        database_timeout_s=database_timeout,
        history=history,
    )
    settings = replace(settings, cluster=_cluster(settings, nats, cluster, nats_credentials, nats_ca))
    edge = EdgeSettings(
        host=settings.host,
        public_url=public_url,
        allowed_hosts=tuple(allowed_host or ()),
        trusted_proxies=tuple(trusted_proxy or ()),
        tls_cert=tls_cert,
        tls_key=tls_key,
    )
    provider = _oidc(oidc_issuer, oidc_client_id, public_url)
    if role is Role.GATEWAY:
        run_gateway(settings, edge, on_ready=_say_where, oidc=provider)
        return
    is_standby = role is Role.STANDBY
    if is_standby and not settings.database_url.startswith("postgres"):
        raise ConfigError(t("serve-standby-database"))
    plant_file = plant or own_plant_file(settings)
    run_serve(
        settings,
        partial(read_plant, plant_file),
        edge,
        on_ready=_say_where,
        plant_directory=plant_file.parent,
        oidc=provider,
        secrets_file=secrets_file,
        is_standby=is_standby,
    )


@contextmanager
def _without_collection() -> Iterator[None]:
    """Pauses the garbage collector while modules are imported. What they create stays, and searching it takes a
    seventh of the time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _say_where(url: str) -> None:
    print(t("serve-listens", url=url), flush=True)


def _cluster(
    settings: Settings, nats: str | None, name: str, credentials: Path | None, ca_file: Path | None
) -> ClusterSettings | None:
    """Raises `ConfigError`."""
    if nats is None:
        return None
    if not settings.database_url.startswith("postgres"):
        raise ConfigError(t("serve-nats-database"))
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", name):
        raise ConfigError(t("serve-cluster-name", name=name))
    return ClusterSettings(nats, name, credentials, ca_file)


def _oidc(issuer: str | None, client_id: str | None, public_url: str | None) -> OidcSettings | None:
    from setpoint.server.identity.oidc import OidcSettings

    if issuer is None and client_id is None:
        return None
    client_secret = os.environ.get("SETPOINT_OIDC_CLIENT_SECRET")
    if not (issuer and client_id and client_secret and public_url):
        raise ConfigError(t("serve-oidc"))
    return OidcSettings(issuer, client_id, client_secret, public_url)


def own_plant_file(settings: Settings) -> Path:
    """The data directory's plant file. If there is none, writes a commented example and its schema for editors."""
    from setpoint.cli.plant_schema import plant_schema

    if not settings.plant_file.exists():
        example = files("setpoint.cli").joinpath("example_plant.toml").read_text("utf-8")
        schema = json.dumps(plant_schema(), indent=2, ensure_ascii=False)
        write_whole(settings.plant_file.with_name("plant.schema.json"), f"{schema}\n".encode())
        # Anybody who can change it could redirect targets to other machines.
        write_whole(settings.plant_file, example.encode())
        print(t("serve-example", file=str(settings.plant_file)))
    return settings.plant_file


def _shown_demo(*, is_browser_wanted: bool) -> Callable[[str], None]:
    def shown(url: str) -> None:
        print(t("serve-demo", url=url), flush=True)
        if is_browser_wanted:
            typer.launch(url)

    return shown
