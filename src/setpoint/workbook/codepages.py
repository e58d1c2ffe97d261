"""Old code pages of csv files: which texts in them can be read for certain, and which cannot (XL-6).

Two pages can read the same bytes as different letters, so a page is never guessed. It is the page that a person gives,
or the only one in which non-ASCII bytes give names of the plant. A field that all remaining pages read alike is a text.
Without such a name only words of Latin letters that the western, central European, Turkish and Baltic pages share are
known (``Größe``). Any other field with such bytes is a cell of its own kind, which no field takes. Twin of
``frontend/src/workers/codePages.ts``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from setpoint.core.ingest import Cell, Kind, Special
from setpoint.core.ingest.header import plain
from setpoint.errors import WorkbookError

PAGES = {
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "windows-1252": "cp1252",
    "windows-1253": "cp1253",
    "windows-1254": "cp1254",
    "windows-1257": "cp1257",
    "koi8-r": "koi8_r",
    "ibm866": "cp866",
    "macintosh": "mac_roman",
    "gb18030": "gb18030",
    "big5": "cp950",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
}
"""The pages that both languages know, by their names on the web, and Python's codecs for them."""
_OTHER_NAMES = {
    "utf8": "utf-8",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "cp936": "gb18030",
    "sjis": "shift_jis",
    "shift-jis": "shift_jis",
    "cp932": "shift_jis",
    "latin1": "windows-1252",
    "iso-8859-1": "windows-1252",
    "cp949": "euc-kr",
    "cp950": "big5",
    "cp866": "ibm866",
}
_LATIN = ("windows-1252", "windows-1250", "windows-1254", "windows-1257")
_NOT_ALIKE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufe10-\ufe19\u1e3f\u9fb4-\u9fbb\ufffd]")
"""Characters that no page has for certain: controls, private ones, and some that GB 18030 added late."""
_ALIKE = {
    "gb18030": re.compile(
        "[^\x80-\xff]+|(?!\xa3\xa0)[\x81-\xfe][\x40-\x7e\x80-\xfe]|[\x81-\xfe][0-9][\x81-\xfe][0-9]"
    ),
    "big5": re.compile(
        "[^\x80-\xff]+|(?!\xa3[\xc0-\xe0])[\xa1-\xc5\xc9-\xf8][\x40-\x7e\xa1-\xfe]|\xc6[\x40-\x7e]|\xf9[\x40-\x7e\xa1-\xfd]"
    ),
}
"""The bytes of these pages, as Latin-1 has them, that all programs read as the same letters. The other bytes have
letters that a country, a company or a later version added, which are not always the same."""
_HIGH = re.compile("[\x80-\xff]")
_BETWEEN_DIGITS = re.compile("(?<=[0-9])[\x92\xa0](?=[0-9])")
_WORD = re.compile("[A-Za-z\x80-\xff]+")
_MANY_HIGH = re.compile("[\x80-\xff]{3}")
_PIECES = re.compile(r"[;,\t|\"\r\n]+")
_LOOKED_AT = 65_536


class Letters:
    """Makes cells of fields whose bytes are read as Latin-1. ``pages`` are the possible pages."""

    def __init__(self, pages: Sequence[str]) -> None:
        self.pages = tuple(pages)

    def cell(self, field: str) -> Cell:
        """The text of a field that is not all ASCII, if it is known."""
        texts = {_decoded(field, page) for page in self.pages} if self.pages else {_latin(field)}
        text = texts.pop()
        return Special(Kind.LETTERS, _HIGH.sub("?", field)) if texts or text is None else text


def declared(data: bytes, name: str) -> str:
    """The text in the encoding that a person named. Raises `WorkbookError` for a name or bytes that do not fit."""
    page = _OTHER_NAMES.get(name.lower(), re.sub("^cp(?=125)", "windows-", name.lower()))
    codec = PAGES.get(page, {"utf-8": "utf-8", "utf-16": "utf-16-le"}.get(page))
    if codec is None:
        raise WorkbookError(
            f"“{name[:40]}” is no encoding that is known here; take one of utf-8, utf-16, {', '.join(PAGES)}.",
            code="unknown_encoding",
        )
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        text = "\x80"
    if _NOT_ALIKE.search(text.removesuffix("\x1a")) or not _is_alike(data.decode("latin-1"), page):
        raise WorkbookError(
            f"The file is not in {page}: it has bytes that mean nothing there. Save it as CSV UTF-8.",
            code="other_encoding",
        )
    return text


def pages_of(text: str, names: Collection[str]) -> list[str]:
    """The pages that make the most names of the plant out of a text in Latin-1; none if no page makes any.

    If the bytes are UTF-8 and make as many, UTF-8 is among them, and comes first.
    """
    pieces = {each for each in _PIECES.split(text[:_LOOKED_AT]) if not each.isascii()}
    found = {page: _named(pieces, page, names) for page in ("utf-8", *PAGES)} if names else {}
    most = max(found.values(), default=0)
    return [page for page, count in found.items() if count == most] if most else []


def _named(pieces: Collection[str], page: str, names: Collection[str]) -> int:
    texts = (_decoded(each, page) for each in pieces)
    return len({plain(each)[0] for each in texts if each is not None}.intersection(names))


def _decoded(field: str, page: str) -> str | None:
    try:
        text = field.encode("latin-1").decode(PAGES.get(page, page))
    except UnicodeDecodeError:
        return None
    return None if _NOT_ALIKE.search(text) or not _is_alike(field, page) else text


def _is_alike(text: str, page: str) -> bool:
    alike = _ALIKE.get(page)
    return alike is None or not alike.sub("", text)


def _latin(field: str) -> str | None:
    """The text of a field, if it consists of words of letters that the Latin pages share, each of them mostly ASCII;
    otherwise None."""
    rest = _BETWEEN_DIGITS.sub("", field)
    for word in _WORD.findall(rest):
        high = len(_HIGH.findall(word))
        if high and (_MANY_HIGH.search(word) or len(word) - high <= high):
            return None
    texts = {_decoded(rest, page) for page in _LATIN}
    text = texts.pop()
    if texts or text is None or not all(each.isascii() or each.isalpha() for each in text):
        return None
    return _decoded(field, _LATIN[0])
