"""What the settings and the paragraphs of an ods mean for its cells."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.workbooks import raw

from setpoint.core.ingest import Cell, Kind, Special
from setpoint.errors import WorkbookError
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
def test_a_0_is_not_a_value_where_the_settings_hide_zeros(
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
def test_a_unit_with_a_digit_is_not_part_of_the_number(number: float, text: str, cell: Special) -> None:
    assert as_shown(number, text) == cell


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize(
    ("number", "text", "is_same"),
    [
        (0.3, "2/7", True),
        (12.34, "12 1/3", True),
        (-1.5, "-1 1/2", True),
        (15, "150/10", True),
        (150, "150/2", False),
        (1.5, "-1 1/2", False),
        (1, "1/0", False),
        (401, "Line 1 / 401", False),
        (15, "15०", False),
    ],
)
def test_a_fraction_is_near_its_number(number: float, text: str, is_same: bool) -> None:
    assert as_shown(number, text) == (number if is_same else Special(Kind.SHOWN, number, None))


MAPPED = (
    '<style:style style:name="m" style:family="table-cell">'
    '<style:map style:condition="x" style:apply-style-name="s"/></style:style>'
)
STRUCK = (
    '<style:style style:name="s" style:family="table-cell">'
    '<style:text-properties style:text-line-through-style="solid"/></style:style>'
)
SCALED = (
    '<number:number-style style:name="N1"><number:number/><number:text>k</number:text></number:number-style>'
    '<style:style style:name="s" style:family="table-cell" style:data-style-name="N1"/>'
)
PLAIN = SCALED.replace("<number:text>k</number:text>", "")
LISTED = (
    '<calcext:conditional-formats><calcext:conditional-format calcext:target-range-address="{}">'
    '<calcext:condition calcext:apply-style-name="s"/></calcext:conditional-format></calcext:conditional-formats>'
)


def with_styles(common: str, own: str = "", cell: str = "", behind: str = "") -> bytes:
    names = f'{NAMES} xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    names += 'xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" '
    names += 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    number = f'<table:table-cell office:value-type="float" office:value="7"{cell}/>'
    return raw.zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "styles.xml": f"<office:document-styles {names}><office:styles>{common}</office:styles>"
            "</office:document-styles>",
            "content.xml": f"<office:document-content {names}><office:automatic-styles>{own}"
            '</office:automatic-styles><office:body><office:spreadsheet><table:table table:name="T">'
            f'<table:table-row table:number-rows-repeated="2">{number}{number}</table:table-row>{behind}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        }
    )


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize(
    ("common", "is_changed"), [(STRUCK, True), (SCALED, True), (PLAIN, False), ("", False)]
)
def test_a_condition_counts_if_its_style_strikes_out_or_shows_another_number(
    common: str, is_changed: bool
) -> None:
    (mapped,) = read_sheets(with_styles(common, MAPPED, ' table:style-name="m"'))
    assert mapped.conditional == (((1, 0, 2, 0), (1, 1, 2, 1)) if is_changed else ())
    (listed,) = read_sheets(with_styles(common, behind=LISTED.format("T.A1:T.B2 $'a ''b.c'.$C$7")))
    assert listed.conditional == (((1, 0, 2, 1), (7, 2, 7, 2)) if is_changed else ())


@pytest.mark.rule("XL-6")
@pytest.mark.parametrize("addresses", ["T.A1:T.B2;", "A1", "T.A1:", "T.A0", "T.A1 x"])
def test_a_condition_for_no_area_refuses_the_file(addresses: str) -> None:
    with pytest.raises(WorkbookError, match="is no area of cells"):
        read_sheets(with_styles(STRUCK, behind=LISTED.format(addresses)))


@pytest.mark.rule("XL-2")
@pytest.mark.parametrize(
    ("size", "is_hidden"),
    [("0.05cm", True), ("3.9pt", True), ("4pt", False), ("0.3in", False), ("odd", False)],
)
def test_a_row_that_nobody_can_read_is_hidden(size: str, is_hidden: bool) -> None:
    style = '<style:style style:name="r" style:family="table-row">'
    style += f'<style:table-row-properties style:row-height="{size}"/></style:style>'
    data = with_styles(
        style, cell='/><table:table-cell office:value-type="boolean" office:boolean-value="true"'
    )
    (sheet,) = read_sheets(data)
    assert not sheet.hidden_rows
    child = style.replace('name="r"', 'name="p" style:parent-style-name="r"').replace("row-height", "x")
    rows = (
        '<table:table-row table:style-name="p"><table:table-cell office:value-type="float" office:value="1"/>'
    )
    (sheet,) = read_sheets(with_styles(style, child, behind=f"{rows}</table:table-row>"))
    assert sheet.hidden_rows == ({3} if is_hidden else set())


@pytest.mark.rule("XL-2")
def test_a_list_in_a_cell_shows_more_than_its_text() -> None:
    item = "<text:list><text:list-item><text:p>RUN</text:p></text:list-item></text:list>"
    found = [
        read_sheets(ods("", f"<table:table-cell {type_}>{item}</table:table-cell>"))[0].rows[0][0]
        for type_ in ('office:value-type="string"', 'office:value-type="float" office:value="7"')
    ]
    assert found == [Special(Kind.SHOWN, "", None), Special(Kind.SHOWN, 7.0, None)]


@pytest.mark.rule("XL-6")
@pytest.mark.parametrize(
    "wrap",
    ["<table:table-row>{}</table:table-row>", "</table:table-row>{}<table:table-row>"],
    ids=["a row in a row", "a cell outside of a row"],
)
def test_a_misplaced_element_refuses_the_file(wrap: str) -> None:
    with pytest.raises(WorkbookError, match="its XML is not what it should be"):
        read_sheets(ods("", wrap.format(NUMBER)))


@pytest.mark.rule("XL-6")
@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ('1<text:s text:c="0"/>5', "15"),
        ('1<text:s text:c="2"/>5', "1  5"),
        ('1<draw:frame xmlns:draw="urn:d"><text:p>9</text:p></draw:frame>5', "15"),
    ],
    ids=["no space", "two spaces", "a drawing"],
)
def test_a_paragraph_has_its_spaces_and_no_drawings(inside: str, expected: str) -> None:
    cell = f'<table:table-cell office:value-type="string"><text:p>{inside}</text:p></table:table-cell>'
    assert read_sheets(ods("", cell))[0].rows[0][0] == expected
    with pytest.raises(WorkbookError, match="is repeated “x” times"):
        read_sheets(ods("", cell.replace(inside, '<text:s text:c="x"/>')))
