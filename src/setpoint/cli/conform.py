"""``setpoint conform URL``: which rules of the contract a server holds, as far as can be seen from outside."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from setpoint.cli.console import DEFAULT_URL, As, Json, Token, out, print_json, run, table_of
from setpoint.cli.language import spoken, t

_STYLE = {"holds": "green", "does not hold": "bold red", "could not be seen": "yellow"}


def conform(
    url: Annotated[str, typer.Argument()] = DEFAULT_URL,
    *,
    token: Token = None,
    as_: As = None,
    json_: Json = False,
) -> None:
    if run(_conform(url, token, as_, is_json=json_)):
        raise typer.Exit(1)


async def _conform(url: str, token: str | None, user: str | None, *, is_json: bool) -> bool:
    from setpoint.client.conform import Verdict, conform

    findings = await conform(url, token=token, user=user)
    if is_json:
        print_json(
            [
                {"rule": each.rule, "what": each.what, "verdict": each.verdict, "why": each.why}
                for each in findings
            ]
        )
    else:
        table = table_of("rule", "what", "verdict", "why-so")
        for each in findings:
            style = _STYLE[each.verdict.value]
            table.add_row(
                each.rule,
                each.what,
                Text(t(f"conform-{each.verdict.name.lower()}"), style),
                spoken(each.why),
            )
        out().print(table)
    return any(each.verdict is Verdict.BROKEN for each in findings)
