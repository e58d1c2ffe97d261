"""What the settings and the paragraphs of an ods say of its cells."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.workbooks import raw

from setpoint.core.ingest import Cell, Kind, Special
from setpoint.workbook.read import read_sheets
from setpoint.workbook.shown import as_shown

NAMES = " ".join(
    f'xmlns:{each}="urn:oasis:names:tc:opendocument:xmlns:{each}:1.0"'
    for each in ("office", "table", "text", "config")
)
HIDES = '<config:config-item config:name="ShowZeroValues"> false </config:config-item>'
ENTRY = "config:config-item-map-entry"
ZERO = Special(Kind.ZERO)


NUMBER = '<table:table-cell office:value-type="float" office:value="0"><text:p>0</text:p></table:table-cell>'


def ods(settings: str, cell: str = NUMBER) -> bytes:
    tables = "".join(
        f'<table:table table:name="{name}"><table:table-row>{cell}</table:table-row></table:table>'
        for name in "AB"
    )
    content = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    return raw.zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"<office:document-content {NAMES}>{content}</office:document-content>",
            "settings.xml": f"<office:document-settings {NAMES}><config:config-item-set>{settings}"
            "</config:config-item-set></office:document-settings>",
        }
    )


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize(
    ("wrap", "expected"),
    [
        (lambda hides: hides, [ZERO, ZERO]),
        (lambda hides: f'<{ENTRY} config:name="B">{hides}</{ENTRY}>', [0, ZERO]),
        (lambda hides: f"<{ENTRY}>{hides}</{ENTRY}>", [ZERO, ZERO]),
        (lambda hides: hides.replace("false", "true"), [0, 0]),
    ],
    ids=["all sheets", "one sheet", "a view without a name", "none"],
)
def test_a_0_is_no_value_where_the_settings_hide_zeros(
    wrap: Callable[[str], str], expected: list[Cell]
) -> None:
    assert [sheet.rows[0][0] for sheet in read_sheets(ods(wrap(HIDES)))] == expected


@pytest.mark.rule("XL-2")
def test_a_heading_in_a_cell_is_a_paragraph() -> None:
    text = '<table:table-cell office:value-type="string"><text:h>m:</text:h><text:p>401</text:p></table:table-cell>'
    other = NUMBER.replace("text:p>0<", "text:p>7<").replace("text:p", "text:h")
    assert [sheet.rows[0][0] for sheet in read_sheets(ods("", text))] == ["m:\n401"] * 2
    assert [sheet.rows[0][0] for sheet in read_sheets(ods("", other))] == [Special(Kind.SHOWN, 0, None)] * 2


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize(
    ("number", "text", "cell"),
    [
        (1500, "1,500 1/min", Special(Kind.SHOWN, 1500, "1500 1/min")),
        (1500, "1500 min-1", Special(Kind.SHOWN, 1500, "1500 min-1")),
        (150, "1501/min", Special(Kind.SHOWN, 150, None)),
        (900, "1500 1/min", Special(Kind.SHOWN, 900, None)),
    ],
)
def test_a_unit_with_a_digit_is_no_part_of_the_number(number: float, text: str, cell: Special) -> None:
    assert as_shown(number, text) == cell
