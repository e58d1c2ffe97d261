"""Which names, passwords and grants are allowed, the same on the page and on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from setpoint.core.accounts.guessable import is_guessable
from setpoint.core.plant import WHOLE_PLANT, Role
from setpoint.errors import ConfigError
from setpoint.message import sentence

MIN_PASSWORD = 12
MAX_PASSWORD = 512
"""Characters. More would make hashing a way to keep the server busy."""
_MIN_DISTINCT = 5
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])?")


def account_name(text: str) -> str | None:
    """The name as it is stored, in small letters; None if it is not a valid name."""
    name = text.strip().casefold()
    return name if _NAME.fullmatch(name) else None


NAME_RULE = "a name has 1 to 64 small letters, digits and . _ - @, and begins and ends with a letter or digit"


def refuse_password(password: str, name: str) -> str | None:
    """A message that says why this cannot be a password; None if it can.

    Only the length counts, not the kinds of characters.
    """
    if len(password) < MIN_PASSWORD:
        return f"expected at least {MIN_PASSWORD} characters, but got {len(password)}; take a short sentence"
    if len(password) > MAX_PASSWORD:
        return f"expected at most {MAX_PASSWORD} characters, but got {len(password)}"
    lowered = password.casefold()
    if len(set(lowered)) < _MIN_DISTINCT:
        return "this password repeats a few characters; take a short sentence"
    if is_guessable(password, name):
        return "this password is among the first that would be guessed; take a short sentence"
    return None


def parse_grants(role: str, lines: Iterable[str] = ()) -> dict[str, Role]:
    """``operator`` on ``01``, ``02=viewer`` → rights. Without lines the role holds for the whole plant.

    Raises `ConfigError` for an unknown role.
    """
    found: dict[str, Role] = {}
    for text in lines:
        line, _, own = text.partition("=")
        found[line.strip()] = _role(own or role)
    return found or {WHOLE_PLANT: _role(role)}


def _role(word: str) -> Role:
    try:
        return Role[word.strip().upper()]
    except KeyError:
        words = ", ".join(each.word for each in Role)
        raise ConfigError(
            sentence(
                "words-role-one-came",
                "expected a role ({words}), but got {word}",
                words=words,
                word=repr(word),
            )
        ) from None


def shown_grants(grants: Mapping[str, Role]) -> str:
    """``operator`` for the whole plant; ``operator on 01, viewer on 02`` for lines."""
    if not grants:
        return "nothing"
    parts = [
        role.word if line == WHOLE_PLANT else f"{role.word} on {line}"
        for line, role in sorted(grants.items())
    ]
    return ", ".join(parts)
