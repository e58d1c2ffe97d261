"""The refusal of a file says what it is and where it is damaged, in every language."""

from __future__ import annotations

import re

import pytest
from tests.workbooks.test_files import FILES, FOLDER

from setpoint.errors import WorkbookError
from setpoint.texts import text
from setpoint.workbook.limits import OTHER_FILES, no_workbook
from setpoint.workbook.read import read_sheets


@pytest.mark.parametrize("format_name", OTHER_FILES)
def test_a_refusal_says_what_the_file_is_in_each_language(format_name: str) -> None:
    refusal = no_workbook(format_name)
    english, german = (text("file-problem-no_workbook-of", refusal.arguments, each) for each in ("en", "de"))
    assert english == refusal.message
    others = {
        text("file-problem-no_workbook-of", {"what": each}, "de")
        for each in OTHER_FILES
        if each != format_name
    }
    assert german not in others


@pytest.mark.parametrize("name", sorted(name for name, each in FILES.items() if not each["read"]))
def test_a_damaged_sheet_is_named_in_german(name: str) -> None:
    place, german = None, ""
    try:
        read_sheets((FOLDER / name).read_bytes())
    except WorkbookError as refusal:
        place = re.search("sheet “([^”]+)”", refusal.message)
        if place is not None:
            german = text(f"file-problem-{refusal.code}-of", refusal.arguments, "de")
    assert place is None or place[1] in german
