"""The reader chooses the code page of an old csv file by a person's choice or the plant's names. It never guesses."""

from __future__ import annotations

import pytest

from setpoint.core.ingest import Cell, Kind, Special
from setpoint.errors import WorkbookError
from setpoint.workbook import delimited
from setpoint.workbook.read import read_sheets

TEXTS = {
    "windows-1251": "Смесь 7",
    "windows-1250": "Řezačka",
    "windows-1252": "Crème brûlée",
    "gb18030": "配方A",
    "gbk": "配方A",
    "shift_jis": "レシピA",
    "CP1253": "Συνταγή",
    "euc-kr": "배합 A",
    "big5": "配方籌",
    "macintosh": "Größe – 3",
}
CODECS = {
    "windows-1251": "cp1251",
    "windows-1250": "cp1250",
    "windows-1252": "cp1252",
    "shift_jis": "cp932",
    "macintosh": "mac_roman",
}


def cell_of(data: bytes, *, names: frozenset[str] = frozenset(), encoding: str | None = None) -> Cell:
    (sheet,) = read_sheets(b"Machine ID;Recipe\r\nm:401;" + data + b"\r\n", names, encoding)
    return sheet.rows[1][1]


@pytest.mark.rule("XL-6")
@pytest.mark.parametrize("encoding", [*TEXTS])
def test_a_text_is_read_in_the_encoding_that_a_person_names(encoding: str) -> None:
    text = TEXTS[encoding]
    assert cell_of(text.encode(CODECS.get(encoding, encoding)), encoding=encoding) == text


@pytest.mark.rule("XL-6")
@pytest.mark.parametrize("encoding", [*TEXTS])
def test_without_an_encoding_no_letters_are_guessed(encoding: str) -> None:
    cell = cell_of(TEXTS[encoding].encode(CODECS.get(encoding, encoding)))
    assert isinstance(cell, Special)
    assert cell.kind is Kind.LETTERS


@pytest.mark.rule("XL-6")
@pytest.mark.parametrize(
    ("data", "encoding", "words"),
    [
        (b"\xff\xff", "shift_jis", "not in shift_jis"),
        (b"\x81", "windows-1252", "not in windows-1252"),
        (b"\xd0", "utf8", "not in utf-8"),
        (b"a", "ebcdic", "no encoding that is known here"),
    ],
)
def test_an_encoding_that_does_not_fit_refuses_the_file(data: bytes, encoding: str, words: str) -> None:
    with pytest.raises(WorkbookError, match=words):
        cell_of(data, encoding=encoding)


@pytest.mark.rule("XL-6")
def test_only_texts_that_all_pages_with_the_plants_names_read_alike_are_known() -> None:
    names = frozenset({"größe"})
    rows = "Machine ID;Größe;Recipe\r\nm:401;1;Öl\r\n".encode("cp1252")
    (sheet,) = read_sheets(rows, names)
    assert sheet.rows[1][2] == "Öl"
    (sheet,) = read_sheets(rows.replace(b"\xd6l", b"\xd8l"), names)
    assert sheet.rows[1][2] == Special(Kind.LETTERS, "?l")


@pytest.mark.rule("XL-6")
@pytest.mark.parametrize("text", ["1\xa0234,5", "1\x92234,5"])
def test_marks_between_digits_are_the_same_in_all_pages(text: str) -> None:
    assert cell_of(text.encode("latin-1")) == text.replace("\x92", "’")


HEADER = b"Machine ID;Target Speed\n"


@pytest.mark.rule("XL-7")
@pytest.mark.parametrize("line", [b"\n", b"\r\n", b"\r", b";;\n", b'""\n'])
def test_a_file_that_goes_on_with_blank_lines_has_no_more_rows(line: bytes) -> None:
    (sheet,) = read_sheets(HEADER + b"m:401;150\n" + line * 100_000)
    assert [*sheet.rows] == [["Machine ID", "Target Speed"], ["m:401", 150]]


@pytest.mark.rule("XL-7")
def test_blank_lines_before_a_value_count_as_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MAX_ROWS", 9)
    (sheet,) = read_sheets(HEADER + b"\n" * 7 + b"m:401;150\n" + b"\n" * 9)
    assert len(sheet.rows) == 9
    assert sheet.rows[8] == ["m:401", 150]
    with pytest.raises(WorkbookError, match="below row 1000000"):
        read_sheets(HEADER + b"\n" * 8 + b"m:401;150\n")


@pytest.mark.rule("XL-7")
def test_a_quote_that_does_not_close_is_found_in_its_record() -> None:
    with pytest.raises(WorkbookError, match="record 10 "):
        read_sheets(HEADER + b"\n" * 8 + b'm:401;"' + b'""' * 200_000)
