"""The command line, ``setpoint`` (contract section 7): one module for each command, listed in
`setpoint.cli.commands`.

Exit codes: 0 done, 1 some rows failed or were refused, 2 wrong usage or a file that is not a workbook, 3 no connection.
Commands raise exceptions; `main` prints them as one sentence on standard error and exits with the right code.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from setpoint.cli.commands import CommandTable
from setpoint.cli.language import Language, choose, language, refused, t
from setpoint.errors import LinkError, RequestError, SetpointError, SourceError, StorageError

app = typer.Typer(
    name="setpoint",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    cls=CommandTable,
)


def _chosen(lang: Language | None) -> None:
    choose(lang.value if lang else None)


def _version(is_asked: bool) -> None:
    if is_asked:
        import setpoint

        print(setpoint.__version__)
        raise typer.Exit


@app.callback()
def _before_commands(
    lang: Annotated[
        Language | None,
        typer.Option(
            "--lang",
            envvar="SETPOINT_LANG",
            show_default=False,
            is_eager=True,
            callback=_chosen,
        ),
    ] = None,
    version: Annotated[bool, typer.Option("--version", is_eager=True, callback=_version)] = False,
) -> None:
    """``--lang`` is read before everything else, so that ``--help`` knows it."""


EXIT_USAGE = 2
EXIT_NO_CONNECTION = 3


def main() -> None:
    """Entry point of the ``setpoint`` script."""
    try:
        app()
    except (LinkError, SourceError, StorageError) as error:
        _say(error, EXIT_NO_CONNECTION)
    except RequestError as error:
        from setpoint.contract.http.problems import ProblemCode

        _say(error, EXIT_USAGE, hint="cli-sign-in" if error.code == ProblemCode.NOT_SIGNED_IN else "")
    except SetpointError as error:
        _say(error, EXIT_USAGE)


def _say(error: SetpointError, code: int, *, hint: str = "") -> None:
    words = refused(error)
    if isinstance(error, LinkError) and language() != Language.ENGLISH:
        words = t("cli-no-server", why=error.message)
    print(f"setpoint: {words}" + (f"\n{t(hint)}" if hint else ""), file=sys.stderr)
    sys.exit(code)
