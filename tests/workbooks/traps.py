"""The traps: each function makes one file and gives it its name. The extension says the format."""

from __future__ import annotations

import base64
import codecs
import datetime
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.styles import PatternFill
from openpyxl.workbook.protection import WorkbookProtection
from tests.workbooks import office, raw

from setpoint.contract.values import Record
from setpoint.core.plant import demo_plant
from setpoint.workbook.template import template

TRAPS: dict[str, Callable[[], bytes]] = {}
HEADER: list[Any] = ["Machine ID", "Target Speed", "Mode"]
PLAIN: list[list[Any]] = [HEADER, ["m:401", 150, "RUN"], ["m:402", 2999.5, "IDLE"], ["m:403", 0, None]]
LOGO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
RED = PatternFill("solid", fgColor="FFB3261E")


def trap(ending: str) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    def named(make: Callable[[], bytes]) -> Callable[[], bytes]:
        TRAPS[f"{make.__name__}.{ending}"] = make
        return make

    return named


def written(
    *sheets: tuple[str, list[list[Any]]], change: Callable[[openpyxl.Workbook], None] = lambda _: None
) -> bytes:
    """Writes a workbook with openpyxl."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def one(rows: list[list[Any]], change: Callable[[Any], None] = lambda _: None) -> bytes:
    return written(("Targets", rows), change=lambda book: change(book["Targets"]))


def drawn(write: Callable[[Any, Any], None]) -> bytes:
    """Writes a workbook with XlsxWriter, which stores formulas with their values."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    write(book, book.add_worksheet("Targets"))
    book.close()
    return out.getvalue()


def by_office(data: bytes, ending: str) -> bytes:
    """Converts a workbook to another format with LibreOffice."""
    return office.converted(data, "xlsx", ending)


def every_kind() -> bytes:
    """Makes percentages, dates, booleans, errors, hidden rows and sheets, which each format writes differently."""

    def write(book: Any, sheet: Any) -> None:
        percent, date = (
            book.add_format({"num_format": "0.0 %"}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        clock, money = (
            book.add_format({"num_format": "[h]:mm"}),
            book.add_format({"num_format": '#,##0.00 "rpm"'}),
        )
        sheet.write_row(2, 1, HEADER)
        sheet.write_column(3, 1, [f"m:{number}" for number in range(401, 413)])
        sheet.write_number(3, 2, 1.2, percent)
        sheet.write_datetime(4, 2, datetime.datetime(1900, 3, 1), date)
        sheet.write_number(5, 2, 0.25, clock)
        sheet.write_formula(6, 2, "=1/0", None, "#DIV/0!")
        sheet.write_formula(7, 2, "=NA()", None, "#N/A")
        sheet.write_formula(8, 2, "=100+50", None, 150)
        sheet.write_number(9, 2, 1234.5, money)
        sheet.write_string(10, 2, "1.234,5")
        sheet.write_formula(11, 2, '="20"&"0"', None, "200")
        sheet.write_number(12, 2, 160)
        sheet.write_string(12, 3, "run")
        sheet.set_row(12, None, None, {"hidden": True})
        sheet.write_number(14, 2, 170)
        book.add_worksheet("Notes").write_string(0, 0, "x")
        hidden = book.add_worksheet("Old")
        hidden.write_row(0, 0, HEADER)
        hidden.hide()

    return drawn(write)


@trap("xlsx")
def plain() -> bytes:
    return one(PLAIN)


@trap("ods")
def plain_ods() -> bytes:
    return by_office(one(PLAIN), "ods")


@trap("xls")
def plain_xls() -> bytes:
    return by_office(one(PLAIN), "xls")


@trap("xlsb")
def plain_xlsb() -> bytes:
    rows = [HEADER, ["m:401", 150.0, "RUN"], ["M:402", 2999.5, "IDLE"], [], ["m:403", True], ["m:411", "7"]]
    return raw.xlsb([*rows, ["m:412", "%1.2"], ["m:413", "#"], ["m:414", 5.0]], hidden=8)


@trap("xlsm")
def macros_are_ignored() -> bytes:
    members = raw.parts(raw.sheet(raw.HEADER_ROW + raw.row(2, "m:401", "150")))
    return raw.zipped({**members, "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 not looked at"})


@trap("xlsx")
def the_template() -> bytes:
    plant = demo_plant()
    values: dict[str, Record] = {key: {"targetSpeed": 1200, "mode": "RUN"} for key in plant.machines}
    revs = {key: {"targetSpeed": 3, "mode": 1} for key in plant.machines}
    return template(plant, plant.machines, values, revs, made_at="2026-11-23 17:00 UTC")


@trap("ods")
def the_template_as_ods() -> bytes:
    return by_office(the_template(), "ods")


@trap("xlsx")
def the_template_filled_in_with_libreoffice() -> bytes:
    return office.filled_in(the_template(), {"m:401": 950, "m:403": 1300.5, "m:421": 9999})


@trap("xlsx")
def every_kind_of_cell() -> bytes:
    return every_kind()


@trap("ods")
def every_kind_of_cell_in_ods() -> bytes:
    return by_office(every_kind(), "ods")


@trap("xls")
def every_kind_of_cell_in_xls() -> bytes:
    return by_office(every_kind(), "xls")


@trap("xlsx")
def every_kind_of_cell_by_libreoffice() -> bytes:
    return by_office(every_kind(), "xlsx")


@trap("xlsx")
def header_on_row_5_under_a_merged_title() -> bytes:
    def merge(sheet: Any) -> None:
        sheet.merge_cells("A1:C2")
        sheet.freeze_panes = "A6"

    return one([["ACME works"], [], ["Targets", None, "week 31"], [], *PLAIN], merge)


@trap("xlsx")
def header_on_row_5_under_a_logo_and_a_merged_title() -> bytes:
    def write(book: Any, sheet: Any) -> None:
        sheet.insert_image("A1", "logo.png", {"image_data": io.BytesIO(LOGO)})
        sheet.merge_range("B2:D3", "ACME works, week 31", book.add_format({"align": "center"}))
        for number, row in enumerate(PLAIN):
            sheet.write_row(4 + number, 0, row)

    return drawn(write)


@trap("xlsx")
def two_header_like_rows() -> bytes:
    return one([HEADER, ["m:401", 150, "RUN"], HEADER, ["m:402", 160, "RUN"]])


@trap("xlsx")
def any_order_and_an_alias() -> bytes:
    return one([["Mode", "Line", "soll-drehzahl (rpm)", "ASSET"], ["RUN", "01", 150, "m:401"]])


@trap("xlsx")
def doubled_column() -> bytes:
    return one([["Machine ID", "Target Speed", "Mode", "Target Speed [rpm]"], ["m:401", 150, None, 160]])


@trap("xlsx")
def unit_in_the_header() -> bytes:
    return one([["Machine ID", "Target Speed [rpm]", "Mode"], ["m:401", 150]])


@trap("xlsx")
def wrong_template() -> bytes:
    return one([["Machine", "Speed"], ["m:401", 150]])


@trap("xlsx")
def leading_zeros() -> bytes:
    return one([HEADER, ["m:007", 1], ["m:7", 2], ["007", 3], [7, 4]])


@trap("xlsx")
def no_break_spaces_and_hyphens() -> bytes:
    return one(
        [["Machine\u00a0ID", "Target\u202fSpeed"], ["\u00a0m:401\u2007", 1], ["m‑402", 2], ["m−403", "−5"]]
    )


@trap("xlsx")
def numbers_as_text() -> bytes:
    texts = ["100", "1.234,5", "1,234.5", "1.234", "120 %", "1E2", " 7 ", "1\u00a0234", "12,5"]
    return one([HEADER, *([f"m:{401 + at}", text] for at, text in enumerate(texts))])


@trap("xlsx")
def ids_as_numbers_and_part_numbers() -> bytes:
    return one([HEADER, [401, 150], ["1E5", 160], [100000.0, 170], [402.5, 180]])


@trap("xlsx")
def dates_where_numbers_belong() -> bytes:
    return one(
        [
            HEADER,
            ["m:401", datetime.date(1900, 3, 1)],
            ["m:402", datetime.time(6)],
            ["m:403", 150, datetime.date(2026, 1, 1)],
        ]
    )


@trap("xlsx")
def a_column_of_dates_beside() -> bytes:
    return one([[*HEADER, "When"], ["m:401", 150, "RUN", datetime.datetime(2026, 1, 1, 6)]])


@trap("xlsx")
def booleans() -> bytes:
    return one([HEADER, ["m:401", True], ["m:402", False], [True, 5]])


@trap("xlsx")
def formulas_without_a_cached_value() -> bytes:
    return one([HEADER, ["m:401", "=100+50", "RUN"], ["m:402", 150, '="RUN"']])


@trap("xlsx")
def formulas_with_a_cached_value() -> bytes:
    def write(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER)
        sheet.write_formula(1, 0, '="m:"&401', None, "m:401")
        sheet.write_formula(1, 1, "=100+50", None, 150)
        sheet.write_formula(1, 2, '=""', None, "")
        sheet.write_array_formula("B3:B4", "{=ROW(A1:A2)}", None, 7)
        sheet.write_column(2, 0, ["m:402", "m:403"])
        sheet.write_number(3, 1, 8)

    return drawn(write)


@trap("xlsx")
def error_values() -> bytes:
    return one([HEADER, ["m:401", "#N/A"], ["m:402", 150, "#REF!"], ["#N/A", 160]])


@trap("xlsx")
def one_coloured_cell_in_the_last_row() -> bytes:
    def colour(sheet: Any) -> None:
        sheet.cell(1_048_576, 1).fill = RED

    return one(PLAIN, colour)


@trap("xlsx")
def one_value_in_the_last_cell() -> bytes:
    return one(PLAIN, lambda sheet: sheet.cell(1_048_576, 16_384).__setattr__("value", "x"))


@trap("xlsx")
def one_value_far_to_the_right() -> bytes:
    return one([*PLAIN, ["m:411", 5]], lambda sheet: sheet.cell(3, 16_384).__setattr__("value", "x"))


@trap("xlsx")
def two_values_far_apart() -> bytes:
    return one(PLAIN, lambda sheet: sheet.cell(999_000, 250).__setattr__("value", "x"))


@trap("xlsx")
def all_16384_columns() -> bytes:
    letters = [openpyxl.utils.get_column_letter(column) for column in range(4, 16_385)]
    rows = "".join(
        f'<row r="{number}">' + "".join(f'<c r="{each}{number}"><v>1</v></c>' for each in letters) + "</row>"
        for number in range(2, 22)
    )
    first = '<row r="2"><c r="A2" t="inlineStr"><is><t>m:401</t></is></c><c r="B2"><v>150</v></c>'
    return raw.xlsx(raw.HEADER_ROW + rows.replace('<row r="2">', first, 1))


@trap("xlsx")
def hidden_rows_and_a_filter() -> bytes:
    def hide(sheet: Any) -> None:
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["C"].hidden = True
        sheet.auto_filter.ref = "A1:C4"

    return one(PLAIN, hide)


@trap("xlsx")
def several_sheets_one_hidden() -> bytes:
    def hide(book: openpyxl.Workbook) -> None:
        book["Secret"].sheet_state = "veryHidden"

    return written(
        ("Secret", [HEADER, ["m:401", 1]]),
        ("Cover", [["Hello"]]),
        ("Targets", PLAIN),
        ("Empty", []),
        change=hide,
    )


@trap("xlsx")
def only_a_hidden_sheet_has_the_columns() -> bytes:
    def hide(book: openpyxl.Workbook) -> None:
        book["Targets"].sheet_state = "hidden"

    return written(("Cover", [["Hello"]]), ("Targets", PLAIN), change=hide)


@trap("xlsx")
def the_same_machine_twice() -> bytes:
    return one([HEADER, ["m:401", 150], ["m:402", 160], ["M_401", 170]])


@trap("xlsx")
def blank_rows_inside_and_only_ids() -> bytes:
    return one(
        [HEADER, [], ["m:401", 150], [" "], [], ["m:402"], ["m:403", None, " "], ["m:411", None, "RUN"]]
    )


@trap("xlsx")
def emoji_and_right_to_left() -> bytes:
    return written(
        ("מכונות 🏭", [HEADER, ["🏭" * 45, 150], ["מ:401", 160], ["m:401", "١٥٠", "מצב"], ["m:402", 5]])
    )


@trap("xlsx")
def a_sheet_named_proto() -> bytes:
    return written(
        ("__proto__", [[*HEADER, "__proto__", "constructor"], ["m:401", 150, "RUN", "x"], ["__proto__", 1]])
    )


@trap("xlsx")
def a_protected_file() -> bytes:
    def protect(book: openpyxl.Workbook) -> None:
        book.security = WorkbookProtection(workbookPassword="secret", lockStructure=True)
        book["Targets"].protection.set_password("secret")
        book["Targets"].protection.enable()

    return written(("Targets", PLAIN), change=protect)


@trap("xlsx")
def an_encrypted_file() -> bytes:
    return raw.encrypted_office()


@trap("ods")
def an_encrypted_ods() -> bytes:
    manifest = "<manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest>"
    return raw.zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest,
            "content.xml": "?",
        }
    )


@trap("xlsx")
def a_zip_that_is_no_workbook() -> bytes:
    return raw.zipped({"readme.txt": "hello", "data.xml": "<a/>"})


@trap("xlsx")
def a_zip_bomb() -> bytes:
    bomb = b"\0" * (1 << 20)
    members = raw.parts(raw.sheet(raw.HEADER_ROW))
    return raw.zipped({**members, **{f"xl/worksheets/bomb{at}.xml": bomb for at in range(300)}}, level=9)


@trap("xlsx")
def a_zip_that_lies_about_its_size() -> bytes:
    rows = raw.HEADER_ROW + "".join(raw.row(number, f"m:{number}", "1") for number in range(2, 5000))
    return raw.with_declared_size(raw.xlsx(rows), "xl/worksheets/sheet1.xml", 1000)


@trap("xlsx")
def an_xml_with_entities() -> bytes:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    xml = raw.sheet(raw.HEADER_ROW + raw.row(2, "&b;", "1")).replace("<worksheet", laughs + "<worksheet")
    return raw.zipped(raw.parts(xml))


@trap("xlsx")
def an_xml_with_an_entity_from_the_network() -> bytes:
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:9/a">]>'
    xml = raw.sheet(raw.HEADER_ROW + raw.row(2, "&a;", "1")).replace("<worksheet", outside + "<worksheet")
    return raw.zipped(raw.parts(xml))


@trap("xlsx")
def links_and_formulas_that_ask_the_network() -> bytes:
    """The reader asks the network for nothing: a formula counts by its saved value, and a link is a text."""

    def write(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER)
        sheet.write_url(1, 0, "http://127.0.0.1:9/m", string="m:401")
        sheet.write_formula(1, 1, '=WEBSERVICE("http://127.0.0.1:9/speed")', None, 150)
        sheet.write_string(2, 0, "m:402")
        sheet.write_formula(2, 1, "='http://127.0.0.1:9/[plan.xlsx]Sheet1'!A1", None, 160)

    return drawn(write)


@trap("xlsx")
def a_truncated_file() -> bytes:
    return one(PLAIN)[:-900]


@trap("xls")
def a_truncated_xls() -> bytes:
    whole = by_office(one([HEADER, *([f"m:{number}", number, "RUN"] for number in range(401, 800))]), "xls")
    return whole[:-600]


@trap("xlsx")
def a_sheet_with_a_turned_bit() -> bytes:
    rows = raw.HEADER_ROW + "".join(
        raw.row(number, f"m:{number}", str(number * 7 % 3000)) for number in range(2, 500)
    )
    return raw.with_flipped_byte(raw.xlsx(rows), "xl/worksheets/sheet1.xml")


@trap("xlsx")
def a_sheet_that_ends_early() -> bytes:
    xml = raw.sheet(raw.HEADER_ROW + raw.row(2, "m:401", "1") + raw.row(3, "m:402", "1"))
    return raw.zipped(raw.parts(xml[:-60]))


@trap("xlsx")
def a_shared_text_out_of_bounds() -> bytes:
    rows = raw.HEADER_ROW + '<row r="2"><c r="A2" t="s"><v>7</v></c><c r="B2"><v>1</v></c></row>'
    return raw.xlsx(rows)


@trap("xlsx")
def xml_written_in_an_odd_way() -> bytes:
    rows = (
        "<x:row><x:c t='inlineStr'><x:is><x:t>Machine ID</x:t></x:is></x:c>"
        "<x:c t='inlineStr'><x:is><x:r><x:t>Target </x:t></x:r><x:r><x:t>Speed</x:t></x:r></x:is></x:c></x:row>"
        "<x:row><x:c t='s'><x:v>0</x:v></x:c><x:c><x:v>1.5E2</x:v></x:c></x:row>"
    )
    xml = raw.sheet(rows).replace("xmlns=", "xmlns:x=").replace("worksheet ", "x:worksheet ")
    return raw.zipped(
        raw.parts(xml.replace("sheetData", "x:sheetData").replace("</worksheet", "</x:worksheet"))
    )


@trap("xlsx")
def many_styled_blank_rows() -> bytes:
    rows = "".join(
        f'<row r="{number}"><c r="A{number}" s="1"/><c r="B{number}" s="1"/></row>'
        for number in range(3, 200_000)
    )
    return raw.xlsx(raw.HEADER_ROW + raw.row(2, "m:401", "150") + rows)


@trap("xls")
def html_named_xls() -> bytes:
    return b"<html><body><table><tr><td>Machine ID</td><td>Target Speed</td></tr></table></body></html>"


@trap("xlsx")
def a_pdf_named_xlsx() -> bytes:
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


@trap("xlsx")
def an_empty_file() -> bytes:
    return b""


@trap("xls")
def bytes_of_no_meaning() -> bytes:
    return bytes(range(256)) * 40


@trap("csv")
def plain_csv() -> bytes:
    return b"Machine ID,Target Speed,Mode\r\nm:401,150,RUN\r\n402,2999.5,\r\nm:403,1.5,IDLE\r\n"


@trap("csv")
def commas_and_numbers_that_can_be_read_two_ways() -> bytes:
    rows = b'm:401,1.250\nm:402,"1,250"\nm:403,"1.250"\nm:411,0.125\nm:412,1.2500\nm:413,-1.250\n'
    return b"Machine ID,Target Speed\n" + rows


@trap("csv")
def semicolons_and_decimal_commas() -> bytes:
    return b"Maschine;Soll-Drehzahl;Mode\nm:401;150,5;RUN\nm:402;1.234;IDLE\nm:403;1.234,5;\nm:411;12.5;\n"


@trap("csv")
def csv_with_a_bom_and_tabs() -> bytes:
    return codecs.BOM_UTF8 + "Machine ID\tTarget Speed\nm:401\t150\n\u00a0m:402\t\u22125\n".encode()


@trap("csv")
def csv_in_utf_16() -> bytes:
    return "Machine ID\tTarget Speed\tMode\r\nm:401\t150\tRUN\r\n🏭\t1\t\r\n".encode("utf-16")


@trap("csv")
def csv_in_utf_16_without_a_bom() -> bytes:
    return "Machine ID,Target Speed\nm:401,150\n".encode("utf-16-le")


@trap("csv")
def csv_in_windows_letters() -> bytes:
    return "Machine ID;Target Speed\nPrüfstand 7 – €;150\nm:401;1’234,5\n".encode("cp1252")


@trap("csv")
def csv_with_quotes_over_lines() -> bytes:
    title = b'"Targets, week ""31""\nfor line 01"\n'
    return title + b'"Machine ID","Target Speed","Mode"\n"m:401","150","RUN"\n\n"m\n402",1,\n'


@trap("csv")
def csv_that_says_its_delimiter() -> bytes:
    return b"sep=|\nMachine ID|Target Speed, rpm|Target Speed\nm:401|x|150\n"


@trap("csv")
def csv_with_quotes_that_do_not_match() -> bytes:
    return b'Machine ID,Target Speed\nm:401,"150\nm:402,160\n'


@trap("csv")
def csv_that_other_readers_guess() -> bytes:
    rows = b"1E5,1,\n007,2,\nm:401,1E2,\nm:402,3/4,\nm:403,TRUE,\nm:411,=1+1,\nm:412,120%,\n"
    return b"Machine ID,Target Speed,Mode\n" + rows


@trap("csv")
def a_million_rows() -> bytes:
    return b"Machine ID,Target Speed,Mode\n" + b"".join(
        b"m:%d,150,RUN\n" % number for number in range(999_999)
    )


@trap("csv")
def more_than_a_million_rows() -> bytes:
    return b"Machine ID,Target Speed\n" + b"m:401,150\n" * 1_000_000


@trap("xlsx")
def a_hundred_thousand_rows() -> bytes:
    def write(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER)
        for number in range(100_000):
            sheet.write_row(
                number + 1, 0, (f"m:{number}", number * 7 % 3000, ("RUN", "IDLE", "MAINTENANCE")[number % 3])
            )

    return drawn(write)
