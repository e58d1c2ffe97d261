"""A message to a person without its language: a code and its arguments. Twin of ``contract/message.ts``.

Programs read the code and the arguments. `setpoint.texts` and the board make the sentence, in the person's language.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """``code`` names the text. An argument is a word, a count, another message, or a list of words and messages."""

    code: str
    args: dict[str, str | int | Message | list[str | Message]] = {}


Arg: TypeAlias = str | int | Message | list[str | Message]
Args: TypeAlias = dict[str, Arg]


class Sentence(str):
    """An English sentence that knows its code and arguments, so that it can be said in another language.

    It is used like any text. If the code is lost, for example in a longer text, people read the English sentence.
    msgspec encodes only ``str`` itself: give it ``str(sentence)``.
    """

    code: str = ""
    args: Args = {}  # noqa: RUF012  # for a sentence without a code


def sentence(code: str, template: str, /, **args: object) -> Sentence:
    """The English text of a code of the catalogue: ``sentence("words-no-file", "there is no file {file}", file=path)``.

    A sentence among the arguments is shown in the language of the whole.
    """
    arguments: Args = {
        name: Message(each.code, each.args) if isinstance(each, Sentence) else str(each)
        for name, each in args.items()
    }
    return sentence_of(Message(code, arguments), template.format(**args))


def message_of(words: str | None) -> Message | None:
    """The code and arguments of a sentence; None if the text has none."""
    return Message(words.code, words.args) if isinstance(words, Sentence) and words.code else None


def sentence_of(message: Message, english: str) -> Sentence:
    """A message as a sentence, given its English text."""
    made = Sentence(english)
    made.code, made.args = message.code, message.args
    return made
