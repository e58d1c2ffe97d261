"""``setpoint template OUT.xlsx``: a workbook to fill in, with the machines' current set-points."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setpoint.cli.console import DEFAULT_URL, As, Token, Url, run
from setpoint.cli.language import language, t
from setpoint.client import Api, identity_headers
from setpoint.contract.topics import DASHBOARD
from setpoint.errors import ConfigError


def template(
    out_file: Annotated[Path, typer.Argument(metavar="OUT.xlsx", show_default=False)],
    *,
    topic: Annotated[str, typer.Option("--topic")] = DASHBOARD,
    force: Annotated[bool, typer.Option("--force")] = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_: As = None,
) -> None:
    if out_file.exists() and not force:
        raise ConfigError(t("cli-file-exists", file=str(out_file)))
    content = run(_download(url, token, as_, topic))
    try:
        out_file.write_bytes(content)
    except OSError as error:
        raise ConfigError(t("cli-file-not-written", file=str(out_file), why=error.strerror or "")) from error
    print(t("cli-template-written", file=str(out_file)))


async def _download(url: str, token: str | None, user: str | None, topic: str) -> bytes:
    headers = {**identity_headers(token, user), "Accept-Language": language()}
    async with Api(url, headers) as api:
        return await api.ask("GET", "/api/template.xlsx", params={"topic": topic})
