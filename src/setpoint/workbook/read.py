"""Bytes in, sheets of neutral cells out. The format is what the bytes are, not what the file's name says (XL-6).

xlsx, xlsm   `xlsx`: by columns or with python-calamine if a sheet is proven plain, strictly cell by cell otherwise
xlsb         `xlsb`, from its records
xls          `xls`, from its records
ods          `ods`, cell by cell
csv          `delimited`

All of them read by one grammar, ``docs/reference/workbooks.md``. One process reads one file, and most are xlsx: the
other readers are loaded when a file asks for them.
"""

from __future__ import annotations

from collections.abc import Collection

from setpoint.core.ingest import Sheet
from setpoint.workbook.kinds import Kind, kind_of, refuse_other_zip
from setpoint.workbook.limits import check_size, damaged, encrypted
from setpoint.workbook.package import Package
from setpoint.workbook.parts import main_part
from setpoint.workbook.xlsx import read_xlsx

_XLSB_BEGINS = b"\x83\x01"


def read_sheets(data: bytes, names: Collection[str] = (), encoding: str | None = None) -> list[Sheet]:
    """Every sheet of a workbook. A csv in an old code page also needs the plant's own ``names`` that are not all ASCII,
    or the ``encoding`` that a person says it has.

    Raises `WorkbookError` for a file that is not a workbook, cannot be trusted, or is too large.
    """
    check_size(len(data))
    match kind_of(data):
        case Kind.ZIP:
            return _read_package(Package(data))
        case Kind.COMPOUND:
            from setpoint.workbook.xls import read_xls  # noqa: PLC0415  # only if asked for

            return read_xls(data)
        case Kind.TEXT:
            from setpoint.workbook.delimited import read_delimited  # noqa: PLC0415  # only if asked for

            return [read_delimited(data, names, encoding)]


def _read_package(package: Package) -> list[Sheet]:
    if "encrypted-package" in package:
        raise encrypted()
    if "content.xml" in package and "mimetype" in package:
        mimetype = package.read("mimetype")
        if b"opendocument.spreadsheet" not in mimetype:
            refuse_other_zip(package.names, mimetype)
        from setpoint.workbook.ods import read_ods  # noqa: PLC0415  # only if asked for

        return read_ods(package)
    if "[content_types].xml" not in package and "_rels/.rels" not in package:
        refuse_other_zip(package.names)
    main = main_part(package)
    if main not in package:
        raise damaged("its workbook is missing")
    if package.read(main).startswith(_XLSB_BEGINS):
        from setpoint.workbook.xlsb import read_xlsb  # noqa: PLC0415  # only if asked for

        return read_xlsb(package, main)
    if main.startswith(("word/", "ppt/")):
        refuse_other_zip(package.names)
    return read_xlsx(package, main)
