"""The parts of a password that are guessed first: common words, also backwards, rows and columns of keys, counting,
years, repetition, and any one word with a year or the first numbers behind it.

Only the rest makes a password strong. The list holds the roots of the most frequent passwords in published leaks;
endings such as digits and years are found as patterns.
"""

from __future__ import annotations

import re
import unicodedata

MIN_LEFT = 5
"""Distinct characters that have to be left."""
_WORDS = """
    password passwort passwd passw0rd p@ssword p@ssw0rd pa55word kennwort parola contrasena motdepasse setpoint
    welcome willkommen letmein changeme changeit default secret geheim admin administrator root superuser
    operator engineer viewer manager guest test tester testing demo user username login anmelden master system
    server service support factory fabrik machine maschine plant werk anlage produktion production schicht shift
    board control siemens rockwell beckhoff codesys schneider simatic wincc scada internet network computer
    windows microsoft google facebook linux ubuntu oracle cisco hello hallo summer sommer winter spring autumn
    herbst fruehling january january februar february march april august september october oktober november
    december dezember monday montag sunday sonntag freedom freiheit sunshine princess prinzessin dragon monkey
    football fussball soccer baseball basketball hockey liverpool arsenal chelsea batman superman spiderman
    pokemon starwars matrix whatever iloveyou ichliebedich jesus christ michael jordan jennifer jessica ashley
    daniel charlie thomas andrew robert shadow killer hunter ranger cheese pepper ginger cookie coffee banana
    chocolate flower blumen butterfly trustno1 access pass word love liebe qazwsx abc123
"""
_BACKWARDS_FROM = 6
"""Letters: a shorter word that is read backwards is often part of another."""
_ROOTS = sorted(
    {*_WORDS.split(), *(word[::-1] for word in _WORDS.split() if len(word) >= _BACKWARDS_FROM)},
    key=lambda word: (-len(word), word),
)
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "1q2w3e4r5t6y7u8i9o0p",
    "1q2w3e4r5t6z7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1qaz2wsx3edc4rfv5tgb",
    "1qay2wsx3edc4rfv5tgb",
    "zaq12wsxcde34rfv",
    "1qazxsw23edcvfr45tgb",
    "1qayxsw23edcvfr45tgb",
    "qazwsxedcrfvtgbyhnujm",
    "qaywsxedcrfvtgbzhnujm",
    "147258369",
    "741852963",
    "159753159",
    "123654789",
    "789456123",
    "qwertyuiop",
    "qwertzuiopü",
    "azertyuiop",
    "asdfghjklöä",
    "qsdfghjklm",
    "zxcvbnm",
    "yxcvbnm",
    "wxcvbn",
    "!@#$%^&*()",
    '!"§$%&/()=',
)
_WINDOW = 4
_RUNS = frozenset(
    row[start : start + _WINDOW]
    for each in _ROWS
    for row in (each, each[::-1])
    for start in range(len(row) - _WINDOW + 1)
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_REPEATED = re.compile(r"(.{1,8}?)\1{2,}")
_ONLY_REPEATED = re.compile(r"(.{1,10})\1+")
_WORD_AND_NUMBER = re.compile(r"[^\W\d_]{4,14}[\W_]*(?:(?:19|20)\d\d|0?1|12|123|1234)[\W_]*")


def what_is_left(password: str, name: str) -> str:
    """The password without the parts that are guessed first. Separators do not count."""
    rest = _without_separators(password)
    if len(name) > 2:
        rest = rest.replace(name.casefold(), "")
    for root in _ROOTS:
        rest = rest.replace(root, "\0")
    rest = _without_runs(rest).replace("\0", "")
    return _REPEATED.sub(r"\1", _YEAR.sub("", rest))


def _without_runs(text: str) -> str:
    """The text without any run of four or more neighbours on a keyboard, in the alphabet or in counting."""
    guessed = [False] * len(text)
    for start in range(len(text) - _WINDOW + 1):
        if text[start : start + _WINDOW] in _RUNS:
            guessed[start : start + _WINDOW] = [True] * _WINDOW
    return "".join(letter for letter, is_guessed in zip(text, guessed, strict=True) if not is_guessed)


def _folded(password: str) -> str:
    """Returns the text in lower case, with full-width letters as normal ones."""
    return unicodedata.normalize("NFKC", password).casefold()


def _without_separators(password: str) -> str:
    return re.sub(r"[\s._\-+*/\\|,;:!?]", "", _folded(password))


def is_guessable(password: str, name: str) -> bool:
    if _WORD_AND_NUMBER.fullmatch(_folded(password)) or _ONLY_REPEATED.fullmatch(
        _without_separators(password)
    ):
        return True
    return len(set(what_is_left(password, name))) < MIN_LEFT
