"""Recorded values as arrays (`Client.history`), or as a data frame with the extra ``setpoint[frames]``."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import nan
from typing import TYPE_CHECKING, TypeAlias

from setpoint.contract.http.history import HistoryAnswer, SetPointChange, SignalHistory, StateInterval
from setpoint.contract.values import Value
from setpoint.errors import ConfigError

if TYPE_CHECKING:
    import pandas as pd

Instant: TypeAlias = float | str | datetime | timedelta
"""Unix seconds; the server's own form (``-8h``); a time with its zone; or how long ago."""


@dataclass(frozen=True, slots=True)
class SignalArrays:
    """One signal: ``at`` has Unix seconds, each with its number; NaN if there was none.

    For intervals, ``number`` is the mean weighted by time, between ``low`` and ``high``. For points, all three are
    equal. ``values`` are the recorded values, for fields that are not numbers.
    """

    at: array[float]
    number: array[float]
    low: array[float]
    high: array[float]
    values: list[Value]
    quality: list[str]
    unit: str


@dataclass(frozen=True, slots=True)
class History:
    """Recorded values by field. ``states`` are those of the machine, ``changes`` are changes by people and by the
    machine, the newest first."""

    fields: Mapping[str, SignalArrays]
    states: list[StateInterval]
    changes: list[SetPointChange]

    def __getitem__(self, field: str) -> SignalArrays:
        return self.fields[field]

    def frame(self) -> pd.DataFrame:
        """A row for each instant of each field: time (UTC), field, number, low, high. Raises `ConfigError`."""
        try:
            import pandas  # noqa: PLC0415  # an extra
        except ImportError as error:
            raise ConfigError(
                'a data frame needs an extra; install it: pip install "setpoint[frames]"'
            ) from error
        parts = [
            pandas.DataFrame(
                {
                    "time": pandas.to_datetime(each.at, unit="s", utc=True),
                    "field": name,
                    "number": each.number,
                    "low": each.low,
                    "high": each.high,
                }
            )
            for name, each in self.fields.items()
        ]
        return pandas.concat(parts, ignore_index=True) if parts else pandas.DataFrame()


def query_of(
    machine: str, fields: Iterable[str], since: Instant, until: Instant, width: int | None
) -> dict[str, str | int]:
    """The parameters of ``GET /api/history``."""
    signals = ",".join(f"{machine}.{field}" for field in fields) or machine
    query: dict[str, str | int] = {
        "signals": signals,
        "from": _instant_text(since),
        "to": _instant_text(until),
    }
    return query if width is None else query | {"width": width}


def history_of(answer: HistoryAnswer) -> History:
    """The answer of ``GET /api/history`` as arrays, by field."""
    return History({each.field: _arrays(each) for each in answer.signals}, answer.states, answer.changes)


def _arrays(signal: SignalHistory) -> SignalArrays:
    values = signal.value or []
    numbers = signal.mean or [_number(value) for value in values]
    return SignalArrays(
        array("d", signal.at),
        _filled(numbers),
        _filled(signal.min or numbers),
        _filled(signal.max or numbers),
        values,
        signal.quality or [],
        signal.unit,
    )


def _number(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _filled(numbers: Iterable[float | None]) -> array[float]:
    return array("d", (nan if number is None else number for number in numbers))


def _instant_text(instant: Instant) -> str:
    match instant:
        case datetime():
            return str(instant.timestamp())
        case timedelta():
            return f"-{instant.total_seconds():.3f}s"
        case _:
            return str(instant)
