"""Texts for people, by code and arguments, in every language of the catalogue.

The catalogue is the ``.ftl`` files beside this module. The board reads the same files; ``CONTRIBUTING.md`` says how a
text is added.
"""

from setpoint.texts.catalogue import has_text, in_language, localized, problem_text, text
from setpoint.texts.languages import ENGLISH, LANGUAGES, language_of_environment, language_of_header

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "has_text",
    "in_language",
    "language_of_environment",
    "language_of_header",
    "localized",
    "problem_text",
    "text",
]
