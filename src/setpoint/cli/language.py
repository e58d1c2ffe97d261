"""The language in which the command line answers: ``--lang``, else ``SETPOINT_LANG``, else the terminal's.

What people type is read by the same rule in every language (XL-2). Help and ``--json`` are in English.
"""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Any

from typer.core import TyperGroup

from setpoint.errors import SetpointError
from setpoint.message import Arg, Message
from setpoint.texts import ENGLISH, has_text, language_of_environment, text


class Language(StrEnum):
    """What ``--lang`` takes."""

    ENGLISH = "en"
    GERMAN = "de"


class LanguageAnywhere(TyperGroup):
    """Takes ``--lang`` before or after the name of a command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        at = next((at for at, arg in enumerate(args[:end]) if arg.partition("=")[0] == "--lang"), None)
        if at:
            count = 1 if "=" in args[at] else 2
            args = [*args[at : at + count], *args[:at], *args[at + count :]]
        return super().parse_args(ctx, args)


_chosen: list[str] = []
"""What ``--lang`` said last."""


def choose(language: str | None) -> None:
    """Answers in this language from now on; in the terminal's own if it is None."""
    _chosen[:] = [language] if language else []


def language() -> str:
    return _chosen[-1] if _chosen else language_of_environment(os.environ)


def t(code: str, **args: Arg) -> str:
    """The text of the catalogue, in the language of this command."""
    return text(code, args, language())


def say(message: Message) -> str:
    """What the core says, as a sentence."""
    return text(message.code, message.args, language())


def refused(error: SetpointError) -> str:
    """Why something was refused. English has the sentence as it came; another language the text of its code."""
    if language() == ENGLISH:
        return error.message
    for family in ("problem-", "file-problem-"):
        if has_text(f"{family}{error.code}"):
            return text(f"{family}{error.code}", language=language())
    return error.message
