"""The language in which the command line answers: ``--lang``, else ``SETPOINT_LANG``, else the terminal's.

What people type is read by the same rule in every language (XL-2). ``--json`` is the same in every language.
"""

from __future__ import annotations

import os
import re
from enum import StrEnum

from setpoint.errors import SetpointError
from setpoint.message import Arg, Message, Sentence
from setpoint.texts import ENGLISH, has_text, in_language, language_of_environment, problem_text, text


class Language(StrEnum):
    """The values of ``--lang``."""

    ENGLISH = "en"
    GERMAN = "de"


_STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, which begin a terminal's commands, and characters that change the writing direction."""

_chosen: list[str] = []
"""The last value of ``--lang``."""


def choose(language: str | None) -> None:
    """Sets the language of all answers from now on. None means the terminal's language."""
    _chosen[:] = [language] if language else []


def language() -> str:
    return _chosen[-1] if _chosen else language_of_environment(os.environ)


def printable(words: str) -> str:
    """The text in a form that is safe to print: text from a machine or another person cannot control the terminal."""
    return _STEERS.sub("\N{REPLACEMENT CHARACTER}", words)


def printable_json(text: str) -> str:
    """JSON with the same meaning that is safe to print."""
    return _STEERS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def t(code: str, **args: Arg) -> str:
    """The text of the catalogue, in the language of this command."""
    return printable(text(code, args, language()))


def say(message: Message) -> str:
    """A message of the core, as a sentence."""
    return printable(text(message.code, message.args, language()))


def spoken(words: str) -> str:
    """The sentence in the language of this command. A text that is not in the catalogue stays as it is."""
    return printable(in_language(words, language()))


def refused(error: SetpointError) -> str:
    """Why something was refused: the server's own sentence in English, the text of its code in other languages."""
    return printable(_refused(error))


def _refused(error: SetpointError) -> str:
    if language() == ENGLISH:
        return error.message
    if isinstance(error.args[0], Sentence):
        return spoken(error.args[0])
    whole = f"file-problem-{error.code}-of"
    if error.arguments and has_text(whole):
        return text(whole, error.arguments, language())
    translated = problem_text(error.code, error.arguments, language())
    if translated is None and has_text(f"file-problem-{error.code}"):
        translated = text(f"file-problem-{error.code}", language=language())
    return translated or error.message
