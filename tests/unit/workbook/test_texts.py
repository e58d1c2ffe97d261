"""The fast path for shared texts gives the same result as the parser."""

from __future__ import annotations

import pytest

from setpoint.errors import WorkbookError
from setpoint.workbook import texts
from setpoint.workbook.texts import is_plain, shared_texts

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
TWO = '<si><t>m:401</t></si><si><t xml:space="preserve">Grüße &#65; x</t></si><si><t></t></si></sst>'
PLAIN = TWO.replace("&#65; ", "")


@pytest.mark.parametrize(
    ("part", "found"),
    [
        (f'<?xml version="1.0" encoding="UTF-8"?>\n<sst {MAIN} count="3">{PLAIN}', ["m:401", "Grüße x", ""]),
        (f"\ufeff<sst {MAIN}>{PLAIN}\r\n", ["m:401", "Grüße x", ""]),
        (f"<sst><!-- < > -->{PLAIN}", ["m:401", "Grüße x", ""]),
        (f"<sst {MAIN}>{TWO}", ["m:401", "Grüße A x", ""]),
        (f"<sst {MAIN}><si/>{PLAIN}", ["", "m:401", "Grüße x", ""]),
        (f"<sst {MAIN}><other/>{PLAIN}", ["m:401", "Grüße x", ""]),
        (f"<sst {MAIN}><si><t>_x0041_</t></si></sst>", ["A"]),
    ],
)
def test_plain_texts_are_what_the_parser_reads(part: str, found: list[str]) -> None:
    data = part.encode()
    assert shared_texts(data) == found == texts._parsed_texts(data)


@pytest.mark.parametrize(
    "part",
    [
        f"<sst {MAIN}><!-- {PLAIN}",
        f"<sst {MAIN} a='<'>{PLAIN}",
        f'<sst xmlns="urn:other">{PLAIN}',
        f'<x:sst xmlns:x="urn:other">{PLAIN}',
        f'<?xml version="1.0" encoding="us-ascii"?><sst {MAIN}>{PLAIN}',
        f"<sst {MAIN}>{PLAIN}\x0b",
        PLAIN,
    ],
)
def test_a_sheet_that_the_parser_refuses_is_refused_even_if_its_texts_look_plain(part: str) -> None:
    with pytest.raises(WorkbookError, match="shared texts"):
        shared_texts(part.encode())


def test_a_part_as_programs_write_it_is_proven_plain() -> None:
    assert is_plain(f'<?xml version="1.0"?><sst {MAIN}>{PLAIN}'.encode())
