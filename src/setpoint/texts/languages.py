"""The language of texts for a person. Input is read by the same rule in every language (XL-2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

ENGLISH = "en"
LANGUAGES: Mapping[str, str] = {"en": "en-GB", "de": "de-DE"}
"""Each language of the catalogue, with the locale of its numbers and plurals."""

_VARIABLES = ("SETPOINT_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
_MAX_HEADER = 1_000


def language_of_environment(environ: Mapping[str, str]) -> str:
    """The language of a terminal, by the first of these variables that is set."""
    return _first([next((value for name in _VARIABLES if (value := environ.get(name))), "")])


def language_of_header(accept_language: str | None) -> str:
    """The best language of an ``Accept-Language`` header (RFC 9110) that the catalogue has; else English."""
    ranked: list[tuple[float, str]] = []
    for part in (accept_language or "")[:_MAX_HEADER].split(","):
        tag, _, weight = part.partition(";")
        ranked.append((_quality(weight), tag))
    ranked.sort(key=lambda each: -each[0])
    return _first(tag for quality, tag in ranked if quality > 0)


def _quality(weight: str) -> float:
    try:
        return float(weight.strip().removeprefix("q=")) if weight.strip() else 1.0
    except ValueError:
        return 0.0


def _first(tags: Iterable[str]) -> str:
    """The first of these tags that names a language of the catalogue: ``de``, ``de-AT``, ``de_DE.UTF-8``."""
    for tag in tags:
        primary = tag.strip().replace("_", "-").partition("-")[0].partition(".")[0].lower()
        if primary in LANGUAGES:
            return primary
    return ENGLISH
