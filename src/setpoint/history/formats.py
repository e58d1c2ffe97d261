"""Answers as JSON for programs, as rows for Grafana's Infinity, and as CSV, Parquet and xlsx for people's own tools."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from setpoint.contract.http.problems import ProblemCode
from setpoint.errors import RequestError
from setpoint.history.reader import Found, Series
from setpoint.workbook.safe import csv_text

MAX_XLSX_ROWS = 20_000
COLUMNS = ("time", "machine", "field", "value", "min", "max", "text", "quality", "unit")
"""The columns of a table. ``value`` is the number, or the mean of an interval."""
MEDIA_TYPES = {
    "json": "application/json",
    "rows": "application/json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def formatted(found: Found, name: str, units: Mapping[str, str], changes: bytes) -> bytes:
    """Raises `RequestError` if a workbook would have too many rows."""
    if name == "json":
        return _json(found, units, changes)
    writers: dict[str, Callable[[pa.Table], bytes]] = {
        "rows": _rows,
        "csv": _csv,
        "parquet": _parquet,
        "xlsx": _xlsx,
    }
    return writers[name](_table(found, units))


def _json(found: Found, units: Mapping[str, str], changes: bytes) -> bytes:
    return msgspec.json.encode(
        {
            "since": found.since_ms / 1000,
            "until": found.until_ms / 1000,
            "resolution": found.resolution,
            "signals": [_series(each, units) for each in found.series],
            "states": found.states,
            "changes": msgspec.Raw(changes),
        }
    )


def _series(series: Series, units: Mapping[str, str]) -> dict[str, object]:
    machine, field = series.signal.machine, series.signal.field
    row: dict[str, object] = {
        "signal": f"{machine}.{field}",
        "machine": machine,
        "field": field,
        "unit": units.get(field, ""),
        "at": (series.at / 1000).tolist(),
    }
    if series.is_points:
        return row | {"value": series.value, "quality": series.quality}
    return row | {"min": _plain(series.low), "max": _plain(series.high), "mean": _plain(series.mean)}


def _plain(numbers: Any) -> list[float | None]:
    """The numbers with seven digits, which is what a screen or a sheet shows, in half the bytes."""
    size = np.abs(numbers)
    is_shortened = (size > 1e-6) & (size < 1e12)
    digits = 6 - np.floor(np.log10(size, out=np.zeros_like(size), where=is_shortened))
    scale = np.power(10.0, np.clip(digits, -6, 12))
    short = np.where(is_shortened, np.round(numbers * scale) / scale, numbers).astype(object)
    short[np.isnan(numbers)] = None
    rounded: list[float | None] = short.tolist()
    return rounded


def _table(found: Found, units: Mapping[str, str]) -> pa.Table:
    parts = [_part(each, units) for each in found.series]
    schema = pa.schema(
        [
            ("time", pa.timestamp("ms", "UTC")),
            ("machine", pa.string()),
            ("field", pa.string()),
            ("value", pa.float64()),
            ("min", pa.float64()),
            ("max", pa.float64()),
            ("text", pa.string()),
            ("quality", pa.string()),
            ("unit", pa.string()),
        ]
    )
    return pa.concat_tables([part.cast(schema) for part in parts] or [schema.empty_table()])


def _part(series: Series, units: Mapping[str, str]) -> pa.Table:
    count = len(series.at)
    texts: list[str | None] = [None] * count
    qualities: list[str | None] = [None] * count
    if series.is_points:
        numbers = np.array([float(each) if _is_number(each) else np.nan for each in series.value])  # type: ignore[arg-type]  # `_is_number` says so
        texts = [None if each is None or _is_number(each) else _text(each) for each in series.value]
        qualities = [*series.quality]
        low = high = numbers
    else:
        numbers, low, high = series.mean, series.low, series.high  # type: ignore[assignment]  # intervals have all three
    return pa.table(
        {
            "time": pa.array(series.at, pa.timestamp("ms", "UTC")),
            "machine": pa.array([series.signal.machine] * count, pa.string()),
            "field": pa.array([series.signal.field] * count, pa.string()),
            "value": _numbers(numbers),
            "min": _numbers(low),
            "max": _numbers(high),
            "text": pa.array(texts, pa.string()),
            "quality": pa.array(qualities, pa.string()),
            "unit": pa.array([units.get(series.signal.field, "")] * count, pa.string()),
        }
    )


def _numbers(numbers: Any) -> Any:
    return pa.array(numbers, pa.float64(), mask=np.isnan(numbers))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _dicts(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            row["time"] = iso(row["time"])
            yield row


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _rows(table: pa.Table) -> bytes:
    return msgspec.json.encode(list(_dicts(table)))


def _csv(table: pa.Table) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in _dicts(table):
        row["text"] = None if row["text"] is None else csv_text(row["text"])
        writer.writerow([row[name] for name in COLUMNS])
    return out.getvalue().encode()


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _xlsx(table: pa.Table) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415  # only if asked for

    from setpoint.workbook.safe import put  # noqa: PLC0415  # the same

    if table.num_rows > MAX_XLSX_ROWS:
        raise RequestError(
            f"a workbook of at most {MAX_XLSX_ROWS:,} rows is made, this has {table.num_rows:,}; "
            "ask for fewer signals or a smaller width, or for csv or parquet",
            code=ProblemCode.HISTORY_TOO_LARGE,
        )
    book = Workbook()
    sheet = book.create_sheet("History", 0)
    del book["Sheet"]
    sheet.append(("time (UTC)", *COLUMNS[1:]))
    for number, row in enumerate(table.to_pylist(), 2):
        at = sheet.cell(number, 1, row["time"].astimezone(UTC).replace(tzinfo=None))
        at.number_format = "yyyy-mm-dd hh:mm:ss.000"
        for column, name in enumerate(COLUMNS[1:], 2):
            put(sheet, number, column, row[name])
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
