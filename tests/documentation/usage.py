"""Checks that ``setpoint`` has the commands and options that a document names."""

from __future__ import annotations

import re
import shlex
from typing import Any

from typer.main import get_command

from setpoint.cli import app

_OF_AN_OPTION = ("X", "de")
"""Words that may follow an option of a group instead of a command."""


def unknown_words(command: str) -> list[str]:
    """Returns the commands and options that ``setpoint`` does not have."""
    here: Any = get_command(app)
    context = here.context_class(here, info_name="setpoint")
    arguments = shlex.split(command.replace("…", "X").partition(" > ")[0])[1:]
    for argument in arguments:
        if hasattr(here, "get_command") and not argument.startswith("-"):
            inner = here.get_command(context, argument)
            if inner is None and argument in _OF_AN_OPTION:
                break
            if inner is None:
                return [argument]
            here = inner
    own = {option for each in here.params for option in (*each.opts, *each.secondary_opts)}
    options = [argument.partition("=")[0] for argument in arguments if re.match(r"--?[a-z]", argument)]
    return [argument for argument in options if argument not in own | {"--help", "--lang"}]
