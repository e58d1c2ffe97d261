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
