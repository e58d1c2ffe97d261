"""Reads the catalogue, and makes the sentence of a code and its arguments.

Nothing is read before the first text is needed, and then only the needed texts are parsed. The Fluent runtime takes
a tenth of a second to load: it is loaded for the first text that needs it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from textwrap import dedent
from typing import Any

from setpoint.message import Arg, Message, Sentence
from setpoint.texts.languages import ENGLISH, LANGUAGES

FOLDER = Path(__file__).parent
_START = re.compile(r"^([a-zA-Z][\w-]*) =", re.MULTILINE)
_VARIABLE = re.compile(r"\$([a-zA-Z][\w-]*)")
_COMMENT = re.compile(r"^#.*$", re.MULTILINE)
_PLAIN_TEXT = re.compile(r"[\w-]+ =(?P<first>[^\n]*)(?P<more>.*)", re.DOTALL)
_PLACE = re.compile(r"\{ \$([\w-]+) \}")


def text(code: str, args: Mapping[str, Arg] | None = None, language: str = ENGLISH) -> str:
    """The text of ``code`` in ``language``. Raises `LookupError` if the catalogue has no such text.

    Whole numbers are written as the language writes them. A message among the arguments becomes its own text, and a
    list becomes ``a, b and c``.
    """
    plain = {name: _plain(value, language) for name, value in (args or {}).items()}
    return catalogue(language).format(code, plain)


def in_language(words: str, language: str) -> str:
    """The sentence in ``language``. A text that is not in the catalogue is returned unchanged."""
    if language == ENGLISH or not isinstance(words, Sentence):
        return str(words)  # not a subclass of `str`, which msgspec does not encode
    return text(words.code, words.args, language)


def localized(message: Message | None, english: str, language: str) -> str:
    """The message in ``language``; ``english`` if there is none, or if the catalogue lacks a part of it (SAY-2)."""
    if language == ENGLISH or message is None or not _is_known(message):
        return english
    return text(message.code, message.args, language)


def _is_known(message: Message) -> bool:
    """Whether the catalogue has the texts of the message and of the messages in it, and they need no other
    arguments."""
    source = sources(ENGLISH).get(message.code)
    if source is None or not set(_VARIABLE.findall(source)) <= set(message.args):
        return False
    return all(
        _is_known(part)
        for arg in message.args.values()
        for part in (arg if isinstance(arg, list) else [arg])
        if isinstance(part, Message)
    )


def has_text(code: str) -> bool:
    """Whether the catalogue has a text with this code."""
    return code in sources(ENGLISH)


def problem_text(code: str, args: Mapping[str, Arg], language: str) -> str | None:
    """A refusal's sentence, with its arguments if there are any; None if the code has no text."""
    whole = f"problem-{code}-of"
    if has_text(whole) and set(_VARIABLE.findall(sources(ENGLISH)[whole])) <= set(args):
        return text(whole, args, language)
    return text(f"problem-{code}", language=language) if has_text(f"problem-{code}") else None


@cache
def sources(language: str) -> Mapping[str, str]:
    """The source of every text, by its code, from all files of a language."""
    found: dict[str, str] = {}
    for file in sorted((FOLDER / language).rglob("*.ftl")):
        source = _COMMENT.sub("", file.read_text("utf-8"))
        starts = [*_START.finditer(source)]
        ends = [each.start() for each in starts[1:]] + [len(source)]
        for start, end in zip(starts, ends, strict=True):
            found[start[1]] = source[start.start() : end]
    return found


def plain_text(source: str, args: Mapping[str, str | int]) -> str | None:
    """The text without the Fluent runtime, if its arguments go into it unchanged. None for any other text."""
    found = _PLAIN_TEXT.fullmatch(source)
    if found is None or "{" in _PLACE.sub("", source):
        return None
    if not all(isinstance(args.get(name), str) for name in _PLACE.findall(source)):
        return None
    words = (found["first"].strip() + dedent(found["more"])).strip()
    return _PLACE.sub(lambda place: str(args[place[1]]), words)


class Catalogue:
    def __init__(self, language: str) -> None:
        self._language = language
        self._sources = sources(language)

    def format(self, code: str, args: dict[str, str | int]) -> str:
        if code not in self._sources:
            raise LookupError(f"the catalogue has no text {code!r}")
        plain = plain_text(self._sources[code], args)
        return self.by_fluent(code, args) if plain is None else plain

    def by_fluent(self, code: str, args: dict[str, str | int]) -> str:
        if not self._bundle.has_message(code):
            from fluent.runtime import FluentResource  # noqa: PLC0415  # most texts need none

            self._bundle.add_resource(FluentResource(self._sources[code]))
        pattern = self._bundle.get_message(code).value
        assert pattern is not None
        return str(self._bundle.format_pattern(pattern, args)[0])

    @cached_property
    def _bundle(self) -> Any:
        from fluent.runtime import FluentBundle  # noqa: PLC0415  # most texts need none

        return FluentBundle([LANGUAGES[self._language]], use_isolating=False)


@cache
def catalogue(language: str) -> Catalogue:
    return Catalogue(language)


def _plain(arg: Arg, language: str) -> str | int:
    if isinstance(arg, Message):
        return text(arg.code, arg.args, language)
    return _listed(arg, language) if isinstance(arg, list) else arg


def _listed(items: Sequence[str | Message], language: str) -> str:
    words = [str(_plain(item, language)) for item in items]
    if len(words) < 2:
        return "".join(words)
    return text("list-and", {"before": ", ".join(words[:-1]), "last": words[-1]}, language)
