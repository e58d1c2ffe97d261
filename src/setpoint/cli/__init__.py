"""The command line, ``setpoint`` (contract section 7): one module for each command, registered here.

Exit codes: 0 done, 1 some rows failed or were refused, 2 wrong usage or a file that is not a workbook, 3 no connection.
Commands raise exceptions; `main` prints them as one sentence on standard error and exits with the right code.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from setpoint.cli.audit import audit
from setpoint.cli.backup import backup, restore
from setpoint.cli.check import check
from setpoint.cli.conform import conform
from setpoint.cli.events import alarms, events
from setpoint.cli.language import Language, LanguageAnywhere, choose, language, refused, t
from setpoint.cli.opcua import opcua
from setpoint.cli.plant import plant
from setpoint.cli.retention import retention
from setpoint.cli.serve import demo, serve
from setpoint.cli.shifts import shifts
from setpoint.cli.template import template
from setpoint.cli.token import token
from setpoint.cli.undo_retry import retry, undo
from setpoint.cli.upload import upload
from setpoint.cli.user import user
from setpoint.cli.watch import watch
from setpoint.contract.http.problems import ProblemCode
from setpoint.errors import LinkError, RequestError, SetpointError, SourceError, StorageError
from setpoint.texts import ENGLISH

app = typer.Typer(
    name="setpoint",
    help="A live data layer and board for factories.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    cls=LanguageAnywhere,
)


@app.callback()
def _in_language(
    lang: Annotated[
        Language | None,
        typer.Option(
            "--lang",
            envvar="SETPOINT_LANG",
            help="The language of answers; by default that of LC_ALL, LC_MESSAGES or LANG. Help is in English.",
            show_default=False,
        ),
    ] = None,
) -> None:
    choose(lang.value if lang else None)


app.command()(demo)
app.command()(serve)
app.command()(upload)
app.command()(undo)
app.command()(retry)
app.command()(watch)
app.command()(shifts)
app.command()(template)
app.command()(check)
app.command()(conform)
app.command()(events)
app.command()(alarms)
app.command()(backup)
app.command()(restore)
app.command()(retention)
app.add_typer(opcua, name="opcua")
app.add_typer(audit, name="audit")
app.add_typer(plant, name="plant")
app.add_typer(user, name="user")
app.add_typer(token, name="token")

EXIT_USAGE = 2
EXIT_NO_CONNECTION = 3


def main() -> None:
    """Entry point of the ``setpoint`` script."""
    try:
        app()
    except (LinkError, SourceError, StorageError) as error:
        _say(error, EXIT_NO_CONNECTION)
    except RequestError as error:
        _say(error, EXIT_USAGE, hint="cli-sign-in" if error.code == ProblemCode.NOT_SIGNED_IN else "")
    except SetpointError as error:
        _say(error, EXIT_USAGE)


def _say(error: SetpointError, code: int, *, hint: str = "") -> None:
    words = refused(error)
    if isinstance(error, LinkError) and language() != ENGLISH:
        words = t("cli-no-server", why=error.message)
    print(f"setpoint: {words}" + (f"\n{t(hint)}" if hint else ""), file=sys.stderr)
    sys.exit(code)
