"""Metrics for Prometheus, at ``/metrics``.

Counters of other parts (hub, live server) are read for each scrape; ticks and outcomes are counted as they happen.
Labels are few and bounded, so that no person and no machine becomes a time series.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

import msgspec
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from setpoint.contract.live import ByKind, Outcome, TxOutcome
from setpoint.contract.values import Quality, Record
from setpoint.core.hub import HubCounters
from setpoint.server.http.disk import FreeSpace

CONTENT_TYPE = "text/plain; version=0.0.4"

_LATENESS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Figures(msgspec.Struct, frozen=True):
    """The server at one instant. ``machines`` are the hub's live records; ``ts`` is Unix seconds."""

    ts: float
    clients: int
    hub: HubCounters
    machines: Mapping[str, Record]
    closed: Mapping[int, int] = {}
    is_storing: bool = True
    tasks: int = 0


class Metrics:
    """``figures`` is called once for each scrape."""

    def __init__(self, figures: Callable[[], Figures], *, role: str = "plant") -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Readings(figures, role))
        ProcessCollector(registry=self._registry)
        self._lateness = Histogram(
            "setpoint_tick_lateness_seconds",
            "How late ticks of the stream were.",
            buckets=_LATENESS_S,
            registry=self._registry,
        )
        self._outcomes = Counter(
            "setpoint_outcomes",
            "Final outcomes of targets, and changes at machines (by device).",
            ("outcome", "by"),
            registry=self._registry,
        )
        for outcome in Outcome:
            if outcome.is_final:
                self._outcomes.labels(outcome.value, "operator")

    def ticked(self, late_s: float) -> None:
        self._lateness.observe(max(0.0, late_s))

    def settled(self, outcomes: Iterable[TxOutcome]) -> None:
        counted = Tally((each.outcome, each.by.kind if each.by else ByKind.OPERATOR) for each in outcomes)
        for (outcome, by), count in counted.items():
            self._outcomes.labels(outcome.value, by.value).inc(count)

    def add_disk(self, disk: FreeSpace) -> None:
        """Adds metrics of the data directory's disk."""
        self._registry.register(_Disk(disk))

    def add_history(self, history: Recorded) -> None:
        """Adds metrics of the history."""
        self._registry.register(_History(history))

    def add_bus(self, bus: BusFigures) -> None:
        """Adds metrics of the bus between the servers of the plant, and of a gateway's copy."""
        self._registry.register(_Bus(bus))

    def text(self) -> bytes:
        """The exposition that Prometheus reads."""
        return generate_latest(self._registry)


class HistoryFigures(Protocol):
    @property
    def points(self) -> int: ...

    @property
    def dropped(self) -> int: ...

    @property
    def files(self) -> int: ...


class Recorded(Protocol):
    """``reason`` says why nothing is recorded; ``dropped`` counts points that never left this process."""

    dropped: int

    @property
    def figures(self) -> HistoryFigures: ...

    @property
    def reason(self) -> str: ...


class _History(Collector):
    def __init__(self, history: Recorded) -> None:
        self._history = history

    def collect(self) -> Iterator[Metric]:
        figures = self._history.figures
        yield _gauge("history_recording", "1 while history is recorded.", int(not self._history.reason))
        yield _gauge("history_files", "Files of the history.", figures.files)
        yield _counter("history_points", "Points recorded since the historian started.", figures.points)
        yield _counter(
            "history_dropped", "Points that were not recorded.", figures.dropped + self._history.dropped
        )


class BusFigures(Protocol):
    """``lag_ms``: how old a gateway's copy may be; None if that is not known, or where there is no copy."""

    @property
    def is_connected(self) -> bool: ...

    @property
    def dropped(self) -> int: ...

    @property
    def lag_ms(self) -> int | None: ...


class _Bus(Collector):
    def __init__(self, bus: BusFigures) -> None:
        self._bus = bus

    def collect(self) -> Iterator[Metric]:
        yield _gauge("bus_connected", "1 while NATS is connected.", int(self._bus.is_connected))
        yield _counter("bus_dropped", "Messages that the bus did not carry.", self._bus.dropped)
        if (lag_ms := self._bus.lag_ms) is not None:
            yield _gauge(
                "mirror_lag_seconds",
                "How long ago the plant server last confirmed the copy, in seconds.",
                lag_ms / 1000,
            )


class _Disk(Collector):
    def __init__(self, disk: FreeSpace) -> None:
        self._disk = disk

    def collect(self) -> Iterator[Metric]:
        yield _gauge("disk_free_bytes", "Free on the disk of the data directory.", self._disk.free_bytes)
        yield _gauge("disk_low", "1 while that is low.", int(self._disk.is_low))


class _Readings(Collector):
    def __init__(self, figures: Callable[[], Figures], role: str) -> None:
        self._figures = figures
        self._role = role

    def collect(self) -> Iterator[Metric]:
        now = self._figures()
        role = GaugeMetricFamily("setpoint_role", "The server's part.", labels=("role",))
        role.add_metric((self._role,), 1)
        yield role
        yield _gauge("clients", "Live sessions.", now.clients)
        yield _gauge("tasks", "Tasks of the event loop.", now.tasks)
        yield _gauge("storing", "1 while the database can be written to.", int(now.is_storing))
        hub = now.hub
        yield _counter("deliveries", "Deltas handed to sessions.", hub.deliveries)
        yield _counter(
            "drops", "Deltas that slow sessions did not get; a snapshot replaced them.", hub.dropped
        )
        yield _counter("gaps", "Gaps that clients saw and had filled.", hub.gaps)
        yield _counter("snapshots", "Snapshots sent.", hub.snapshots)
        yield _counter("resumed", "Subscriptions brought up to date from history.", hub.resumed)
        yield _counter("refused_frames", "Frames of clients that were refused.", hub.refused_frames)
        yield _counter(
            "unknown_reports", "Reports of machines that the plant does not have.", hub.unknown_reports
        )
        closed = CounterMetricFamily("setpoint_closed", "Connections ended by the server.", labels=("code",))
        for code, number in sorted(now.closed.items()):
            closed.add_metric((str(code),), number)
        yield closed
        yield from _machines(now)


def _machines(now: Figures) -> Iterator[Metric]:
    numbers = dict.fromkeys(Quality, 0)
    oldest_s = 0.0
    for record in now.machines.values():
        numbers[Quality(str(record.get("quality") or Quality.NEVER_SEEN))] += 1
        if isinstance(seen := record.get("seen"), int | float):
            oldest_s = max(oldest_s, now.ts - seen)
    machines = GaugeMetricFamily("setpoint_machines", "Machines by quality.", labels=("quality",))
    for quality, number in numbers.items():
        machines.add_metric((quality.value,), number)
    yield machines
    yield _gauge(
        "oldest_contact_age_seconds", "Age of the last contact with the machine silent longest.", oldest_s
    )


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"setpoint_{name}", help_text, value=value)


def _counter(name: str, help_text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"setpoint_{name}", help_text, value=value)
