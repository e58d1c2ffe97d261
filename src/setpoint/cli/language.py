"""The language in which the command line answers: ``--lang``, else ``SETPOINT_LANG``, else the terminal's.

What people type is read by the same rule in every language (XL-2). ``--json`` is the same in every language.
"""

from __future__ import annotations

import os
from enum import StrEnum

from setpoint.errors import SetpointError
from setpoint.message import Arg, Message, Sentence
from setpoint.texts import ENGLISH, has_text, in_language, language_of_environment, problem_text, text


class Language(StrEnum):
    """What ``--lang`` takes."""

    ENGLISH = "en"
    GERMAN = "de"


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


def spoken(words: str) -> str:
    """A sentence in the language of this command; another text as it came."""
    return in_language(words, language())


def refused(error: SetpointError) -> str:
    """Why something was refused. English has the sentence as it came; another language the text of its code."""
    if language() == ENGLISH:
        return error.message
    if isinstance(error.args[0], Sentence):
        return spoken(error.args[0])
    told = problem_text(error.code, error.arguments, language())
    if told is None and has_text(f"file-problem-{error.code}"):
        told = text(f"file-problem-{error.code}", language=language())
    return told or error.message
