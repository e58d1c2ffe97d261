"""From the cells of a workbook to a `ParsedBatch` (contract section 5).

Every reader, in both languages, turns its file into `cells`. `header` finds the row of column names (XL-1), `cast`
reads one cell as one field (XL-2, XL-3), `batch` walks the rows (XL-4, XL-5, XL-8), and `schema` has the result.
`setpoint.workbook` and the board's worker turn bytes into cells. Twin of ``frontend/src/ingest``: an error or a warning
is a code with arguments, equal in both (XL-9). `setpoint.texts` and the board make the sentences.
"""

from setpoint.core.ingest.batch import (
    CHUNK_ROWS,
    CHUNKED_OVER_ROWS,
    Progress,
    gather,
    ingest,
    parse_batch,
    parse_sheets,
)
from setpoint.core.ingest.cells import Cell, Kind, Sheet, Special
from setpoint.core.ingest.header import BASE_SHEET, HOW_TO_SHEETS, RESULT_COLUMNS, Form, Header, find_header
from setpoint.core.ingest.schema import Gathered, Ingested, Issue, ParsedBatch, Summary, batch_upload_schema

__all__ = [
    "BASE_SHEET",
    "CHUNKED_OVER_ROWS",
    "CHUNK_ROWS",
    "HOW_TO_SHEETS",
    "RESULT_COLUMNS",
    "Cell",
    "Form",
    "Gathered",
    "Header",
    "Ingested",
    "Issue",
    "Kind",
    "ParsedBatch",
    "Progress",
    "Sheet",
    "Special",
    "Summary",
    "batch_upload_schema",
    "find_header",
    "gather",
    "ingest",
    "parse_batch",
    "parse_sheets",
]
