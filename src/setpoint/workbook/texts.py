"""Texts of xlsx: the escapes in them, and the list of those that cells share (``docs/reference/workbooks.md``)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from xml.etree import ElementTree

from setpoint.workbook.limits import damaged
from setpoint.workbook.looks import Look

MAIN_NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
ALTERNATE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_PLAIN = re.compile(
    rb"(?:<si><t(?: xml:space=\"preserve\")?+>(?! )[^<>&\x00-\x1f]*+(?<! )</t></si>)*+</sst>[ \t\r\n]*+"
)
_PLAIN_TEXT = re.compile(r"<t[^>]*+>([^<]*+)</t>")


def decoded(text: str) -> str:
    """A text with its escapes ``_xHHHH_`` decoded: each is one UTF-16 unit, and a lone half of a pair is U+FFFD."""
    if "_x" not in text:
        return text
    # A surrogate goes through UTF-16, where two halves that meet become one character.
    units = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def local(tag: object) -> str:
    """The name of an element that counts: in the main namespace, or in none; ``""`` for any other."""
    if not isinstance(tag, str):
        return ""
    namespace, _, name = tag.rpartition("}")
    return name if namespace[1:] in ("", *MAIN_NAMESPACES) else ""


def has_prefix(attributes: Iterable[str]) -> bool:
    """Whether an attribute has a prefix of a main namespace. No attribute that counts has one, so nobody knows what it
    means."""
    return any(each.rpartition("}")[0].removeprefix("{") in MAIN_NAMESPACES for each in attributes)


def is_plain(part: bytes) -> bool:
    """Whether its bytes prove that every program reads a part of shared texts alike. The proof begins at the first
    text. The part before it is parsed, and must not contain any text.
    """
    start = part.find(b"<si>")
    if start < 0 or _PLAIN.fullmatch(part, start) is None or b"_x" in part or not is_utf8(part):
        return False
    if b"ascii" in part[:200].lower() and not part.isascii():
        return False
    try:
        root = ElementTree.fromstring(part[:start] + b"</sst>")
    except (ElementTree.ParseError, ValueError):
        return False
    return local(root.tag) == "sst" and not len(root)


def shared_texts(part: bytes, *, is_proven: bool | None = None) -> Sequence[str]:
    """The texts that cells share, in their order: every ``si`` counts, also an empty one. ``is_proven`` is what
    `is_plain` says of the part, if that is known."""
    return _plain_texts(part) if is_proven or (is_proven is None and is_plain(part)) else _parsed_texts(part)


def _plain_texts(part: bytes) -> list[str]:
    """The texts of a part that `is_plain`, a twentieth of the work."""
    return _PLAIN_TEXT.findall(part[part.find(b"<si>") :].decode())


def _parsed_texts(part: bytes) -> list[str]:
    try:
        texts: list[str] = []
        depth = 0
        for event, element in ElementTree.iterparse(io.BytesIO(part), ("start", "end")):
            depth += 1 if event == "start" else -1
            if event == "start" and depth == 1 and local(element.tag) != "sst":
                raise damaged("its shared texts are none")
            if event == "start" and element.tag == ALTERNATE:
                raise damaged("its shared texts have more than one version")
            if event == "start" and has_prefix(element.attrib):
                raise damaged("its shared texts cannot be read")
            if event == "end" and depth == 1:
                if local(element.tag) == "si":
                    texts.append(rich_text(element))
                element.clear()
    except (ElementTree.ParseError, ValueError) as error:
        raise damaged("its shared texts cannot be read") from error
    return texts


def rich_text(element: ElementTree.Element) -> str:
    """The text of an ``si``: that of its ``t``, and of the ``t`` in its ``r``; phonetic texts do not count."""
    found: list[str] = []
    plain = 0
    _check_between(element)
    for child in element:
        match local(child.tag):
            case "t":
                plain += 1
                if plain > 1:
                    raise damaged("one of its shared texts has two texts")
                found.append(decoded(_own_text(child)))
            case "r":
                found.append(_run(child))
            case _:
                pass
    return "".join(found)


def _run(element: ElementTree.Element) -> str:
    _check_between(element)
    if any(local(each.tag) == "r" for each in element):
        raise damaged("one of its shared texts has a part in a part")
    text = "".join(decoded(_own_text(each)) for each in element if local(each.tag) == "t")
    looks = [look for each in element if local(each.tag) == "rPr" for look in each]
    return look_of(looks).on(text)


def look_of(looks: Iterable[ElementTree.Element]) -> Look:
    """How a font shows a text, by the elements of an ``rPr`` or a ``font``."""
    found = [*looks]
    return Look(
        any(local(each.tag) == "vertAlign" and is_superscript(each.attrib) for each in found),
        any(local(each.tag) == "strike" and is_struck(each.attrib) for each in found),
    )


def is_superscript(attributes: Mapping[str, str]) -> bool:
    """The look that a ``vertAlign`` gives."""
    return attributes.get("val", "").strip(" \t\r\n") == "superscript"


def is_struck(attributes: Mapping[str, str]) -> bool:
    """Whether a ``strike`` strikes out."""
    return attributes.get("val", "1").strip(" \t\r\n") not in ("0", "false")


def _own_text(element: ElementTree.Element) -> str:
    if len(element):
        raise damaged("one of its shared texts has an element inside of a text")
    return element.text or ""


def _check_between(element: ElementTree.Element) -> None:
    """Raises `WorkbookError` for letters between the elements of a text."""
    for each in (element.text, *(child.tail for child in element)):
        if each and each.strip(" \t\r\n"):
            raise damaged("one of its shared texts has letters where none belong")


def is_utf8(part: bytes) -> bool:
    """Whether all of it is UTF-8, without the two characters that XML does not allow."""
    if part.isascii():
        return True
    try:
        part.decode()
    except UnicodeDecodeError:
        return False
    return b"\xef\xbf\xbe" not in part and b"\xef\xbf\xbf" not in part
